"""Globally unique names: `host:port/project/path` as Docker writes them, or the repository's name alone."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from havre.kernel.names import NameInvalid, RepositoryName
from havre.signing.errors import GunInvalid

_HOST: Final = re.compile(r"[a-zA-Z0-9.-]+(?::[0-9]{1,5})?\Z|\[[0-9a-fA-F:]+\](?::[0-9]{1,5})?\Z")
_LONGEST: Final = 255


@dataclass(frozen=True, slots=True)
class Gun:
    """The name that signatures bind, and the repository here that it stands for.

    The same repository under two host names has two of them, each with keys of its own.
    """

    text: str
    repository: RepositoryName

    @classmethod
    def parse(cls, text: str, own_hosts: Collection[str]) -> "Gun":
        """Read a name; `own_hosts` are the names under which this registry was asked, with their ports.

        Raises: GunInvalid.
        """
        if not 1 <= len(text) <= _LONGEST:
            raise GunInvalid(f"a globally unique name has 1 to {_LONGEST} characters")
        host, slash, path = text.partition("/")
        is_host = bool(slash) and (":" in host or "." in host or host == "localhost")
        if is_host and host.lower() in own_hosts:
            name = path
        elif is_host and _HOST.match(host) and ":" in host:
            raise GunInvalid(
                f"{text[:80]!r} begins with the host {host!r}, which is not the one this registry was asked "
                "by: signatures bind the host's name, so use the same for both"
            )
        else:
            name = text
        try:
            repository = RepositoryName.parse(name)
        except NameInvalid as error:
            raise GunInvalid(str(error)) from None
        if not repository.path:
            raise GunInvalid(f"{text[:80]!r} names no repository in a project: use project/name")
        return cls(text, repository)

    def __str__(self) -> str:
        return self.text
