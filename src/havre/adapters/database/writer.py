"""Group commit on SQLite: use cases take turns on one connection and share one COMMIT, so one fsync.

    use case   take the turn -> SAVEPOINT, statements, RELEASE -> give the turn on -> wait for the batch
    batch      BEGIN IMMEDIATE | use case | use case | ...  COMMIT

A batch ends when nobody waits for the turn, after 64 use cases or 5 ms; the next one gathers during the
COMMIT. BEGIN waits for other processes and COMMIT for the disk: both run in one writer thread. Statements run
in the event loop: microseconds each, less than a hop to a thread.
"""

import asyncio
import sqlite3
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from havre.adapters.database.faults import fact_of, told
from havre.adapters.database.link import Link
from havre.kernel.errors import HavreError, Unavailable

BATCH_SIZE: Final = 64  # a member waits for at most that many others
BATCH_TIME_S: Final = 0.005  # about one fsync of a fast disk


class Batch:
    """Use cases that share one COMMIT."""

    __slots__ = ("_ended", "failure", "link", "size", "started")

    def __init__(self, link: Link) -> None:
        self.link = link
        self.size = 0
        self.started = time.monotonic()
        self.failure: BaseException | None = None
        self._ended = asyncio.Event()

    def end(self, failure: BaseException | None) -> None:
        """Let every member go on, with an error if there was one."""
        self.failure = failure
        self._ended.set()

    async def settled(self) -> None:
        """Wait until the members' rows are durable.

        Raises: StorageFull, Unavailable when the COMMIT failed; nothing of the batch is there then.
        """
        await self._ended.wait()
        failure = self.failure
        if failure is not None:  # each member raises its own: one exception cannot have several tracebacks
            is_told = isinstance(failure, Unavailable)
            fact = type(failure)(str(failure)) if is_told else fact_of(failure)
            raise (fact or Unavailable("the database did not commit")) from failure


class Writer:
    """Owns the one write connection and whose turn it is."""

    def __init__(self, connect: Callable[[], Link]) -> None:
        self._connect = connect
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="havre-writer")
        self._link: Link | None = None
        self._batch: Batch | None = None
        self._queue: deque[asyncio.Future[None]] = deque()
        self._is_taken = False
        self._committing: asyncio.Task[None] | None = None

    async def join(self) -> Batch:
        """Take the turn and return the open batch, begun if need be; end_turn gives it on.

        Raises: StorageFull, Unavailable when no transaction can be begun; the turn is not held then.
        """
        await self._take_turn()
        if self._batch is not None:
            return self._batch
        beginning = asyncio.ensure_future(self._begin())
        try:
            return await asyncio.shield(beginning)
        except asyncio.CancelledError:
            beginning.add_done_callback(
                self._abandon
            )  # the thread still works: the turn is given on after it
            raise
        except BaseException:
            self.end_turn()
            raise

    def end_turn(self) -> None:
        """Give the turn to the next in line, or commit when nobody waits or the batch is full."""
        batch = self._batch
        if batch is None:
            self._pass_on()
            return
        is_young = batch.size < BATCH_SIZE and time.monotonic() - batch.started < BATCH_TIME_S
        if is_young and self._hand_over():
            return
        self._batch = None
        self._committing = asyncio.get_running_loop().create_task(self._commit(batch))

    def lose(self, batch: Batch, failure: BaseException) -> None:
        """Give a batch up whose transaction the engine has dropped; call it while holding the turn."""
        self._batch = None
        self._drop_link()
        batch.end(failure)

    async def close(self) -> None:
        """Wait for the turn and the last COMMIT, then close."""
        await self._take_turn()
        self._drop_link()
        self._pass_on()
        self._thread.shutdown(wait=False)

    async def _take_turn(self) -> None:
        if not self._is_taken:
            self._is_taken = True
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self.end_turn()  # it was handed to us just now
            raise

    def _hand_over(self) -> bool:
        while self._queue:
            turn = self._queue.popleft()
            if not turn.done():  # done: its task was cancelled
                turn.set_result(None)
                return True
        return False

    def _pass_on(self) -> None:
        if not self._hand_over():
            self._is_taken = False

    async def _begin(self) -> Batch:
        with told():
            link = await asyncio.get_running_loop().run_in_executor(self._thread, self._begin_blocking)
        self._batch = Batch(link)
        return self._batch

    def _begin_blocking(self) -> Link:
        if self._link is None:
            self._link = self._connect()
        try:
            self._link.raw.execute("BEGIN IMMEDIATE")
        except sqlite3.Error:
            self._drop_link()
            raise
        return self._link

    def _abandon(self, beginning: asyncio.Task[Batch]) -> None:
        if not beginning.cancelled():
            beginning.exception()  # nobody is left to be told
        self.end_turn()

    async def _commit(self, batch: Batch) -> None:
        failure: BaseException | None = None
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._commit_blocking, batch.link)
        except (sqlite3.Error, HavreError) as error:
            failure = error
        finally:
            batch.end(failure)
            self._pass_on()

    def _commit_blocking(self, link: Link) -> None:
        try:
            link.raw.execute("COMMIT")
        except sqlite3.Error:
            self._drop_link()  # closing rolls back; the next batch starts on a fresh connection
            raise

    def _drop_link(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            link.close()
