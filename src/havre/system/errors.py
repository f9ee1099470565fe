"""What the instance as a whole refuses, as facts.

Invalid
└─ ConfigurationInvalid   a key that does not exist, or a value that is none
Denied
├─ ConfigurationFixed     the operator fixed the key where the instance is started
└─ ReadOnly               the instance takes no changes now
Precondition
└─ AuthModeKept           there are accounts of the present way to sign in
"""

from havre.kernel.errors import Denied, Invalid, Precondition


class ConfigurationInvalid(Invalid):
    """A key that does not exist, or a value that its rule refuses."""


class ConfigurationFixed(Denied):
    """The operator fixed the key where the instance is started."""

    def __init__(self, key: str) -> None:
        super().__init__(
            f"{key} is fixed by HAVRE_CONFIG_OVERWRITE_JSON (config_overwrite_json) of this instance: "
            "change it there"
        )


class ReadOnly(Denied):
    """The instance takes no changes now."""

    def __init__(self) -> None:
        super().__init__(
            "the instance is in read-only mode: nothing can be pushed, changed or deleted "
            "until an administrator sets read_only to false"
        )


class AuthModeKept(Precondition):
    """There are accounts of the present way to sign in."""

    def __init__(self, mode: str) -> None:
        super().__init__(
            f"auth_mode stays {mode}: there are accounts besides the first administrator's; delete them first"
        )
