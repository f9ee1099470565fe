"""What can go wrong with another registry."""

from havre.kernel.errors import (
    Conflict,
    HavreError,
    Invalid,
    NotFound,
    Precondition,
    Throttled,
    Unavailable,
)


class RemoteFailed(HavreError):
    """Another registry did not do what it was asked; the text says what and why, for people."""


class RemoteUnreachable(RemoteFailed):
    """It gave no answer, or broke off in the middle of one: later may be better."""


class RemoteBusy(RemoteFailed):
    """It asks for patience (429, 503)."""

    def __init__(self, message: str, retry_after_s: float | None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class RemoteDenied(RemoteFailed):
    """It refuses the account (401, 403)."""


class RemoteMissing(RemoteFailed):
    """It does not have what was asked for (404)."""


class RemoteRefused(RemoteFailed):
    """It refuses the request itself (any other 4xx)."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class RemoteWrong(RemoteFailed):
    """It answered what cannot be used: another digest than asked for, no location, too many bytes."""


class AddressRefused(RemoteFailed):
    """Its address points where no registry may be: inside this machine, at a metadata service."""


class EndpointUnknown(NotFound):
    """No registry of that number is configured."""

    def __init__(self, endpoint_id: int) -> None:
        super().__init__(f"registry {endpoint_id} not found: GET /api/v2.0/registries lists those there are")


class EndpointExists(Conflict):
    """A registry of that name is configured already."""

    def __init__(self, name: str) -> None:
        super().__init__(f"a registry named {name} exists already: choose another name, or change that one")


class EndpointInvalid(Invalid):
    """What is said of a registry makes no sense; the text names the field."""


class EndpointUnhealthy(Invalid):
    """The registry does not do what one must; the text says why."""


class EndpointInUse(Precondition):
    """Rules or projects need the registry."""

    def __init__(self, endpoint_id: int, by: str) -> None:
        super().__init__(f"registry {endpoint_id} is used by {by}: change or delete that first")


class PolicyInvalid(Invalid):
    """A rule of replication makes no sense as it stands; the text names the field."""


class PolicyUnknown(NotFound):
    """There is no such rule."""

    def __init__(self, policy_id: int) -> None:
        super().__init__(
            f"replication policy {policy_id} not found: "
            "GET /api/v2.0/replication/policies lists those there are"
        )


class PolicyExists(Conflict):
    """A rule of that name exists already."""

    def __init__(self, name: str) -> None:
        super().__init__(f"a replication policy named {name} exists already: choose another name")


class PolicyBusy(Precondition):
    """A rule is under way."""

    def __init__(self, policy_id: int, execution_id: int) -> None:
        super().__init__(
            f"replication policy {policy_id} is under way as execution {execution_id}: stop that first"
        )


class PolicyDisabled(Invalid):
    """A rule is switched off."""

    def __init__(self, policy_id: int) -> None:
        super().__init__(f"replication policy {policy_id} is disabled: enable it first")


class UpstreamFailed(Unavailable):
    """The registry behind a proxy project does not do what it must, and nothing here can stand in for it."""


class UpstreamBusy(Throttled):
    """The registry behind a proxy project asks for patience, and nothing here can stand in for it."""


class UpstreamExcluded(NotFound):
    """The filter of a proxy project does not let this repository through."""

    def __init__(self, repository: str, pattern: str) -> None:
        super().__init__(
            f"{repository} does not fit {pattern!r}, the only names that this proxy cache fetches"
        )
