"""The kinds of refusal. Slices derive their own facts from these; the edge alone knows status codes.

HavreError
├─ Invalid            the request makes no sense as it stands
│  └─ TooLarge        it is over a limit
├─ Unauthenticated    nobody proved who they are
├─ Denied             known, but not allowed
├─ NotFound           there is no such thing (or it may not be seen)
├─ Conflict           it exists already, or somebody else is at it
│  └─ IntegrityBroken a rule of the database says no (unique, foreign key)
├─ Precondition       a rule or a dependent thing stands in the way
├─ Throttled          too many tries: wait
├─ Unsupported        a form that is not served
└─ Unavailable        the machine cannot, now
   └─ StorageFull     no room for the bytes
"""


class HavreError(Exception):
    """A fact the caller must know; `str(error)` says what happened, to what, and what to do."""


class Invalid(HavreError):
    """The request makes no sense as it stands."""


class TooLarge(Invalid):
    """The request is over a limit."""


class Unauthenticated(HavreError):
    """Nobody proved who they are, or the proof is wrong."""


class Denied(HavreError):
    """The caller is known but not allowed; `project_id` tells where, when it is about a project."""

    def __init__(self, message: str, project_id: int | None = None) -> None:
        super().__init__(message)
        self.project_id = project_id


class NotFound(HavreError):
    """There is no such thing, or the caller may not see it."""


class Conflict(HavreError):
    """It exists already, or somebody else is at it."""


class IntegrityBroken(Conflict):
    """A rule of the database itself says no: unique, foreign key, not null."""


class Precondition(HavreError):
    """A rule or a dependent thing stands in the way."""


class Throttled(HavreError):
    """Too many tries; `retry_after_s` says how long to wait."""

    def __init__(self, message: str, retry_after_s: int) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class Unsupported(HavreError):
    """A form that is not served here."""


class Unavailable(HavreError):
    """The machine cannot do it now; the details are in the log."""


class StorageFull(Unavailable):
    """There is no room for the bytes or the rows."""


class StartRefused(HavreError):
    """The instance cannot start as it is set up; one sentence says why and what to do (exit code 2)."""
