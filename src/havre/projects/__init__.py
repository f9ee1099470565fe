"""Projects: create, read, update, delete."""

from havre.projects.bootstrap import LIBRARY, create_library
from havre.projects.change_metadata import Metadata
from havre.projects.create import CreateProject
from havre.projects.delete import DeleteProject
from havre.projects.read import Projects
from havre.projects.update import UpdateProject

__all__ = [
    "LIBRARY",
    "CreateProject",
    "DeleteProject",
    "Metadata",
    "Projects",
    "UpdateProject",
    "create_library",
]
