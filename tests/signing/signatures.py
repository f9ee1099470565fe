"""Signatures of cosign as documents, right and wrong ones, and policies that name keys."""

import base64
import json

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from replication.site import MANIFEST, Json, Site

REPOSITORY = "team/app"
SIGNS = "https://sigstore.dev/cosign/sign/v1"
_SIMPLE = "application/vnd.dev.cosign.simplesigning.v1+json"
_BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"
Private = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey


def pem_of(key: Private) -> str:
    """Write the public half in PEM."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, form).decode()


def policy_of(*keys: str, mode: str = "enforce", threshold: int = 1, repositories: str = "**") -> Json:
    """Make a policy of one rule."""
    signers = [{"name": f"signer{number}", "key": one} for number, one in enumerate(keys)]
    rule = {"name": "release", "repositories": repositories, "signers": signers, "threshold": threshold}
    return {"mode": mode, "rules": [rule]}


def sign_with(key: Private, message: bytes) -> bytes:
    """Sign as cosign does."""
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(message, ec.ECDSA(hashes.SHA256()))
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(message, padding.PKCS1v15(), hashes.SHA256())
    return key.sign(message)


def statement_of(digest: str, predicate: str = SIGNS) -> bytes:
    """State something of an image; that it is signed, unless said otherwise."""
    return json.dumps(
        {
            "_type": "https://in-toto.io/Statement/v1",
            "subject": [{"digest": {"sha256": digest.removeprefix("sha256:")}}],
            "predicateType": predicate,
            "predicate": {},
        }
    ).encode()


def bundle_of(key: Private, statement: bytes, *, signed: bytes | None = None) -> bytes:
    """Make a bundle; `signed` is what is really signed, where that is something else."""
    kind, payload = b"application/vnd.in-toto+json", statement if signed is None else signed
    message = b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)
    envelope = {
        "payload": base64.b64encode(statement).decode(),
        "payloadType": kind.decode(),
        "signatures": [{"sig": base64.b64encode(sign_with(key, message)).decode()}],
    }
    return json.dumps({"mediaType": _BUNDLE, "verificationMaterial": {}, "dsseEnvelope": envelope}).encode()


def payload_of(digest: str, kind: str = "cosign container image signature") -> bytes:
    """Make what is signed in the older form."""
    image = {"docker-manifest-digest": digest}
    return json.dumps({"critical": {"identity": {}, "image": image, "type": kind}, "optional": None}).encode()


def hang_layers(
    site: Site,
    subject: str,
    layers: list[tuple[str, bytes, dict[str, str]]],
    *,
    tag: str | None = None,
    kind: str = _BUNDLE,
    annotations: dict[str, str] | None = None,
    repository: str = REPOSITORY,
) -> str:
    """Hang layers on an image: as a referrer, or by the tag that cosign gives."""
    listed = [
        {**site.push_blob(repository, body), "mediaType": media, "annotations": notes}
        for media, body, notes in layers
    ]
    config = {**site.push_blob(repository, b"{}"), "mediaType": "application/vnd.oci.empty.v1+json"}
    document: Json = {"schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": listed}
    if tag is None:
        document["artifactType"] = kind
        document["subject"] = {"mediaType": MANIFEST, "digest": subject, "size": 2}
        document["annotations"] = annotations or {}
    return site.push_manifest(repository, document, tag)


def as_bundle(
    site: Site,
    subject: str,
    bundle: bytes,
    *,
    annotations: dict[str, str] | None = None,
    repository: str = REPOSITORY,
) -> str:
    """Hang a bundle on an image."""
    layers = [(_BUNDLE, bundle, dict[str, str]())]
    return hang_layers(site, subject, layers, annotations=annotations, repository=repository)


def as_tag(site: Site, subject: str, payload: bytes, signature: bytes) -> str:
    """Hang a payload and its signature on an image, by the tag that cosign gives."""
    notes = {"dev.cosignproject.cosign/signature": base64.b64encode(signature).decode()}
    tag = f"{subject.replace(':', '-')}.sig"
    return hang_layers(site, subject, [(_SIMPLE, payload, notes)], tag=tag)
