"""Judge an image by a policy: find its signatures, see whose keys made them, remember it until that changes.

A verdict holds for one revision of the policy and one version of the repository. So a signature that comes or
goes, and a policy that changes, bring a new one at the next pull; all others cost one read.
"""

import asyncio
from typing import Final

import msgspec

from havre.kernel.actor import system
from havre.kernel.clock import Clock, to_micros
from havre.kernel.digest import Digest
from havre.kernel.errors import NotFound
from havre.kernel.names import RepositoryName
from havre.kernel.work import Database
from havre.registry import Pull
from havre.signing import policy_store as store
from havre.signing.cosign import BUNDLE, SIMPLE, Keys, signers_of
from havre.signing.events import VerdictChanged
from havre.signing.policy_model import TrustPolicy, TrustRule
from havre.signing.policy_store import Place, Verdict

_ACTOR: Final = system("signing")
_LARGEST: Final = 1 << 20  # bytes of a signature; real ones have some thousand
_MOST_LAYERS: Final = 100  # signatures in one manifest


class _Layer(msgspec.Struct, frozen=True):
    media_type: str = msgspec.field(name="mediaType")
    digest: str
    size: int
    annotations: dict[str, str] | None = None


class _Manifest(msgspec.Struct, frozen=True):
    layers: list[_Layer] = []


class Judge:
    """Says whether a policy trusts an image, and why not."""

    def __init__(self, database: Database, pull: Pull, clock: Clock) -> None:
        self._database = database
        self._pull = pull
        self._clock = clock

    async def verdict(
        self, repository: RepositoryName, digest: str, policy: TrustPolicy, *, inherits: bool
    ) -> Verdict:
        """Judge one image; `inherits` lets the verdict of an index that lists it stand for its own."""
        own = await self._verdict(repository, digest, policy)
        if own.is_trusted or not inherits:
            return own
        async with self._database.read() as reader:
            place = await store.find_place(reader, repository)
            indexes = [] if place is None else await store.indexes_over(reader, place, digest)
        for index in indexes:
            found = await self._verdict(repository, index, policy)
            if found.is_trusted:
                assert place is not None  # it has indexes
                await self._inherit(place, digest, (found, policy.revision))
                return found
        return own

    async def _inherit(self, place: Place, digest: str, found: tuple[Verdict, int]) -> None:
        """Remember that an index over it is trusted, so that the next pull need not look for one."""
        now = to_micros(self._clock.now())
        async with self._database.write() as work:
            await store.keep_verdict(work, place, digest, found, now, is_inherited=True)

    async def _verdict(self, repository: RepositoryName, digest: str, policy: TrustPolicy) -> Verdict:
        known = await store.known_verdict(self._database, repository, digest, policy.revision)
        return known if known is not None else await self._judge(repository, digest, policy)

    async def _judge(self, repository: RepositoryName, digest: str, policy: TrustPolicy) -> Verdict:
        async with self._database.read() as reader:
            place = await store.find_place(reader, repository)
            if place is None:
                return Verdict("its repository is gone", ())
            signatures = await store.signatures_on(reader, place, digest)
            before = await store.last_verdict(reader, place.repo_id, digest)
        found = [await self._read(repository, one) for one in signatures]
        layers = [layer for manifest in found for layer in manifest]
        verdict = await asyncio.to_thread(_weigh, policy.rules_for(repository.path), layers, digest)
        await self._keep(repository, digest, (place, policy), (before, verdict))
        return verdict

    async def _keep(
        self,
        repository: RepositoryName,
        digest: str,
        where: tuple[Place, TrustPolicy],
        change: tuple[Verdict | None, Verdict],
    ) -> None:
        (place, policy), (before, verdict) = where, change
        async with self._database.write() as work:
            found = (verdict, policy.revision)
            is_there = await store.keep_verdict(work, place, digest, found, to_micros(self._clock.now()))
            if is_there and (before is None or before != verdict):
                work.announce(
                    VerdictChanged(
                        actor=_ACTOR,
                        resource=f"{repository}@{digest}",
                        project_id=policy.project_id,
                        succeeded=verdict.is_trusted,
                        repository=repository.text,
                        digest=digest,
                        signers=verdict.signers,
                        reason=verdict.reason,
                    )
                )

    async def _read(self, repository: RepositoryName, signature: str) -> list[tuple[_Layer, bytes]]:
        """Read the layers of a manifest that may be signatures; what cannot be read is none."""
        try:
            content = await self._pull.stat_manifest(_ACTOR, repository, Digest.parse(signature))
            manifest = msgspec.json.decode(content.body, type=_Manifest)
        except (NotFound, msgspec.MsgspecError):
            return []
        wanted = [one for one in manifest.layers if one.media_type in (SIMPLE, BUNDLE)]
        return [
            (layer, await self._blob(repository, layer))
            for layer in wanted[:_MOST_LAYERS]
            if layer.size <= _LARGEST
        ]

    async def _blob(self, repository: RepositoryName, layer: _Layer) -> bytes:
        try:
            blob = await self._pull.blob(_ACTOR, repository, Digest.parse(layer.digest))
        except NotFound:
            return b""
        if blob.size > _LARGEST:
            return b""
        return b"".join([piece async for piece in self._pull.read(blob, 0, blob.size)])


def _weigh(rules: list[TrustRule], layers: list[tuple[_Layer, bytes]], digest: str) -> Verdict:
    signers: set[str] = set()
    reasons = []
    for rule in rules:
        signed = _signers(rule.keys, layers, digest)
        signers |= signed
        if len(signed) < rule.threshold:
            names = ", ".join(one.name for one in rule.signers)
            found = ", ".join(sorted(signed)) or "nobody"
            reasons.append(f"rule {rule.name} asks for {rule.threshold} of {names}; {found} signed it")
    return Verdict("; ".join(reasons), tuple(sorted(signers)))


def _signers(keys: Keys, layers: list[tuple[_Layer, bytes]], digest: str) -> set[str]:
    return {
        name
        for layer, content in layers
        for name in signers_of(layer.media_type, content, layer.annotations or {}, digest, keys)
    }
