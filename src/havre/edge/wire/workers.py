"""Several processes on one port: fork, watch, restart, end together."""

import logging
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

EXIT_STARTUP = 3
_EARLY_S = 1.0  # a worker that dies sooner never worked
_MAX_EARLY_DEATHS = 5
_TICK_S = 0.1
_log = logging.getLogger("havre.wire")


@dataclass(slots=True)
class _Worker:
    pid: int
    started_at: float


class Supervisor:
    """Keeps `count` children alive; each runs `work(ready_fd, life_fd)` and exits with its answer."""

    def __init__(self, count: int, work: Callable[[int, int], int], on_ready: Callable[[], None]) -> None:
        self._count = count
        self._work = work
        self._on_ready = on_ready
        self._workers: list[_Worker] = []
        self._early_deaths = 0
        self._is_ending = False
        self._code = 0
        self._ready_read, self._ready_write = os.pipe()
        self._life_read, self._life_write = os.pipe()  # children see its end when this process dies
        os.set_blocking(self._ready_read, False)

    def run(self) -> int:
        """Run until a signal ends it, or the workers cannot live; return the exit code."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)
        signal.signal(signal.SIGHUP, lambda *_: self._tell(signal.SIGHUP))
        for _ in range(self._count):
            self._start()
        waiting_for = self._count
        while self._workers:
            waiting_for = self._count_ready(waiting_for)
            self._reap()
            if self._is_ending:  # again and again: a signal may have come between a fork and its record
                self._tell(signal.SIGTERM)
            time.sleep(_TICK_S)  # interrupted by signals; nothing else happens in this process
        return self._code

    def _count_ready(self, waiting_for: int) -> int:
        if waiting_for <= 0:
            return 0
        try:
            waiting_for -= len(os.read(self._ready_read, 64))
        except BlockingIOError:
            return waiting_for
        if waiting_for <= 0:
            self._on_ready()
        return waiting_for

    def _start(self) -> None:
        pid = os.fork()
        if pid:
            self._workers.append(_Worker(pid, time.monotonic()))
            return
        code = 1
        try:
            os.close(self._life_write)
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                signal.signal(number, signal.SIG_DFL)
            code = self._work(self._ready_write, self._life_read)
        except BaseException:  # noqa: BLE001  # the border of a process: nothing may return into the parent's code
            _log.exception("a worker failed")
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    def _reap(self) -> None:
        for worker in list(self._workers):
            pid, status = os.waitpid(worker.pid, os.WNOHANG)
            if pid:
                self._workers.remove(worker)
                self._replace(worker, os.waitstatus_to_exitcode(status))

    def _replace(self, worker: _Worker, code: int) -> None:
        if self._is_ending:
            return
        is_early = time.monotonic() - worker.started_at < _EARLY_S
        self._early_deaths = self._early_deaths + 1 if is_early else 0
        if code == EXIT_STARTUP or self._early_deaths >= _MAX_EARLY_DEATHS:
            _log.error("giving up: workers end at once (last exit code %d); see the messages above", code)
            self._code = code if code > 0 else 1
            self._end()
            return
        _log.warning("worker %d ended with %d and is replaced", worker.pid, code)
        time.sleep(0.1 * 2**self._early_deaths - 0.1)
        if not self._is_ending:  # a signal may have come in the pause
            self._start()

    def _end(self, *_: object) -> None:
        self._is_ending = True
        self._tell(signal.SIGTERM)

    def _tell(self, number: int) -> None:
        for worker in self._workers:
            os.kill(worker.pid, number)
