"""The whole application in this process, as assembly makes it, on the scene; put back in milliseconds.

The scene is made once for the session. Its passwords are hashed again at next to no cost, because the tests
log in hundreds of times; what checks them is the same.
"""

import base64
import os
import sqlite3
import tempfile
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Final

import httpx
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

from api.scene import PASSWORD, Scene, furnish
from havre.assembly.app import build_app
from havre.assembly.prepare import prepare
from havre.kernel.secret import Secret
from havre.settings import Settings
from kit.scanner_adapter import REPORT

LOOPBACK: Final = "127.0.0.0/8"  # where the stub of another registry is
_CHEAP: Final = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),))


class House:
    """One application over its own copy of the scene's database; `restore` puts the scene back."""

    def __init__(self, template: Path, scene: Scene, data: Path) -> None:
        """Open the application; inside the event loop that uses it."""
        self.scene = scene
        self._template = template
        self._path = data / "havre.db"
        self._epoch = 1_000_000
        os.symlink(template / "master.key", data / "master.key")
        os.symlink(template / "blobs", data / "blobs")
        self.restore()
        self.app = build_app(Settings(data=data, outgoing_allow=LOOPBACK))
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(self.app), base_url="http://havre.test")

    def restore(self) -> None:
        """Put the scene's rows back; whoever is logged in stays so."""
        self._epoch += 1000
        with (
            closing(sqlite3.connect(self._template / "havre.db")) as source,
            closing(sqlite3.connect(self._path)) as target,
        ):
            source.backup(target)
            target.execute("PRAGMA synchronous = OFF")
            # Never an epoch that was there before: caches hang on it.
            target.execute("UPDATE access_epoch SET epoch = ?", (self._epoch,))
            target.commit()

    async def ask(
        self, method: str, path: str, authorization: str | None, body: object = None
    ) -> httpx.Response:
        """Send a request to the REST API."""
        headers = {"X-Scan-Data-Type": REPORT}
        if authorization is not None:
            headers["Authorization"] = authorization
        return await self.client.request(method, f"/api/v2.0{path}", json=body, headers=headers)


def basic(name: str, password: str = PASSWORD) -> str:
    """Make an Authorization header's value."""
    return "Basic " + base64.b64encode(f"{name}:{password}".encode()).decode()


@cache
def template_directory() -> Path:
    """Make the directory that the scene is kept in."""
    return Path(tempfile.mkdtemp(prefix="havre-api-scene-"))


async def make_scene() -> Scene:
    """Make the scene in the template's directory."""
    data = template_directory()
    settings = Settings(data=data, admin_password=Secret(PASSWORD), outgoing_allow=LOOPBACK)
    await prepare(settings)
    app = build_app(settings)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(
        transport=transport, base_url="http://havre.test", headers={"Authorization": basic("admin")}
    ) as client:
        scene = await furnish(client)
    with closing(sqlite3.connect(data / "havre.db")) as connection:
        connection.execute("UPDATE account SET password_hash = ?", (_CHEAP.hash(PASSWORD),))
        connection.commit()
    return scene
