"""The master key: a file or HAVRE_MASTER_KEY, and what it keeps unreadable at rest. Not for passwords.

wrapped = 1 (format) | key id (8 bytes) | nonce (12 bytes) | AES-256-GCM of the secret, tag at the end
"""

import base64
import binascii
import hashlib
import hmac
import os
import secrets
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from havre.kernel.errors import StartRefused

_KEY_SIZE: Final = 32
_FORMAT: Final = b"\x01"
_ID_SIZE: Final = 8
_NONCE_SIZE: Final = 12  # NIST SP 800-38D, 8.2.2: 96 random bits, far below 2^32 uses of one key
_HEAD: Final = len(_FORMAT) + _ID_SIZE
_LONGEST_FILE: Final = 4096


class Vault:
    """Wraps secrets under the master key; implements access's KeyWrapper."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)
        self._id = hmac.digest(key, b"havre master key id", hashlib.sha256)[:_ID_SIZE]

    @property
    def key_id(self) -> str:
        """Name the key without telling it."""
        return self._id.hex()

    def wrap(self, secret: bytes) -> bytes:
        """Encrypt and authenticate `secret`."""
        head = _FORMAT + self._id
        nonce = secrets.token_bytes(_NONCE_SIZE)
        return head + nonce + self._cipher.encrypt(nonce, secret, head)

    def unwrap(self, wrapped: bytes) -> bytes:
        """Decrypt what `wrap` made.

        Raises: StartRefused when another master key wrapped it, or when it is damaged.
        """
        head, nonce = wrapped[:_HEAD], wrapped[_HEAD : _HEAD + _NONCE_SIZE]
        if head != _FORMAT + self._id:
            raise StartRefused(
                f"the master key {self.key_id} is not the one this data was made with "
                f"({head[len(_FORMAT) :].hex()}): put the right key file back or set HAVRE_MASTER_KEY to it"
            )
        try:
            return self._cipher.decrypt(nonce, wrapped[_HEAD + _NONCE_SIZE :], head)
        except InvalidTag:
            raise StartRefused(
                "a secret in the database is damaged: restore the database from a backup"
            ) from None


def open_vault(path: Path, given_key: str | None = None) -> Vault:
    """Open the vault with HAVRE_MASTER_KEY where it is set, else with the key file.

    A file that is missing is made, readable for its owner only; of several processes that start at once
    one makes it and all read the same.
    Raises: StartRefused.
    """
    if given_key is not None:
        return Vault(_decode(given_key, "HAVRE_MASTER_KEY"))
    try:
        if not path.exists():
            _create(path)
        if path.is_dir():
            raise StartRefused(
                f"the key file {path} is a directory: remove it, or name another file (a container "
                "runtime makes a directory where the file to mount is missing)"
            )
        with path.open("rb") as file:
            text = file.read(_LONGEST_FILE).decode("ascii", "replace")
    except OSError as error:
        raise StartRefused(
            f"the key file {path} cannot be used ({error.strerror}): "
            "give the user that runs havre access to it"
        ) from error
    return Vault(_decode(text, f"the key file {path}"))


def _decode(text: str, source: str) -> bytes:
    if not text.strip():
        raise StartRefused(f"{source} is empty: put the key back, or remove it if there is no data yet")
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != _KEY_SIZE:
        raise StartRefused(
            f"{source} holds no master key: it must be 32 random bytes in base64 (openssl rand -base64 32)"
        )
    return key


def _create(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(base64.b64encode(secrets.token_bytes(_KEY_SIZE)) + b"\n")
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(draft, path)  # never over a file that is there
        except FileExistsError:
            return
    finally:
        draft.unlink()
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
