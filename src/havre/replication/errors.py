"""What can go wrong with another registry."""

from havre.kernel.errors import HavreError


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


class EndpointMissing(HavreError):
    """No registry of that number is configured."""
