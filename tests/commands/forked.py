"""The `havre` command as a process of its own, forked from one that has imported it already.

A start costs 0.7 s, nearly all of it imports; the refusals are many. What runs is the entry point itself.
"""

import multiprocessing
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_DEADLINE_S: Final = 60
_FORKS: Final = multiprocessing.get_context("forkserver")


@dataclass(frozen=True, slots=True)
class Ended:
    """What a command left behind."""

    returncode: int
    stdout: str
    stderr: str


def run_havre(words: Sequence[str | Path], environment: Mapping[str, str]) -> Ended:
    """Run `havre` with the arguments `words` and `environment` for its HAVRE_* variables."""
    # pytest too: multiprocessing imports the main module again in each child.
    _FORKS.set_forkserver_preload(
        ["pytest", "commands.forked", "havre.cli", "havre.adapters.database.postgres"]
    )
    with tempfile.TemporaryDirectory() as folder:
        out, err = Path(folder, "out"), Path(folder, "err")
        child = _FORKS.Process(
            target=_main, args=([str(word) for word in words], dict(environment), out, err), daemon=True
        )
        child.start()
        child.join(_DEADLINE_S)
        if child.exitcode is None:
            child.kill()
            raise AssertionError(f"havre {' '.join(map(str, words))} runs on:\n{err.read_text()}")
        return Ended(child.exitcode, out.read_text(), err.read_text())


def _main(words: Sequence[str], environment: Mapping[str, str], out: Path, err: Path) -> None:
    for number, path in ((1, out), (2, err)):
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT)
        os.dup2(descriptor, number)
        os.close(descriptor)
    for name in [name for name in os.environ if name.startswith("HAVRE_")]:
        del os.environ[name]
    os.environ.update(environment)
    sys.argv = ["havre", *words]
    from havre.cli import main

    main()
