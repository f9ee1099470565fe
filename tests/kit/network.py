"""A network of our own: stations in namespaces that reach each other over a switch, and wires to cut."""

import itertools
import os
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from kit.tools import require, run

_numbers = itertools.count(1)


class Station:
    """A network namespace with one address in the network."""

    def __init__(self, name: str, address: str, port: str, network: "Network") -> None:
        """Name it; the network makes it."""
        self.name = name
        self.address = address
        self._port = port
        self._network = network

    def command(self, command: Sequence[str]) -> list[str]:
        """Return `command` as it is to be run for it to live on this station."""
        return [*map(str, self._network.ip), "netns", "exec", self.name, *command]

    def cut(self) -> None:
        """Take its port down: packets vanish, nobody is told."""
        run([*self._network.ip, "-n", self._network.switch, "link", "set", self._port, "down"])

    def heal(self) -> None:
        """Bring its port up again."""
        run([*self._network.ip, "-n", self._network.switch, "link", "set", self._port, "up"])

    def received_bytes(self) -> int:
        """Tell how many bytes its wire has brought so far."""
        path = "/sys/class/net/eth0/statistics/rx_bytes"
        return int(run(self.command(["cat", path])).strip())


class Network:
    """A bridge in a namespace of its own, so that no rule of this machine's firewall is asked.

    This machine is .1 of 10.78.N.0/24, stations come from .2 on.
    """

    def __init__(self) -> None:
        """Choose names that no other process of this test run uses."""
        number = (os.getpid() + 37 * next(_numbers)) % 250
        self._prefix = f"10.78.{number}"
        self._base = f"hs{os.getpid()}n{number}"
        self.switch = f"{self._base}sw"
        self.ip: list[str | Path] = ["ip"]
        self._stack = ExitStack()
        self._stations = itertools.count(2)

    def __enter__(self) -> Self:
        """Make the switch and this machine's wire to it."""
        self.ip = [require("ip")]
        run([*self.ip, "netns", "add", self.switch])
        self._stack.callback(run, [*self.ip, "netns", "del", self.switch])
        inside = [*self.ip, "-n", self.switch]
        run([*inside, "link", "add", "br0", "type", "bridge"])
        run([*inside, "link", "set", "br0", "up"])
        wire = f"{self._base}"[:15]
        run([*self.ip, "link", "add", wire, "type", "veth", "peer", "name", "p1", "netns", self.switch])
        run([*inside, "link", "set", "p1", "master", "br0", "up"])
        run([*self.ip, "address", "add", f"{self._prefix}.1/24", "dev", wire])
        run([*self.ip, "link", "set", wire, "up"])
        return self

    def station(self) -> Station:
        """Add a station."""
        number = next(self._stations)
        found = Station(f"{self._base}s{number}", f"{self._prefix}.{number}", f"p{number}", self)
        run([*self.ip, "netns", "add", found.name])
        self._stack.callback(run, [*self.ip, "netns", "del", found.name])
        peer = ["type", "veth", "peer", "name", f"p{number}", "netns", self.switch]
        run([*self.ip, "-n", found.name, "link", "add", "eth0", *peer])
        run([*self.ip, "-n", self.switch, "link", "set", f"p{number}", "master", "br0", "up"])
        inside = [*self.ip, "-n", found.name]
        run([*inside, "address", "add", f"{found.address}/24", "dev", "eth0"])
        run([*inside, "link", "set", "eth0", "up"])
        run([*inside, "link", "set", "lo", "up"])
        return found

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove the namespaces; their wires go with them."""
        self._stack.close()
