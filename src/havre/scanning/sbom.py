"""What an image holds, for other programmes: CycloneDX 1.6 and SPDX 2.3, as JSON. Pure.

The same image gives the same bytes: what stands for identity is made of the content, and the time is left to
whoever keeps the document. Source: ECMA-424 (CycloneDX); ISO/IEC 5962:2021 (SPDX) and its version 2.3.
"""

import hashlib
import re
import uuid
from collections.abc import Mapping, Sequence
from typing import Final

from havre.scanning.packages.model import Package
from havre.scanning.purl import purl_of
from havre.scanning.record import Inventory

CYCLONEDX: Final = "application/vnd.cyclonedx+json"
SPDX: Final = "application/spdx+json"
_CREATED: Final = "1970-01-01T00:00:00Z"  # SPDX demands a moment
_UNKNOWN: Final = "NOASSERTION"
Document = dict[str, object]


def cyclonedx_of(name: str, digest: str, inventory: Inventory) -> Document:
    """Write the components of an image in CycloneDX's form."""
    packages = _ordered(inventory)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{_uuid(name, digest, packages)}",
        "version": 1,
        "metadata": {
            "tools": {"components": [{"type": "application", "name": "havre"}]},
            "component": {
                "bom-ref": f"image:{digest or name}",
                "type": "container",
                "name": name,
                **({"version": digest} if digest else {}),
            },
        },
        "components": [
            *_system_component(inventory),
            *(_cyclonedx_component(purl, package) for purl, package in packages),
        ],
    }


def _system_component(inventory: Inventory) -> list[Document]:
    system = inventory.system
    if not system.id:
        return []
    return [
        {
            "bom-ref": f"os:{system.id}",
            "type": "operating-system",
            "name": system.id,
            **({"version": system.version} if system.version else {}),
        }
    ]


def _cyclonedx_component(purl: str, package: Package) -> Document:
    properties = [("havre:path", package.path), ("havre:source", package.source_name)]
    return {
        "bom-ref": _reference(purl, package),
        "type": "library",
        "name": package.name,
        "version": package.version,
        "purl": purl,
        "properties": [{"name": name, "value": value} for name, value in properties if value],
    }


def spdx_of(name: str, digest: str, inventory: Inventory) -> Document:
    """Write the packages of an image in SPDX's form."""
    packages = _ordered(inventory)
    image = "SPDXRef-Image"
    described = [
        {
            "spdxElementId": image,
            "relatedSpdxElement": _spdx_id(purl, package),
            "relationshipType": "CONTAINS",
        }
        for purl, package in packages
    ]
    return {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": name,
        "documentNamespace": f"urn:uuid:{_uuid(name, digest, packages)}",
        "creationInfo": {"created": _CREATED, "creators": ["Tool: havre"]},
        "packages": [
            {
                "SPDXID": image,
                "name": name,
                "downloadLocation": _UNKNOWN,
                "filesAnalyzed": False,
                "primaryPackagePurpose": "CONTAINER",
                **({"versionInfo": digest} if digest else {}),
            },
            *(_spdx_package(purl, package) for purl, package in packages),
        ],
        "relationships": [
            {
                "spdxElementId": "SPDXRef-DOCUMENT",
                "relatedSpdxElement": image,
                "relationshipType": "DESCRIBES",
            },
            *described,
        ],
    }


def _spdx_package(purl: str, package: Package) -> Document:
    found: Mapping[str, object] = {
        "referenceCategory": "PACKAGE-MANAGER",
        "referenceType": "purl",
        "referenceLocator": purl,
    }
    return {
        "SPDXID": _spdx_id(purl, package),
        "name": package.name,
        "versionInfo": package.version,
        "downloadLocation": _UNKNOWN,
        "filesAnalyzed": False,
        "licenseConcluded": _UNKNOWN,
        "licenseDeclared": _UNKNOWN,
        "copyrightText": _UNKNOWN,
        "externalRefs": [found],
        **({"sourceInfo": f"told by {package.path}"} if package.path else {}),
    }


def _ordered(inventory: Inventory) -> Sequence[tuple[str, Package]]:
    found = [(purl_of(inventory.system, package), package) for package in inventory.packages]
    return sorted(found, key=lambda one: (one[0], one[1].path))


def _reference(purl: str, package: Package) -> str:
    return f"{purl}#{package.path}" if package.path else purl


def _spdx_id(purl: str, package: Package) -> str:
    word = re.sub(r"[^A-Za-z0-9.-]", "-", package.name)[:80]
    return f"SPDXRef-{word}-{hashlib.sha256(_reference(purl, package).encode()).hexdigest()[:16]}"


def _uuid(name: str, digest: str, packages: Sequence[tuple[str, Package]]) -> uuid.UUID:
    content = "\n".join((name, digest, *(_reference(*one) for one in packages)))
    return uuid.UUID(bytes=hashlib.sha256(content.encode()).digest()[:16], version=4)
