"""Put labels on artifacts and take them off."""

from havre.access import Access
from havre.kernel.actor import Actor
from havre.kernel.clock import Clock, to_micros
from havre.kernel.names import Reference, RepositoryName
from havre.kernel.work import Database
from havre.registry.errors import LabelAttached, LabelUnknown
from havre.registry.events import ArtifactLabelAdded, ArtifactLabelRemoved
from havre.registry.store import labels, places


class LabelArtifacts:
    """Changes which labels an artifact bears."""

    def __init__(self, database: Database, access: Access, clock: Clock) -> None:
        self._database = database
        self._access = access
        self._clock = clock

    async def add(
        self, actor: Actor, repository: RepositoryName, reference: Reference, label_id: int
    ) -> None:
        """Put a label of the project, or one of all projects, on an artifact.

        Raises: RepositoryUnknown, ManifestUnknown, LabelUnknown, LabelAttached, and the refusals of Access.
        """
        await self._access.require(actor, "artifact-label", "create", repository.project)
        async with self._database.write() as work:
            place = await places.find_artifact(work, repository, reference)
            label = await labels.find_label(work, label_id)
            if label is None or label.project_id not in {None, place.project_id}:
                raise LabelUnknown(label_id)
            if not await labels.attach(work, place.manifest_id, label_id, to_micros(self._clock.now())):
                raise LabelAttached(label_id, place.digest)
            work.announce(
                ArtifactLabelAdded(
                    actor=actor,
                    resource=f"{repository}@{place.digest}",
                    project_id=place.project_id,
                    label_id=label_id,
                    label=label.name,
                )
            )

    async def remove(
        self, actor: Actor, repository: RepositoryName, reference: Reference, label_id: int
    ) -> None:
        """Take a label off an artifact.

        Raises: RepositoryUnknown, ManifestUnknown, LabelUnknown, and the refusals of Access.
        """
        await self._access.require(actor, "artifact-label", "delete", repository.project)
        async with self._database.write() as work:
            place = await places.find_artifact(work, repository, reference)
            label = await labels.find_label(work, label_id)
            if label is None or not await labels.detach(work, place.manifest_id, label_id):
                raise LabelUnknown(label_id)
            work.announce(
                ArtifactLabelRemoved(
                    actor=actor,
                    resource=f"{repository}@{place.digest}",
                    project_id=place.project_id,
                    label_id=label_id,
                    label=label.name,
                )
            )
