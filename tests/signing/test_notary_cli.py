"""The `notary` command line says the same of both servers, word for word."""

from pathlib import Path

import pytest

from kit.notary import NotaryCli, TrustServer
from kit.tools import require, run


def _certificate(directory: Path) -> tuple[Path, Path]:
    key, certificate = directory / "alice.key", directory / "alice.crt"
    run(
        [
            *(require("openssl"), "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-days", "730", "-subj", "/CN=alice", "-keyout", key, "-out", certificate),
        ]
    )
    return key, certificate


def _life(server: TrustServer, directory: Path, name: str) -> list[tuple[str, int, str]]:
    """Live through everything that the command line can do with a collection."""
    cli, other = NotaryCli(server, directory / "one"), NotaryCli(server, directory / "other")
    gun, said = server.gun(name), list[tuple[str, int, str]]()
    content = directory / "content"
    content.write_text("hello\n")
    key, certificate = _certificate(directory)

    def step(*words: str, by: NotaryCli = cli, stdin: str = "") -> None:
        code, text = by.run(*words, stdin=stdin)
        asked = cli.plain(" ".join(words))
        said.append((asked.replace(str(directory), "DIR"), code, text.replace(str(directory), "DIR")))

    step("list", gun)
    step("init", gun, "-p")
    step("add", gun, "v1", str(content), "-p")
    step("add", gun, "v2", str(content), "-p")
    step("list", gun)
    step("verify", gun, "v1", "-i", str(content), "-q")
    step("list", gun, by=other)  # who trusts what is here at the first look
    step("key", "rotate", gun, "snapshot", "-r")
    step("add", gun, "v3", str(content), "-p")
    step("key", "rotate", gun, "timestamp", "-r")
    step("key", "rotate", gun, "snapshot")
    step("key", "rotate", gun, "targets")
    step("key", "rotate", gun, "root", stdin="yes\n")
    step("list", gun, by=other)  # and goes along with the new root
    step("list", gun, by=NotaryCli(server, directory / "fresh"))
    step("delegation", "add", gun, "targets/releases", str(certificate), "--all-paths", "-p")
    step("delegation", "add", gun, "targets/a", str(certificate), "--paths", "v", "-p")
    step("key", "import", str(key), "--role", "user", "--gun", gun)
    step("add", gun, "v4", str(content), "--roles", "targets/releases", "-p")
    step("add", gun, "v5", str(content), "--roles", "targets/a", "-p")
    step("delegation", "list", gun)
    step("list", gun, by=other)
    step("remove", gun, "v1", "-p")
    step("remove", gun, "v4", "--roles", "targets/releases", "-p")
    step("delegation", "remove", gun, "targets/a", "-p", "-y")
    step("list", gun)
    step("witness", gun, "targets/releases", "-p")
    step("verify", gun, "v1", "-i", str(content), "-q")
    step("delete", gun, "--remote")
    step("list", gun, by=NotaryCli(server, directory / "late"))
    step("init", gun, "-p")  # the name may be used again
    step("list", gun)
    return said


@pytest.fixture(scope="module")
def theirs(notary: TrustServer, tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, int, str]]:
    return _life(notary, tmp_path_factory.mktemp("theirs"), "library/life")


def test_the_life_of_a_collection_is_the_same(
    theirs: list[tuple[str, int, str]], havre: TrustServer, tmp_path: Path
) -> None:
    ours = _life(havre, tmp_path, "library/life")

    differing = [pair for pair in zip(theirs, ours, strict=True) if pair[0] != pair[1]]
    assert not differing, f"theirs, then ours: {differing}"
    assert {code for _, code, _ in ours} == {0, 1}


def test_a_client_without_the_right_is_refused(havre: TrustServer, tmp_path: Path) -> None:
    stranger = TrustServer(havre.url, havre.host, ("admin", "wrong"), havre.authority)

    code, said = NotaryCli(stranger, tmp_path).run("init", stranger.gun("library/mine"), "-p")

    assert code != 0, said
    assert "unauthorized" in said.lower()
