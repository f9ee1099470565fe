"""Tell what the policy of its project says of an artifact: for people, and before anybody pulls."""

from dataclasses import dataclass

from havre.access import Access
from havre.kernel.actor import Actor, system
from havre.kernel.names import Reference, RepositoryName, Tag
from havre.kernel.work import Database
from havre.registry import Pull
from havre.signing import policy_store as store
from havre.signing.errors import TrustPolicyUnknown
from havre.signing.judge import Judge
from havre.signing.policy_model import Mode
from havre.signing.policy_store import Verdict


@dataclass(frozen=True, slots=True)
class ShownTrust:
    """A verdict, and what it means for a pull."""

    digest: str
    mode: Mode
    verdict: Verdict


class ShowTrust:
    """Judges as a pull would."""

    def __init__(self, database: Database, access: Access, pull: Pull, judge: Judge) -> None:
        self._database = database
        self._access = access
        self._pull = pull
        self._judge = judge

    async def run(self, actor: Actor, repository: RepositoryName, reference: Reference) -> ShownTrust:
        """Judge one artifact.

        Raises: TrustPolicyUnknown, ManifestUnknown, ProjectUnknown, Unauthenticated, Denied.
        """
        standing = await self._access.require(actor, "artifact", "read", repository.project)
        async with self._database.read() as reader:
            policy = await store.find_policy(reader, standing.id)
        if policy is None:
            raise TrustPolicyUnknown(standing.name)
        found = await self._pull.stat_manifest(system("signing"), repository, reference)
        by_digest = not isinstance(reference, Tag)
        verdict = await self._judge.verdict(repository, found.digest, policy, inherits=by_digest)
        return ShownTrust(found.digest, policy.mode, verdict)
