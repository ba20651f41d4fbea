"""What a request may not be, and no schema can say: such cases are left out, and the gateway's own tests have them."""

import json
from urllib.parse import quote

import schemathesis

JUNCTIONS = {"$and", "$or", "$not"}


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


@schemathesis.hook
def filter_case(context, case):
    query = case.query or {}
    if not isinstance(query, dict):
        return True
    # An empty value is not given: it breaks no schema.
    if any(value == "" for value in query.values()):
        return False
    # Beyond 16 KiB a URL is 414, and far beyond it no HTTP at all.
    if sum(len(quote(str(value))) for value in query.values()) > 12_000:
        return False
    # A token is one that an answer gave, and stands beside little else.
    if query.get("page_token"):
        return False
    # A line of cells has none for these.
    if query.get("format") == "csv" and query.get("include"):
        return False
    sums, keys = query.get("sum"), query.get("group_by")
    if sums and "capacity." in str(sums) and "capacity.unit" not in str(keys):
        return False
    condition = query.get("filter")
    if isinstance(condition, str):
        try:
            condition = json.loads(condition)
        except ValueError:
            return True
    count, depth = conditions(condition)
    return count <= 100 and depth <= 8
