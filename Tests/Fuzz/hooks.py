"""Limits of requests that no schema can state, and a bound on the schema values that one phase walks.

The gateway's own tests cover what is left out or changed here.
"""

import json
import os
import re
import zlib
from urllib.parse import quote

import schemathesis
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.meta import CoverageScenario, TestPhase

JUNCTIONS = {"$and", "$or", "$not"}
BESIDE_A_TOKEN = {"page_token", "page", "page_size", "fields", "format", "bom"}
CONFIGURATIONS = ["embed-cpu", "llama-8b-1gpu", "qwen-vllm-2gpu", "nobody"]
FOLLOWED = {"page_token", "page_size", "sort", "source", "group_by"}
issued = set()
lists = set()
# The deployments of a gateway with updates, and the records of its audit log.
targets = {
    "/v1/deployments/{uid}": ("uid", os.environ.get("FUZZ_UIDS", "").split()),
    "/v1/audit/{id}": ("id", os.environ.get("FUZZ_RECORDS", "").split()),
}


@schemathesis.hook
def before_load_schema(context, raw):
    """Notes the parameters that are lists, and bounds `filter`."""
    parameters = raw["components"]["parameters"].values()
    lists.update(each["name"] for each in parameters if is_list(each.get("schema", {})))
    bound_conditions(raw)


def is_list(schema):
    """True for a list, and for a choice with one, as of a filter that may be empty."""
    return schema.get("type") == "array" or any(map(is_list, schema.get("anyOf", [])))


def bound_conditions(raw):
    """Bounds `filter` for the phase that walks every value of every schema.

    Its condition names itself three times beside forty fields, so the walk multiplies with every level and takes
    hours. One field of each kind stands for its kind there, and nested conditions nest no further; the other
    phases draw from the complete schema.
    """
    if "FUZZ_WITH_AN_END" not in os.environ:
        return
    schemas = raw["components"]["schemas"]
    # One condition for each kind of record, with a field for the nested ones.
    for component, inner in {
        "FilterCondition": "version", "ModelProviderCondition": "created_at", "AuditRecordCondition": "at",
    }.items():
        bound(schemas, component, inner)


def bound(schemas, component, inner):
    condition = schemas[component]
    kinds = {}
    for name, value in condition["properties"].items():
        if name not in JUNCTIONS:
            kinds.setdefault(value["$ref"], name)
    fields = {name: {"$ref": kind} for kind, name in kinds.items()}
    junctions = {name: condition["properties"][name] for name in JUNCTIONS}
    text = json.dumps(dict(sorted(junctions.items()))).replace(f"/{component}", f"/Inner{component}")
    schemas[f"Inner{component}"] = {
        "type": "object", "minProperties": 1, "properties": {inner: fields[inner]}, "additionalProperties": False,
    }
    schemas[component] = {**condition, "properties": {**json.loads(text), **fields}}


def conditions(value, depth=0):
    """Number of conditions in a `filter` object, and the deepest nesting of its junctions."""
    if not isinstance(value, dict):
        return 0, depth
    count, deepest = 0, depth
    for key, member in value.items():
        inner = depth + (key in JUNCTIONS)
        parts = member if key in JUNCTIONS and isinstance(member, list) else [member]
        for part in parts:
            more, deep = conditions(part, inner) if isinstance(part, dict) else (1, inner)
            count, deepest = count + more, max(deepest, deep)
    return count, deepest


def is_beyond_64_bits(value):
    """True if a JSON value has an integer that simdjson refuses: signed below zero, unsigned above."""
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(map(is_beyond_64_bits, parts)) or isinstance(value, int) and not -(2**63) <= value < 2**64


def is_lone_scalar(value):
    """True for a truth value or a number, also as it is written in a URL."""
    if isinstance(value, str):
        return value in {"true", "false"} or bool(re.fullmatch(r"-?[0-9.]+(e[+-]?[0-9]+)?", value))
    return isinstance(value, (bool, int, float))


def is_of_another_method(case):
    """True for a request by a method that the path does not have."""
    data = case.meta and case.meta.phase.data
    return getattr(data, "scenario", None) == CoverageScenario.UNSPECIFIED_HTTP_METHOD


@schemathesis.hook
def filter_case(context, case):
    # What else a deployment allows depends on its source, so `Allow` is no list of the path's methods.
    if case.operation.path == "/v1/deployments/{uid}" and is_of_another_method(case):
        return False
    query = case.query or {}
    if not isinstance(query, dict):
        return True
    # Beyond 16 KiB a URL is 414, and far beyond it no HTTP at all: a limit on all parameters together.
    if sum(len(quote(str(value))) for value in query.values()) > 12_000:
        return False
    # No list of texts, says the schema; but in a URL it is a list of one text, and right.
    if any(name in lists and is_lone_scalar(value) for name, value in query.items()):
        return False
    # A recursive schema counts neither its levels nor what they hold.
    condition = query.get("filter")
    if isinstance(condition, str):
        try:
            condition = json.loads(condition)
        except ValueError:
            return True
    # An integer with more than 64 bits is no JSON here, while a fraction or a power of any size is: no bound says that.
    if is_beyond_64_bits(condition):
        return False
    count, depth = conditions(condition)
    return count <= 100 and depth <= 8


@schemathesis.hook
def map_case(context, case):
    """Removes parameters that cannot be combined: a schema describes one parameter at a time."""
    if isinstance(case.query, dict) and case.query:
        query = standing_together(case.query, case.operation.path)
        # Groups are sorted by what `group_by` and `sum` name.
        if case.operation.path == "/v1/summary":
            query.pop("sort", None)
        # Links lead on from documents and rows, and a random filter leaves no rows. The other phases have the rest.
        if case.meta.phase.name == TestPhase.STATEFUL:
            query = {name: value for name, value in query.items() if name in FOLLOWED}
        if query != case.query:
            case.query = query
    # Where nothing is to be tried with this header, the fuzzer gives it a value against its pattern.
    if (case.headers or {}).get("If-Match") == "0":
        case.headers["If-Match"] = "*"
    if case.meta is not None:
        aim(case)
    return case


def aim(case):
    """Lets a request reach a deployment or a record, and most right updates a platform: random texts never do."""
    name, values = targets.get(case.operation.path, ("", []))
    if not values:
        return
    draw = zlib.crc32(repr((case.path_parameters, case.query, case.body)).encode())
    if not is_negative(case.meta.components, ParameterLocation.PATH):
        case.path_parameters = {name: values[draw % len(values)]}
    if case.method == "PATCH" and case.meta.generation.mode.is_positive and draw % 8:
        value = draw // 8 % 40
        is_scaled = case.path_parameters[name].startswith("ali/")
        case.body = {"capacity": {"desired": value}} if is_scaled else {"config": CONFIGURATIONS[value % 4]}


def is_negative(components, location):
    return location in components and components[location].mode.is_negative


def standing_together(query, path):
    token = str(query.get("page_token"))
    if (path, token) in issued:
        return {name: value for name, value in query.items() if name in BESIDE_A_TOKEN}
    left_out = set()
    # It has the form of a token, but no answer of this list gave it.
    if re.fullmatch("[A-Za-z0-9_-]{36}", token):
        left_out.add("page_token")
    # A line of CSV has no cell for what `include` adds.
    if query.get("format") == "csv":
        left_out.add("include")
    # With it, a value that no row has is refused too, which only the rows can tell.
    if str(query.get("strict")).lower() in {"true", "1"}:
        left_out.add("strict")
    # Amounts in several units have no sum.
    if "capacity." in str(query.get("sum")) and "capacity.unit" not in str(query.get("group_by")):
        left_out.add("sum")
    return {name: value for name, value in query.items() if name not in left_out}


@schemathesis.hook
def after_call(context, case, response):
    """Records the page tokens of answers with their lists: only those are valid, each for its own list."""
    if b'"next_page_token":"' in response.content:
        issued.add((case.operation.path, response.json()["pagination"]["next_page_token"]))
