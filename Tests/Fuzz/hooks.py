"""What no schema can say of a request, and how much of the description one phase walks.

What is left out or put right here, the gateway's own tests have.
"""

import json
import os
import re
from urllib.parse import quote

import schemathesis
from schemathesis.generation.meta import TestPhase

JUNCTIONS = {"$and", "$or", "$not"}
BESIDE_A_TOKEN = {"page_token", "page_size", "fields", "format"}
FOLLOWED = {"page_token", "page_size", "sort", "source", "group_by"}
issued = set()


@schemathesis.hook
def before_load_schema(context, raw):
    """For the phase that walks every value of every schema, gives `filter` an end.

    Its condition names itself three times beside forty fields, so the walk multiplies with every level and takes
    hours. One field of each kind stands for its kind there, and what is nested nests no further; the other phases
    draw from the whole.
    """
    if "FUZZ_WITH_AN_END" not in os.environ:
        return
    schemas = raw["components"]["schemas"]
    whole = schemas["FilterCondition"]
    kinds = {}
    for name, value in whole["properties"].items():
        if name not in JUNCTIONS:
            kinds.setdefault(value["$ref"], name)
    fields = {name: {"$ref": kind} for kind, name in kinds.items()}
    junctions = {name: whole["properties"][name] for name in JUNCTIONS}
    text = json.dumps(dict(sorted(junctions.items()))).replace("/FilterCondition", "/InnerCondition")
    schemas["InnerCondition"] = {
        "type": "object", "minProperties": 1, "properties": {"version": fields["version"]}, "additionalProperties": False,
    }
    schemas["FilterCondition"] = {**whole, "properties": {**json.loads(text), **fields}}


def conditions(value, depth=0):
    """How many conditions a `filter` object has, and how deep its junctions stand in one another."""
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
    """Whether a JSON value has an integer that simdjson refuses: signed below zero, unsigned above."""
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(map(is_beyond_64_bits, parts)) or isinstance(value, int) and not -(2**63) <= value < 2**64


@schemathesis.hook
def filter_case(context, case):
    query = case.query or {}
    if not isinstance(query, dict):
        return True
    # Beyond 16 KiB a URL is 414, and far beyond it no HTTP at all: a limit of all parameters together.
    if sum(len(quote(str(value))) for value in query.values()) > 12_000:
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
    """Takes out what may not stand beside something else: a schema has one parameter at a time."""
    if isinstance(case.query, dict) and case.query:
        query = standing_together(case.query)
        # Links lead on from documents, and from rows: a filter by chance leaves none. The other phases have the rest.
        if case.meta.phase.name == TestPhase.STATEFUL:
            query = {name: value for name, value in query.items() if name in FOLLOWED}
        if query != case.query:
            case.query = query
    return case


def standing_together(query):
    token = str(query.get("page_token"))
    if token in issued:
        return {name: value for name, value in query.items() if name in BESIDE_A_TOKEN}
    left_out = set()
    # It has the form of a token, but no answer gave it.
    if re.fullmatch("[A-Za-z0-9_-]{36}", token):
        left_out.add("page_token")
    # A line of cells has none for what `include` adds.
    if query.get("format") == "csv":
        left_out.add("include")
    # What is counted in several units has no sum.
    if "capacity." in str(query.get("sum")) and "capacity.unit" not in str(query.get("group_by")):
        left_out.add("sum")
    return {name: value for name, value in query.items() if name not in left_out}


@schemathesis.hook
def after_call(context, case, response):
    """Remembers the tokens that answers give, which alone are good for anything."""
    if b'"next_page_token":"' in response.content:
        issued.add(response.json()["pagination"]["next_page_token"])
