"""A directory in memory, for tests that need no LDAP: tests/signin holds the real one to a server."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from havre.access.errors import DirectoryUnavailable
from havre.access.ports import DirectoryGroup, DirectoryPerson, LdapSettings

URL = "ldap://directory.test"


@dataclass
class MemoryDirectory:
    """Implements Directory over two dictionaries; it answers at URL alone."""

    people_by_uid: dict[str, DirectoryPerson] = field(default_factory=dict)
    passwords: dict[str, str] = field(default_factory=dict)
    groups_by_dn: dict[str, DirectoryGroup] = field(default_factory=dict)
    is_up: bool = True
    proofs: int = 0
    asked: list[LdapSettings] = field(default_factory=list)

    def add(self, uid: str, password: str, *groups: str) -> None:
        """Put somebody in, with groups by name."""
        found = [DirectoryGroup(name, f"cn={name},ou=groups,dc=test") for name in groups]
        self.groups_by_dn |= {group.dn: group for group in found}
        self.people_by_uid[uid] = DirectoryPerson(
            f"uid={uid},dc=test", uid, f"{uid}@example.test", uid.title(), [one.dn for one in found], found
        )
        self.passwords[uid] = password

    async def check(self, settings: LdapSettings) -> None:
        """Answer, or not."""
        self.asked.append(settings)
        if not self.is_up or settings.url != URL:
            raise DirectoryUnavailable(f"{settings.url} cannot be asked: it is not there")

    async def people(self, settings: LdapSettings, uid: str) -> Sequence[DirectoryPerson]:
        """Find people by uid."""
        await self.check(settings)
        return [person for name, person in self.people_by_uid.items() if uid in ("", name)]

    async def prove(self, settings: LdapSettings, uid: str, password: str) -> DirectoryPerson | None:
        """Compare the password."""
        await self.check(settings)
        self.proofs += 1
        person = self.people_by_uid.get(uid.lower())
        return person if person is not None and self.passwords[person.uid] == password else None

    async def groups(self, settings: LdapSettings, name: str, dn: str) -> Sequence[DirectoryGroup]:
        """Find groups by DN or name."""
        await self.check(settings)
        return [one for one in self.groups_by_dn.values() if dn in ("", one.dn) and name in ("", one.name)]
