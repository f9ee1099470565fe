"""One read taken in portions: what comes too much, too little, fails or is broken off."""

import asyncio
import threading
from collections.abc import Callable, Sequence

import pytest

from havre.replication.errors import RemoteUnreachable
from havre.replication.portions import Portions, Write


class Reading:
    """Reads pieces in a thread, as the client of another registry does; `after` is what it raises then."""

    def __init__(self, pieces: Sequence[bytes], after: Exception | None = None) -> None:
        self._pieces = pieces
        self._after = after
        self.is_over = threading.Event()
        self.cut = False

    async def __call__(self, sink: Write) -> None:
        """Read; a cancelled caller waits for the thread."""
        pending = asyncio.get_running_loop().run_in_executor(None, self._run, sink)
        try:
            await asyncio.shield(pending)
        except asyncio.CancelledError:
            self.cut = True
            await asyncio.wait({pending})
            raise

    def _run(self, sink: Write) -> None:
        try:
            for piece in self._pieces:
                sink(memoryview(piece))
            if self._after is not None:
                raise self._after
        finally:
            self.is_over.set()


async def _take(portions: Portions, count: int) -> bytes:
    taken = bytearray()
    assert await portions.take(taken.extend, count) == len(taken)
    return bytes(taken)


async def test_pieces_are_cut_where_portions_end() -> None:
    reading = Reading([b"abc", b"defgh", b"ij"])
    portions = Portions(reading)

    assert [await _take(portions, count) for count in (4, 1, 5)] == [b"abcd", b"e", b"fghij"]

    await portions.finish()
    assert reading.is_over.is_set()
    await portions.close()
    assert not reading.cut


async def test_what_is_more_than_was_wanted_is_left() -> None:
    reading = Reading([b"abc", b"more"])
    portions = Portions(reading)

    assert await _take(portions, 3) == b"abc"
    await portions.finish()
    await portions.close()

    assert reading.is_over.is_set()


async def test_what_is_less_shows_as_a_short_portion_then_as_none() -> None:
    portions = Portions(Reading([b"abc"]))

    assert [await _take(portions, 2), await _take(portions, 2), await _take(portions, 2)] == [
        b"ab",
        b"c",
        b"",
    ]
    await portions.close()


async def test_a_read_that_fails_keeps_what_came() -> None:
    portions, taken = Portions(Reading([b"abc"], RemoteUnreachable("cut"))), bytearray()

    with pytest.raises(RemoteUnreachable, match="cut"):
        await portions.take(taken.extend, 10)
    await portions.close()

    assert taken == b"abc"


async def test_a_write_that_fails_ends_the_read() -> None:
    reading = Reading([b"abc", b"def"])
    portions = Portions(reading)

    def refuse(_: memoryview) -> None:
        raise OSError("no room")

    with pytest.raises(OSError, match="no room"):
        await portions.take(refuse, 10)
    await portions.close()

    assert reading.is_over.is_set()


async def test_nobody_writes_after_a_taker_was_cancelled() -> None:
    taken, has_begun = bytearray(), threading.Event()

    class Slow(Reading):
        def _run(self, sink: Write) -> None:
            sink(memoryview(b"abc"))
            has_begun.set()
            while not self.cut:
                pass
            _expect_refusal(lambda: sink(memoryview(b"late")))
            self.is_over.set()

    reading = Slow([])
    portions = Portions(reading)
    taking = asyncio.ensure_future(portions.take(taken.extend, 100))
    await asyncio.to_thread(has_begun.wait)
    taking.cancel()

    with pytest.raises(asyncio.CancelledError):
        await taking
    assert reading.is_over.is_set()
    assert taken == b"abc"


def _expect_refusal(write: Callable[[], None]) -> None:
    with pytest.raises(RemoteUnreachable):
        write()
