"""The house rules that import-linter does not know: who may enter which room of a slice."""

import ast
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2] / "src" / "havre"
SLICES = ("access", "audit", "jobs", "projects", "registry", "replication", "retention", "signing", "system")
OPEN_ROOMS = {"errors", "events", "formats", "model", "ports", "settings"}
LINES_LIMIT = 500
# The doors take the request types of the use cases they call from the verb's own module.
OPEN_TO_EDGE = {("registry", "uploads"), ("registry", "browse")}


def _modules() -> list[Path]:
    return sorted(path for path in SOURCE.rglob("*.py") if "assets" not in path.parts)


def _imported(path: Path) -> list[str]:
    tree = ast.parse(path.read_text("utf-8"))
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found += [node.module, *(f"{node.module}.{name.name}" for name in node.names)]
    return found


def test_another_slice_enters_only_by_the_front_door_or_an_open_room() -> None:
    trespasses = []
    for path in _modules():
        home = path.relative_to(SOURCE).parts[0]
        for name in _imported(path):
            parts = name.split(".")
            if parts[0] != "havre" or len(parts) < 3 or parts[1] not in SLICES or parts[1] == home:
                continue
            room = parts[2]
            is_module = (SOURCE / parts[1] / f"{room}.py").exists() or (SOURCE / parts[1] / room).is_dir()
            is_open = room in OPEN_ROOMS or (home == "edge" and (parts[1], room) in OPEN_TO_EDGE)
            if (
                is_module
                and not is_open
                and f"havre.{parts[1]}" not in _front_door_users(path, parts[1], room)
            ):
                trespasses.append(f"{path.relative_to(SOURCE)} imports {name}")

    assert not trespasses


def _front_door_users(path: Path, slice_name: str, room: str) -> set[str]:
    """`from havre.slice import verb` names a front-door export even when a module is called the same."""
    tree = ast.parse(path.read_text("utf-8"))
    return {
        node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        and node.module == f"havre.{slice_name}"
        and any(name.name == room for name in node.names)
    }


def test_no_module_is_longer_than_the_limit() -> None:
    too_long = [
        f"{path.relative_to(SOURCE)}: {count} lines"
        for path in _modules()
        if (count := len(path.read_text("utf-8").splitlines())) > LINES_LIMIT
    ]

    assert not too_long


def test_every_module_says_what_it_is_for() -> None:
    silent = [
        str(path.relative_to(SOURCE))
        for path in _modules()
        if not ast.get_docstring(ast.parse(path.read_text("utf-8")))
    ]

    assert not silent
