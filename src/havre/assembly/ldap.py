"""The LDAP directory: how it is asked, and what is built on it."""

from havre.access import DirectoryPasswords, ImportUsers, Onboard, RememberGroups, SearchDirectory
from havre.access.ports import LdapNow, LdapSettings
from havre.adapters.identity.ldap import LdapDirectory
from havre.assembly.ground import Ground
from havre.edge.api.ldap_parts import LdapParts
from havre.system import Configuration


def ldap_settings(configuration: Configuration) -> LdapNow:
    """Make the port that tells access how the directory is asked."""

    async def now() -> LdapSettings:
        configured = await configuration.current()
        return LdapSettings(
            url=configured.ldap_url,
            search_dn=configured.ldap_search_dn,
            search_password=configured.ldap_search_password,
            base_dn=configured.ldap_base_dn,
            filter=configured.ldap_filter,
            uid=configured.ldap_uid,
            scope=configured.ldap_scope,
            timeout_s=configured.ldap_timeout,
            verify_cert=configured.ldap_verify_cert,
            start_tls=configured.ldap_start_tls,
            group_base_dn=configured.ldap_group_base_dn,
            group_search_filter=configured.ldap_group_search_filter,
            group_attribute_name=configured.ldap_group_attribute_name,
            group_search_scope=configured.ldap_group_search_scope,
            group_admin_dn=configured.ldap_group_admin_dn,
            group_membership_attribute=configured.ldap_group_membership_attribute,
            group_attach_parallel=configured.ldap_group_attach_parallel,
            group_nested=configured.ldap_group_nested,
            is_in_use=configured.auth_mode == "ldap_auth",
        )

    return now


def ldap_parts(ground: Ground) -> LdapParts:
    """Wire the use cases behind the tag `Ldap`."""
    directory, settings = LdapDirectory(), ldap_settings(ground.configuration)
    return LdapParts(
        search=SearchDirectory(directory, settings),
        import_users=ImportUsers(directory, settings, _onboard(ground)),
    )


def directory_passwords(ground: Ground) -> DirectoryPasswords:
    """Wire signing in by the directory."""
    settings = ldap_settings(ground.configuration)
    return DirectoryPasswords(ground.database, LdapDirectory(), settings, _onboard(ground))


def _onboard(ground: Ground) -> Onboard:
    database, clock = ground.database, ground.clock
    return Onboard(database, RememberGroups(database, clock), clock)
