"""Signatures of Notary v1, pure: which methods there are, and whether enough of a role's keys signed.

    ecdsa        SHA-256; the signature is r and s, each as long as the curve, not DER
    rsapss       SHA-256, 2048 bits or more
    rsapkcs1v15  the same
    eddsa        Ed25519

Source: reference/signing-and-clients.md A1.4, "Signature".
"""

import binascii
from base64 import b64decode
from collections.abc import Mapping, Sequence
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from havre.signing.errors import TufInvalid
from havre.signing.public_keys import LEAST_RSA_BITS, PublicKey
from havre.signing.tuf.documents import Key, Signature

_CERTIFIED: Final = ("ecdsa-x509", "rsa-x509")


def require_signatures(
    role: str, message: bytes, signatures: Sequence[Signature], keys: Mapping[str, Key], threshold: int
) -> None:
    """Let a document pass that enough different keys of its role signed.

    Raises: TufInvalid.
    """
    if not signatures:
        raise TufInvalid(f"{role} is not signed")
    if threshold < 1:
        raise TufInvalid(f"{role} asks for {threshold} signatures; it must ask for one at least")
    valid: set[str] = set()
    for signature in signatures:
        key = keys.get(signature.keyid)
        if key is None or signature.keyid in valid:
            continue
        if key.id != signature.keyid:
            raise TufInvalid(
                f"{role} names the key {signature.keyid[:70]}, but that key's number is {key.id}"
            )
        if is_signed(key, signature, message):
            valid.add(signature.keyid)
    if len(valid) < threshold:
        raise TufInvalid(f"valid signatures did not meet threshold for {role}: {len(valid)} of {threshold}")


def is_signed(key: Key, signature: Signature, message: bytes) -> bool:
    """Tell whether a signature is this key's over this message."""
    try:
        public = load_key(key)
        _verify(public, signature, message)
    except (InvalidSignature, TufInvalid):
        return False
    return True


def load_key(key: Key) -> PublicKey:
    """Read the public half.

    Raises: TufInvalid.
    """
    try:
        raw = b64decode(key.keyval.public, validate=True)
        public = _public(key.keytype, raw)
    except (binascii.Error, ValueError, UnsupportedAlgorithm):
        raise TufInvalid(f"a key of type {key.keytype[:40]!r} cannot be read") from None
    fits = {
        "ecdsa": ec.EllipticCurvePublicKey,
        "ecdsa-x509": ec.EllipticCurvePublicKey,
        "rsa": rsa.RSAPublicKey,
        "rsa-x509": rsa.RSAPublicKey,
        "ed25519": ed25519.Ed25519PublicKey,
    }.get(key.keytype)
    if fits is None or not isinstance(public, fits):
        raise TufInvalid(f"a key is not of the type {key.keytype[:40]!r} that it says")
    return public  # type: ignore[return-value] # it is one of the three


def certificates_of(key: Key) -> Sequence[x509.Certificate]:
    """Read the certificates of a key that has some, the signer's first; none for a bare key."""
    if key.keytype not in _CERTIFIED:
        return []
    try:
        return x509.load_pem_x509_certificates(b64decode(key.keyval.public, validate=True))
    except (binascii.Error, ValueError):
        return []


def _public(keytype: str, raw: bytes) -> object:
    if keytype == "ed25519":
        return ed25519.Ed25519PublicKey.from_public_bytes(raw)
    if keytype in _CERTIFIED:
        return x509.load_pem_x509_certificates(raw)[0].public_key()
    return load_der_public_key(raw)


def _verify(public: PublicKey, signature: Signature, message: bytes) -> None:
    method = signature.method.lower()
    if method == "ecdsa" and isinstance(public, ec.EllipticCurvePublicKey):
        half = (public.curve.key_size + 7) // 8
        if len(signature.sig) != 2 * half:
            raise InvalidSignature
        first = int.from_bytes(signature.sig[:half], "big")
        second = int.from_bytes(signature.sig[half:], "big")
        public.verify(encode_dss_signature(first, second), message, ec.ECDSA(SHA256()))
    elif method == "eddsa" and isinstance(public, ed25519.Ed25519PublicKey):
        public.verify(signature.sig, message)
    elif isinstance(public, rsa.RSAPublicKey) and public.key_size >= LEAST_RSA_BITS:
        if method == "rsapss":
            pss = padding.PSS(padding.MGF1(SHA256()), SHA256.digest_size)
            public.verify(signature.sig, message, pss, SHA256())
        elif method == "rsapkcs1v15":
            public.verify(signature.sig, message, padding.PKCS1v15(), SHA256())
        else:
            raise InvalidSignature
    else:
        raise InvalidSignature
