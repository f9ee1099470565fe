"""Cookies in and out. Pure."""

from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import quote, unquote

SESSION: Final = "sid"  # Harbor's name; the portal and tests know it
_LONGEST: Final = 8192


def read_cookies(headers: Iterable[tuple[bytes, bytes]]) -> Mapping[str, str]:
    """Read every Cookie header; of a name that comes twice the first counts.

    Source: RFC 6265, section 5.4.
    """
    found: dict[str, str] = {}
    for name, value in headers:
        if name != b"cookie" or len(value) > _LONGEST:
            continue
        for pair in value.decode("latin-1").split(";"):
            key, equals, text = pair.strip().partition("=")
            if equals:
                found.setdefault(key, unquote(text.strip('"')))
    return found


def set_cookie(
    name: str,
    value: str,
    *,
    is_secure: bool,
    same_site: str = "Lax",
    path: str = "/",
    max_age_s: int | None = None,
) -> tuple[bytes, bytes]:
    """Make a Set-Cookie header that scripts cannot read; `max_age_s` None lasts as long as the browser."""
    parts = [f"{name}={quote(value, safe='')}", f"Path={path}", "HttpOnly", f"SameSite={same_site}"]
    if max_age_s is not None:
        parts.append(f"Max-Age={max_age_s}")
    if is_secure:
        parts.append("Secure")
    return b"set-cookie", "; ".join(parts).encode("latin-1")
