"""The registry: manifests, blobs, tags, referrers, and how they come and go."""

from havre.registry.browse import Browse, Filters
from havre.registry.catalog import Catalog
from havre.registry.check import Check, CheckReport
from havre.registry.collect import Collect, Collected, CollectOptions, CollectReport
from havre.registry.delete import Delete
from havre.registry.finish import Finish
from havre.registry.mount import Mount
from havre.registry.pull import Pull
from havre.registry.pulled import CountPulls
from havre.registry.push import ManifestUpload, Push
from havre.registry.referrers import Referrers
from havre.registry.settings import RegistrySettings
from havre.registry.sweep import Sweep
from havre.registry.tags import Tags
from havre.registry.uploads import Chunk, Uploads

__all__ = [
    "Browse",
    "Catalog",
    "Check",
    "CheckReport",
    "Chunk",
    "Collect",
    "CollectOptions",
    "CollectReport",
    "Collected",
    "CountPulls",
    "Delete",
    "Filters",
    "Finish",
    "ManifestUpload",
    "Mount",
    "Pull",
    "Push",
    "Referrers",
    "RegistrySettings",
    "Sweep",
    "Tags",
    "Uploads",
]
