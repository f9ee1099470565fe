"""What signing announces."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from havre.kernel.events import Event, Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustPublished(Event):
    """Somebody published trust data; the resource is the globally unique name."""

    name: ClassVar[str] = "trust.published"
    operation: ClassVar[str] = "create"
    resource_type: ClassVar[str] = "trust"
    repository: str
    roles: tuple[str, ...]

    def facts(self) -> Mapping[str, Fact]:
        """The repository, and the roles with their new versions."""
        return {"repository": self.repository, "roles": self.roles}


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustRefused(Event):
    """Trust data was refused: it is forged, old, for another name, or against a rule."""

    name: ClassVar[str] = "trust.refused"
    operation: ClassVar[str] = "deny"
    resource_type: ClassVar[str] = "trust"
    repository: str
    reason: str

    def describe(self) -> str:
        """Say what was refused, and why."""
        return f"refused trust data of {self.resource}: {self.reason}"

    def facts(self) -> Mapping[str, Fact]:
        """The repository, and why."""
        return {"repository": self.repository, "reason": self.reason}


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustDeleted(Event):
    """The trust data of a name went, with the keys held for it."""

    name: ClassVar[str] = "trust.deleted"
    operation: ClassVar[str] = "delete"
    resource_type: ClassVar[str] = "trust"
    repository: str

    def facts(self) -> Mapping[str, Fact]:
        """The repository."""
        return {"repository": self.repository}


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustKeyMade(Event):
    """A key was made here that is to sign for a role; it does when a root names it."""

    name: ClassVar[str] = "trust.key_made"
    operation: ClassVar[str] = "create"
    resource_type: ClassVar[str] = "trust_key"
    repository: str
    role: str
    key_id: str

    def facts(self) -> Mapping[str, Fact]:
        """The repository, the role and the number of the key."""
        return {"repository": self.repository, "role": self.role, "key_id": self.key_id}


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustRefreshed(Event):
    """What would have expired was signed again here."""

    name: ClassVar[str] = "trust.refreshed"
    operation: ClassVar[str] = "update"
    resource_type: ClassVar[str] = "trust"
    roles: tuple[str, ...]

    def facts(self) -> Mapping[str, Fact]:
        """The roles with their new versions."""
        return {"roles": self.roles}


@dataclass(frozen=True, slots=True, kw_only=True)
class PullUntrusted(Event):
    """Somebody asked for an artifact that its project does not trust."""

    resource_type: ClassVar[str] = "artifact"
    is_buffered: ClassVar[bool] = True
    repository: str
    digest: str
    reason: str

    def facts(self) -> Mapping[str, Fact]:
        """The repository, the digest and the reason."""
        return {"repository": self.repository, "digest": self.digest, "reason": self.reason}


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsignedPullRefused(PullUntrusted):
    """Somebody was not given an artifact, for it lacks the signatures that its project asks for."""

    name: ClassVar[str] = "pull.unsigned"
    operation: ClassVar[str] = "deny"

    def describe(self) -> str:
        """Say what was refused, and why."""
        return f"refused the pull of {self.resource}: {self.reason}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustPolicyPut(Event):
    """A project got a trust policy, or another one."""

    name: ClassVar[str] = "trust_policy.put"
    operation: ClassVar[str] = "update"
    resource_type: ClassVar[str] = "trust_policy"


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustPolicyDeleted(Event):
    """A project has no trust policy any more."""

    name: ClassVar[str] = "trust_policy.deleted"
    operation: ClassVar[str] = "delete"
    resource_type: ClassVar[str] = "trust_policy"


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictChanged(Event):
    """A policy says something else of an image than before, or something for the first time."""

    name: ClassVar[str] = "trust.judged"
    operation: ClassVar[str] = "judge"
    resource_type: ClassVar[str] = "artifact"
    repository: str
    digest: str
    signers: tuple[str, ...]
    reason: str

    def describe(self) -> str:
        """Say who signed it, or what is missing."""
        if self.succeeded:
            return f"{self.resource} is trusted: signed by {', '.join(self.signers)}"
        return f"{self.resource} is not trusted: {self.reason}"

    def facts(self) -> Mapping[str, Fact]:
        """The repository, the digest, who signed, and why it is not trusted."""
        return {
            "repository": self.repository,
            "digest": self.digest,
            "signers": self.signers,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class UntrustedPullSeen(PullUntrusted):
    """Somebody got an artifact that a policy does not trust and only watches."""

    name: ClassVar[str] = "pull.untrusted"
    operation: ClassVar[str] = "find"

    def describe(self) -> str:
        """Say what was pulled all the same, and why it is not trusted."""
        return f"pulled {self.resource}, which is not trusted: {self.reason}"
