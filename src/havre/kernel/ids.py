"""Identifiers that sort by time: ULIDs, for storage keys and uploads."""

import secrets
import time
from typing import Final

_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford base 32, lower case: file names


def new_ulid() -> str:
    """Make a fresh identifier of 26 characters: 48 bits of milliseconds, 80 random bits.

    Source: the ULID specification, "Components".
    """
    number = (time.time_ns() // 1_000_000) << 80 | secrets.randbits(80)
    return "".join(_ALPHABET[(number >> shift) & 31] for shift in range(125, -1, -5))
