"""All settings: flags, then HAVRE_* variables, then a TOML file, then defaults -> one frozen tree.

A field `registry.sparse_indexes` is `sparse_indexes` in the table `[registry]` of the file and
`HAVRE_REGISTRY_SPARSE_INDEXES` in the environment. docs/configure.md lists them all; a test compares.
"""

import dataclasses
import difflib
import os
import tomllib
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from pathlib import Path
from typing import Final, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from havre.access.settings import AccessSettings
from havre.audit.settings import AuditSettings
from havre.jobs.settings import JobsSettings
from havre.kernel.addresses import Reach, parse_networks
from havre.kernel.errors import StartRefused
from havre.kernel.secret import Secret
from havre.registry.settings import RegistrySettings
from havre.replication.settings import ReplicationSettings
from havre.scanning.settings import ScanningSettings
from havre.signing.settings import SigningSettings

PREFIX: Final = "HAVRE_"
_CONFIG: Final = "HAVRE_CONFIG"
_OTHERS: Final = ("HAVRE_TEST_", "HAVRE_SHARED", "HAVRE_BENCH_")  # read by the tests and the benchmarks
_TRUE: Final = frozenset({"1", "true", "yes", "on"})
_FALSE: Final = frozenset({"0", "false", "no", "off"})
_POSITIVE: Final = (
    *(("jobs", name) for name in ("workers", "poll_s", "lease_s", "keep_days")),
    *(("replication", name) for name in ("reconcile_every_s", "health_every_s")),
    *(("scanning", name) for name in ("rematch_every_s", "fetch_every_s")),
    *(("signing", name) for name in ("publish_limit_bytes", "refresh_every_s")),
)
Tree = TypeVar("Tree")


@dataclass(frozen=True, slots=True)
class Settings:
    """What one instance runs with."""

    data: Path = Path("data")
    host: str = "127.0.0.1"
    port: int = 8080
    workers: int = 1
    tls_cert: Path | None = None
    tls_key: Path | None = None
    external_url: str | None = None
    forwarded_allow: str | None = None
    head_timeout_s: int = 30
    body_timeout_s: int = 60
    keep_alive_s: int = 60
    database_url: str | None = None
    admin_password: Secret | None = None
    master_key: Secret | None = None
    config_overwrite_json: Secret | None = None
    outgoing_private: bool = True
    outgoing_allow: str | None = None
    log_level: str = "info"
    access: AccessSettings = field(default_factory=AccessSettings)
    registry: RegistrySettings = field(default_factory=RegistrySettings)
    jobs: JobsSettings = field(default_factory=JobsSettings)
    audit: AuditSettings = field(default_factory=AuditSettings)
    replication: ReplicationSettings = field(default_factory=ReplicationSettings)
    scanning: ScanningSettings = field(default_factory=ScanningSettings)
    signing: SigningSettings = field(default_factory=SigningSettings)

    @property
    def reach(self) -> Reach:
        """Which addresses requests to other systems may go to."""
        return Reach(self.outgoing_private, allowed=parse_networks(self.outgoing_allow or ""))

    @property
    def resolved_database_url(self) -> str:
        """Where the rows are: SQLite in the data directory unless said otherwise."""
        return self.database_url or f"sqlite:///{(self.data / 'havre.db').absolute()}"


def load_settings(
    flags: Mapping[str, object], environment: Mapping[str, str] = os.environ, file: Path | None = None
) -> Settings:
    """Merge the three sources.

    `flags` are those given on the command line, by field name; `file` is the TOML file named there.
    Raises: StartRefused with one sentence for a value or a file that cannot be used.
    """
    _refuse_unknown_variables(environment)
    named = environment.get(_CONFIG)
    path = file or (Path(named) if named else None)
    document = _read_file(path) if path else {}
    given = {name: value for name, value in flags.items() if value is not None}
    settings = _build(Settings, document, environment, PREFIX, given, where=str(path or ""))
    _check(settings)
    return settings


def variables(kind: type[object] = Settings, prefix: str = PREFIX) -> Iterator[str]:
    """List the variables that name a setting."""
    assert is_dataclass(kind)
    hints = get_type_hints(kind)
    for item in fields(kind):
        variable, hint = f"{prefix}{item.name.upper()}", hints[item.name]
        if is_dataclass(hint):
            assert isinstance(hint, type)
            yield from variables(hint, f"{variable}_")
        else:
            yield variable


def _refuse_unknown_variables(environment: Mapping[str, str]) -> None:
    known = {_CONFIG, *variables()}
    for name in sorted(environment):
        if name.startswith(PREFIX) and name not in known and not name.startswith(_OTHERS):
            words = [one.removeprefix(PREFIX) for one in sorted(known)]
            nearest = difflib.get_close_matches(name.removeprefix(PREFIX), words, 1)
            hint = f"did you mean {PREFIX}{nearest[0]}?" if nearest else "docs/configure.md lists them"
            raise StartRefused(f"the variable {name} names no setting: {hint}")


def _read_file(path: Path) -> Mapping[str, object]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except OSError as error:
        raise StartRefused(f"the settings file {path} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise StartRefused(f"the settings file {path} is not valid TOML: {error}") from error


def _build(
    kind: type[Tree],
    document: Mapping[str, object],
    environment: Mapping[str, str],
    prefix: str,
    flags: Mapping[str, object],
    where: str,
) -> Tree:
    hints = get_type_hints(kind)
    assert is_dataclass(kind)
    known = {item.name for item in fields(kind)}
    unknown = sorted(set(document) - known)
    if unknown:
        raise StartRefused(
            f"{where}: there is no setting {unknown[0]!r}; `havre config` prints those there are"
        )
    values: dict[str, object] = {}
    for item in fields(kind):
        name, hint = item.name, hints[item.name]
        variable = f"{prefix}{name.upper()}"
        if is_dataclass(hint):
            table = document.get(name, {})
            if not isinstance(table, Mapping):
                raise StartRefused(f"{where}: {name} must be a table [{name}]")
            assert isinstance(hint, type)
            values[name] = _build(hint, table, environment, f"{variable}_", {}, f"{where} [{name}]")
        elif name in flags:
            values[name] = _convert(hint, flags[name], f"--{name.replace('_', '-')}")
        elif variable in environment:
            values[name] = _convert(hint, environment[variable], variable)
        elif name in document:
            values[name] = _convert(hint, document[name], f"{name} in {where}")
    return kind(**values)


def _convert(hint: object, value: object, where: str) -> object:
    if get_origin(hint) in (Union, types.UnionType):
        if value in (None, ""):
            return None
        hint = next(option for option in get_args(hint) if option is not type(None))
    if hint is bool:
        return _to_bool(value, where)
    if hint is int:
        return _to_int(value, where)
    if get_origin(hint) is Literal:
        if value not in get_args(hint):
            raise StartRefused(f"{where}: {value!r} is none of {', '.join(map(str, get_args(hint)))}")
        return value
    if not isinstance(value, str | Path):
        raise StartRefused(f"{where}: {value!r} is no text")
    if hint is Path:
        return Path(value)
    return Secret(str(value)) if hint is Secret else str(value)


def _to_bool(value: object, where: str) -> bool:
    text = str(value).strip().lower()
    if text not in _TRUE | _FALSE:
        raise StartRefused(f"{where}: {value!r} is neither true nor false")
    return text in _TRUE


def _to_int(value: object, where: str) -> int:
    try:
        return int(str(value))
    except ValueError:
        raise StartRefused(f"{where}: {value!r} is no whole number") from None


def _check(settings: Settings) -> None:
    if not 0 <= settings.port <= 65535:
        raise StartRefused(f"port {settings.port} is not between 0 and 65535")
    if not 1 <= settings.workers <= 256:
        raise StartRefused(f"workers is {settings.workers}; use 1 to 256")
    for name in ("head_timeout_s", "body_timeout_s", "keep_alive_s"):
        if getattr(settings, name) < 1:
            raise StartRefused(f"{name} is {getattr(settings, name)}; use 1 or more seconds")
    if (settings.tls_cert is None) != (settings.tls_key is None):
        raise StartRefused("TLS needs both --tls-cert and --tls-key")
    try:
        parse_networks(settings.outgoing_allow or "")
    except ValueError as error:
        raise StartRefused(f"outgoing_allow: {error}; write networks such as 127.0.0.0/8, ::1/128") from error
    _ = settings.scanning.source_list
    for table, name in _POSITIVE:
        value = getattr(getattr(settings, table), name)
        if value < 1:
            raise StartRefused(f"{table}.{name} is {value}; use 1 or more")
    if settings.log_level not in ("debug", "info", "warning", "error"):
        raise StartRefused(f"log_level {settings.log_level!r} is none of debug, info, warning, error")


def flatten(settings: object, prefix: str = "") -> Iterator[tuple[str, object]]:
    """List every setting as (dotted name, value); secrets stay wrapped and print as ***."""
    assert dataclasses.is_dataclass(settings)
    for item in fields(settings):
        value = getattr(settings, item.name)
        if is_dataclass(value):
            yield from flatten(value, f"{prefix}{item.name}.")
        else:
            yield f"{prefix}{item.name}", value
