"""The registry: manifests, blobs, tags, referrers, and how they come and go."""

from typing import TYPE_CHECKING

from havre.kernel.doors import front_door

if TYPE_CHECKING:
    from havre.registry.additions import Additions
    from havre.registry.artifact_filters import ArtifactFilters
    from havre.registry.artifacts import ArtifactQuery, Artifacts, Shown, StoredOverviews
    from havre.registry.browse import Browse, Filters, TagPart
    from havre.registry.catalog import Catalog
    from havre.registry.census import Census
    from havre.registry.change_labels import ChangeLabels
    from havre.registry.change_tags import ChangeTags
    from havre.registry.check import Check, CheckReport, Finding
    from havre.registry.collect import Collect
    from havre.registry.collect_by_hand import CollectByHand, Listener
    from havre.registry.collected import Collected, CollectOptions, CollectReport, Share
    from havre.registry.collections import (
        COLLECTION_KIND,
        MOST_WORKERS,
        CollectionFilter,
        CollectionPlan,
        Collections,
    )
    from havre.registry.copy import Copy, CopySource
    from havre.registry.delete import Delete
    from havre.registry.delete_artifact import DeleteArtifact
    from havre.registry.delete_repository import DeleteRepository
    from havre.registry.describe import Describe
    from havre.registry.finish import Finish
    from havre.registry.formats.kinds import kind_of
    from havre.registry.formats.manifest import ParsedManifest, RefKind, parse_manifest
    from havre.registry.gates import Gates
    from havre.registry.icons import Icons
    from havre.registry.label_artifacts import LabelArtifacts
    from havre.registry.labels import Labels
    from havre.registry.mount import Mount
    from havre.registry.pull import Pull
    from havre.registry.pulled import CountPulls
    from havre.registry.pulls import Pulls
    from havre.registry.push import ManifestUpload, Push
    from havre.registry.quota import Quota
    from havre.registry.quotas import Quotas
    from havre.registry.referrers import Referrers
    from havre.registry.repair import REPAIRABLE, Repair
    from havre.registry.retire import Retire, Step
    from havre.registry.run_collection import RunCollection
    from havre.registry.search import SearchRepositories
    from havre.registry.settings import RegistrySettings
    from havre.registry.stat_blob import StatBlob
    from havre.registry.statistics import Figures, Statistics
    from havre.registry.store.labels import LabelWords
    from havre.registry.sweep import Sweep
    from havre.registry.tags import Tags
    from havre.registry.update_repository import UpdateRepository
    from havre.registry.uploads import Chunk, Uploads
else:
    __getattr__ = front_door(__name__)

__all__ = [
    "COLLECTION_KIND",
    "MOST_WORKERS",
    "REPAIRABLE",
    "Additions",
    "ArtifactFilters",
    "ArtifactQuery",
    "Artifacts",
    "Browse",
    "Catalog",
    "Census",
    "ChangeLabels",
    "ChangeTags",
    "Check",
    "CheckReport",
    "Chunk",
    "Collect",
    "CollectByHand",
    "CollectOptions",
    "CollectReport",
    "Collected",
    "CollectionFilter",
    "CollectionPlan",
    "Collections",
    "Copy",
    "CopySource",
    "CountPulls",
    "Delete",
    "DeleteArtifact",
    "DeleteRepository",
    "Describe",
    "Figures",
    "Filters",
    "Finding",
    "Finish",
    "Gates",
    "Icons",
    "LabelArtifacts",
    "LabelWords",
    "Labels",
    "Listener",
    "ManifestUpload",
    "Mount",
    "ParsedManifest",
    "Pull",
    "Pulls",
    "Push",
    "Quota",
    "Quotas",
    "RefKind",
    "Referrers",
    "RegistrySettings",
    "Repair",
    "Retire",
    "RunCollection",
    "SearchRepositories",
    "Share",
    "Shown",
    "StatBlob",
    "Statistics",
    "Step",
    "StoredOverviews",
    "Sweep",
    "TagPart",
    "Tags",
    "UpdateRepository",
    "Uploads",
    "kind_of",
    "parse_manifest",
]
