"""Layers and images made in memory."""

import gzip
import hashlib
import io
import json
import tarfile
from collections.abc import Mapping, Sequence
from pathlib import Path


def tar_of(files: Mapping[str, bytes | str], *more: tarfile.TarInfo, form: int = tarfile.PAX_FORMAT) -> bytes:
    """Make a tar of files by their names; `more` are entries without content."""
    raw = io.BytesIO()
    with tarfile.open(fileobj=raw, mode="w", format=form) as archive:
        for name, content in files.items():
            body = content.encode() if isinstance(content, str) else content
            entry = tarfile.TarInfo(name)
            entry.size = len(body)
            archive.addfile(entry, io.BytesIO(body))
        for entry in more:
            archive.addfile(entry)
    return raw.getvalue()


def link(name: str, target: str, kind: bytes = tarfile.SYMTYPE) -> tarfile.TarInfo:
    """Make an entry that leads elsewhere."""
    entry = tarfile.TarInfo(name)
    entry.type, entry.linkname = kind, target
    return entry


def dpkg_status(rows: Sequence[str]) -> str:
    """Write the status of packages, of `name|version|source|architecture` each."""
    paragraphs = []
    for row in rows:
        name, version, source, arch = row.split("|")
        lines = [f"Package: {name}", "Status: install ok installed", f"Version: {version}"]
        lines += [f"Source: {source}"] if source else []
        paragraphs.append("\n".join((*lines, f"Architecture: {arch}", "Description: a thing\n of ours")))
    return "\n\n".join(paragraphs) + "\n"


def write_layout(directory: Path, layers: Sequence[bytes], name: str = "app:v1") -> Path:
    """Write an OCI image layout of packed layers."""
    blobs = directory / "blobs" / "sha256"
    blobs.mkdir(parents=True)

    def put(content: bytes, media_type: str) -> dict[str, object]:
        encoded = hashlib.sha256(content).hexdigest()
        (blobs / encoded).write_bytes(content)
        return {"mediaType": media_type, "digest": f"sha256:{encoded}", "size": len(content)}

    config = put(b"{}", "application/vnd.oci.image.config.v1+json")
    listed = [put(gzip.compress(layer, 1), "application/vnd.oci.image.layer.v1.tar+gzip") for layer in layers]
    media_type = "application/vnd.oci.image.manifest.v1+json"
    manifest = {"schemaVersion": 2, "mediaType": media_type, "config": config, "layers": listed}
    described = put(json.dumps(manifest).encode(), media_type)
    described["annotations"] = {"org.opencontainers.image.ref.name": name}
    (directory / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    (directory / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [described]}))
    return directory
