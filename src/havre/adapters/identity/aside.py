"""Work in a thread that never keeps the process from ending, as a pool's threads would."""

from collections.abc import Callable
from concurrent.futures import Future
from threading import Thread
from typing import TypeVar

Answer = TypeVar("Answer")


def run_aside(work: Callable[[], Answer], name: str) -> Future[Answer]:
    """Start `work` in a daemon thread called `name`."""
    future = Future[Answer]()

    def run() -> None:
        if not future.set_running_or_notify_cancel():
            return
        try:
            future.set_result(work())
        except BaseException as error:  # noqa: BLE001 - handed to whoever waits
            future.set_exception(error)

    Thread(target=run, name=name, daemon=True).start()
    return future
