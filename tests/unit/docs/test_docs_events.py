"""docs/events.md against every slice's events: name, Harbor's words, grade and facts."""

import importlib
import pkgutil
import types
from collections.abc import Mapping
from dataclasses import fields
from typing import Any, get_origin, get_type_hints

import havre
from havre.kernel.actor import Actor, system
from havre.kernel.events import Event
from unit.docs.pages import read, rows, word, words


def _kinds() -> list[type[Event]]:
    kinds: list[type[Event]] = []
    for module in pkgutil.iter_modules(havre.__path__, "havre."):
        if not module.ispkg:
            continue
        try:
            room = importlib.import_module(f"{module.name}.events")
        except ModuleNotFoundError:
            continue
        kinds += [kind for kind in vars(room).values() if _is_announced(kind)]
    return kinds


def _is_announced(thing: object) -> bool:
    return isinstance(thing, type) and issubclass(thing, Event) and hasattr(thing, "name")


def _sample(kind: type[Event]) -> Event:
    hints = get_type_hints(kind)
    values: dict[str, Any] = {field.name: _value(hints[field.name]) for field in fields(kind)}
    return kind(**values)


def _value(hint: object) -> object:
    if hint is Actor:
        return system("docs")
    if get_origin(hint) is tuple:
        return ()
    if get_origin(hint) is Mapping:
        return {}
    if get_origin(hint) is types.UnionType:
        return None
    assert isinstance(hint, type)
    return hint()


def test_every_event_is_documented_with_its_words_and_grade() -> None:
    documented = {
        word(row["name"]): (word(row["operation"]), word(row["resource type"]), row["grade"])
        for row in rows(read("events.md"))
    }

    assert documented == {
        kind.name: (kind.operation, kind.resource_type, "buffered" if kind.is_buffered else "durable")
        for kind in _kinds()
    }


def test_the_documented_facts_are_those_that_are_stored() -> None:
    documented = {word(row["name"]): words(row["facts"]) for row in rows(read("events.md"))}

    assert documented == {kind.name: list(_sample(kind).facts()) for kind in _kinds()}
