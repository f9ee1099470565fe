"""What this side signs, pure: snapshots and timestamps, with keys it holds.

Source: reference/signing-and-clients.md A1.4 and A1.5.
"""

import json
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from havre.signing.tuf.documents import FileMeta, Key, KeyValue, Root, canonical, type_of
from havre.signing.tuf.roles import SNAPSHOT, TIMESTAMP

PrivateKeys = Mapping[str, ec.EllipticCurvePrivateKey]  # by number
KeysFor = Callable[[Root], PrivateKeys]  # that a root names and this side holds
LIVES: Final = {SNAPSHOT: timedelta(days=3 * 365), TIMESTAMP: timedelta(days=14)}
ALGORITHM: Final = "ecdsa"


@dataclass(frozen=True, slots=True)
class NewDocument:
    """One document to be kept."""

    role: str
    version: int
    body: bytes
    expires: datetime


def make_key() -> tuple[Key, ec.EllipticCurvePrivateKey]:
    """Make a key pair for a server's role."""
    private = ec.generate_private_key(ec.SECP256R1())
    public = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return Key(ALGORITHM, KeyValue(b64encode(public).decode())), private


def sign_listing(
    role: str, version: int, meta: Mapping[str, FileMeta], signers: tuple[Root, KeysFor], now: datetime
) -> NewDocument | None:
    """Make a snapshot or a timestamp; None when not enough of the role's keys are held here."""
    root, keys = signers
    wanted, held, expires = root.roles[role], keys(root), now + LIVES[role]
    usable = [key_id for key_id in dict.fromkeys(wanted.keyids) if key_id in held]
    if len(usable) < max(1, wanted.threshold):
        return None
    signed = {
        "_type": type_of(role),
        "expires": _moment(expires),
        "meta": {name: _words(one) for name, one in meta.items()},
        "version": version,
    }
    message = canonical(signed)
    signatures = [
        {"keyid": key_id, "method": ALGORITHM, "sig": b64encode(_sign(held[key_id], message)).decode()}
        for key_id in usable
    ]
    # The canonical form of what was signed is on the wire, as Notary's clients write it.
    signed_by = json.dumps(signatures, separators=(",", ":")).encode()
    return NewDocument(role, version, b'{"signed":%b,"signatures":%b}' % (message, signed_by), expires)


def _sign(private: ec.EllipticCurvePrivateKey, message: bytes) -> bytes:
    first, second = decode_dss_signature(private.sign(message, ec.ECDSA(SHA256())))
    half = (private.key_size + 7) // 8
    return first.to_bytes(half, "big") + second.to_bytes(half, "big")


def _words(meta: FileMeta) -> dict[str, object]:
    hashes = {name: b64encode(value).decode() for name, value in meta.hashes.items()}
    return {"hashes": hashes, "length": meta.length}


def _moment(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
