"""The shapes of the LDAP directory."""

from dataclasses import replace
from typing import Annotated

import msgspec
from msgspec import Meta

from havre.access.ports import LdapSettings
from havre.kernel.secret import Secret

_Uid = Annotated[str, Meta(min_length=1, max_length=255)]  # 255: the longest user name
_Uids = Annotated[list[_Uid], Meta(min_length=1, max_length=1000)]
_Scope = Annotated[int, Meta(ge=0, le=2)]
_Timeout = Annotated[int, Meta(ge=1, le=300)]  # seconds, as the configuration


class LdapConf(msgspec.Struct):
    """`LdapConf`, and StartTLS, which is Havre's own; what is left out is as configured."""

    ldap_url: str | None = None
    ldap_search_dn: str | None = None
    ldap_search_password: str | None = None
    ldap_base_dn: str | None = None
    ldap_filter: str | None = None
    ldap_uid: str | None = None
    ldap_scope: _Scope | None = None
    ldap_connection_timeout: _Timeout | None = None
    ldap_verify_cert: bool | None = None
    ldap_start_tls: bool | None = None

    def over(self, configured: LdapSettings) -> LdapSettings:
        """Put it over what is configured.

        The password that is kept goes to no other directory, and to no other account, than it is kept for.
        """
        given: dict[str, object] = {
            "url": self.ldap_url,
            "search_dn": self.ldap_search_dn,
            "base_dn": self.ldap_base_dn,
            "filter": self.ldap_filter,
            "uid": self.ldap_uid or None,
            "scope": self.ldap_scope,
            "timeout_s": self.ldap_connection_timeout,
            "verify_cert": self.ldap_verify_cert,
            "start_tls": self.ldap_start_tls,
        }
        changes = {name: value for name, value in given.items() if value is not None}
        tried: LdapSettings = replace(configured, **changes)  # type: ignore[arg-type] # by field name
        if self.ldap_search_password:
            return replace(tried, search_password=Secret(self.ldap_search_password))
        is_same = _place(tried) == _place(configured)
        return tried if is_same else replace(tried, search_password=Secret(""))


def _place(settings: LdapSettings) -> tuple[object, ...]:
    """Tell where a password goes, and how."""
    return settings.url, settings.search_dn, settings.verify_cert, settings.start_tls


class PingResult(msgspec.Struct):
    """`LdapPingResult`."""

    success: bool
    message: str = ""


class LdapUser(msgspec.Struct):
    """`LdapUser`."""

    username: str
    realname: str
    email: str


class ImportReq(msgspec.Struct):
    """`LdapImportUsers`."""

    ldap_uid_list: _Uids


class FailedImport(msgspec.Struct):
    """`LdapFailedImportUser`."""

    uid: str
    error: str
