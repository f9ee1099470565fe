"""Accounts that `docker login` and its like have kept. Source: docker's documentation, "docker login"."""

import os
from base64 import b64decode
from pathlib import Path
from typing import Final

import msgspec

from havre.kernel.secret import Secret

_HUB: Final = "https://index.docker.io/v1/"


class _Account(msgspec.Struct):
    auth: str = ""


class _Config(msgspec.Struct):
    auths: dict[str, _Account] = {}


def kept_account(host: str) -> tuple[str, Secret] | None:
    """Find the name and password for a registry; None without, or where a helper keeps them."""
    folder = os.environ.get("DOCKER_CONFIG")
    path = (Path(folder) if folder else Path.home() / ".docker") / "config.json"
    try:
        auths = msgspec.json.decode(path.read_bytes(), type=_Config).auths
    except (OSError, msgspec.MsgspecError):
        return None
    names = [host, f"https://{host}", *([_HUB] if host == "registry-1.docker.io" else [])]
    found = next((auths[name] for name in names if name in auths), None)
    try:
        name, colon, password = b64decode(found.auth).decode().partition(":") if found else ("", "", "")
    except ValueError:
        return None
    return (name, Secret(password)) if colon else None
