"""What makes a manifest, and what is refused: parse_manifest alone."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from havre.kernel.digest import Digest
from havre.registry.errors import ManifestInvalid
from havre.registry.formats import media_types as types
from havre.registry.formats.manifest import RefKind, parse_manifest
from kit.house import CONFIG, Json, descriptor, encode, image, index

LAYER = "application/vnd.oci.image.layer.v1.tar"
_DIGEST = str(Digest.of(b"x"))


def parse(document: Json, content_type: str = "") -> object:
    return parse_manifest(encode(document), content_type)


@pytest.mark.parametrize("media_type", sorted(types.IMAGES))
def test_every_image_type_is_taken(media_type: str) -> None:
    parsed = parse_manifest(encode(image(b"layer", mediaType=media_type)), media_type)

    assert parsed.media_type == media_type
    assert [ref.kind for ref in parsed.refs] == [RefKind.CONFIG, RefKind.LAYER]
    assert not parsed.is_index


@pytest.mark.parametrize("media_type", sorted(types.INDEXES))
def test_every_index_type_is_taken(media_type: str) -> None:
    parsed = parse_manifest(encode(index(b"child", mediaType=media_type)), media_type)

    assert parsed.is_index
    assert [ref.kind for ref in parsed.refs] == [RefKind.MANIFEST]


def test_the_type_comes_from_the_body_when_the_header_is_missing() -> None:
    body = encode(image(b"layer", mediaType=types.DOCKER_MANIFEST))

    assert parse_manifest(body, "").media_type == types.DOCKER_MANIFEST


def test_the_type_comes_from_the_header_when_the_body_has_none() -> None:
    document = image(b"layer")
    del document["mediaType"]

    parsed = parse_manifest(encode(document), f"{types.OCI_MANIFEST}; charset=utf-8")

    assert parsed.media_type == types.OCI_MANIFEST


@pytest.mark.parametrize(
    ("document", "expected"), [(image(b"x"), types.OCI_MANIFEST), (index(), types.OCI_INDEX)]
)
def test_the_type_is_guessed_when_nobody_names_it(document: dict[str, object], expected: str) -> None:
    untyped = {name: value for name, value in document.items() if name != "mediaType"}

    assert parse_manifest(encode(untyped), "").media_type == expected


def test_a_header_that_differs_from_the_body_is_refused() -> None:
    with pytest.raises(ManifestInvalid, match="differs from the manifest's mediaType"):
        parse(image(b"layer"), types.DOCKER_MANIFEST)


@pytest.mark.parametrize("content_type", [*types.DOCKER_SCHEMA1, ""])
def test_schema_1_is_refused_by_name(content_type: str) -> None:
    with pytest.raises(ManifestInvalid, match="schema 1 is not supported"):
        parse({"schemaVersion": 1, "name": "a", "fsLayers": [{"blobSum": _DIGEST}]}, content_type)


@pytest.mark.parametrize(
    "media_type", ["application/json", "text/plain", "application/x-www-form-urlencoded", "?"]
)
def test_a_type_that_is_no_manifest_is_refused(media_type: str) -> None:
    with pytest.raises(ManifestInvalid, match="is no manifest type served here"):
        parse(image(b"layer", mediaType=None), media_type)


@pytest.mark.parametrize(
    "layer_type",
    [
        "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
        "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
    ],
)
@pytest.mark.parametrize("urls", [None, ["https://example.test/layer"]])
def test_a_foreign_layer_needs_no_bytes_with_or_without_urls(layer_type: str, urls: list[str] | None) -> None:
    layer = descriptor(b"far away", layer_type) | ({"urls": urls} if urls else {})

    parsed = parse_manifest(encode(image() | {"layers": [layer]}), "")

    assert parsed.refs[1].kind is RefKind.FOREIGN


def test_no_layers_data_fields_and_any_config_and_layer_type_are_fine() -> None:
    config = descriptor(CONFIG, types.OCI_EMPTY, data="e30=")
    layer = descriptor(b"model", "application/x.anything.at.all")

    empty = parse_manifest(encode(image() | {"config": config}), "")
    odd = parse_manifest(encode(image() | {"config": config, "layers": [layer]}), "")

    assert [ref.kind for ref in empty.refs] == [RefKind.CONFIG]
    assert odd.refs[1].media_type == "application/x.anything.at.all"


def test_a_layer_that_is_repeated_counts_once() -> None:
    parsed = parse_manifest(encode(image(b"same", b"other", b"same")), "")

    assert [str(ref.digest) for ref in parsed.refs[1:]] == [str(Digest.of(b"same")), str(Digest.of(b"other"))]


def test_subject_artifact_type_and_annotations_are_read() -> None:
    subject = descriptor(b"subject", types.OCI_MANIFEST)
    parsed = parse_manifest(
        encode(image(subject=subject, artifactType="application/x.sig", annotations={"a": "b"})), ""
    )

    assert parsed.subject == Digest.of(b"subject")
    assert (parsed.artifact_type, parsed.annotations) == ("application/x.sig", {"a": "b"})
    assert parsed.config_media_type == "application/vnd.oci.image.config.v1+json"


def test_sha512_is_a_digest_as_good_as_any() -> None:
    layer = {"mediaType": LAYER, "digest": str(Digest.of(b"x", "sha512")), "size": 1}

    parsed = parse_manifest(encode(image() | {"layers": [layer]}), "")

    assert parsed.refs[1].digest.algorithm == "sha512"


@pytest.mark.parametrize(
    "change",
    [
        {"schemaVersion": 3},
        {"schemaVersion": "2"},
        {"schemaVersion": 10**40},
        {"config": None},
        {"config": {"mediaType": "x", "digest": "sha256:short", "size": 1}},
        {"config": {"mediaType": "x", "digest": f"md5:{'a' * 32}", "size": 1}},
        {"config": {"mediaType": "x", "digest": _DIGEST.upper(), "size": 1}},
        {"config": {"digest": _DIGEST, "size": 1}},
        {"config": {"mediaType": "x", "digest": _DIGEST}},
        {"config": {"mediaType": "x", "digest": _DIGEST, "size": -1}},
        {"config": {"mediaType": "x", "digest": _DIGEST, "size": 1 << 62}},
        {"config": {"mediaType": "x", "digest": _DIGEST, "size": 10**400}},
        {"config": {"mediaType": "x", "digest": _DIGEST, "size": 1.5}},
        {"config": {"mediaType": "nul\0type", "digest": _DIGEST, "size": 1}},
        {"artifactType": "nul\0type"},
        {"layers": None},
        {"layers": {}},
        {"layers": [None]},
        {"manifests": []},
        {"subject": {"mediaType": "x", "digest": "..", "size": 1}},
        {"annotations": {"a": 1}},
        {"annotations": []},
    ],
)
def test_an_image_that_breaks_a_rule_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ManifestInvalid):
        parse(image(b"layer", **change))


@pytest.mark.parametrize(
    "change",
    [
        {"manifests": None},
        {"manifests": [1]},
        {"layers": []},
        {"config": descriptor(CONFIG, "x")},
        {"manifests": [descriptor(b"c", types.OCI_MANIFEST, platform={"os": {"deep": 1}})]},
        {"manifests": [descriptor(b"c", types.OCI_MANIFEST, platform={"os": [["deep"]]})]},
    ],
)
def test_an_index_that_breaks_a_rule_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(ManifestInvalid):
        parse(index(b"child", **change))


def test_ten_thousand_descriptors_are_the_limit() -> None:
    layer = descriptor(b"layer", LAYER)

    parse(image() | {"layers": [layer] * 9_999})
    with pytest.raises(ManifestInvalid, match="more than 10000 descriptors"):
        parse(image() | {"layers": [layer] * 10_000})


@pytest.mark.parametrize("depth", [10, 900, 990, 1_000, 100_000])
def test_deep_nesting_is_taken_or_refused_but_breaks_nothing(depth: int) -> None:
    nested = b"[" * depth + b"]" * depth
    body = encode(image())[:-1] + b', "deep": %b, "annotations": {"a": %b}}' % (nested, nested)

    with pytest.raises(ManifestInvalid):
        parse_manifest(body, "")


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"null", b"[]", b'"x"', b"\xff", b"\xef\xbb\xbf{}", b'{"a":"\\ud800"}', b"{}x", b"NaN"],
)
def test_what_is_no_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(ManifestInvalid):
        parse_manifest(body, types.OCI_MANIFEST)


_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
    | st.just(_DIGEST),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
_descriptors = st.fixed_dictionaries(
    {
        "mediaType": st.text(max_size=10) | _values,
        "digest": st.just(_DIGEST) | _values,
        "size": st.integers() | _values,
    },
    optional={"platform": _values, "annotations": _values, "artifactType": _values, "urls": _values},
)
_documents = st.fixed_dictionaries(
    {"schemaVersion": st.just(2) | _values},
    optional={
        "mediaType": st.sampled_from(sorted(types.MANIFESTS)) | _values,
        "config": _descriptors | _values,
        "layers": st.lists(_descriptors, max_size=3) | _values,
        "manifests": st.lists(_descriptors, max_size=3) | _values,
        "subject": _descriptors | _values,
        "annotations": st.dictionaries(st.text(max_size=5), st.text(max_size=5), max_size=3) | _values,
        "artifactType": _values,
        "fsLayers": _values,
    },
)
_content_types = st.sampled_from(["", *sorted(types.MANIFESTS), *types.DOCKER_SCHEMA1]) | st.text(max_size=30)


@given(_documents, _content_types)
def test_only_manifest_invalid_ever_leaves_for_any_json(document: object, content_type: str) -> None:
    body = json.dumps(document).encode()
    try:
        parsed = parse_manifest(body, content_type)
    except ManifestInvalid:
        return

    assert parsed.media_type in types.MANIFESTS
    assert all(0 <= ref.size < 1 << 62 for ref in parsed.refs)


@given(st.binary(max_size=200), _content_types)
def test_only_manifest_invalid_ever_leaves_for_any_bytes(body: bytes, content_type: str) -> None:
    with pytest.raises(ManifestInvalid):
        parse_manifest(body, content_type)


@given(st.data())
def test_only_manifest_invalid_ever_leaves_for_a_manifest_with_a_broken_byte(data: st.DataObject) -> None:
    body = bytearray(encode(image(b"layer", annotations={"key": "value"})))
    for _ in range(data.draw(st.integers(1, 3))):
        body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    try:
        parse_manifest(bytes(body), "")
    except ManifestInvalid:
        return
