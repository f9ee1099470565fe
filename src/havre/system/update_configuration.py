"""Changing the run-time configuration."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import Final

from havre.access import has_other_accounts, raise_epoch, require_admin
from havre.kernel.actor import Actor
from havre.kernel.events import HIDDEN_CHANGE, Change
from havre.kernel.secret import Secret
from havre.kernel.work import Database
from havre.system import store
from havre.system.configuration import ROW, Configuration
from havre.system.errors import AuthModeKept, ConfigurationFixed
from havre.system.events import ConfigurationUpdated
from havre.system.keys import SECRETS, Plain, check_together, read_values, typed
from havre.system.values import ConfigurationValues

_DEFAULTS: Final[Mapping[str, Plain]] = {
    key: value.reveal() if isinstance(value, Secret) else value
    for key, value in asdict(ConfigurationValues()).items()
}


class UpdateConfiguration:
    """Writes values; they are in force with the next request in every process."""

    def __init__(self, database: Database, configuration: Configuration) -> None:
        self._database = database
        self._configuration = configuration

    async def update(self, actor: Actor, document: object) -> None:
        """Write the keys that are given and leave the others; none of them when one is refused.

        Raises: ConfigurationInvalid, ConfigurationFixed, AuthModeKept, Unauthenticated, Denied.
        """
        require_admin(actor, "change the configuration")
        wanted = read_values(document)
        async with self._database.write() as work:
            await store.add_setting(work, ROW, "{}")  # so that there is a row to lock
            stored = await self._configuration.stored(work)
            before = {**_DEFAULTS, **stored}
            changed = {key: value for key, value in wanted.items() if value != before[key]}
            for key in changed:
                if key in self._configuration.fixed:
                    raise ConfigurationFixed(key)
            if "auth_mode" in changed and await has_other_accounts(work):
                raise AuthModeKept(str(before["auth_mode"]))
            check_together(typed({**stored, **changed}))
            await raise_epoch(work)  # logins and tokens that are remembered are looked at again
            await store.set_setting(work, ROW, self._configuration.sealed({**stored, **changed}))
            work.announce(
                ConfigurationUpdated(
                    actor=actor, resource="configuration", changes=dict(_changes(before, changed))
                )
            )


def _changes(before: Mapping[str, Plain], changed: Mapping[str, Plain]) -> Iterator[tuple[str, Change]]:
    for key, value in changed.items():
        yield key, HIDDEN_CHANGE if key in SECRETS else Change(before[key], value)
