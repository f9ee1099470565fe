"""Content digests: what names a blob or a manifest. Not for passwords or tokens.

Source: OCI image-spec v1.1, "Digests".
"""

import hashlib
import re
from dataclasses import dataclass
from typing import Final, Protocol, Self

from havre.kernel.errors import Invalid

HEX_LENGTH: Final = {"sha256": 64, "sha512": 128}
_HEX: Final = re.compile(r"[0-9a-f]+\Z")


class DigestInvalid(Invalid):
    """The text is no digest, or of an algorithm that is not supported."""


class Hasher(Protocol):
    """The part of a hashlib object that the registry uses."""

    def update(self, data: bytes | memoryview, /) -> None:
        """Add bytes."""

    def hexdigest(self) -> str:
        """Tell the hash of all bytes so far in lower-case hex."""


@dataclass(frozen=True, slots=True, order=True)
class Digest:
    """A valid digest such as `sha256:ab…`; build it with `parse` or `of`."""

    algorithm: str
    hex: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `algorithm:hex`.

        Raises: DigestInvalid when the form, the algorithm or the length is wrong.
        """
        algorithm, _, encoded = text.partition(":")
        length = HEX_LENGTH.get(algorithm)
        if length is None:
            raise DigestInvalid(f"digest {text[:80]!r} is not of the form sha256:<hex> or sha512:<hex>")
        if len(encoded) != length or not _HEX.match(encoded):
            raise DigestInvalid(
                f"digest {text[:160]!r} needs {length} lower-case hex digits after {algorithm}:"
            )
        return cls(algorithm, encoded)

    @classmethod
    def of(cls, content: bytes, algorithm: str = "sha256") -> Self:
        """Hash `content`."""
        return cls(algorithm, hashlib.new(algorithm, content).hexdigest())

    def __str__(self) -> str:
        return f"{self.algorithm}:{self.hex}"


def new_hasher(algorithm: str) -> Hasher:
    """Start a hash of a supported algorithm.

    Raises: DigestInvalid for any other algorithm.
    """
    if algorithm not in HEX_LENGTH:
        raise DigestInvalid(f"digest algorithm {algorithm[:40]!r} is not supported; use sha256 or sha512")
    return hashlib.new(algorithm)
