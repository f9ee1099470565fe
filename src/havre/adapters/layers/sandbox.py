"""Have layers read by processes of their own."""

import signal
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from havre.scanning.record import LayerRecord

_SECONDS: Final = 600  # of processor for one layer; one of 1 GiB takes about ten
_LARGEST: Final = 256 << 20  # of a record
_WHY: Final = {
    signal.SIGKILL: "it was killed, or used more than its time",
    signal.SIGXCPU: "it used more than its time",
    signal.SIGSEGV: "it crashed",
}


@dataclass(frozen=True, slots=True)
class LayerFile:
    """Where a layer is: the bytes of a file from an offset."""

    path: Path
    offset: int
    size: int


def analyse_file(layer: LayerFile) -> LayerRecord:
    """Read a layer; whatever goes wrong is a fault of its record."""
    module = "havre.adapters.layers.worker"
    command = [sys.executable, "-I", "-m", module, str(_SECONDS), str(layer.size)]
    try:
        with layer.path.open("rb", buffering=0) as file:
            file.seek(layer.offset)
            ended = subprocess.run(  # noqa: S603 - our own module
                command, stdin=file, capture_output=True, timeout=_SECONDS * 2, check=False
            )
    except OSError as error:
        return LayerRecord(faults=[f"the layer cannot be read: {error.strerror}"])
    except subprocess.TimeoutExpired:
        return LayerRecord(faults=["reading the layer took longer than it may"])
    if ended.returncode or len(ended.stdout) > _LARGEST:
        return LayerRecord(faults=[f"the layer was not read to its end: {_reason(ended)}"])
    try:
        return msgspec.json.decode(ended.stdout, type=LayerRecord)
    except msgspec.DecodeError as error:
        return LayerRecord(faults=[f"the record of the layer cannot be read: {error}"])


def analyse_files(layers: Sequence[LayerFile], at_once: int) -> list[LayerRecord]:
    """Read several, some at a time; in their order."""
    with ThreadPoolExecutor(max(1, at_once)) as pool:
        return list(pool.map(analyse_file, layers))


def _reason(ended: "subprocess.CompletedProcess[bytes]") -> str:
    if ended.returncode < 0:
        return _WHY.get(signal.Signals(-ended.returncode), f"it ended by signal {-ended.returncode}")
    if b"MemoryError" in ended.stderr:
        return "it needs more memory than it may have"
    said = ended.stderr.decode("utf-8", "replace").strip().splitlines()
    return said[-1][:200] if said else f"it ended with {ended.returncode}"
