"""What an image holds, written down: by package URLs, the same each time."""

import json
import re

import pytest

from havre.scanning.packages.model import Package, PackageKind
from havre.scanning.purl import purl_of
from havre.scanning.record import Inventory, System
from havre.scanning.sbom import cyclonedx_of, spdx_of

DEBIAN = System("debian", "12", "Debian 12")
ALMA = System("almalinux", "9.3", "AlmaLinux 9")


@pytest.mark.parametrize(
    ("system", "package", "purl"),
    [
        (
            DEBIAN,
            Package(PackageKind.DEB, "libcurl4", "7.88.1-10+deb12u5", "curl", "7.88.1-10+deb12u5", "amd64"),
            "pkg:deb/debian/libcurl4@7.88.1-10%2Bdeb12u5?arch=amd64&distro=debian-12&upstream=curl",
        ),
        (
            ALMA,
            Package(PackageKind.RPM, "openssl", "1:3.0.7-24.el9", arch="x86_64"),
            "pkg:rpm/almalinux/openssl@3.0.7-24.el9?arch=x86_64&distro=almalinux-9.3&epoch=1",
        ),
        (DEBIAN, Package(PackageKind.PYPI, "Foo_Bar", "1.0"), "pkg:pypi/foo-bar@1.0"),
        (DEBIAN, Package(PackageKind.NPM, "@scope/name", "1.0.0"), "pkg:npm/%40scope/name@1.0.0"),
        (
            DEBIAN,
            Package(PackageKind.GO, "github.com/a/b", "v1.0.0"),
            "pkg:golang/github.com/a/b@v1.0.0",
        ),
        (DEBIAN, Package(PackageKind.MAVEN, "org.x:thing", "2.0"), "pkg:maven/org.x/thing@2.0"),
        (DEBIAN, Package(PackageKind.COMPOSER, "symfony/yaml", "4.1"), "pkg:composer/symfony/yaml@4.1"),
        (System(), Package(PackageKind.APK, "musl", "1.2"), "pkg:apk/musl@1.2"),
    ],
)
def test_packages_have_their_urls(system: System, package: Package, purl: str) -> None:
    assert purl_of(system, package) == purl


def _inventory(*, is_reversed: bool = False) -> Inventory:
    packages = [
        Package(PackageKind.DEB, "libcurl4", "7.88", "curl", "7.88", "amd64", "var/lib/dpkg/status"),
        Package(PackageKind.NPM, "minimist", "1.2.0", path="a/package.json"),
        Package(PackageKind.NPM, "minimist", "1.2.0", path="b/package.json"),
    ]
    return Inventory(DEBIAN, packages[::-1] if is_reversed else packages, [])


@pytest.mark.parametrize("write", [cyclonedx_of, spdx_of])
def test_the_same_image_gives_the_same_bytes(write: object) -> None:
    assert callable(write)
    one, other = (
        json.dumps(write("app:v1", "sha256:1", _inventory(is_reversed=is_reversed)))
        for is_reversed in (False, True)
    )
    assert one == other
    assert json.dumps(write("app:v2", "sha256:1", _inventory())) != one


def test_cyclonedx_names_every_place_once() -> None:
    document = json.loads(json.dumps(cyclonedx_of("app:v1", "sha256:1", _inventory())))
    assert (document["bomFormat"], document["specVersion"]) == ("CycloneDX", "1.6")
    assert re.fullmatch(r"urn:uuid:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", document["serialNumber"])
    references = [one["bom-ref"] for one in document["components"]]
    assert len(references) == len(set(references)) == 4
    assert document["components"][0] == {
        "bom-ref": "os:debian",
        "type": "operating-system",
        "name": "debian",
        "version": "12",
    }


def test_spdx_describes_an_image_that_contains_its_packages() -> None:
    document = json.loads(json.dumps(spdx_of("app:v1", "", _inventory())))
    ids = [one["SPDXID"] for one in document["packages"]]
    assert len(ids) == len(set(ids)) == 4
    assert all(re.fullmatch(r"SPDXRef-[A-Za-z0-9.-]+", one) for one in ids)
    contained = [one["relatedSpdxElement"] for one in document["relationships"][1:]]
    assert sorted(contained) == sorted(ids[1:])
