"""What is read out of artifacts, from friends and from enemies."""

import gzip
import io
import json
import os
import tarfile
import zlib

import pytest
import zstandard

from havre.kernel.digest import Digest
from havre.kernel.names import Tag
from havre.registry.errors import AdditionTooLarge, AdditionUnknown, AdditionUnreadable
from havre.registry.formats import archive
from havre.registry.formats.media_types import OCI_MANIFEST
from kit.house import ADMIN, APP, RegistryHouse, descriptor, encode, image

_HELM = "application/vnd.cncf.helm.config.v1+json"
_CHART = "application/vnd.cncf.helm.chart.content.v1.tar+gzip"
_MODEL = "application/vnd.cncf.model.config.v1+json"


def tar(*files: tuple[str, bytes], kind: int = tarfile.PAX_FORMAT) -> bytes:
    """Make a tar of files."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=kind) as archive_file:
        for name, content in files:
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive_file.addfile(member, io.BytesIO(content))
    return stream.getvalue()


async def push(
    house: RegistryHouse, config: bytes, config_type: str, *layers: tuple[str, bytes, str]
) -> None:
    """Push an artifact of some kind under v1; a layer is its media type, its bytes and the file it holds."""
    await house.push_blob(config)
    described = []
    for media_type, content, path in layers:
        await house.push_blob(content)
        more = {"annotations": {"org.cncf.model.filepath": path}} if path else {}
        described.append(descriptor(content, media_type, **more))
    await house.push_manifest(image(config=descriptor(config, config_type)) | {"layers": described}, "v1")


async def push_chart(house: RegistryHouse, layer: bytes) -> None:
    """Push a chart whose one layer is `layer`."""
    await push(house, b'{"name":"app","dependencies":[{"name":"db"}]}', _HELM, (_CHART, layer, ""))


async def read(house: RegistryHouse, addition: str) -> bytes:
    """Read an addition of v1."""
    return (await house.additions.read(ADMIN, APP, Tag("v1"), addition)).content


async def test_a_chart_shows_values_readme_and_dependencies(house: RegistryHouse) -> None:
    files = (
        ("app/Chart.yaml", b"name: app"),
        ("app/charts/db/values.yaml", b"not: mine"),
        ("./app/values.yaml", b"a: 1"),
        ("app/README.md", b"# App"),
    )
    await push_chart(house, gzip.compress(tar(*files)))

    assert await read(house, "values.yaml") == b"a: 1"
    assert await read(house, "readme.md") == b"# App"
    assert json.loads(await read(house, "dependencies")) == [{"name": "db"}]
    for absent in ("build_history", "license", "files", "sbom"):
        with pytest.raises(AdditionUnknown):
            await read(house, absent)


async def test_an_image_shows_its_history(house: RegistryHouse) -> None:
    config = b'{"os":"linux","history":[{"created_by":"COPY"}]}'
    await push(house, config, "application/vnd.oci.image.config.v1+json")

    assert json.loads(await read(house, "build_history")) == [{"created_by": "COPY"}]


async def test_a_model_shows_readme_license_and_files(house: RegistryHouse) -> None:
    await push(
        house,
        b"{}",
        _MODEL,
        ("application/vnd.cncf.model.doc.v1.raw", b"# Model", "README.md"),
        ("application/vnd.cncf.model.doc.v1.tar", tar(("LICENSE", b"MIT")), "LICENSE"),
        ("application/vnd.cncf.model.weight.v1.raw", b"12345", "weights/one.bin"),
    )

    assert await read(house, "readme.md") == b"# Model"
    assert await read(house, "license") == b"MIT"
    assert json.loads(await read(house, "files"))[2] == {
        "name": "weights",
        "type": "directory",
        "children": [{"name": "one.bin", "type": "file", "size": 5}],
    }


async def test_the_sbom_of_an_image_is_read_from_its_accessory(house: RegistryHouse) -> None:
    digest = await house.push_image(b"layer")
    await house.push_blob(b'{"spdx":1}')
    kind = "application/vnd.goharbor.harbor.sbom.v1"
    sbom = image(artifactType=kind, subject={"mediaType": OCI_MANIFEST, "digest": str(digest), "size": 1}) | {
        "layers": [descriptor(b'{"spdx":1}', kind)]
    }
    await house.push_manifest(sbom, str(Digest.of(encode(sbom))))

    assert await read(house, "sbom") == b'{"spdx":1}'


@pytest.mark.parametrize(
    "layer",
    [b"", b"\x1f\x8b broken", b"no tar at all" * 100, tar(("app/values.yaml", b"x" * 5000))[:2000]],
    ids=["empty", "gzip", "text", "cut off"],
)
async def test_a_layer_that_cannot_be_read_is_told_so(house: RegistryHouse, layer: bytes) -> None:
    await push_chart(house, layer)

    with pytest.raises((AdditionUnreadable, AdditionUnknown)):
        await read(house, "values.yaml")


async def test_a_bomb_is_not_unpacked(house: RegistryHouse) -> None:
    packer = zlib.compressobj(9, wbits=31)
    head = tar(("app/padding", b""))[:512]
    size = b"%011o" % (200 << 20)
    head = head[:124] + size + head[135:]
    bomb = packer.compress(head) + b"".join(packer.compress(bytes(1 << 20)) for _ in range(100))
    await push_chart(house, bomb + packer.flush())

    with pytest.raises(AdditionTooLarge):
        await read(house, "values.yaml")


async def test_a_layer_packed_with_zstd_is_read_like_any_other(house: RegistryHouse) -> None:
    packed = zstandard.compress(tar(("app/Chart.yaml", b"x"), ("app/values.yaml", b"a: 1")))
    await push_chart(house, packed)

    assert await read(house, "values.yaml") == b"a: 1"


async def test_a_bomb_of_zstd_is_not_unpacked(house: RegistryHouse) -> None:
    head = tar(("app/padding", b""))[:512]
    head = head[:124] + b"%011o" % (200 << 20) + head[135:]
    await push_chart(house, zstandard.compress(head + bytes(100 << 20)))

    with pytest.raises(AdditionTooLarge):
        await read(house, "values.yaml")


def test_frames_of_zstd_follow_each_other_and_may_be_skippable() -> None:
    whole = tar(("app/first", b"x" * 3000), ("app/values.yaml", b"a: 1"))
    skippable = b"\x50\x2a\x4d\x18" + (5).to_bytes(4, "little") + b"index"
    packed = zstandard.compress(whole[:2000]) + skippable + zstandard.compress(whole[2000:]) + skippable

    assert find(packed, "app/values.yaml") == b"a: 1"
    assert find(packed, "app/none") is None


def test_zstd_that_is_cut_off_or_wants_too_much_memory_is_refused() -> None:
    packed = zstandard.compress(os.urandom(100_000))
    greedy = zstandard.ZstdCompressor(
        compression_params=zstandard.ZstdCompressionParameters(window_log=27)
    ).compressobj()
    wide = greedy.compress(tar(("a", b"x"))) + greedy.flush()

    with pytest.raises(archive.ArchiveBroken):
        find(packed[:50_000], "b")
    with pytest.raises(archive.ArchiveBroken):
        find(wide, "a")


async def test_a_file_over_the_limit_is_not_read(house: RegistryHouse) -> None:
    content = bytes(archive.FILE_LIMIT_BYTES + 1)
    await push_chart(house, gzip.compress(tar(("app/values.yaml", content)), compresslevel=1))

    with pytest.raises(AdditionTooLarge):
        await read(house, "values.yaml")


def find(packed: bytes, path: str) -> bytes | None:
    """Find one path in a tar."""
    return archive.find_file(packed, lambda found: found == path)


def test_paths_that_climb_or_link_name_no_file() -> None:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as tricky:
        link = tarfile.TarInfo("app/values.yaml")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tricky.addfile(link)
    packed = stream.getvalue()[:512] + tar(("../app/values.yaml", b"up"), ("/app/values.yaml", b"root"))

    assert find(packed, "app/values.yaml") == b"root"


@pytest.mark.parametrize("kind", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT])
def test_long_names_are_read_in_every_dialect(kind: int) -> None:
    path = "/".join(["deep" * 10] * 4) + "/values.yaml"

    assert find(tar(("first", b"x" * 1000), (path, b"found"), kind=kind), path) == b"found"


def test_headers_that_lie_are_refused() -> None:
    negative = bytearray(tar(("a", b"x")))
    negative[124:136] = b"\xff" * 12
    words = bytearray(tar(("a", b"x")))
    words[124:136] = b"not a number"

    with pytest.raises(archive.ArchiveTooLarge):
        find(bytes(negative), "b")
    with pytest.raises(archive.ArchiveBroken):
        find(bytes(words), "b")
    with pytest.raises(archive.ArchiveTooLarge):
        find(tar(("a", b""))[:512] * 30_000, "b")
    with pytest.raises(archive.ArchiveBroken):
        find(b"\x28\xb5\x2f\xfd" + b"\xff" * 500, "b")
