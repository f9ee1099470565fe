"""An upload outlives the server: the client goes on where the acknowledged bytes end."""

import os
from pathlib import Path

from kit.raw import RawClient, digest_of
from kit.server import Server


def test_an_upload_goes_on_where_it_was_after_a_restart(tmp_path: Path) -> None:
    content = os.urandom(1_000_000)
    server = Server(tmp_path / "data")
    with server:
        with RawClient(server.registry) as client:
            started = client.ask("POST", "/v2/library/resume/blobs/uploads/", b"")
            where = started.headers["location"]
            client.ask("PATCH", where, content[:400_000], {"Content-Range": "0-399999"})
        server.kill()
        server.start()

        with RawClient(server.registry) as client:
            status = client.ask("GET", where)
            late = client.ask("PATCH", where, content[:10], {"Content-Range": "0-9"})
            grown = client.ask("PATCH", where, content[400_000:], {"Content-Range": "400000-999999"})
            done = client.ask("PUT", f"{where}?digest={digest_of(content)}", b"")
            pulled = client.ask("GET", f"/v2/library/resume/blobs/{digest_of(content)}")

        assert (status.status, status.headers["range"]) == (204, "0-399999")
        assert (late.status, late.headers["range"]) == (416, "0-399999")
        assert (grown.status, done.status) == (202, 201)
        assert pulled.body == content
        server.check(deep=True)
