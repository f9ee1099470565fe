"""Other registries that are none: they answer pings, or do not, and hold nothing."""

from havre.adapters.remotes.distribution import DistributionRemote
from havre.replication import EndpointWords
from havre.replication.errors import RemoteUnreachable, RemoteWrong
from havre.replication.ports import Remote


class SilentRemote(DistributionRemote):
    """Answers a ping as it is told to."""

    def __init__(self, fault: str) -> None:
        self._fault = fault

    async def ping(self) -> str:
        """Answer."""
        if self._fault:
            raise RemoteUnreachable(self._fault)
        return ""


class SimulatedOpeners:
    """Opens registries below .test, where all are well but those called `down`; remembers what was opened."""

    def __init__(self) -> None:
        self.opened: list[EndpointWords] = []
        self.faults: dict[str, str] = {}

    def open(self, words: EndpointWords) -> Remote:
        """Make one."""
        self.opened.append(words)
        if words.ca_pem and "CERTIFICATE" not in words.ca_pem:
            raise RemoteUnreachable("the CA certificate of the endpoint cannot be read: no PEM")
        if ".test" not in words.url:
            raise RemoteWrong(f"{words.url} is not simulated")
        fault = self.faults.get(words.url, "it does not answer" if "down" in words.url else "")
        return SilentRemote(fault)

    def close(self, remote: Remote) -> None:
        """Let it go."""
