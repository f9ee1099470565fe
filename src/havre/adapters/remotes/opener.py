"""Make the client of a registry by its kind."""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from havre.adapters.remotes.caller import Endpoint as Address
from havre.adapters.remotes.distribution import DistributionRemote
from havre.adapters.remotes.kinds.aws_ecr import open_aws_ecr
from havre.adapters.remotes.kinds.docker_hub import open_docker_hub
from havre.adapters.remotes.kinds.github_ghcr import open_github_ghcr
from havre.adapters.remotes.kinds.gitlab import open_gitlab
from havre.adapters.remotes.kinds.harbor import open_harbor
from havre.adapters.remotes.kinds.jfrog_artifactory import open_jfrog_artifactory
from havre.adapters.remotes.kinds.means import Means
from havre.adapters.remotes.kinds.quay import open_quay
from havre.adapters.remotes.tokens import Account
from havre.kernel.addresses import Reach
from havre.kernel.clock import Clock
from havre.replication import EndpointWords
from havre.replication.ports import Remote

_THREADS: Final = 64  # requests under way to other registries in one process, each waits in one
_KINDS: Final[Mapping[str, Callable[[Address, Means], DistributionRemote]]] = {
    "aws-ecr": open_aws_ecr,
    "docker-hub": open_docker_hub,
    "github-ghcr": open_github_ghcr,
    "gitlab": open_gitlab,
    "harbor": open_harbor,
    "jfrog-artifactory": open_jfrog_artifactory,
    "quay": open_quay,
}


class RemoteOpener:
    """Implements Openers; all its clients share one pool of threads."""

    def __init__(self, reach: Reach, clock: Clock) -> None:
        self._reach = reach
        self._clock = clock
        self._pool: ThreadPoolExecutor | None = None
        self.own_id = ""  # told to other registries once the instance knows it

    def open(self, words: EndpointWords) -> Remote:
        """Make a client; see the port."""
        if self._pool is None:
            self._pool = ThreadPoolExecutor(_THREADS, "remote")
        address = Address(
            url=words.url,
            account=Account(words.credential.access_key, words.credential.secret),
            verifies=not words.is_insecure,
            ca_pem=words.ca_pem or None,
            via=self.own_id,
        )
        means = Means(self._reach, self._pool, self._clock)
        made = _KINDS.get(words.kind)
        return DistributionRemote(means.caller(address)) if made is None else made(address, means)

    def close(self, remote: Remote) -> None:
        """Let its connections go; see the port."""
        if isinstance(remote, DistributionRemote):
            remote.caller.close()
