"""The rules of each key of the run-time configuration: what is a value, and what is none. Pure.

A key's kind is the type of its field in `ConfigurationValues`; what a type cannot say is in _CHECKS.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields
from typing import Final, Literal, get_args, get_origin, get_type_hints
from urllib.parse import urlsplit

from havre.kernel.secret import Secret
from havre.system.errors import ConfigurationInvalid
from havre.system.values import ConfigurationValues

Plain = str | int | bool  # a value as JSON and the API know it
_LONGEST: Final = 65_536  # characters; a certificate chain is the longest text there is
_A_MONTH_MINUTES: Final = 43_200  # the longest life of a registry token (access/keys)
_LARGEST_QUOTA: Final = 1 << 50  # 1024 TiB, Harbor's limit


def _between(least: int, most: int, *also: int) -> Callable[[Plain], str | None]:
    def check(value: Plain) -> str | None:
        if value in also or least <= int(value) <= most:
            return None
        others = "".join(f" or {one}" for one in also)
        return f"must be {least} to {most}{others}"

    return check


def _url(*schemes: str) -> Callable[[Plain], str | None]:
    def check(value: Plain) -> str | None:
        if value == "":
            return None
        try:
            parts = urlsplit(str(value))
            is_good = parts.scheme in schemes and bool(parts.hostname) and parts.port != 0
        except ValueError:
            is_good = False
        return (
            None if is_good else f"must be a URL that begins with {' or '.join(s + '://' for s in schemes)}"
        )

    return check


def _ldap_url(value: Plain) -> str | None:
    if value == "" or "://" not in str(value):  # a bare host, as Harbor takes it
        return None
    return _url("ldap", "ldaps")(value)


def _expression(value: Plain) -> str | None:
    try:
        re.compile(str(value))
    except (re.error, RecursionError) as error:
        return f"is no regular expression: {error}"
    return None


def _parameters(value: Plain) -> str | None:
    try:
        document = json.loads(str(value) or "{}")
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict) or not all(isinstance(text, str) for text in document.values()):
        return 'must be a JSON object of texts, such as {"hd": "example.com"}'
    return None


def _openid(value: Plain) -> str | None:
    scopes = re.split(r"[,\s]+", str(value))
    return None if value == "" or "openid" in scopes else "must name the scope openid"


def _prefix(value: Plain) -> str | None:
    if re.fullmatch(r"[!-~]{1,64}", str(value)) and ":" not in str(value):
        return None
    return "must be 1 to 64 printable characters without blanks and colons"


def _endpoint(value: Plain) -> str | None:
    if value == "" or re.fullmatch(
        r"(?:[a-z0-9+]+://)?(?:\[[0-9A-Fa-f:.]+\]|[^\s:/@]+):[0-9]{1,5}", str(value)
    ):
        return None
    return "must be host:port"


_CHECKS: Final[Mapping[str, Callable[[Plain], str | None]]] = {
    "token_expiration": _between(1, _A_MONTH_MINUTES),
    "session_timeout": _between(1, _A_MONTH_MINUTES),
    "robot_token_duration": _between(1, 36_500, -1),
    "robot_name_prefix": _prefix,
    "storage_per_project": _between(1, _LARGEST_QUOTA, -1),
    "audit_log_forward_endpoint": _endpoint,
    "ldap_url": _ldap_url,
    "ldap_scope": _between(0, 2),
    "ldap_group_search_scope": _between(0, 2),
    "ldap_timeout": _between(1, 300),
    "oidc_endpoint": _url("http", "https"),
    "oidc_scope": _openid,
    "oidc_group_filter": _expression,
    "oidc_extra_redirect_parms": _parameters,
}
_HINTS: Final[Mapping[str, object]] = get_type_hints(ConfigurationValues)
KEYS: Final = tuple(field.name for field in fields(ConfigurationValues))
SECRETS: Final = frozenset(key for key in KEYS if _HINTS[key] is Secret)


def read_values(document: object) -> Mapping[str, Plain]:
    """Check an object of keys and values one by one; null means not given.

    Raises: ConfigurationInvalid naming the key.
    """
    if not isinstance(document, Mapping):
        raise ConfigurationInvalid("the configuration must be an object of keys and values")
    return dict(_read(document))


def _read(document: Mapping[object, object]) -> Iterator[tuple[str, Plain]]:
    for key, value in document.items():
        if not isinstance(key, str) or key not in _HINTS:
            raise ConfigurationInvalid(f"there is no configuration key {str(key)[:80]!r}")
        if value is not None:
            yield key, _check(key, value)


def _check(key: str, value: object) -> Plain:
    hint = _HINTS[key]
    if hint is bool:
        if not isinstance(value, bool):
            raise ConfigurationInvalid(f"{key} must be true or false")
        return value
    if hint is int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise ConfigurationInvalid(f"{key} must be a whole number")
    elif not isinstance(value, str):
        raise ConfigurationInvalid(f"{key} must be text")
    elif len(value) > _LONGEST or "\0" in value:
        raise ConfigurationInvalid(f"{key} is longer than {_LONGEST} characters, or not text")
    elif get_origin(hint) is Literal and value not in get_args(hint):
        raise ConfigurationInvalid(f"{key} must be one of {', '.join(get_args(hint))}")
    check = _CHECKS.get(key)
    complaint = check(value) if check else None
    if complaint:
        raise ConfigurationInvalid(f"{key} {complaint}")
    return value


def typed(values: Mapping[str, Plain]) -> ConfigurationValues:
    """Make the frozen object of checked values; keys that are absent have their default."""
    given = {key: Secret(str(value)) if key in SECRETS else value for key, value in values.items()}
    return ConfigurationValues(**given)  # type: ignore[arg-type] # each was checked against its field


def check_together(values: ConfigurationValues) -> None:
    """Check what no key tells alone.

    Raises: ConfigurationInvalid naming the key.
    """
    if values.skip_audit_log_database and not values.audit_log_forward_endpoint:
        raise ConfigurationInvalid(
            "skip_audit_log_database needs audit_log_forward_endpoint: events would be kept nowhere"
        )
