"""Alpine's packages: `lib/apk/db/installed`. Source: Alpine wiki, "Apk spec", the index format."""

from collections.abc import Iterator

from havre.scanning.packages.model import Package, PackageKind


def parse_apk(path: str, content: bytes) -> Iterator[Package]:
    """Read the paragraphs; one letter says what a line is."""
    for paragraph in content.decode("utf-8", "replace").split("\n\n"):
        fields: dict[str, str] = {}
        for line in paragraph.splitlines():
            if line[1:2] == ":" and line[0] in "PVAo":
                fields.setdefault(line[0], line[2:].strip())
        name, version = fields.get("P", ""), fields.get("V", "")
        if name and version:
            yield Package(
                kind=PackageKind.APK,
                name=name,
                version=version,
                source_name=fields.get("o") or name,
                source_version=version,
                arch=fields.get("A", ""),
                path=path,
            )
