"""The grammar of storage keys: what does not fit never becomes a path."""

import re
from typing import Final

# No dot in front, no slash inside, so neither `..` nor a hidden or absolute path can be spelt.
_KEY: Final = re.compile(r"(?:uploads|blobs/[0-9a-f]{2})/[0-9a-z][0-9a-z.]{0,199}\Z", re.ASCII)


def is_key(text: str) -> bool:
    """Tell whether the text can be a storage key."""
    return _KEY.match(text) is not None


def check_key(text: str) -> str:
    """Return the key as it is.

    Raises: ValueError, a mistake in our own code: keys never come from a client.
    """
    if not is_key(text):
        raise ValueError(f"{text[:80]!r} is no storage key")
    return text
