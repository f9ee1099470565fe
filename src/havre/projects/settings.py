"""What an operator may choose about projects."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class ProjectSettings:
    """Who may create projects: everybody with an account, or administrators only."""

    creation: Literal["everyone", "adminonly"] = "everyone"
