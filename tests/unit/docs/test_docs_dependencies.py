"""docs/dependencies.md against pyproject.toml: a sentence for each name, none for others."""

import re
import tomllib

from unit.docs.pages import ROOT, read, rows, sections, word


def _names(requirements: list[str]) -> set[str]:
    found = (re.match(r"[A-Za-z0-9._-]+", requirement) for requirement in requirements)
    return {match[0] for match in found if match}


def _documented(title: str) -> dict[str, str]:
    return {word(row["package"]): row["why"] for row in rows(sections(read("dependencies.md"))[title])}


def test_every_runtime_dependency_has_its_sentence() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]

    assert set(_documented("Runtime")) == _names(project["dependencies"])


def test_every_development_dependency_has_its_sentence() -> None:
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["dependency-groups"]

    assert set(_documented("Development")) == _names(groups["dev"])


def test_every_sentence_is_one() -> None:
    sentences = {**_documented("Runtime"), **_documented("Development")}

    assert [name for name, why in sentences.items() if not why.endswith(".") or ". " in why] == []
