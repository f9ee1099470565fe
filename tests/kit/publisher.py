"""A publisher of trust data that keeps no rule: it signs what it is told, with what it is told.

It shares no code with the product, so that both cannot err alike.
"""

import base64
import copy
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.x509.oid import NameOID

Json = dict[str, Any]
_DAY = timedelta(days=1)


def canonical(value: object) -> bytes:
    """Write ASCII JSON as signatures are made over it."""
    return json.dumps(value, sort_keys=True, separators=(",", ":")).encode()


@dataclass(frozen=True, slots=True)
class Pair:
    """A key pair; `words` is the public half as documents have it."""

    private: ec.EllipticCurvePrivateKey
    words: Json

    @property
    def id(self) -> str:
        """Its number."""
        return hashlib.sha256(canonical(self.words)).hexdigest()

    def sign(self, message: bytes) -> Json:
        """Sign; r and s behind each other."""
        first, second = decode_dss_signature(self.private.sign(message, ec.ECDSA(hashes.SHA256())))
        raw = first.to_bytes(32, "big") + second.to_bytes(32, "big")
        return {"keyid": self.id, "method": "ecdsa", "sig": base64.b64encode(raw).decode()}


def bare_pair() -> Pair:
    """Make a key without a certificate."""
    private = ec.generate_private_key(ec.SECP256R1())
    der = private.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return Pair(private, _words("ecdsa", der))


def certified_pair(name: str, *, ends: datetime | None = None) -> Pair:
    """Make a key whose certificate is for `name`."""
    private = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(private.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - 400 * _DAY)
        .not_valid_after(ends or now + 3650 * _DAY)
        .sign(private, hashes.SHA256())
    )
    return Pair(private, _words("ecdsa-x509", certificate.public_bytes(serialization.Encoding.PEM)))


def _words(kind: str, public: bytes) -> Json:
    return {"keytype": kind, "keyval": {"private": None, "public": base64.b64encode(public).decode()}}


def document(signed: Json, signers: Sequence[Pair]) -> bytes:
    """Sign a document."""
    message = canonical(signed)
    return canonical({"signed": signed, "signatures": [one.sign(message) for one in signers]})


def meta(body: bytes) -> Json:
    """Describe a document as snapshots do."""
    names = ("sha256", "sha512")
    found = {name: base64.b64encode(hashlib.new(name, body).digest()).decode() for name in names}
    return {"hashes": found, "length": len(body)}


def moment(after: timedelta) -> str:
    """Write a moment so far from now."""
    return (datetime.now(UTC) + after).isoformat().replace("+00:00", "Z")


@dataclass(slots=True)
class Publisher:
    """Somebody with the keys of one collection; every document can be bent before it is signed."""

    http: httpx.Client
    gun: str
    root: Pair = field(init=False)
    targets: Pair = field(default_factory=bare_pair)
    snapshot: Pair | None = None  # held by the server where there is none
    keys: dict[str, Json] = field(default_factory=dict)  # the server's

    def __post_init__(self) -> None:
        """Make the root key."""
        self.root = certified_pair(self.gun)

    @property
    def address(self) -> str:
        """Where the collection is."""
        return f"/v2/{self.gun}/_trust/tuf/"

    def take_keys(self) -> None:
        """Ask for the server's keys."""
        for role in ("timestamp", "snapshot"):
            answer = self.http.get(f"{self.address}{role}.key")
            assert answer.status_code == 200, answer.text
            self.keys[role] = {**answer.json(), "keyval": {"private": None, **answer.json()["keyval"]}}

    def root_words(self, version: int = 1, **changes: object) -> Json:
        """Say what a root says."""
        pairs = {"root": self.root.words, "targets": self.targets.words, **self.keys}
        if self.snapshot is not None:
            pairs["snapshot"] = self.snapshot.words
        numbers = {role: hashlib.sha256(canonical(words)).hexdigest() for role, words in pairs.items()}
        return {
            "_type": "Root",
            "consistent_snapshot": False,
            "expires": moment(3650 * _DAY),
            "keys": {numbers[role]: words for role, words in pairs.items()},
            "roles": {role: {"keyids": [number], "threshold": 1} for role, number in numbers.items()},
            "version": version,
            **changes,
        }

    def targets_words(
        self, version: int = 1, tags: Mapping[str, bytes] | None = None, **changes: object
    ) -> Json:
        """Say what targets say."""
        return {
            "_type": "Targets",
            "delegations": {"keys": {}, "roles": []},
            "expires": moment(1000 * _DAY),
            "targets": {tag: meta(content) for tag, content in (tags or {}).items()},
            "version": version,
            **changes,
        }

    def snapshot_words(self, version: int, documents: Mapping[str, bytes], **changes: object) -> Json:
        """Say what a snapshot says."""
        return {
            "_type": "Snapshot",
            "expires": moment(1000 * _DAY),
            "meta": {role: meta(body) for role, body in documents.items()},
            "version": version,
            **changes,
        }

    def delegations(self, *delegates: tuple[str, Pair], threshold: int = 1) -> Json:
        """Hand on to others."""
        roles = [
            {"keyids": [pair.id], "name": role, "paths": [""], "threshold": threshold}
            for role, pair in delegates
        ]
        return {"keys": {pair.id: pair.words for _, pair in delegates}, "roles": roles}

    def first(self, tags: Mapping[str, bytes] | None = None) -> httpx.Response:
        """Publish a root and targets."""
        self.take_keys()
        return self.publish(
            {
                "root": document(self.root_words(), [self.root]),
                "targets": document(self.targets_words(tags=tags), [self.targets]),
            }
        )

    def publish(self, documents: Mapping[str, bytes]) -> httpx.Response:
        """Send documents as Notary's client does."""
        return self.send(list(documents.items()))

    def send(self, parts: Sequence[tuple[str, bytes]]) -> httpx.Response:
        """Send parts, whatever they are."""
        boundary = "b0undary-of-the-kit"
        body = b"".join(
            b'--%b\r\nContent-Disposition: form-data; name="files"; filename="%b"\r\n'
            b"Content-Type: application/octet-stream\r\n\r\n%b\r\n"
            % (boundary.encode(), role.encode(), content)
            for role, content in parts
        )
        kind = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
        return self.http.post(self.address, content=body + f"--{boundary}--\r\n".encode(), headers=kind)

    def get(self, name: str) -> httpx.Response:
        """Ask for a document or a key."""
        return self.http.get(f"{self.address}{name}")

    def twin(self) -> "Publisher":
        """Somebody else with the same keys."""
        return copy.copy(self)
