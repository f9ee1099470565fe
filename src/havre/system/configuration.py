"""The run-time configuration as it is now: one row of the database, under what the operator fixed.

defaults  <  the row `configuration` (changed over the API)  <  fixed at the start (not editable)

The row is a JSON object of the values that were set; secrets in it are wrapped by the master key.
"""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from havre.access.ports import KeyWrapper
from havre.kernel.errors import StartRefused
from havre.kernel.secret import Secret
from havre.kernel.work import Database, Reader
from havre.system import store
from havre.system.errors import ConfigurationInvalid
from havre.system.keys import KEYS, SECRETS, Plain, check_together, read_values, typed
from havre.system.values import ConfigurationValues

ROW: Final = "configuration"


@dataclass(frozen=True, slots=True)
class ConfigurationItem:
    """One key as it is told: its value, and whether it may be changed over the API."""

    value: Plain
    is_editable: bool


class Configuration:
    """Tells what is configured; every process sees a change with its next question."""

    def __init__(
        self, database: Database, wrapper: KeyWrapper, fixed: Mapping[str, Plain] | None = None
    ) -> None:
        self._database = database
        self._wrapper = wrapper
        self.fixed: Mapping[str, Plain] = fixed or {}
        self._text: str | None = None
        self._values = typed(self.fixed)

    async def current(self) -> ConfigurationValues:
        """Give the values in force; one hot read, decoded again only when the row changed."""
        text = await store.hot_setting(self._database, ROW)
        if text != self._text:
            self._values = typed(self.opened(text))
            self._text = text
        return self._values

    async def stored(self, reader: Reader) -> Mapping[str, Plain]:
        """Read the values in force as plain ones within a transaction, for whoever changes them."""
        return self.opened(await store.locked_setting(reader, ROW))

    def opened(self, text: str | None) -> Mapping[str, Plain]:
        """Decode the row and put the fixed values over it."""
        row: dict[str, Plain] = json.loads(text) if text else {}
        # A key that this release does not know (any more) is left alone.
        values = {key: self._unwrap(key, value) for key, value in row.items() if key in KEYS}
        return {**values, **self.fixed}

    def sealed(self, values: Mapping[str, Plain]) -> str:
        """Encode values for the row; what is fixed stays out of it."""
        row = {key: self._wrap(key, value) for key, value in values.items() if key not in self.fixed}
        return json.dumps(row, sort_keys=True)

    def _unwrap(self, key: str, value: Plain) -> Plain:
        if key not in SECRETS or value == "":
            return value
        return self._wrapper.unwrap(base64.b64decode(str(value))).decode()

    def _wrap(self, key: str, value: Plain) -> Plain:
        if key not in SECRETS or value == "":
            return value
        return base64.b64encode(self._wrapper.wrap(str(value).encode())).decode()


def fixed_values(overwrite_json: Secret | None) -> Mapping[str, Plain]:
    """Read what the operator fixed at the start.

    Raises: StartRefused naming the key.
    """
    if overwrite_json is None:
        return {}
    try:
        values = read_values(json.loads(overwrite_json.reveal()))
        check_together(typed(values))
    except (ValueError, RecursionError, ConfigurationInvalid) as error:
        # A decoder's message quotes no value, so no secret reaches the terminal.
        raise StartRefused(f"HAVRE_CONFIG_OVERWRITE_JSON cannot be used: {error}") from None
    return values
