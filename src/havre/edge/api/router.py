"""Finds the operation of a method and a path, over the raw path: an encoded slash is part of its segment.

A tree of segments: a literal wins over a parameter (`/users/current` over `/users/{user_id}`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote

from havre.edge.api.faults import MethodRefused, PathUnknown, SchemaViolated
from havre.edge.api.operations import Operation

_REPOSITORY = "repository_name"


@dataclass(slots=True)
class _Node:
    literals: dict[str, "_Node"] = field(default_factory=dict)
    parameter: "_Node | None" = None
    operations: dict[str, tuple[Operation, Sequence[str]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Match:
    """The operation of a request and what its path says."""

    operation: Operation
    path_parameters: dict[str, str]


class Router:
    """The tree of all operations under one prefix."""

    def __init__(self, prefix: str, operations: Iterable[Operation]) -> None:
        self._prefix = prefix
        self._root = _Node()
        for operation in operations:
            self._add(operation)

    def _add(self, operation: Operation) -> None:
        node, names = self._root, list[str]()
        for segment in _segments(operation.path):
            if segment.startswith("{"):
                names.append(segment[1:-1])
                node.parameter = node.parameter or _Node()
                node = node.parameter
            else:
                node = node.literals.setdefault(segment, _Node())
        node.operations[operation.method] = operation, names

    def match(self, method: str, raw_path: str) -> Match:
        """Find the operation.

        Raises: PathUnknown, MethodRefused, SchemaViolated when a parameter is no UTF-8 text.
        """
        if not raw_path.startswith(self._prefix + "/"):
            raise PathUnknown(raw_path)
        node, values = self._root, list[str]()
        for segment in _segments(raw_path.removeprefix(self._prefix)):
            literal = node.literals.get(segment)
            if literal is not None:
                node = literal
            elif node.parameter is not None and segment:
                values.append(segment)
                node = node.parameter
            else:
                raise PathUnknown(raw_path)
        if not node.operations:
            raise PathUnknown(raw_path)
        found = node.operations.get(method)
        if found is None:
            raise MethodRefused(method, list(node.operations))
        operation, names = found
        return Match(
            operation, {name: _decode(name, value) for name, value in zip(names, values, strict=True)}
        )


def _segments(path: str) -> list[str]:
    return path.strip("/").split("/")


def _decode(name: str, raw: str) -> str:
    """Undo the percent-encoding; a repository's name is encoded once or twice and never holds a % itself."""
    try:
        text = unquote(raw, errors="strict")
        text = unquote(text, errors="strict") if name == _REPOSITORY else text
    except UnicodeDecodeError:
        raise SchemaViolated(f"{name} in path is not UTF-8 text") from None
    if "\0" in text:
        raise SchemaViolated(f"{name} in path holds a NUL character")
    return text
