"""The hash chain over the journal: what is hashed, in which bytes, and how a seal is signed. Pure.

    rows    entry = id (8 bytes, big endian) | the first 24 bytes of SHA-256 over the row's canonical bytes
    seal    digest = SHA-256 over its entries; mac = HMAC-SHA256 over the seal and the mac of the one before
    purge   a seal of its own whose entries are a bitmap: which rows of an earlier seal are gone, rightly

    seal 1 ──mac──▶ seal 2 ──mac──▶ seal 3 (purge of seal 1) ──mac──▶ seal 4
    rows 1..90      rows 91..200    bitmap                            rows 201..260

Source: docs/design/audit.md.
"""

import hashlib
import hmac
import zlib
from collections.abc import Collection, Sequence
from typing import Final

import msgspec

from havre.audit.model import Seal
from havre.kernel.work import Row

NO_MAC: Final = bytes(32)  # what stands before the first seal
ROW_HASH_SIZE: Final = 24  # 192 bits: two rows of one hash cost 2^96 tries
ENTRY_SIZE: Final = 8 + ROW_HASH_SIZE
_FORMAT: Final = 1
_encode = msgspec.json.Encoder().encode


def entry_of(row: Row) -> bytes:
    """Make the entry of a row with every column of `event`; the same on both engines."""
    (number, at, name, operation, kind, resource, project, succeeded, *texts) = row
    fields = (_FORMAT, number, at, name, operation, kind, resource, project, int(succeeded), *texts)
    return int(number).to_bytes(8, "big") + hashlib.sha256(_encode(fields)).digest()[:ROW_HASH_SIZE]


def ids_of(entries: bytes) -> Sequence[int]:
    """List the ids of a seal's rows, in order."""
    return [int.from_bytes(entries[start : start + 8], "big") for start in range(0, len(entries), ENTRY_SIZE)]


def digest_of(entries: bytes) -> bytes:
    """Hash a seal's entries."""
    return hashlib.sha256(entries).digest()


def mac_of(seal: Seal, previous: bytes, key: bytes) -> bytes:
    """Sign everything a seal says, and the seal before it."""
    told = (
        _FORMAT,
        previous.hex(),
        seal.seal_id,
        seal.kind,
        seal.first_id,
        seal.last_id,
        seal.row_count,
        seal.digest.hex(),
        seal.detail,
        seal.sealed_at,
        seal.key_id,
    )
    return hmac.digest(key, _encode(told), hashlib.sha256)


def bitmap_of(positions: Collection[int]) -> bytes:
    """Write down which rows of a seal are meant, by position."""
    bits = 0
    for position in positions:
        bits |= 1 << position
    return zlib.compress(bits.to_bytes((bits.bit_length() + 7) // 8, "little"))


def bits_of(bitmap: bytes, row_count: int) -> int:
    """Read a bitmap of at most `row_count` bits.

    Raises: ValueError when it is none.
    """
    limit = row_count // 8 + 1
    inflate = zlib.decompressobj()
    try:
        raw = inflate.decompress(bitmap, limit + 1)
    except zlib.error as error:
        raise ValueError("not a bitmap") from error
    bits = int.from_bytes(raw, "little")
    if len(raw) > limit or bits.bit_length() > row_count:
        raise ValueError("a bitmap of another seal")
    return bits
