"""The tokens that the peer trusts: distribution checks them, it does not make them."""

import base64
import hashlib
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from joserfc import jwt
from joserfc.jwk import ECKey

ISSUER = "bench"
SERVICE = "bench"
_VALID = timedelta(hours=12)


class Signer:
    """An ES256 key, its self-signed certificate, and tokens made with it."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        pem = self._key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        self._signing = ECKey.import_key(pem)

    def write_certificate(self, path: Path) -> None:
        """Write the certificate that the peer takes as its root."""
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, ISSUER)])
        now = datetime.now(UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self._key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(minutes=5))
            .not_valid_after(now + _VALID)
            .sign(self._key, hashes.SHA256())
        )
        path.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))

    def token(self, repository: str, key_id: str) -> str:
        """Return a token to pull from and push to `repository`."""
        now = int(time.time())
        claims = {
            "iss": ISSUER,
            "aud": SERVICE,
            "sub": "bench",
            "iat": now,
            "nbf": now - 60,
            "exp": now + int(_VALID.total_seconds()),
            "access": [{"type": "repository", "name": repository, "actions": ["pull", "push"]}],
        }
        return jwt.encode({"alg": "ES256", "kid": key_id}, claims, self._signing, algorithms=["ES256"])

    def thumbprint(self) -> str:
        """Return the key id that distribution 3 looks up (RFC 7638)."""
        return self._signing.thumbprint()

    def libtrust_id(self) -> str:
        """Return the key id that distribution 2 looks up: 240 bits of the key's hash in groups of four."""
        der = self._key.public_key().public_bytes(
            serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        text = base64.b32encode(hashlib.sha256(der).digest()[:30]).decode()
        return ":".join(text[at : at + 4] for at in range(0, len(text), 4))
