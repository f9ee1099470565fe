"""Front doors of slices that open on demand: what a slice exports is imported when somebody asks for it.

Importing any room of a package runs its front door. So reading the settings of a slice cost the import of all
its verbs, and every command of the command line half a second.

    if TYPE_CHECKING:                                # what tools read
        from havre.access.decide import Access
    else:
        __getattr__ = front_door(__name__)           # what runs

A name that is also a room's must be imported before, for the room would be found in its place.
"""

import ast
import sys
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec


def front_door(package: str) -> Callable[[str], object]:
    """Make the `__getattr__` of a package out of what it imports under TYPE_CHECKING."""
    places: dict[str, tuple[str, str]] = {}

    def look(name: str) -> object:
        if not places:
            places.update(_places(package))
        if name not in places:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        room, word = places[name]
        found: object = getattr(import_module(room), word)
        setattr(sys.modules[package], name, found)
        return found

    return look


def _places(package: str) -> dict[str, tuple[str, str]]:
    """Read which room each exported name is in, and as what."""
    spec = find_spec(package)
    source = getattr(spec.loader, "get_source", lambda _: None)(package) if spec is not None else None
    assert source is not None, f"{package} has no source to read its exports from"
    return {
        alias.asname or alias.name: (node.module or "", alias.name)
        for block in ast.parse(source).body
        if isinstance(block, ast.If)
        for node in block.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
