"""Writes docs/api.md from the table: `python -m havre.edge.api.coverage > docs/api.md`. Not served."""

import sys
from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter

from havre.edge.api.operations import OPERATIONS, RELEASES, Operation

_HEAD = """# The REST API

Havre serves Harbor's API v2.0 under `/api/v2.0`. This page is written by `python -m havre.edge.api.coverage`
from the table `src/havre/edge/api/operations.py`; a test compares them.

**Conventions.** `page` (from 1) and `page_size` (1 to 100, 10 when not given; 0 is refused) choose the page,
`X-Total-Count` and `Link` describe it. `q=` filters: `k=v` exact, `k=~v` contains, `k=[a~b]` range, `k={a b}`
any of, `k=(a b)` all of, joined by commas; what a list does not know is ignored, as Harbor does, unless the
request has the header `X-Strict-Query: true`. `sort=name,-creation_time` orders. `X-Is-Resource-Name: true`
makes digits in a path a project's name; `X-Resource-Name-In-Location: true` puts names into `Location`.
Repository names in paths are encoded once or twice (`a%2Fb`, `a%252Fb`). Errors are
`{"errors": [{"code": "NOT_FOUND", "message": "..."}]}`; every answer carries `X-Request-Id`.

**Permissions.** `none`: anybody. `login`: who proved who they are. `self`: one's own account, or a system
administrator. `system`: a system administrator. `project`: whom the role in the project lets pass.

An operation that is absent answers 501 with the code `UNSUPPORTED` and names the release that brings it.
Outside the contract, `GET /api/version` answers `{"version": "v2.0"}`.

**Beside the contract**, under `/api/havre/v1`, pages go by cursor: `size` (1 to 100, 20 when not given) and
`after`, which is `next` of the page before. `GET /sessions` lists one's own sessions, with `everybody=true`
all of them for an administrator; `DELETE /sessions/{session_id}` ends one.
[Signing in](signin.md) tells about sessions.
`POST /projects/{project_name_or_id}/retention/simulation` tells for every tag whether a
[retention](retention.md) policy keeps it and why; `size` goes up to 1000 there.
`GET`, `PUT` and `DELETE /projects/{project_name_or_id}/trust-policy` read and change whose signatures
images must bear, and
`GET /projects/{project_name}/repositories/{repository_name}/artifacts/{reference}/trust` tells what that says
of one ([signing](signing.md#trust-policies)).

"""


def coverage_page() -> str:
    """Make the page: how much is there, then a table for each tag."""
    return _HEAD + "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    built = sum(operation.is_built for operation in OPERATIONS)
    yield f"**{built} of {len(OPERATIONS)} operations are built.**"
    for tag, operations in groupby(OPERATIONS, key=attrgetter("tag")):
        yield f"\n## {tag}\n"
        yield "| operation | method and path | permission | event | state |"
        yield "|---|---|---|---|---|"
        yield from map(_line, operations)


def _line(operation: Operation) -> str:
    state = "built" if operation.brought_by is None else f"with {RELEASES[operation.brought_by]}"
    event = operation.event or ""
    return (
        f"| {operation.operation_id} | `{operation.method} {operation.path}` | {operation.permission} "
        f"| {event} | {state} |"
    )


if __name__ == "__main__":
    sys.stdout.write(coverage_page())
