"""Reads what a client asks of the token service: a query or a form, to TokenQuery. Pure."""

from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

from havre.access import AUDIENCE, Scope, parse_scopes
from havre.kernel.errors import Invalid

_MOST_FIELDS: Final = 300  # 200 scopes and some company


@dataclass(frozen=True, slots=True)
class TokenQuery:
    """One request for a token, whichever way it came."""

    scopes: tuple[Scope, ...]
    is_scoped: bool  # a scope was named, though it may be unreadable
    wants_refresh: bool
    client: str
    grant_type: str = ""
    username: str = ""
    password: str = ""
    refresh_token: str = ""


def parse_query(encoded: str, own_host: str) -> TokenQuery:
    """Read the fields of a GET's query or a POST's form; what is not known is ignored.

    Raises: Invalid for another service, for text that is no form, or for too much of it.
    """
    try:
        pairs = parse_qsl(encoded, keep_blank_values=True, errors="strict", max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise Invalid("the request for a token is not readable: it is no form, or too long a one") from None
    if "%00" in encoded or "\0" in encoded:  # PostgreSQL takes no text that contains one
        raise Invalid("the request for a token contains the character NUL")
    fields = dict(pairs)
    service = fields.get("service", AUDIENCE)
    if service != AUDIENCE:
        raise Invalid(f"service {service[:80]!r} is not served here; it is {AUDIENCE}")
    texts = [value for name, value in pairs if name == "scope"]
    return TokenQuery(
        scopes=tuple(parse_scopes(texts, own_host)),
        is_scoped=any(text.strip() for text in texts),
        wants_refresh=fields.get("offline_token") == "true" or fields.get("access_type") == "offline",
        client=fields.get("client_id", ""),
        grant_type=fields.get("grant_type", ""),
        username=fields.get("username", ""),
        password=fields.get("password", ""),
        refresh_token=fields.get("refresh_token", ""),
    )
