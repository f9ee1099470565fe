"""docs/cli.md against the command line: the same commands, the same flags, both ways."""

from typer.main import get_command

from havre.cli import app
from unit.docs.pages import read, rows, sections, word


def _commands() -> dict[str, set[str]]:
    group = get_command(app)
    assert hasattr(group, "commands")
    return {
        f"havre {name}": {option for parameter in command.params for option in parameter.opts} - {"--help"}
        for name, command in group.commands.items()
    }


def _documented() -> dict[str, set[str]]:
    return {
        title: {word(row["flag"]) for row in rows(body)} for title, body in sections(read("cli.md")).items()
    }


def test_every_command_is_documented_with_its_flags_and_no_other() -> None:
    assert _documented() == _commands()


def test_there_are_commands_to_document() -> None:
    assert "--data" in _commands()["havre serve"]
