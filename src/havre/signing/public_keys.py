"""Public keys that policies name, pure: PEM in, signatures checked.

    EC      P-256, P-384 and P-521, with the SHA-2 that is as strong as the curve, or SHA-256
    RSA     2048 bits or more, PKCS #1 v1.5 or PSS, SHA-256
    Ed25519

Source: cosign `specs/SIGNATURE_SPEC.md`; sigstore's algorithm registry.
"""

from typing import Final

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.padding import AsymmetricPadding
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from havre.signing.errors import TrustPolicyInvalid

PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey | ed25519.Ed25519PublicKey
LEAST_RSA_BITS: Final = 2048
_SHA256: Final = hashes.SHA256()
_PKCS1: Final = padding.PKCS1v15()
_PSS: Final = padding.PSS(padding.MGF1(_SHA256), padding.PSS.AUTO)
_BY_CURVE: Final[dict[str, tuple[hashes.HashAlgorithm, ...]]] = {
    "secp256r1": (_SHA256,),
    "secp384r1": (hashes.SHA384(), _SHA256),
    "secp521r1": (hashes.SHA512(), _SHA256),
}


def read_public_key(pem: str) -> PublicKey:
    """Read a key.

    Raises: TrustPolicyInvalid for what is none, or too weak a one.
    """
    try:
        key = load_pem_public_key(pem.encode())
    except (ValueError, UnsupportedAlgorithm):
        raise TrustPolicyInvalid(
            "a key is not readable: give a public key in PEM, such as cosign.pub holds"
        ) from None
    if isinstance(key, ec.EllipticCurvePublicKey) and key.curve.name in _BY_CURVE:
        return key
    if isinstance(key, rsa.RSAPublicKey) and key.key_size >= LEAST_RSA_BITS:
        return key
    if isinstance(key, ed25519.Ed25519PublicKey):
        return key
    raise TrustPolicyInvalid("a key is of a kind that is not taken: use P-256, RSA of 2048 bits, or Ed25519")


def is_signed_by(key: PublicKey, signature: bytes, message: bytes) -> bool:
    """Tell whether a signature is the key's over the message."""
    if isinstance(key, ec.EllipticCurvePublicKey):
        return any(_is_ecdsa(key, signature, message, kind) for kind in _BY_CURVE[key.curve.name])
    if isinstance(key, rsa.RSAPublicKey):
        return any(_is_rsa(key, signature, message, form) for form in (_PKCS1, _PSS))
    try:
        key.verify(signature, message)
    except InvalidSignature:
        return False
    return True


def _is_ecdsa(
    key: ec.EllipticCurvePublicKey, signature: bytes, message: bytes, kind: hashes.HashAlgorithm
) -> bool:
    try:
        key.verify(signature, message, ec.ECDSA(kind))
    except InvalidSignature:
        return False
    return True


def _is_rsa(key: rsa.RSAPublicKey, signature: bytes, message: bytes, form: AsymmetricPadding) -> bool:
    try:
        key.verify(signature, message, form, _SHA256)
    except InvalidSignature:
        return False
    return True
