"""docs/cli.md against the command line: the same commands, the same flags, both ways."""

from collections.abc import Iterator

from typer.main import get_command

from havre.cli import build
from unit.docs.pages import read, rows, sections, word


def _commands() -> dict[str, set[str]]:
    return dict(_below("havre", get_command(build())))


def _below(name: str, command: object) -> Iterator[tuple[str, set[str]]]:
    for word_, below in getattr(command, "commands", {}).items():
        if hasattr(below, "commands"):
            yield from _below(f"{name} {word_}", below)
        else:
            options = {option for parameter in below.params for option in parameter.opts}
            yield f"{name} {word_}", {option for option in options if option.startswith("-")} - {"--help"}


def _documented() -> dict[str, set[str]]:
    return {
        title: {word(row["flag"]) for row in rows(body)} for title, body in sections(read("cli.md")).items()
    }


def test_every_command_is_documented_with_its_flags_and_no_other() -> None:
    assert _documented() == _commands()


def test_there_are_commands_to_document() -> None:
    assert "--data" in _commands()["havre serve"]
