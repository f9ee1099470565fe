"""What of a repository here a rule is about: its tags as they are now, and what hangs on their artifacts."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from havre.kernel.digest import Digest
from havre.kernel.names import RepositoryName, Tag
from havre.registry import Census, kind_of, parse_manifest
from havre.registry.model import CensusAccessory, CensusArtifact, CensusRepository
from havre.replication.here import Here
from havre.replication.selecting import Selection


@dataclass(slots=True)
class Desired:
    """References, each with the digest that it names: tags, and @digest for what is sent without one.

    `standing` are all tags of the repository, whether the rule is about them or not.
    """

    repository: CensusRepository
    references: dict[str, Digest] = field(default_factory=dict)
    standing: set[str] = field(default_factory=set)
    _accessories: defaultdict[str, list[CensusAccessory]] | None = None
    census: Census | None = None

    async def accessories(self, subject: str) -> Sequence[CensusAccessory]:
        """List what signs or describes a digest."""
        if self._accessories is not None:
            return self._accessories.get(subject, ())
        assert self.census is not None
        return await self.census.accessories_of(self.repository.repo_id, subject)

    async def load_accessories(self) -> None:
        """Read all of them at once, for who will ask about every artifact."""
        assert self.census is not None
        found = defaultdict[str, list[CensusAccessory]](list)
        async for page in self.census.accessories(self.repository.repo_id):
            for one in page:
                found[one.subject].append(one)
        self._accessories = found

    def all_accessories(self) -> Sequence[CensusAccessory]:
        """List those that were read at once."""
        return [one for listed in (self._accessories or {}).values() for one in listed]


async def desired_of(here: Here, repository: CensusRepository, selection: Selection) -> Desired:
    """Look at a whole repository."""
    desired = Desired(repository, census=here.census)
    async for page in here.census.artifacts(repository.repo_id):
        for artifact in page:
            desired.standing.update(tag.name for tag in artifact.tags)
            _add(desired, artifact, selection)
    await desired.load_accessories()
    for one in desired.all_accessories():
        desired.standing.update(one.tags)
    return desired


async def desired_among(
    here: Here, repository: CensusRepository, selection: Selection, wanted: Sequence[str]
) -> Desired:
    """Look at some references alone; what is gone, or is none of the rule's business, is left out."""
    if selection.labels:  # labels are read with whole repositories
        whole = await desired_of(here, repository, selection)
        whole.references = {one: digest for one, digest in whole.references.items() if one in wanted}
        return whole
    desired, name = Desired(repository, census=here.census), RepositoryName(repository.name)
    for text in wanted:
        reference = Digest.parse(text[1:]) if text.startswith("@") else Tag.parse(text)
        stored = await here.manifest(name, reference)
        if stored is None:
            continue
        if isinstance(reference, Tag):
            desired.standing.add(text)
        parsed = parse_manifest(stored.body, stored.media_type)
        is_accessory = parsed.subject is not None
        is_meant = isinstance(reference, Digest) or selection.takes_tag(text) or _is_cosigns(text)
        if is_meant and (is_accessory or _is_cosigns(text) or selection.takes_kind(kind_of(parsed))):
            desired.references[text] = Digest.parse(stored.digest)
    return desired


def _add(desired: Desired, artifact: CensusArtifact, selection: Selection) -> None:
    if not selection.takes_kind(artifact.kind) or not selection.takes_labels(artifact.labels):
        return
    for tag in artifact.tags:
        if selection.takes_tag(tag.name):
            desired.references[tag.name] = Digest.parse(artifact.digest)


def _is_cosigns(tag: str) -> bool:
    """Tell a tag by which cosign names a signature: no filter of tags is about those."""
    return tag.startswith(("sha256-", "sha512-")) and tag.endswith((".sig", ".att", ".sbom"))
