"""How other systems call a group, and the rules of it. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from havre.access.errors import GroupInvalid
from havre.access.model import GroupType
from havre.kernel.events import Fact

_LONGEST_NAME: Final = 255
_LONGEST_DN: Final = 512  # Harbor's columns
# Bytes as hex pairs, or one escaped character; what is escaped in the normal form.
_ESCAPED: Final = re.compile(r"(?:\\[0-9a-fA-F]{2})+|\\.", re.DOTALL)
_HEX: Final = re.compile(r"\\[0-9a-fA-F]{2}")
_SPECIAL: Final = re.compile(r'[,+"\\<>;]')
# What separates the parts of a DN unless a backslash stands before it (RFC 4514, section 3).
_PART: Final = re.compile(r"((?:\\.|[^\\,;+])+)([,;+]?)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class ExternalGroup:
    """A group as LDAP, HTTP or OIDC names it; `key` is by what it is found again. Made by `parse_group`."""

    type: GroupType
    name: str
    dn: str = ""
    key: str = ""


def parse_group(type_: int, name: str = "", dn: str = "") -> ExternalGroup:
    """Check a group: an LDAP group has a DN, which gives the name too when there is none; others a name.

    Raises: GroupInvalid.
    """
    try:
        kind = GroupType(type_)
    except ValueError:
        raise GroupInvalid(f"group_type {type_} does not exist; use 1 (LDAP), 2 (HTTP) or 3 (OIDC)") from None
    name, dn = name.strip(), dn.strip()
    if kind is not GroupType.LDAP:
        check_group_name(name)
        return ExternalGroup(kind, name, key=name)
    key = normal_dn(dn)
    name = name or first_value(dn)
    check_group_name(name)
    return ExternalGroup(kind, name, dn, key)


def check_group_name(name: str) -> None:
    """Accept 1 to 255 characters.

    Raises: GroupInvalid.
    """
    if not 1 <= len(name) <= _LONGEST_NAME or "\0" in name:
        raise GroupInvalid(f"group_name needs 1 to {_LONGEST_NAME} characters")


def normal_dn(dn: str) -> str:
    """Write a DN as directories compare it: lower case, blanks and escapes in one form.

    Raises: GroupInvalid when it is none. Source: RFC 4514.
    """
    parts = list[str]()
    end = 0
    for found in _PART.finditer(dn):
        attribute, equals, value = found[1].partition("=")
        if found.start() != end or not equals or not attribute.strip() or not value.strip():
            break
        end = found.end()
        parts.append(f"{attribute.strip()}={_normal_value(value)}{found[2].replace(';', ',')}".casefold())
    if not parts or end != len(dn) or parts[-1].endswith((",", "+")) or len(dn) > _LONGEST_DN or "\0" in dn:
        raise GroupInvalid(
            f"ldap_group_dn {dn[:80]!r} is not a DN such as cn=team,ou=groups,dc=example,dc=org"
        )
    return "".join(parts)


def _normal_value(value: str) -> str:
    text = " ".join(_unescaped(value).split())
    return _SPECIAL.sub(r"\\\g<0>", text)


def _unescaped(value: str) -> str:
    return _ESCAPED.sub(_plain, value)


def _plain(found: re.Match[str]) -> str:
    escaped = found[0]
    if len(escaped) == 2 and not _HEX.match(escaped):
        return escaped[1]
    return bytes.fromhex(escaped.replace("\\", "")).decode("utf-8", "replace")


def shown_group(group: ExternalGroup) -> Mapping[str, Fact]:
    """List what names a group, for the journal."""
    return {
        "group_name": group.name,
        "group_type": int(group.type),
        "ldap_group_dn": group.dn,
    }


def first_value(dn: str) -> str:
    """Read the name in front of a DN: `team` of cn=team,ou=groups; empty when there is none."""
    found = _PART.match(dn)
    return "" if found is None else _unescaped(found[1].partition("=")[2]).strip()
