"""Asks every component whether it works. Not for metrics."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from havre.kernel.work import Database
from havre.system import store
from havre.system.ports import Probe

_PATIENCE_S: Final = 5.0  # load balancers ask every few seconds and give up after about ten
_log: Final = logging.getLogger("havre.health")


@dataclass(frozen=True, slots=True)
class ComponentHealth:
    """One component's answer."""

    name: str
    is_healthy: bool
    message: str = ""


class DatabaseProbe:
    """Asks the database for one row."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def check(self) -> None:
        """Return when the database answers."""
        async with self._database.read() as reader:
            await store.ping(reader)


class Health:
    """Asks all components at once."""

    def __init__(self, probes: Mapping[str, Probe]) -> None:
        self._probes = probes

    async def report(self) -> Sequence[ComponentHealth]:
        """Tell how each component is; one that does not answer in time is unhealthy."""
        return await asyncio.gather(*(_ask(name, probe) for name, probe in self._probes.items()))


async def _ask(name: str, probe: Probe) -> ComponentHealth:
    try:
        async with asyncio.timeout(_PATIENCE_S):
            await probe.check()
    except Exception:  # noqa: BLE001 - whatever a component raises is its answer
        _log.warning("unhealthy component=%s", name, exc_info=True)
        return ComponentHealth(name, is_healthy=False, message=f"{name} does not work; the log says why")
    return ComponentHealth(name, is_healthy=True)
