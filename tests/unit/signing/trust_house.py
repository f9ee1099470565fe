"""The use cases of Notary, wired, and a publisher that calls them without HTTP."""

from datetime import UTC, datetime

from havre.adapters.vault import Vault
from havre.signing import (
    Changefeed,
    DeleteTrust,
    ForgetTrust,
    Gun,
    Publish,
    ReadMetadata,
    RefreshMetadata,
    ServerKeys,
    SigningSettings,
    Wanted,
)
from kit.house import ADMIN, RegistryHouse
from kit.publisher import Json, Pair, bare_pair, certified_pair, document

HOST = "registry.test:5000"
DAY_S = 86_400


class TrustHouse:
    """What a test of trust data stands on; the clock is wound to now, for certificates live by it."""

    def __init__(self, house: RegistryHouse) -> None:
        """Wire the use cases."""
        house.clock.wind((datetime.now(UTC) - house.clock.now()).total_seconds())
        self.house = house
        database, access, clock, vault = house.database, house.access, house.clock, Vault(bytes(32))
        self.refresh = RefreshMetadata(database, vault, clock)
        self.publish = Publish(database, access, vault, clock, SigningSettings())
        self.read = ReadMetadata(database, access, clock, self.refresh)
        self.keys = ServerKeys(database, access, vault, clock)
        self.delete = DeleteTrust(database, access, clock)
        self.forget = ForgetTrust(clock)
        self.changes = Changefeed(database, access)
        self.gun = Gun.parse(f"{HOST}/library/app", {HOST})
        self.root: Pair = certified_pair(self.gun.text)
        self.targets: Pair = bare_pair()

    async def first(self) -> None:
        """Publish a root and targets."""
        words = {
            role: (await self.keys.get(ADMIN, self.gun, role)).keyval.public
            for role in ("snapshot", "timestamp")
        }
        server: dict[str, Json] = {
            role: {"keytype": "ecdsa", "keyval": {"private": None, "public": public}}
            for role, public in words.items()
        }
        await self.publish.run(
            ADMIN,
            self.gun,
            [
                ("root", document(self.root_words(server), [self.root])),
                ("targets", document(self.targets_words(1), [self.targets])),
            ],
        )

    def root_words(self, server: dict[str, Json]) -> Json:
        """Say what a root says, with the keys of this side."""
        pairs = {"root": self.root.words, "targets": self.targets.words, **server}
        numbers = {role: Pair(self.root.private, words).id for role, words in pairs.items()}
        return {
            "_type": "Root",
            "consistent_snapshot": False,
            "expires": "2046-01-01T00:00:00Z",
            "keys": {numbers[role]: words for role, words in pairs.items()},
            "roles": {role: {"keyids": [number], "threshold": 1} for role, number in numbers.items()},
            "version": 1,
        }

    def targets_words(self, version: int) -> Json:
        """Say what targets say."""
        return {
            "_type": "Targets",
            "delegations": {"keys": {}, "roles": []},
            "expires": "2046-01-01T00:00:00Z",
            "targets": {},
            "version": version,
        }

    async def get(self, role: str, version: int | None = None) -> bytes:
        """Read a document."""
        body, _ = await self.read.run(ADMIN, self.gun, Wanted(role, version))
        return body
