"""What can go wrong with signing. What clients read of these is in edge/oci/trust_errors.py."""

from havre.kernel.errors import Conflict, Invalid, NotFound, Precondition, TooLarge, Unavailable


class MetadataUnknown(NotFound):
    """There is no such metadata."""


class GunInvalid(Invalid):
    """A globally unique name names no repository of this registry; the text says what one looks like."""


class RoleInvalid(Invalid):
    """A role is none, or none that this can be asked of."""

    def __init__(self, role: str) -> None:
        super().__init__(f"{role[:80]!r} is no role that this can be done with")
        self.role = role


class FilenameMissing(Invalid):
    """A part of a publication does not say of which role it is."""


class PublicationMalformed(Invalid):
    """A publication is not in the form that is expected."""


class PublicationTooLarge(TooLarge):
    """A publication is over the limit."""

    def __init__(self, limit_bytes: int) -> None:
        super().__init__(f"a publication of trust data may have {limit_bytes} bytes at most")


class MetadataMalformed(Invalid):
    """A document of a publication is no metadata."""


class ChangesInvalid(Invalid):
    """The changefeed is not asked for as it must be; `parameter` is the one that is wrong."""

    def __init__(self, parameter: str, text: str) -> None:
        super().__init__(f"invalid {parameter} parameter: {text[:40]!r} is no number")
        self.parameter = parameter


class VersionOutdated(Conflict):
    """Somebody published a version that is as new or newer: read again what there is, and publish on top."""

    def __init__(self, role: str, version: int, stored: int) -> None:
        super().__init__(f"version {version} of {role} is not newer than version {stored}, which is there")


class PublicationBusy(Unavailable):
    """Others publish to the same collection without pause."""


class UpdateInvalid(Invalid):
    """A publication breaks a rule; `kind` is the family of rules, as Notary's clients know them.

    ErrValidation, ErrBadRoot, ErrBadTargets, ErrBadSnapshot, or ErrBadHierarchy with the role that is
    missing.
    """

    def __init__(self, kind: str, message: str, missing: str = "") -> None:
        super().__init__(message)
        self.kind = kind
        self.missing = missing


class TufInvalid(Invalid):
    """A document of TUF does not hold; `validate` says to which family of rules that belongs."""


class PullUnsigned(Precondition):
    """The project lets nobody pull what is not signed; the text says which signature is missing."""


class TrustPolicyInvalid(Invalid):
    """A trust policy cannot be used as it stands; the text says what to change."""


class TrustPolicyUnknown(NotFound):
    """The project has no trust policy."""

    def __init__(self, project: str) -> None:
        super().__init__(f"project {project} has no trust policy: PUT one")
