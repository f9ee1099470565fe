"""Read documents out of files, directories and archives, however they are packed; nothing is written.

Sizes are bounded: what is larger than a document of these can be is refused by name.
"""

import gzip
import io
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

import zstandard

from havre.scanning.errors import SourceUnreadable

_DOCUMENT: Final = 512 << 20  # Debian's tracker has 70 MiB
_DOCUMENTS: Final = 2_000_000  # of one archive
_SUFFIXES: Final = frozenset({".json", ".jsonl", ".ndjson", ".yaml", ".yml", ".md", ".csv", ".txt", ""})
_CORRUPT: Final = (tarfile.TarError, zipfile.BadZipFile, EOFError, zlib.error, zstandard.ZstdError)
_ARCHIVES: Final = (".tar", ".tar.gz", ".tgz", ".tar.zst", ".zip")


def documents(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the documents at a path, with their names.

    Raises: SourceUnreadable.
    """
    if path.is_dir():
        for one in sorted(path.rglob("*")):
            if one.is_file() and not any(part.startswith(".") for part in one.relative_to(path).parts):
                yield from documents(one)
        return
    try:
        yield from _of_file(path)
    except (*_CORRUPT, OSError) as error:
        raise SourceUnreadable(f"{path} cannot be read: {error}") from error


def _of_file(path: Path) -> Iterator[tuple[str, bytes]]:
    name = path.name
    if name.endswith(".zip"):
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist()[:_DOCUMENTS]:
                if not member.is_dir() and _is_document(member.filename):
                    with archive.open(member) as stream:
                        yield member.filename, _whole(stream, member.filename)
        return
    with path.open("rb") as raw:
        stream, inner = _unpacked(raw, name)
        if name.endswith(_ARCHIVES):
            yield from _of_tar(stream)
        elif _is_document(inner):
            yield inner, _whole(stream, name)


def _unpacked(raw: IO[bytes], name: str) -> tuple[IO[bytes], str]:
    if name.endswith((".gz", ".tgz")):
        return io.BufferedReader(gzip.GzipFile(fileobj=raw), 1 << 20), name.removesuffix(".gz")
    if name.endswith(".zst"):
        reader = zstandard.ZstdDecompressor(max_window_size=128 << 20).stream_reader(raw)
        return io.BufferedReader(reader, 1 << 20), name.removesuffix(".zst")
    return raw, name


def _of_tar(stream: IO[bytes]) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(fileobj=stream, mode="r|") as archive:
        for count, member in enumerate(archive):
            if count >= _DOCUMENTS:
                raise SourceUnreadable(f"the archive holds more than {_DOCUMENTS} files")
            if member.isfile() and _is_document(member.name):
                found = archive.extractfile(member)
                if found is not None:
                    yield member.name, _whole(found, member.name)


def _is_document(name: str) -> bool:
    parts = Path(name)
    return parts.suffix.lower() in _SUFFIXES and not any(part.startswith(".") for part in parts.parts)


def _whole(stream: IO[bytes], name: str) -> bytes:
    content = stream.read(_DOCUMENT + 1)
    if len(content) > _DOCUMENT:
        raise SourceUnreadable(f"{name} holds more than {_DOCUMENT >> 20} MiB")
    return content
