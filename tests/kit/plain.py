"""Havre under a plain uvicorn with its ordinary protocol: what any other ASGI server would serve."""

import asyncio
import os
import sys
from pathlib import Path

import uvicorn

from havre.assembly.app import build_app
from havre.assembly.prepare import prepare
from havre.settings import load_settings
from kit.server import Server

_TESTS = Path(__file__).resolve().parents[1]


class PlainServer(Server):
    """A Server without the wire: no sendfile, no pump, plain ASGI."""

    def _command(self) -> list[str]:
        return [
            *("env", f"PYTHONPATH={_TESTS}", sys.executable, "-m", "kit.plain"),
            *(str(self.data), str(self.port)),
        ]


def main(data: str, port: str) -> None:
    """Serve the directory `data` on loopback."""
    settings = load_settings({"data": Path(data)}, os.environ)
    asyncio.run(prepare(settings))
    uvicorn.run(
        build_app(settings),
        host="127.0.0.1",
        port=int(port),
        http="httptools",
        loop="uvloop",
        lifespan="on",
        log_level="warning",
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
