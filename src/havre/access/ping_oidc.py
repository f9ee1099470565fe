"""Trying whether there is an OIDC provider at an address, before it is configured."""

from havre.access.decide import require_admin
from havre.access.oidc_model import OidcProvider
from havre.kernel.actor import Actor


class PingOidc:
    """Asks for the provider's discovery document and its keys."""

    def __init__(self, provider: OidcProvider) -> None:
        self._provider = provider

    async def ping(self, actor: Actor, endpoint: str, *, verifies: bool) -> None:
        """Return when there is a provider.

        Raises: ProviderInvalid, Unauthenticated, Denied.
        """
        require_admin(actor, "ping an OIDC provider")
        await self._provider.ping(endpoint, verifies=verifies)
