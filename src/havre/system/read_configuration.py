"""Reading the run-time configuration, for administrators."""

from collections.abc import Mapping

from havre.access import require_admin
from havre.kernel.actor import Actor
from havre.system.configuration import Configuration, ConfigurationItem
from havre.system.keys import KEYS, SECRETS


class ReadConfiguration:
    """Shows every key but the secrets, with its value and whether it may be changed."""

    def __init__(self, configuration: Configuration) -> None:
        self._configuration = configuration

    async def read(self, actor: Actor) -> Mapping[str, ConfigurationItem]:
        """Give the values in force by key.

        Raises: Unauthenticated, Denied.
        """
        require_admin(actor, "read the configuration")
        values = await self._configuration.current()
        fixed = self._configuration.fixed
        return {
            key: ConfigurationItem(getattr(values, key), key not in fixed)
            for key in KEYS
            if key not in SECRETS
        }
