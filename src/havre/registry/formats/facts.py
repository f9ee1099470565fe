"""Read out of a config what lists show of an artifact. Pure; a config of any form is no error.

Source: reference/harbor.md 1.1; Harbor's `extra_attrs`: architecture, os, author, created and config of an
image, the whole config of a chart or a model.
"""

from typing import Final

import msgspec

CONFIG_LIMIT_BYTES: Final = 4 << 20  # real ones have some KiB
_SHOWN_BYTES: Final = 64 << 10  # a page of 100 stays below 7 MiB
_IMAGE_FIELDS: Final = ("architecture", "author", "config", "created", "os", "variant")
NOTHING: Final = "{}"


def attributes_of(kind: str, config: bytes) -> str:
    """Make the JSON object that lists show; empty when the config is none or tells too much."""
    try:
        document = msgspec.json.decode(config, type=dict[str, msgspec.Raw])
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return NOTHING
    if kind in {"IMAGE", "WASM"}:
        document = {name: document[name] for name in _IMAGE_FIELDS if name in document}
    shown = _encoded(document)
    if len(shown) > _SHOWN_BYTES:
        document.pop("config", None)
        shown = _encoded(document)
    return shown.decode() if len(shown) <= _SHOWN_BYTES and _is_kept(shown) else NOTHING


def _encoded(document: dict[str, msgspec.Raw]) -> bytes:
    return msgspec.json.encode(document)


def _is_kept(shown: bytes) -> bool:
    """No text column keeps a NUL on PostgreSQL; nested to the parser's limit, nobody can read it back."""
    try:
        msgspec.json.decode(shown)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return False
    return b"\\u0000" not in shown and b"\0" not in shown
