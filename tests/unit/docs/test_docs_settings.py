"""docs/configure.md against the settings: the same names, flags, variables, keys and defaults, both ways."""

from dataclasses import fields

from typer.main import get_command

from havre.cli import build
from havre.kernel.secret import Secret
from havre.settings import Settings, flatten, load_settings
from havre.system import ConfigurationValues
from unit.docs.pages import Rows, read, rows, word, words

NOT_SET = "not set"


def _documented() -> Rows:
    return [row for row in rows(read("configure.md")) if "TOML key" in row]


def _flags() -> set[str]:
    command = get_command(build())
    assert hasattr(command, "commands")
    return {option for option in _options(command.commands["serve"]) if option not in ("--help", "--config")}


def _options(command: object) -> set[str]:
    assert hasattr(command, "params")
    return {option for parameter in command.params for option in parameter.opts}


def _shown(value: object) -> str:
    if value is None:
        return NOT_SET
    return str(value).lower() if isinstance(value, bool) else str(value)


def test_every_setting_is_documented_and_no_other() -> None:
    documented = [word(row["name"]) for row in _documented()]

    assert documented == [name for name, _ in flatten(Settings())]


def test_the_documented_defaults_are_the_defaults() -> None:
    documented = {word(row["name"]): word(row["default"]) for row in _documented()}

    assert documented == {name: _shown(value) for name, value in flatten(Settings())}


def test_the_documented_flags_are_those_of_serve_and_stand_beside_their_setting() -> None:
    documented = {word(row["flag"]): word(row["name"]) for row in _documented() if row["flag"] != "-"}

    assert set(documented) == _flags()
    assert all(flag == f"--{name.replace('_', '-')}" for flag, name in documented.items())


def test_the_documented_variables_set_their_setting() -> None:
    wrong = []
    for row in _documented():
        name, default = word(row["name"]), word(row["default"])
        given = {"HAVRE_TLS_CERT": "c", "HAVRE_TLS_KEY": "k", word(row["variable"]): _other(name, default)}

        settings = load_settings({}, given)

        if dict(flatten(settings))[name] == dict(flatten(Settings()))[name]:
            wrong.append(name)
    assert wrong == []


def test_the_documented_toml_keys_are_the_last_part_of_the_name() -> None:
    wrong = [
        row["name"] for row in _documented() if word(row["TOML key"]) != word(row["name"]).split(".")[-1]
    ]

    assert wrong == []


def test_every_key_of_the_run_time_configuration_is_documented_with_its_default() -> None:
    documented = {
        key: row["default"] for row in rows(read("configure.md")) if "key" in row for key in words(row["key"])
    }
    shown = {
        field.name: f"`{_shown(field.default)}`" if field.default not in ("", Secret("")) else "empty"
        for field in fields(ConfigurationValues)
    }

    assert list(documented) == list(shown)
    assert documented == {
        key: "" if key.startswith(("uaa_", "http_")) else default for key, default in shown.items()
    }


def _other(name: str, default: str) -> str:
    if name == "scanning.sources":
        return "https://example.com/all.zip"
    if name == "log_level":
        return "error"
    if default in ("true", "false"):
        return "true" if default == "false" else "false"
    if name == "outgoing_allow":
        return "10.0.0.0/8"
    return "7" if default.isdigit() else "other"
