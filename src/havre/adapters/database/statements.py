"""Statements as the stores write them, made ready once for each engine."""

import re
from collections.abc import Callable
from typing import Final

from sqlalchemy import TextClause, bindparam, text

_LOCKING: Final = re.compile(
    r"\s+FOR (?:NO KEY UPDATE|UPDATE|KEY SHARE|SHARE)"
    r"(?:\s+OF\s+\w+(?:\s*,\s*\w+)*)?(?:\s+(?:SKIP LOCKED|NOWAIT))?"
)
_LIST: Final = re.compile(r"\bIN\s+:(\w+)")
_NOT_IN: Final = re.compile(r"\bNOT\s+IN\s+(:\w+)")
_IN: Final = re.compile(r"\bIN\s+(:\w+)")


def without_locks(statement: str) -> str:
    """Drop the locking clauses, which SQLite does not know."""
    return _LOCKING.sub("", statement)


def with_arrays(statement: str) -> str:
    """Write list parameters as arrays: on PostgreSQL one prepared text serves lists of every length."""
    return _IN.sub(r"= ANY(\1)", _NOT_IN.sub(r"<> ALL(\1)", statement))


class Statements:
    """Keeps each statement text as a Core clause; `IN :list` that the adaptation leaves is expanded.

    The number of texts is that of the source code, so nothing is ever dropped.
    """

    def __init__(self, adapt: Callable[[str], str] = str) -> None:
        self._adapt = adapt
        self._clauses: dict[str, TextClause] = {}

    def __getitem__(self, statement: str) -> TextClause:
        clause = self._clauses.get(statement)
        if clause is None:
            clause = self._clauses[statement] = self._prepare(statement)
        return clause

    def _prepare(self, statement: str) -> TextClause:
        adapted = self._adapt(statement)
        lists = sorted(set(_LIST.findall(adapted)))
        return text(adapted).bindparams(*(bindparam(name, expanding=True) for name in lists))
