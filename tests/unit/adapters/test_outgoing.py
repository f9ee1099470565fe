"""The client that asks other systems: where it may go, and how much it takes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from havre.adapters.outgoing import Outgoing, OutgoingFailed
from havre.kernel.addresses import Reach, parse_networks, refusal_of


@pytest.mark.parametrize(
    "address",
    [
        *("169.254.169.254", "169.254.0.1", "fe80::1", "fe80::1%eth0", "fd00:ec2::254", "100.100.100.200"),
        *("::ffff:169.254.169.254", "0.0.0.0", "::", "224.0.0.1", "ff02::1", "255.255.255.255", "240.0.0.1"),
        *("2002:a9fe:a9fe::1", "", "metadata", "1.2.3"),
    ],
)
def test_these_addresses_are_never_asked(address: str) -> None:
    assert refusal_of(address, Reach()) is not None


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "::1", "10.0.0.7", "192.168.1.1", "172.16.0.1", "fd12::1", "::ffff:10.0.0.1"]
)
def test_private_networks_are_asked_unless_the_operator_forbids_it(address: str) -> None:
    assert refusal_of(address, Reach()) is None
    assert refusal_of(address, Reach(private=False)) is not None


@pytest.mark.parametrize("address", ["192.0.43.8", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_public_addresses_are_asked(address: str) -> None:
    assert refusal_of(address, Reach(private=False)) is None


def test_a_registry_is_not_looked_for_in_this_machine_unless_the_operator_allows_it() -> None:
    assert refusal_of("127.0.0.1", Reach(loopback=False)) == "it is this machine"
    assert refusal_of("::1", Reach(loopback=False)) == "it is this machine"
    assert refusal_of("10.0.0.1", Reach(loopback=False)) is None
    allowed = Reach(private=False, loopback=False, allowed=parse_networks("127.0.0.0/8, ::1,169.254.10.0/24"))
    assert [refusal_of(one, allowed) for one in ("127.0.0.1", "::1", "169.254.10.9")] == [None] * 3
    assert refusal_of("169.254.169.254", allowed) is not None


def test_what_is_no_network_is_named() -> None:
    with pytest.raises(ValueError, match="here"):
        parse_networks("10.0.0.0/8,here")


@asynccontextmanager
async def _serving(answer: bytes) -> AsyncIterator[str]:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://localhost:{server.sockets[0].getsockname()[1]}/"


async def test_an_answer_comes_whole() -> None:
    async with _serving(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nx-a: b\r\n\r\n{}") as url:
        reply = await Outgoing().get(url)

    assert (reply.status, reply.body, reply.headers["x-a"]) == (200, b"{}", "b")


async def test_a_redirect_is_not_followed() -> None:
    async with _serving(
        b"HTTP/1.1 302 Found\r\nlocation: http://169.254.169.254/\r\ncontent-length: 0\r\n\r\n"
    ) as url:
        assert (await Outgoing().get(url)).status == 302


async def test_an_answer_that_is_too_large_is_given_up() -> None:
    async with _serving(b"HTTP/1.1 200 OK\r\ncontent-length: 9000000\r\n\r\n" + b"x" * 2_000_000) as url:
        with pytest.raises(OutgoingFailed, match="more than"):
            await Outgoing().get(url)


async def test_a_name_that_leads_into_a_private_network_is_refused_where_that_is_forbidden() -> None:
    async with _serving(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n") as url:
        with pytest.raises(OutgoingFailed, match="private network"):
            await Outgoing(Reach(private=False)).get(url)


@pytest.mark.parametrize(
    "url",
    [
        *("http://169.254.169.254/latest", "http://[fe80::1]/", "http://0.0.0.0:1/", "http://127.0.0.1:1/"),
        *("ftp://127.0.0.1/", "file:///etc/passwd", "nonsense", "http://", "http://a b/", "http://[::1"),
        *("http://name.invalid/", "http://127.0.0.1:99999/", "http://xn--/", "http://" + "a" * 300 + "/"),
    ],
)
async def test_what_cannot_be_asked_is_one_kind_of_failure(url: str) -> None:
    with pytest.raises(OutgoingFailed):
        await Outgoing().get(url)


@pytest.mark.parametrize(
    "answer", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nx"]
)
async def test_an_answer_that_is_broken_is_the_same_failure(answer: bytes) -> None:
    async with _serving(answer) as url:
        with pytest.raises(OutgoingFailed):
            await Outgoing().get(url)


async def test_a_form_is_posted() -> None:
    got = asyncio.get_running_loop().create_future()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        got.set_result(head.splitlines()[0] + b" " + await reader.readexactly(len(b"a=b%2Fc")))
        writer.write(b"HTTP/1.1 204 No Content\r\n\r\n")
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        await Outgoing().post_form(f"http://127.0.0.1:{port}/t", {"a": "b/c"})

    assert got.result() == b"POST /t HTTP/1.1 a=b%2Fc"
