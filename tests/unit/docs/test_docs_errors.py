"""docs/errors.md against the table of edge/errors.py."""

import importlib
import pkgutil

import havre
from havre.edge.errors import face_of
from havre.kernel.errors import HavreError
from unit.docs.pages import read, rows, word


def _classes() -> dict[str, type[BaseException]]:
    """Every error of the house by name, and what stands for a mistake."""
    for module in pkgutil.walk_packages(havre.__path__, "havre."):
        if module.name.endswith((".errors", ".names", ".digest")):
            importlib.import_module(module.name)
    found: dict[str, type[BaseException]] = {"BaseException": BaseException}
    waiting: list[type[BaseException]] = [HavreError]
    while waiting:
        kind = waiting.pop()
        found[kind.__name__] = kind
        waiting += kind.__subclasses__()
    return found


def _face(kind: type[BaseException]) -> tuple[str, str, str]:
    face = face_of(kind.__new__(kind))
    return str(face.status), face.oci_code, face.api_code


def _documented() -> dict[str, tuple[str, str, str]]:
    return {
        word(row["error"]): (row["status"], word(row["OCI code"]), word(row["API code"]))
        for row in rows(read("errors.md"))
    }


def test_every_documented_error_has_the_face_that_is_documented() -> None:
    classes = _classes()

    assert _documented() == {name: _face(classes[name]) for name in _documented()}


def test_every_error_with_another_face_than_its_parent_is_documented() -> None:
    bare = {"HavreError", "StartRefused"}  # never reach a client as such
    own = {
        name
        for name, kind in _classes().items()
        if name not in bare
        and _face(kind) != _face(kind.__mro__[1] if name != "BaseException" else HavreError)
    }

    assert own - set(_documented()) == set()


def test_every_documented_error_says_what_to_do() -> None:
    assert [row["error"] for row in rows(read("errors.md")) if len(row["what to do"]) < 10] == []
