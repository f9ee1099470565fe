"""Hosts of our own: network namespaces joined to this machine, for real addresses and wires to cut."""

import itertools
import os
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from kit.tools import require, run

_numbers = itertools.count()


class Host:
    """A network namespace with one address, reached from this machine over a wire that can be cut.

    The wire is a /30 of its own inside 10.77.0.0/16: .1 is this machine, .2 is the host.
    """

    def __init__(self) -> None:
        """Choose names and addresses that no other process of this test run uses."""
        number = next(_numbers)
        self._name = f"hv{os.getpid()}x{number}"
        self._wire = f"{self._name}w"
        # The process's number keeps parallel test workers apart; 64 hosts fit into each one's 256 addresses.
        network = f"10.77.{os.getpid() % 256}"
        start = 4 * (number % 64)
        self._near = f"{network}.{start + 1}"
        self.address = f"{network}.{start + 2}"
        self._ip: str | Path = "ip"

    def __enter__(self) -> Self:
        """Make the namespace and its wire."""
        self._ip = require("ip")
        run([self._ip, "netns", "add", self._name])
        run(
            [self._ip, "link", "add", self._wire, "type", "veth", "peer", "name", "eth0", "netns", self._name]
        )
        run([self._ip, "address", "add", f"{self._near}/30", "dev", self._wire])
        run([self._ip, "link", "set", self._wire, "up"])
        for arguments in (
            ["address", "add", f"{self.address}/30", "dev", "eth0"],
            ["link", "set", "eth0", "up"],
            ["link", "set", "lo", "up"],
        ):
            run(self.command([str(self._ip), *arguments]))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove the namespace; its wire goes with it."""
        run([self._ip, "netns", "del", self._name])

    def command(self, command: Sequence[str]) -> list[str]:
        """Return `command` as it is to be run for it to live on this host."""
        return [str(self._ip), "netns", "exec", self._name, *command]

    def cut(self) -> None:
        """Take the wire down: packets vanish, nobody is told."""
        run([self._ip, "link", "set", self._wire, "down"])

    def heal(self) -> None:
        """Bring the wire up again."""
        run([self._ip, "link", "set", self._wire, "up"])
