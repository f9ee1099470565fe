"""Projects: create, read, update, delete."""

from havre.projects.allowlists import Allowlist, NewAllowlist
from havre.projects.bootstrap import LIBRARY, create_library
from havre.projects.change_metadata import Metadata
from havre.projects.create import CreateProject
from havre.projects.delete import DeleteProject
from havre.projects.metadata import STORAGE_LIMIT, check_storage_limit
from havre.projects.read import Projects
from havre.projects.store import remove_metadata, set_metadata, set_storage_limit
from havre.projects.system_allowlist import SystemAllowlist
from havre.projects.update import UpdateProject

__all__ = [
    "LIBRARY",
    "STORAGE_LIMIT",
    "Allowlist",
    "CreateProject",
    "DeleteProject",
    "Metadata",
    "NewAllowlist",
    "Projects",
    "SystemAllowlist",
    "UpdateProject",
    "check_storage_limit",
    "create_library",
    "remove_metadata",
    "set_metadata",
    "set_storage_limit",
]
