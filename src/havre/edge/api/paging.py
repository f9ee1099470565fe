"""Harbor's numbered pages: which one is asked for, and the headers that describe it.

Source: reference/harbor.md section 2, "Paging".
"""

from typing import Final
from urllib.parse import urlencode

from havre.edge.api.faults import SchemaViolated
from havre.kernel.pages import PageRequest

_DEFAULT_SIZE: Final = 10
_MOST: Final = 100
# Beyond it OFFSET would not fit into 64 bits; no list is so long.
_LAST_PAGE: Final = 2**48
# Harbor does not escape the URL in Link; this keeps what can stand there without harm.
_READABLE: Final = "=~[]{}(),:/*|!@$'"


def read_page(number: str | None, size: str | None) -> PageRequest:
    """Read `page` and `page_size`.

    Raises: SchemaViolated; also for a page_size of 0, which Harbor takes for "no limit".
    """
    return PageRequest(
        _within("page", number, 1, _LAST_PAGE), _within("page_size", size, _DEFAULT_SIZE, _MOST)
    )


def _within(name: str, text: str | None, default: int, most: int) -> int:
    if text is None or text == "":
        return default
    if not (text.isascii() and text.isdigit() and len(text) < 20 and 1 <= int(text) <= most):
        raise SchemaViolated(f"{name} in query must be a whole number from 1 to {most}, not {text[:40]!r}")
    return int(text)


def page_headers(path: str, query: list[tuple[str, str]], page: PageRequest, total: int) -> dict[str, str]:
    """Make `X-Total-Count`, and `Link` when there is a page before or after."""
    headers = {"X-Total-Count": str(total)}
    links = []
    if page.number > 1:
        links.append(_link(path, query, page.number - 1, page.size, "prev"))
    if page.number * page.size < total:
        links.append(_link(path, query, page.number + 1, page.size, "next"))
    if links:
        headers["Link"] = " , ".join(links)
    return headers


def _link(path: str, query: list[tuple[str, str]], number: int, size: int, relation: str) -> str:
    kept = [(name, value) for name, value in query if name not in {"page", "page_size"}]
    text = urlencode([*kept, ("page", number), ("page_size", size)], safe=_READABLE)
    return f'<{path}?{text}>; rel="{relation}"'
