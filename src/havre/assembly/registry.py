"""The registry's use cases behind the REST API."""

from havre.access import Access
from havre.edge.api.registry_parts import RegistryParts
from havre.kernel.clock import Clock
from havre.kernel.work import Database
from havre.registry import (
    Additions,
    Artifacts,
    ChangeLabels,
    ChangeTags,
    Copy,
    DeleteArtifact,
    DeleteRepository,
    Describe,
    Gates,
    Icons,
    LabelArtifacts,
    Labels,
    Quotas,
    RegistrySettings,
    SearchRepositories,
    StoredOverviews,
    UpdateRepository,
)
from havre.registry.ports import BlobStore


def registry_parts(
    database: Database,
    blobs: BlobStore,
    access: Access,
    clock: Clock,
    settings: RegistrySettings,
    gates: Gates,
) -> RegistryParts:
    """Wire them."""
    return RegistryParts(
        artifacts=Artifacts(database, access, Describe(database, blobs), StoredOverviews(), gates.tags),
        labels=Labels(database, access),
        change_labels=ChangeLabels(database, access, clock),
        label_artifacts=LabelArtifacts(database, access, clock),
        change_tags=ChangeTags(database, access, clock, settings, gates.tags),
        copy=Copy(database, access, clock, settings, gates),
        delete_artifact=DeleteArtifact(database, access, clock, settings, gates.tags),
        additions=Additions(database, blobs, access),
        icons=Icons(),
        search=SearchRepositories(database, access),
        delete_repository=DeleteRepository(database, access, clock, settings, gates.tags),
        quotas=Quotas(database, access, clock),
        update_repository=UpdateRepository(database, access, clock),
    )
