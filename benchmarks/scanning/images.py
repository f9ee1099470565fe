"""Real images for the run beside Trivy: Debian's root file systems, wheels, npm packages, a Go programme.

Made once in a directory and kept there; all of it comes from the package registries of the day.
"""

import gzip
import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

_MIRROR: Final = "http://deb.debian.org/debian"
_MORE: Final = "ca-certificates,curl,git,nginx-light,openssl,perl,python3-minimal,vim-tiny"
_WHEELS: Final = (
    *("django==2.2", "pillow==8.0.0", "requests==2.19.0", "urllib3==1.23", "jinja2==2.10"),
    *("flask==0.12.2", "lxml==4.6.2", "cryptography==3.2", "numpy==1.19.0", "pandas==1.1.0"),
    *("scipy==1.5.0", "aiohttp==3.7.3", "werkzeug==0.15.0"),
)
_PLATFORMS: Final = ("manylinux1_x86_64", "manylinux2010_x86_64", "manylinux2014_x86_64")
_NODE: Final = ("lodash@4.17.15", "minimist@1.2.0", "express@4.16.0", "axios@0.18.0", "handlebars@4.0.0")
_GO: Final = 'package main\n\nimport "net/http"\n\nfunc main() { _ = http.ListenAndServe(":0", nil) }\n'


def make(work: Path) -> dict[str, Path]:
    """Make the layouts that are not there yet; name -> directory."""
    work.mkdir(parents=True, exist_ok=True)
    roots = {name: _debian(work, name) for name in ("bullseye", "bookworm", "trixie")}
    wheels, node, programme = _wheels(work), _node(work), _programme(work)
    wanted = {
        **{f"debian-{name}": [root] for name, root in roots.items()},
        "python": [wheels],
        "node": [node],
        "go": [programme],
        "mixed": [roots["bookworm"], wheels, node, programme],
    }
    return {name: _layout(work / f"{name}.oci", layers) for name, layers in wanted.items()}


def _debian(work: Path, release: str) -> Path:
    layer = work / f"{release}.tar.gz"
    if not layer.exists():
        root = work / release
        words = ["debootstrap", "--variant=minbase", f"--include={_MORE}", release, str(root), _MIRROR]
        subprocess.run(words, check=True, capture_output=True)
        shutil.rmtree(root / "var/cache/apt")
        _pack(layer, root, "", skip=("proc", "sys", "dev"))
        shutil.rmtree(root)
    return layer


def _wheels(work: Path) -> Path:
    layer = work / "wheels.tar.gz"
    if not layer.exists():
        store, root = work / "wheels", work / "site-packages"
        target = ["--only-binary", ":all:", "--python-version", "3.8"]
        target += [word for platform in _PLATFORMS for word in ("--platform", platform)]
        words = [sys.executable, "-m", "pip", "download", "-q", "--no-deps", *target, "-d", str(store)]
        subprocess.run([*words, *_WHEELS], check=True)
        for wheel in store.glob("*.whl"):
            with zipfile.ZipFile(wheel) as archive:
                archive.extractall(root)
        _pack(layer, root, "usr/local/lib/python3.8/site-packages")
    return layer


def _node(work: Path) -> Path:
    layer = work / "node.tar.gz"
    if not layer.exists():
        root = work / "node"
        root.mkdir(exist_ok=True)
        words = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", *_NODE]
        subprocess.run(words, cwd=root, check=True, capture_output=True)
        _pack(layer, root / "node_modules", "srv/app/node_modules")
    return layer


def _programme(work: Path) -> Path:
    layer = work / "go.tar.gz"
    if not layer.exists():
        root = work / "go"
        root.mkdir(exist_ok=True)
        (root / "main.go").write_text(_GO)
        (root / "go.mod").write_text("module example.com/probe\n\ngo 1.22\n")
        subprocess.run(["go", "build", "-o", "out/probe", "."], cwd=root, check=True, capture_output=True)
        _pack(layer, root / "out", "usr/local/bin")
    return layer


def _pack(target: Path, root: Path, place: str, skip: Sequence[str] = ()) -> None:
    with gzip.open(target, "wb", 6) as stream, tarfile.open(fileobj=stream, mode="w|") as archive:
        for one in sorted(root.iterdir()):
            if one.name not in skip:
                archive.add(one, f"{place}/{one.name}" if place else one.name)


def _layout(place: Path, layers: Sequence[Path]) -> Path:
    if (place / "index.json").exists():
        return place
    blobs = place / "blobs" / "sha256"
    blobs.mkdir(parents=True, exist_ok=True)
    described, diffs = [], []
    for layer in layers:
        content = layer.read_bytes()
        diffs.append("sha256:" + hashlib.sha256(gzip.decompress(content)).hexdigest())
        described.append(_put(blobs, content, "application/vnd.oci.image.layer.v1.tar+gzip"))
    config = {
        "architecture": "amd64",
        "os": "linux",
        "config": {},
        "rootfs": {"type": "layers", "diff_ids": diffs},
    }
    manifest = {
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": _put(blobs, json.dumps(config).encode(), "application/vnd.oci.image.config.v1+json"),
        "layers": described,
    }
    listed = _put(blobs, json.dumps(manifest).encode(), "application/vnd.oci.image.manifest.v1+json")
    (place / "oci-layout").write_text('{"imageLayoutVersion": "1.0.0"}')
    (place / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": [listed]}))
    return place


def _put(blobs: Path, content: bytes, media_type: str) -> dict[str, object]:
    name = hashlib.sha256(content).hexdigest()
    (blobs / name).write_bytes(content)
    return {"mediaType": media_type, "digest": f"sha256:{name}", "size": len(content)}
