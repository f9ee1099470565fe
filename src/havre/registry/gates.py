"""What is asked before content comes: whether there is room, and whether its tags may move."""

from dataclasses import dataclass

from havre.registry.ports import TagGate
from havre.registry.quota import Quota


@dataclass(frozen=True, slots=True)
class Gates:
    """One name each."""

    quota: Quota
    tags: TagGate
