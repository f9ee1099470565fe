"""The gate before pulls and the verdicts behind it, on both engines."""

import base64
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from havre.kernel.digest import Digest
from havre.kernel.names import Tag, parse_reference
from havre.registry.formats.media_types import OCI_MANIFEST
from havre.signing import Judge, Mode, SignedGate, SignedParts, Signer, TrustPolicies, TrustPolicy, TrustRule
from havre.signing.errors import PullUnsigned
from kit.house import (
    ADMIN,
    APP,
    CONFIG,
    RegistryHouse,
    descriptor,
    encode,
    image,
    index,
    open_registry,
    token_actor,
)
from signing.signatures import bundle_of, payload_of, pem_of, sign_with, statement_of

_BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"
_SIMPLE = "application/vnd.dev.cosign.simplesigning.v1+json"
_PULLER = token_actor(library_app=["pull"])
_KEY = ec.generate_private_key(ec.SECP256R1())


@pytest.fixture
async def house(tmp_path: Path, url: str) -> AsyncIterator[RegistryHouse]:
    async with open_registry(tmp_path, url) as opened:
        yield opened


def _gate(house: RegistryHouse) -> SignedGate:
    """A gate that has read nothing yet: it knows of a change at once."""
    judge = Judge(house.database, house.pull, house.clock)
    return SignedGate(
        house.pull, SignedParts(house.database, house.access, judge, house.journal, house.clock)
    )


async def _trust(house: RegistryHouse, mode: Mode = Mode.ENFORCE) -> None:
    rule = TrustRule("release", "**", (Signer("alice", pem_of(_KEY)),))
    policies = TrustPolicies(house.database, house.access, house.clock)
    house.clock.wind(1)
    await policies.put(ADMIN, "library", TrustPolicy(0, mode, (rule,)))


async def _sign(house: RegistryHouse, digest: str) -> None:
    body = bundle_of(_KEY, statement_of(digest))
    await house.push_blob(body)
    await house.push_blob(CONFIG)
    subject = {"mediaType": OCI_MANIFEST, "digest": digest, "size": 2}
    document = image(artifactType=_BUNDLE, subject=subject) | {"layers": [descriptor(body, _BUNDLE)]}
    await house.push_manifest(document, str(Digest.of(encode(document))))


async def _opens(house: RegistryHouse, reference: str) -> bool:
    gate, named = _gate(house), parse_reference(reference)
    try:
        first = await gate.manifest(_PULLER, APP, named)
        again = await gate.stat_manifest(_PULLER, APP, named)
    except PullUnsigned:
        return False
    return first.digest == again.digest


async def test_a_signature_opens_and_its_loss_closes(house: RegistryHouse) -> None:
    digest = str(await house.push_image(b"layer"))
    assert await _opens(house, "v1")
    await _trust(house)
    assert not await _opens(house, "v1")

    await _sign(house, digest)

    assert await _opens(house, "v1")
    assert await house.one("SELECT signers FROM trust_verdict WHERE reason = ''") == '["alice"]'
    [signature] = [str(one) for (one,) in await house.rows("SELECT digest FROM accessory")]
    await house.delete.manifest(ADMIN, APP, parse_reference(signature))
    assert not await _opens(house, "v1")
    assert len(await house.events("trust.judged")) == 3


async def test_the_older_form_by_its_tag(house: RegistryHouse) -> None:
    digest = str(await house.push_image(b"layer"))
    await _trust(house)
    payload = payload_of(digest)
    await house.push_blob(payload)
    signature = base64.b64encode(sign_with(_KEY, payload)).decode()
    layer = descriptor(payload, _SIMPLE, annotations={"dev.cosignproject.cosign/signature": signature})

    await house.push_manifest({**image(), "layers": [layer]}, f"{digest.replace(':', '-')}.sig")

    assert await _opens(house, "v1")


async def test_an_index_stands_for_its_images_by_digest_alone(house: RegistryHouse) -> None:
    child = str(await house.push_image(b"layer", "child"))
    document = index() | {"manifests": [descriptor(b"", OCI_MANIFEST) | {"digest": child}]}
    whole = str((await house.push_manifest(document, "v1")).digest)
    await _trust(house)

    await _sign(house, whole)

    assert await _opens(house, "v1")
    assert await _opens(house, child)
    assert await _opens(house, child)  # as remembered
    assert not await _opens(house, "child")
    assert await house.one("SELECT COUNT(*) FROM trust_verdict WHERE is_inherited") == 1


async def test_watching_lets_pass(house: RegistryHouse) -> None:
    await house.push_image(b"layer")
    await _trust(house, Mode.AUDIT)

    assert await _opens(house, "v1")
    await house.flush()
    assert len(await house.events("pull.untrusted")) == 2
    assert await _gate(house).manifest(_PULLER, APP, Tag("v1"))
