"""Whatever is published is refused in words that Notary's clients know, or holds: never a fault of ours."""

import json
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from havre.edge.oci.multipart import read_parts
from havre.edge.oci.trust_router import TrustKind, trust_route
from havre.signing.errors import PublicationMalformed, TufInvalid, UpdateInvalid
from havre.signing.tuf.documents import read_listing, read_root, read_targets, version_of
from havre.signing.tuf.validate import Publication

_NOW = datetime(2026, 1, 1, tzinfo=UTC)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
_FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "_type": st.sampled_from(["Root", "Targets", "Snapshot", "Timestamp"]) | _JSON,
        "version": st.integers(-2, 5) | _JSON,
        "expires": st.sampled_from(["2040-01-01T00:00:00Z", "2020-01-01T00:00:00Z", "2040"]) | _JSON,
        "keys": st.dictionaries(
            st.text(max_size=4),
            st.fixed_dictionaries(
                {
                    "keytype": st.sampled_from(["ecdsa", "rsa", "ed25519", "ecdsa-x509", "x"]),
                    "keyval": st.fixed_dictionaries({"public": st.sampled_from(["", "AA==", "x", "é"])}),
                }
            ),
            max_size=2,
        )
        | _JSON,
        "roles": st.dictionaries(
            st.sampled_from(["root", "targets", "snapshot", "timestamp"]),
            st.fixed_dictionaries(
                {"keyids": st.lists(st.text(max_size=4), max_size=2), "threshold": st.integers(-1, 2)}
            ),
            max_size=4,
        )
        | _JSON,
        "targets": _JSON,
        "delegations": _JSON,
        "meta": _JSON,
    },
)
_SIGNATURES = st.lists(
    st.fixed_dictionaries(
        {
            "keyid": st.text(max_size=4),
            "method": st.sampled_from(["ecdsa", "rsapss", "x"]),
            "sig": st.just("AA=="),
        }
    ),
    max_size=2,
)
_DOCUMENTS = st.fixed_dictionaries({"signed": _FIELDS | _JSON, "signatures": _SIGNATURES | _JSON}).map(
    lambda one: json.dumps(one).encode()
)
_BODIES = _DOCUMENTS | st.binary(max_size=60) | _JSON.map(lambda one: json.dumps(one).encode())
_ROLES = st.sampled_from(
    ["root", "targets", "targets/a", "targets/a/b", "targets/releases", "snapshot", "timestamp"]
)


@settings(max_examples=300, deadline=None)
@given(
    stored=st.dictionaries(_ROLES, _BODIES, max_size=4), uploaded=st.dictionaries(_ROLES, _BODIES, max_size=5)
)
def test_a_publication_of_anything_is_refused(stored: dict[str, bytes], uploaded: dict[str, bytes]) -> None:
    publication = Publication("registry.test/library/app", stored, uploaded, lambda _: {}, _NOW)

    with pytest.raises((UpdateInvalid, TufInvalid)):  # nobody here holds a key that signs anything
        publication.validate()


@settings(max_examples=300, deadline=None)
@given(body=_BODIES)
def test_documents_are_read_or_refused(body: bytes) -> None:
    for read in (
        version_of,
        read_root,
        lambda one: read_targets(one, "targets"),
        lambda one: read_listing(one, "snapshot"),
    ):
        with suppress(TufInvalid):
            assert read(body) is not None


@pytest.mark.parametrize(
    "body", [b"[" * 100_000, b'{"signed":' * 50_000, b'{"signed":{"version":' + b"9" * 5000 + b"}}"]
)
def test_depth_and_length_are_no_way_in(body: bytes) -> None:
    for read in (version_of, read_root):
        with pytest.raises(TufInvalid):
            read(body)


@settings(max_examples=200, deadline=None)
@given(
    kind=st.sampled_from(
        [
            "multipart/form-data; boundary=x",
            "multipart/form-data",
            "text/plain",
            "",
            'multipart/mixed; boundary=""',
        ]
    ),
    body=st.binary(max_size=200),
)
def test_forms_are_read_or_refused(kind: str, body: bytes) -> None:
    try:
        parts = read_parts(kind, body)
    except PublicationMalformed:
        return
    assert all(isinstance(content, bytes) for _, content in parts)


def test_a_form_is_read_byte_for_byte() -> None:
    content = b'{"a": "\xc3\xa9 \\r\\n", "b": [1]}'
    body = (
        b'--x\r\nContent-Disposition: form-data; name="files"; filename="targets/releases"\r\n'
        b"Content-Type: application/octet-stream\r\n\r\n" + content + b"\r\n--x--\r\n"
    )

    assert read_parts("multipart/form-data; boundary=x", body) == [("targets/releases", content)]


@given(path=st.text(max_size=60))
def test_every_path_has_an_endpoint_or_none(path: str) -> None:
    found = trust_route(f"/v2/{path}/_trust/{path}")

    assert found.kind in TrustKind
    assert found.wanted is not None or found.kind is not TrustKind.DOCUMENT
