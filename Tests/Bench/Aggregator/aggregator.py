"""A program that a team writes in an afternoon: queries two platforms, caches their lists, filters and sorts.

The baseline of `make bench`: it answers the queries of Tests/Bench/requests.lua in Rollcall's own spelling, and nothing
else. It is written for clarity first, but nothing in it is slow on purpose: httpx with keep-alive, orjson in and out, one
merged list that is made once per refresh, no pydantic model between.
"""

import asyncio
import os
import time
from datetime import datetime, timedelta, timezone

import httpx
import orjson
from fastapi import FastAPI, HTTPException, Request, Response

TTL = 30.0
DEPLOY_LIST = os.environ["DEPLOY_LIST_URL"]
DASHSCOPE = os.environ["DASHSCOPE_URL"]

# As in adapters.d, for the terms that the sandbox sends; without the cases that depend on instances or capacity.
DEPLOY_LIST_STATUS = {
    "initializing": "PENDING", "downloading": "DEPLOYING", "deploying": "DEPLOYING", "updating": "UPDATING",
    "running": "READY", "deployed": "READY", "failed": "FAILED",
    "stopping": "STOPPING", "stopped": "STOPPED", "deleted": "DELETED",
}
DASHSCOPE_STATUS = {
    "PENDING": "PENDING", "WAIT_PRE_PAID_BILLING_TO_DEPLOYING": "PENDING", "RUNNING": "READY",
    "UPDATING": "UPDATING", "STOPPED": "STOPPED", "FAILED": "FAILED", "DELETING": "DELETING",
}
PLUS_EIGHT = timezone(timedelta(hours=8))

app = FastAPI()
client = httpx.AsyncClient(timeout=30)
lock = asyncio.Lock()
cached: list[dict] = []
cached_at = 0.0


def utc(text: str | None, zone: timezone = timezone.utc) -> str | None:
    if not text:
        return None
    stamp = datetime.fromisoformat(text)
    if stamp.tzinfo is None:
        stamp = stamp.replace(tzinfo=zone)
    return stamp.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


async def deploy_list() -> list[dict]:
    answer = await client.get(f"{DEPLOY_LIST}/deploy/list")
    answer.raise_for_status()
    return [
        {
            "uid": f"backend/{record['deploy_id']}", "source": "backend", "platform": "deploy-list",
            "name": record.get("model_name"), "model": record.get("model_name"), "workspace": None,
            "status": DEPLOY_LIST_STATUS.get(record.get("status"), "UNKNOWN"),
            "native_status": record.get("status"), "status_message": record.get("fail_reason"),
            "created_at": utc(record.get("created_at")), "updated_at": utc(record.get("updated_at")),
            "task": record.get("task"), "kind": record.get("type"), "model_version": record.get("version"),
            "replicas": {
                "ready": (record.get("instances") or {}).get("running"),
                "pending": (record.get("instances") or {}).get("pending"),
            },
            "accelerator": {
                "type": (record.get("config") or {}).get("gpu"),
                "per_replica": (record.get("config") or {}).get("num_gpus"),
            },
        }
        for record in orjson.loads(answer.content)
    ]


async def dashscope() -> list[dict]:
    rows: list[dict] = []
    page = 1
    while True:
        answer = await client.get(
            f"{DASHSCOPE}/api/v1/deployments", params={"page_no": page, "page_size": 100},
            headers={"Authorization": "Bearer none"},
        )
        answer.raise_for_status()
        output = orjson.loads(answer.content)["output"]
        for record in output["deployments"]:
            rows.append({
                "uid": f"ali/{record['deployed_model']}", "source": "ali", "platform": "dashscope",
                "name": record["deployed_model"], "model": record.get("model_name"),
                "base_model": record.get("base_model"), "workspace": record.get("workspace_id"),
                "status": DASHSCOPE_STATUS.get(record.get("status"), "UNKNOWN"),
                "native_status": record.get("status"), "status_message": record.get("message"),
                "created_at": utc(record.get("gmt_create"), PLUS_EIGHT),
                "updated_at": utc(record.get("gmt_modified"), PLUS_EIGHT),
                "capacity": {"ready": record.get("ready_capacity"), "desired": record.get("capacity")},
                "billing_mode": record.get("charge_type"),
            })
        if not output["deployments"] or len(rows) >= output["total"]:
            return rows
        page += 1


async def deployments() -> list[dict]:
    global cached, cached_at
    if time.monotonic() - cached_at > TTL:
        async with lock:
            if time.monotonic() - cached_at > TTL:
                lists = await asyncio.gather(deploy_list(), dashscope())
                cached = [row for rows in lists for row in rows]
                cached_at = time.monotonic()
    return cached


def value(row: dict, path: str):
    for part in path.split("."):
        row = row.get(part) if isinstance(row, dict) else None
    return row


def holds(row: dict, path: str, operator: str, operand: str) -> bool:
    found = value(row, path)
    if found is None:
        return False
    if operator == "like":
        return operand.lower() in str(found).lower()
    if isinstance(found, (int, float)):
        wanted = float(operand)
        return {"eq": found == wanted, "gte": found >= wanted, "lte": found <= wanted}[operator]
    if operator == "gte":
        return found >= operand
    if operator == "lte":
        return found <= operand
    return str(found).lower() in operand.lower().split(",")


@app.get("/v1/deployments")
async def list_deployments(request: Request) -> Response:
    parameters = dict(request.query_params)
    sort = parameters.pop("sort", "-created_at")
    page, size = int(parameters.pop("page", 1)), int(parameters.pop("page_size", 100))
    rows = await deployments()
    for name, operand in parameters.items():
        path, _, operator = name.rpartition(".")
        if operator not in ("like", "gte", "lte"):
            path, operator = name, "eq"
        try:
            rows = [row for row in rows if holds(row, path, operator, operand)]
        except ValueError as error:
            raise HTTPException(400, str(error)) from error
    for key in reversed(sort.split(",")):
        path, descending = key.lstrip("-"), key.startswith("-")
        known = [row for row in rows if value(row, path) is not None]
        unknown = [row for row in rows if value(row, path) is None]
        known.sort(key=lambda row: value(row, path), reverse=descending)
        rows = known + unknown
    shown = rows[(page - 1) * size : page * size]
    body = {
        "data": shown,
        "pagination": {
            "page": page, "page_size": size, "current_page_size": len(shown),
            "total_pages": -(-len(rows) // size), "total_results": len(rows),
        },
    }
    return Response(orjson.dumps(body), media_type="application/json")
