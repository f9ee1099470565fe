"""Read-only mode at the /v2 door."""

from pathlib import Path

import httpx

from havre.assembly.app import build_app
from havre.assembly.prepare import prepare
from havre.kernel.secret import Secret
from havre.settings import Settings

_PASSWORD = "Harbour-Test-1"


async def test_read_only_mode_refuses_pushes_and_lets_reads_pass(tmp_path: Path) -> None:
    overwrite = Secret('{"read_only": true}')
    settings = Settings(data=tmp_path, admin_password=Secret(_PASSWORD), config_overwrite_json=overwrite)
    await prepare(settings)
    transport = httpx.ASGITransport(build_app(settings))
    auth = ("admin", _PASSWORD)
    async with httpx.AsyncClient(transport=transport, base_url="http://havre.test", auth=auth) as client:
        refused = await client.post("/v2/library/app/blobs/uploads/")
        read = await client.get("/v2/")

    assert (refused.status_code, read.status_code) == (403, 200)
    (error,) = refused.json()["errors"]
    assert error["code"] == "DENIED"
    assert "read-only mode" in error["message"]
