"""What the tag `Ldap` is built on."""

from dataclasses import dataclass

from havre.access import ImportUsers, SearchDirectory


@dataclass(frozen=True, slots=True)
class LdapParts:
    """The use cases of the LDAP directory."""

    search: SearchDirectory
    import_users: ImportUsers
