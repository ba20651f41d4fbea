"""Walks a demo's list with the pagers of dlt, page by page. usage: walk.py BASE_URL…

Every walk must have all rows of one snapshot, each once.
"""

import sys

from dlt.sources.helpers.rest_client import RESTClient
from dlt.sources.helpers.rest_client.paginators import HeaderLinkPaginator, JSONResponseCursorPaginator

PAGERS = {
    # Sends the first request's parameters with every token.
    "cursor": lambda: JSONResponseCursorPaginator(
        cursor_path="pagination.next_page_token", cursor_param="page_token"
    ),
    # Follows the header `Link`, relative to the request.
    "link": HeaderLinkPaginator,
    # Finds out by itself how to go on.
    "found": lambda: None,
}
QUERIES = [
    {"page_size": 5},
    {"page_size": 4, "sort": "-updated_at,name", "fields": "uid,version", "format": "json"},
    {"page_size": 3, "page": 1, "all_versions": "true", "platform.exists": "true", "include": "history"},
    {"page_size": 2, "filter": '{"name": {"$like": "%a%"}}', "strict": "false", "sources": "none", "max_age": "600"},
]


def walk(base, pager, query):
    """The number of pages and rows, once they are known to be complete."""
    client = RESTClient(base_url=base, paginator=PAGERS[pager]())
    pages = [page.response.json() for page in client.paginate("/v1/deployments", params=dict(query))]
    rows = [(row["uid"], row["version"]) for page in pages for row in page["data"]]
    snapshots = {page["snapshot"]["id"] for page in pages}
    totals = {page["pagination"]["total_results"] for page in pages}
    assert len(snapshots) == 1, f"{len(snapshots)} snapshots"
    assert totals == {len(rows)}, f"{len(rows)} rows of {totals}"
    assert len(set(rows)) == len(rows), "a row twice"
    assert len(pages) > 2, f"{len(pages)} pages"
    return len(pages), len(rows)


def main(bases):
    for base in bases:
        for pager in PAGERS:
            for query in QUERIES:
                try:
                    pages, rows = walk(base, pager, query)
                except Exception as error:
                    sys.exit(f"pagers: {pager} at {base} with {query}: {type(error).__name__}: {error}")
                print(f"pagers: {pager} at {base}: {rows} rows on {pages} pages")


main(sys.argv[1:])
