"""Stand in for another registry: which proxy project a client means who asks for what is there."""

from havre.kernel.names import NameInvalid, RepositoryName
from havre.registry import Census
from havre.replication.proxies import Proxies


class Mirrors:
    """Finds it by the registry's host, or takes the one that is set for whoever names none."""

    def __init__(self, proxies: Proxies, census: Census, project: str | None) -> None:
        """`project` takes what is not here, for Docker's daemon, which does not say whose mirror it asks."""
        self._proxies = proxies
        self._census = census
        self._project = project

    async def stand_in(self, repository: str, host: str | None) -> str:
        """Give the name under which a repository is here; the same when nothing stands for it.

        Source: containerd's "Registry Host Namespace" (`ns`); Docker's "Registry as a pull through cache".
        """
        if host is not None:
            proxy = await self._proxies.in_front_of(host)
            if proxy is not None:
                return f"{proxy.project}/{repository}"
        if self._project is None or repository.startswith(f"{self._project}/"):
            return repository
        try:
            name = RepositoryName.parse(repository)
        except NameInvalid:
            return repository
        is_here = await self._census.repository(name) is not None or await self._proxies.of(name) is not None
        return repository if is_here else f"{self._project}/{repository}"
