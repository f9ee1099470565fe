"""Signatures of cosign, pure: which of some keys signed an image's digest.

    simplesigning.v1+json        a payload that names the digest; the signature is an annotation of the layer
    sigstore.bundle.v0.3+json    an envelope (DSSE) around a statement that names the digest

The first is a layer of what the tag `sha256-<hex>.sig` names, or of a referrer; the second of a referrer.
What names another digest, or states something else than a signature, is none. A log's entry is not asked for:
a key that the policy names is trusted whenever it signed.
Source: cosign `specs/SIGNATURE_SPEC.md` and `specs/BUNDLE_SPEC.md`; DSSE v1.0; in-toto Statement v1.
"""

import binascii
from base64 import b64decode
from collections.abc import Mapping
from typing import Final

import msgspec

from havre.signing.public_keys import PublicKey, is_signed_by

SIMPLE: Final = "application/vnd.dev.cosign.simplesigning.v1+json"
BUNDLE: Final = "application/vnd.dev.sigstore.bundle.v0.3+json"
_SIGNATURE: Final = "dev.cosignproject.cosign/signature"
_TYPE: Final = "cosign container image signature"
_STATEMENT: Final = "application/vnd.in-toto+json"
_SIGNS: Final = "https://sigstore.dev/cosign/sign/v1"

Keys = Mapping[str, PublicKey]  # by the signer's name


class _Image(msgspec.Struct, frozen=True):
    digest: str = msgspec.field(name="docker-manifest-digest")


class _Critical(msgspec.Struct, frozen=True):
    type: str
    image: _Image


class _Payload(msgspec.Struct, frozen=True):
    critical: _Critical


class _Signed(msgspec.Struct, frozen=True):
    sig: bytes


class _Envelope(msgspec.Struct, frozen=True):
    payload: bytes
    payload_type: str = msgspec.field(name="payloadType")
    signatures: list[_Signed]


class _Bundle(msgspec.Struct, frozen=True):
    envelope: _Envelope | None = msgspec.field(name="dsseEnvelope", default=None)


class _Subject(msgspec.Struct, frozen=True):
    digest: dict[str, str]


class _Statement(msgspec.Struct, frozen=True):
    subject: list[_Subject]
    predicate_type: str = msgspec.field(name="predicateType")


def signers_of(
    media_type: str, content: bytes, annotations: Mapping[str, str], digest: str, keys: Keys
) -> frozenset[str]:
    """Name the signers whose keys signed `digest` by this layer; nobody when it is no signature of it."""
    if media_type == SIMPLE:
        return _of_payload(content, annotations.get(_SIGNATURE, ""), digest, keys)
    if media_type == BUNDLE:
        return _of_bundle(content, digest, keys)
    return frozenset()


def _of_payload(content: bytes, signature: str, digest: str, keys: Keys) -> frozenset[str]:
    try:
        told = msgspec.json.decode(content, type=_Payload).critical
        raw = b64decode(signature, validate=True)
    except (msgspec.MsgspecError, binascii.Error, ValueError):
        return frozenset()
    if told.type != _TYPE or told.image.digest != digest:
        return frozenset()
    return frozenset(name for name, key in keys.items() if is_signed_by(key, raw, content))


def _of_bundle(content: bytes, digest: str, keys: Keys) -> frozenset[str]:
    try:
        envelope = msgspec.json.decode(content, type=_Bundle).envelope
        if envelope is None or envelope.payload_type != _STATEMENT:
            return frozenset()
        statement = msgspec.json.decode(envelope.payload, type=_Statement)
    except (msgspec.MsgspecError, UnicodeError):
        return frozenset()
    algorithm, _, encoded = digest.partition(":")
    names_it = any(one.digest.get(algorithm) == encoded for one in statement.subject)
    if statement.predicate_type != _SIGNS or not names_it:
        return frozenset()
    message = _encoded_for_signing(envelope.payload_type, envelope.payload)
    return frozenset(
        name
        for name, key in keys.items()
        if any(is_signed_by(key, one.sig, message) for one in envelope.signatures)
    )


def _encoded_for_signing(kind: str, payload: bytes) -> bytes:
    """Put type and content together. Source: DSSE v1.0, "Signature Definition" (PAE)."""
    name = kind.encode()
    return b"DSSEv1 %d %b %d %b" % (len(name), name, len(payload), payload)
