"""Talking LDAP with ldap3, blocking: connect, search, bind, read. Threads are ldap.py's, rules are access's.

Referrals are not followed: they would carry the search account's password to wherever the answer says.
"""

import logging
import re
import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final
from urllib.parse import urlsplit

from ldap3 import BASE, DEREF_NEVER, LEVEL, NONE, SUBTREE, Connection, Server, Tls
from ldap3.core.exceptions import LDAPException
from ldap3.utils.conv import escape_filter_chars

from havre.access import first_value, normal_dn
from havre.access.errors import DirectoryUnavailable, GroupInvalid
from havre.access.ports import DirectoryGroup, DirectoryPerson, LdapSettings
from havre.adapters.identity.aside import run_aside

_log: Final = logging.getLogger("havre.ldap")
_SCOPES: Final = (BASE, LEVEL, SUBTREE)
_MOST: Final = 500  # entries of one answer: a page for people to choose from
_DEEPEST: Final = 10  # levels of groups in groups; one search each
_AT_ONCE: Final = 4  # connections for groups when they are looked up in parallel
_ATTRIBUTE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9.;-]{0,99}\Z")
_SUCCESS, _SIZE_LIMIT, _NO_SUCH_OBJECT = 0, 4, 32
# The directory knows the person and lets them not in: wrong, expired or locked (RFC 4511, appendix A).
_REFUSED: Final = frozenset({19, 48, 49, 50, 53})
Entry = Mapping[str, Any]


def check(settings: LdapSettings) -> None:
    """Connect, bind as the search account and look for the base."""
    with _bound(settings) as connection:
        _people(connection, settings, "", 1)


def people(settings: LdapSettings, uid: str) -> Sequence[DirectoryPerson]:
    """Find people by their whole uid, or the first ones when it is empty."""
    with _bound(settings) as connection:
        return _people(connection, settings, uid, _MOST)


def prove(settings: LdapSettings, uid: str, password: str) -> DirectoryPerson | None:
    """Find the one person with this uid and bind as them."""
    with _bound(settings) as connection:
        found = _people(connection, settings, uid, 2)
        if len(found) > 1:
            _log.warning("ldap.ambiguous uid=%r: more than one entry has it, nobody is let in", uid)
        if len(found) != 1 or not _fits(settings, found[0].dn, password):
            return None
        return _with_groups(connection, settings, found[0])


def groups(settings: LdapSettings, name: str, dn: str) -> Sequence[DirectoryGroup]:
    """Find groups by DN or by their whole name, or the first ones when both are empty."""
    with _bound(settings) as connection:
        if dn:
            return _groups_at(connection, settings, [dn])
        attribute = _name_attribute(settings)
        value = escape_filter_chars(name) if name else "*"
        wanted = f"(&{_group_filter(settings)}({attribute}={value}))"
        base = settings.group_base_dn or settings.base_dn
        entries = _search(connection, _Question(base, wanted, settings.group_search_scope, [attribute]))
        return [_group(entry, attribute) for entry in entries]


class _Tls(Tls):
    """TLS as the standard library does it today: ldap3 checks names by itself, and no addresses."""

    def wrap_socket(self, connection: Connection, do_handshake: bool = False) -> None:
        """Put TLS around the socket of a connection."""
        context = ssl.create_default_context()
        if self.validate == ssl.CERT_NONE:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        connection.socket = context.wrap_socket(
            connection.socket, do_handshake_on_connect=do_handshake, server_hostname=connection.server.host
        )


@contextmanager
def _bound(settings: LdapSettings) -> Iterator[Connection]:
    """Connect as the search account, anonymously without one."""
    user = settings.search_dn or None
    password = settings.search_password.reveal() if user else None
    if user and not password:
        raise DirectoryUnavailable("ldap_search_dn needs ldap_search_password")
    with _connected(settings, user, password) as connection:
        if not connection.bind():
            raise DirectoryUnavailable(
                f"{settings.url} does not let {user or 'the anonymous'} in: {_told(connection)}"
            )
        yield connection


@contextmanager
def _connected(settings: LdapSettings, user: str | None, password: str | None) -> Iterator[Connection]:
    try:
        connection = Connection(
            _server(settings),
            user,
            password,
            receive_timeout=settings.timeout_s,
            auto_referrals=False,
            check_names=False,
            read_only=True,
            raise_exceptions=False,
        )
        try:
            _secure(connection, settings)
            yield connection
        finally:
            with suppress(LDAPException, OSError):  # what went wrong before is worth telling, this is not
                connection.unbind()
    except (LDAPException, OSError, ValueError) as error:
        raise DirectoryUnavailable(f"{settings.url} cannot be asked: {error}") from error


def _secure(connection: Connection, settings: LdapSettings) -> None:
    """Put TLS on before anything is said, where StartTLS is asked for: nothing goes on in the clear."""
    if settings.start_tls and not connection.server.ssl:
        connection.open(read_server_info=False)
        if not connection.start_tls(read_server_info=False):
            raise DirectoryUnavailable(f"{settings.url} refuses StartTLS: {_told(connection)}")


def _server(settings: LdapSettings) -> Server:
    text = settings.url if "://" in settings.url else f"ldap://{settings.url}"
    parts = urlsplit(text)
    is_tls = parts.scheme == "ldaps"
    if parts.scheme not in {"ldap", "ldaps"} or not parts.hostname:
        raise DirectoryUnavailable(f"ldap_url {text!r} must be ldap://host:port or ldaps://host:port")
    return Server(
        parts.hostname,
        parts.port or (636 if is_tls else 389),
        use_ssl=is_tls,
        tls=_Tls(validate=ssl.CERT_REQUIRED if settings.verify_cert else ssl.CERT_NONE),
        get_info=NONE,
        connect_timeout=settings.timeout_s,
    )


def _fits(settings: LdapSettings, dn: str, password: str) -> bool:
    with _connected(settings, dn, password) as connection:
        if connection.bind():
            return True
        if connection.result["result"] in _REFUSED:
            return False
        raise DirectoryUnavailable(f"{settings.url} cannot tell whether a password fits: {_told(connection)}")


def _people(connection: Connection, settings: LdapSettings, uid: str, limit: int) -> list[DirectoryPerson]:
    attribute = _checked(settings.uid, "ldap_uid")
    membership = _checked(
        settings.group_membership_attribute or "memberof", "ldap_group_membership_attribute"
    )
    value = escape_filter_chars(uid) if uid else "*"
    wanted = f"(&{_wrapped(settings.filter)}({attribute}={value}))"
    attributes = list(dict.fromkeys([attribute, membership, "cn", "uid", "mail", "email"]))
    question = _Question(settings.base_dn, wanted, settings.scope, attributes, limit)
    entries = _search(connection, question)
    return [_person(entry, attribute, membership, uid) for entry in entries]


def _person(entry: Entry, attribute: str, membership: str, asked: str) -> DirectoryPerson:
    values = _values(entry)
    uids = values.get(attribute.casefold()) or [first_value(entry["dn"])]
    uid = next((one for one in uids if one.casefold() == asked.casefold()), uids[0])
    names = values.get("cn") or values.get("uid") or [uid]
    mails = values.get("mail") or values.get("email") or [""]
    return DirectoryPerson(entry["dn"], uid, mails[0], names[0], values.get(membership.casefold(), []))


def _with_groups(connection: Connection, settings: LdapSettings, person: DirectoryPerson) -> DirectoryPerson:
    """Read the groups that count here: those under the base that pass the filter; none without either."""
    member_of = list(person.member_of)
    admin_dn = settings.group_admin_dn
    if admin_dn and not _holds(member_of, admin_dn) and _is_member(connection, admin_dn, person):
        member_of.append(admin_dn)
    found = list[DirectoryGroup]()
    if settings.group_base_dn or settings.group_search_filter:
        if not person.member_of:
            found = _groups_with(connection, settings, person)
        elif settings.group_attach_parallel:
            found = _groups_in_parallel(settings, person.member_of)
        else:
            found = _groups_at(connection, settings, person.member_of)
    if settings.group_nested:
        found += _groups_above(connection, settings, found)
    return replace(person, member_of=[*member_of, *(group.dn for group in found)], groups=found)


def _groups_at(connection: Connection, settings: LdapSettings, dns: Sequence[str]) -> list[DirectoryGroup]:
    attribute = _name_attribute(settings)
    wanted = _group_filter(settings)
    found = list[DirectoryGroup]()
    for dn in dns:
        if _is_under(dn, settings.group_base_dn):
            entries = _search(connection, _Question(dn, wanted, 0, [attribute]), may_miss=True)
            found += [_group(entry, attribute) for entry in entries]
    return found


def _groups_in_parallel(settings: LdapSettings, dns: Sequence[str]) -> list[DirectoryGroup]:
    def look_up(part: Sequence[str]) -> list[DirectoryGroup]:
        with _bound(settings) as connection:
            return _groups_at(connection, settings, part)

    parts = [part for start in range(_AT_ONCE) if (part := dns[start::_AT_ONCE])]
    asked = [run_aside(partial(look_up, part), "ldap-groups") for part in parts]
    return [group for future in asked for group in future.result()]


def _groups_with(
    connection: Connection, settings: LdapSettings, person: DirectoryPerson
) -> list[DirectoryGroup]:
    """Search for the groups that name somebody, where entries do not tell their groups."""
    attribute = _name_attribute(settings)
    base = settings.group_base_dn or settings.base_dn
    wanted = f"(&{_group_filter(settings)}{_naming(person)})"
    entries = _search(connection, _Question(base, wanted, settings.group_search_scope, [attribute]))
    return [_group(entry, attribute) for entry in entries]


def _groups_above(
    connection: Connection, settings: LdapSettings, found: Sequence[DirectoryGroup]
) -> list[DirectoryGroup]:
    """Search for the groups that groups are members of, level by level; circles end by themselves."""
    attribute, base = _name_attribute(settings), settings.group_base_dn or settings.base_dn
    known, level, above = {_key(group.dn) for group in found}, list(found), list[DirectoryGroup]()
    for _ in range(_DEEPEST):
        if not level or len(known) > _MOST:
            break
        names = "".join(f"(member={dn})(uniqueMember={dn})" for dn in map(_escaped, level))
        wanted = f"(&{_group_filter(settings)}(|{names}))"
        entries = _search(connection, _Question(base, wanted, settings.group_search_scope, [attribute]))
        level = [
            group for group in (_group(entry, attribute) for entry in entries) if _key(group.dn) not in known
        ]
        known |= {_key(group.dn) for group in level}
        above += level
    return above


def _escaped(group: DirectoryGroup) -> str:
    return str(escape_filter_chars(group.dn))


def _key(dn: str) -> str:
    try:
        return normal_dn(dn)
    except GroupInvalid:
        return dn.casefold()


def _is_member(connection: Connection, group_dn: str, person: DirectoryPerson) -> bool:
    return bool(_search(connection, _Question(group_dn, _naming(person), 0, ["cn"]), may_miss=True))


def _naming(person: DirectoryPerson) -> str:
    dn, uid = escape_filter_chars(person.dn), escape_filter_chars(person.uid)
    return f"(|(member={dn})(uniqueMember={dn})(memberUid={uid}))"


@dataclass(frozen=True, slots=True)
class _Question:
    base: str
    wanted: str  # the filter
    scope: int
    attributes: Sequence[str]
    limit: int = _MOST


def _search(connection: Connection, question: _Question, *, may_miss: bool = False) -> list[Entry]:
    connection.search(
        question.base,
        question.wanted,
        _SCOPES[question.scope],
        dereference_aliases=DEREF_NEVER,
        attributes=list(question.attributes),
        size_limit=question.limit,
        time_limit=int(connection.receive_timeout),
    )
    code = connection.result["result"]
    if code == _NO_SUCH_OBJECT and may_miss:
        return []
    if code not in {_SUCCESS, _SIZE_LIMIT}:
        raise DirectoryUnavailable(
            f"the search for {question.wanted} under {question.base} failed: {_told(connection)}"
        )
    return [entry for entry in connection.response or [] if entry["type"] == "searchResEntry"]


def _group(entry: Entry, attribute: str) -> DirectoryGroup:
    names = _values(entry).get(attribute.casefold()) or [first_value(entry["dn"])]
    return DirectoryGroup(names[0], entry["dn"])


def _values(entry: Entry) -> Mapping[str, list[str]]:
    raw: Mapping[str, Sequence[bytes]] = entry["raw_attributes"]
    return {
        name.casefold(): [value.decode("utf-8", "replace") for value in values]
        for name, values in raw.items()
        if values
    }


def _name_attribute(settings: LdapSettings) -> str:
    return _checked(settings.group_attribute_name or "cn", "ldap_group_attribute_name")


def _checked(attribute: str, key: str) -> str:
    if not _ATTRIBUTE.match(attribute):
        raise DirectoryUnavailable(f"{key} {attribute!r} is not the name of an attribute")
    return attribute


def _group_filter(settings: LdapSettings) -> str:
    return _wrapped(settings.group_search_filter)


def _wrapped(text: str) -> str:
    """Complete a configured filter, which may come without its parentheses or not at all."""
    text = text.strip()
    if not text:
        return "(objectClass=*)"
    return text if text.startswith("(") else f"({text})"


def _is_under(dn: str, base: str) -> bool:
    if not base:
        return True
    try:
        below, above = normal_dn(dn), normal_dn(base)
    except GroupInvalid:
        return False
    return below == above or below.endswith(f",{above}")


def _holds(dns: Sequence[str], wanted: str) -> bool:
    return any(_is_under(dn, wanted) and _is_under(wanted, dn) for dn in dns)


def _told(connection: Connection) -> str:
    result = connection.result or {}
    return " ".join(str(result.get(name) or "") for name in ("description", "message")).strip()
