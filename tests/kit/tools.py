"""Find and run the programmes that the tests drive; a missing one fails the test by name, never hides it."""

import os
import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
_INSTALLED = ROOT / ".tools" / "bin"
_SYSTEM = ("/usr/sbin", "/sbin", "/usr/bin", "/bin")
# Names that are no file's name: several programmes called docker live on one machine.
_DOCKER_MAJORS = {"docker-20": 20, "docker-28": 28}
_HOW_TO_GET = {
    "docker-20": "`make tools` installs Debian's docker.io; the client is /usr/bin/docker",
    "docker-28": "put a Docker client of version 28 on PATH (it has no Go module to build it from)",
}


class CommandError(Exception):
    """A programme ended with an error; the message holds what it printed."""


def require(name: str) -> Path:
    """Return the programme `name`; skip when HAVRE_TEST_SKIP names it, else fail saying how to get it."""
    if name in os.environ.get("HAVRE_TEST_SKIP", "").split(","):
        pytest.skip(f"{name} is named in HAVRE_TEST_SKIP")
    found = _docker(_DOCKER_MAJORS[name]) if name in _DOCKER_MAJORS else _programme(name)
    if found is None:
        how = _HOW_TO_GET.get(name, "run `make tools`, as root for Debian's packages")
        pytest.fail(f"{name} is missing: {how}; to leave it out, name it in HAVRE_TEST_SKIP", pytrace=False)
    return found


def require_environment(name: str) -> Path:
    """Return the Python of the environment `.tools/name`; skip or fail as `require` does."""
    if name in os.environ.get("HAVRE_TEST_SKIP", "").split(","):
        pytest.skip(f"{name} is named in HAVRE_TEST_SKIP")
    python = ROOT / ".tools" / name / "bin" / "python"
    if not python.is_file():
        how = "run `make tools`"
        pytest.fail(f"{name} is missing: {how}; to leave it out, name it in HAVRE_TEST_SKIP", pytrace=False)
    return python


def run(
    command: Sequence[str | Path],
    environment: Mapping[str, str] | None = None,
    stdin: str | None = None,
    timeout_s: float = 120,
    directory: Path | None = None,
) -> str:
    """Run `command` with `environment` added to ours and return what it printed.

    Raises: CommandError with both outputs when it ends with an error.
    """
    words = [str(word) for word in command]
    ended = subprocess.run(
        words,
        env={**os.environ, **(environment or {})},
        input=stdin or "",
        capture_output=True,
        text=True,
        timeout=timeout_s,
        cwd=directory,
        check=False,
    )
    if ended.returncode:
        raise CommandError(f"{' '.join(words)}\nexit {ended.returncode}\n{ended.stdout}\n{ended.stderr}")
    return ended.stdout


def _programme(name: str) -> Path | None:
    path = os.pathsep.join([str(_INSTALLED), os.environ.get("PATH", ""), *_SYSTEM])
    found = shutil.which(name, path=path)
    return Path(found) if found else None


def _docker(major: int) -> Path | None:
    for folder in [*os.environ.get("PATH", "").split(os.pathsep), *_SYSTEM]:
        candidate = Path(folder) / "docker"
        if candidate.is_file() and os.access(candidate, os.X_OK):
            version = re.search(r"version (\d+)\.", run([candidate, "--version"]))
            if version and int(version[1]) == major:
                return candidate
    return None
