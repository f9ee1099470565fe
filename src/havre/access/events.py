"""What happens to people and members, for the audit journal."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from havre.kernel.events import Event, Fact


@dataclass(frozen=True, slots=True, kw_only=True)
class UserCreated(Event):
    """Somebody got an account."""

    name: ClassVar[str] = "user.created"
    operation: ClassVar[str] = "create"
    resource_type: ClassVar[str] = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserUpdated(Event):
    """Somebody's profile changed."""

    name: ClassVar[str] = "user.updated"
    operation: ClassVar[str] = "update"
    resource_type: ClassVar[str] = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserDeleted(Event):
    """Somebody's account went."""

    name: ClassVar[str] = "user.deleted"
    operation: ClassVar[str] = "delete"
    resource_type: ClassVar[str] = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordChanged(Event):
    """Somebody's password changed; refresh tokens fell with the old one."""

    name: ClassVar[str] = "user.password_changed"
    operation: ClassVar[str] = "update"
    resource_type: ClassVar[str] = "user"

    def describe(self) -> str:
        """Say it in one line for a person."""
        return f"change the password of user {self.resource}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AdminChanged(Event):
    """Somebody became a system administrator, or is one no more."""

    name: ClassVar[str] = "user.admin_changed"
    operation: ClassVar[str] = "update"
    resource_type: ClassVar[str] = "user"

    is_admin: bool

    def describe(self) -> str:
        """Say it in one line for a person."""
        verb = "make" if self.is_admin else "no longer have"
        return f"{verb} user {self.resource} a system administrator"

    def facts(self) -> Mapping[str, Fact]:
        """Tell which way."""
        return {"is_admin": self.is_admin}


@dataclass(frozen=True, slots=True, kw_only=True)
class UserGroupCreated(Event):
    """A group of another system became known, by somebody's hand or at a login."""

    name: ClassVar[str] = "user_group.created"
    operation: ClassVar[str] = "create"
    resource_type: ClassVar[str] = "user_group"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserGroupUpdated(Event):
    """A group of another system got another name."""

    name: ClassVar[str] = "user_group.updated"
    operation: ClassVar[str] = "update"
    resource_type: ClassVar[str] = "user_group"


@dataclass(frozen=True, slots=True, kw_only=True)
class UserGroupDeleted(Event):
    """A group of another system was forgotten, with its memberships."""

    name: ClassVar[str] = "user_group.deleted"
    operation: ClassVar[str] = "delete"
    resource_type: ClassVar[str] = "user_group"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedIn(Event):
    """Somebody proved who they are by password."""

    name: ClassVar[str] = "user.logged_in"
    operation: ClassVar[str] = "login"
    resource_type: ClassVar[str] = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedOut(Event):
    """Somebody ended their session."""

    name: ClassVar[str] = "user.logged_out"
    operation: ClassVar[str] = "logout"
    resource_type: ClassVar[str] = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionRevoked(Event):
    """Somebody's session was ended from outside; the resource is whose it was."""

    name: ClassVar[str] = "session.revoked"
    operation: ClassVar[str] = "delete"
    resource_type: ClassVar[str] = "session"

    session_id: int

    def facts(self) -> Mapping[str, Fact]:
        """Tell which session."""
        return {"session_id": self.session_id}


@dataclass(frozen=True, slots=True, kw_only=True)
class CliSecretChanged(Event):
    """Somebody's secret for tools changed."""

    name: ClassVar[str] = "user.cli_secret_changed"
    operation: ClassVar[str] = "update"
    resource_type: ClassVar[str] = "user"

    def describe(self) -> str:
        """Say it in one line for a person."""
        return f"change the CLI secret of user {self.resource}"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoginFailed(Event):
    """Somebody tried a password that does not fit; the resource is the name that was tried."""

    name: ClassVar[str] = "user.login_failed"
    operation: ClassVar[str] = "login"
    resource_type: ClassVar[str] = "user"


@dataclass(frozen=True, slots=True, kw_only=True)
class _MemberChanged(Event):
    """What the three changes of a member have in common."""

    resource_type: ClassVar[str] = "member"

    project: str
    role: str

    def describe(self) -> str:
        """Say it in one line for a person."""
        return f"{self.operation} member {self.resource} ({self.role}) of project {self.project}"

    def facts(self) -> Mapping[str, Fact]:
        """Tell the project and the role."""
        return {"project": self.project, "role": self.role}


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberAdded(_MemberChanged):
    """Somebody became a member of a project."""

    name: ClassVar[str] = "member.added"
    operation: ClassVar[str] = "create"


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRoleChanged(_MemberChanged):
    """A member got another role."""

    name: ClassVar[str] = "member.role_changed"
    operation: ClassVar[str] = "update"


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberRemoved(_MemberChanged):
    """Somebody is a member no more."""

    name: ClassVar[str] = "member.removed"
    operation: ClassVar[str] = "delete"


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessRefused(Event):
    """Somebody known was refused; the resource is the request."""

    name: ClassVar[str] = "access.refused"
    operation: ClassVar[str] = "deny"
    resource_type: ClassVar[str] = "request"
    reason: str

    def facts(self) -> Mapping[str, Fact]:
        """Why it was refused."""
        return {"reason": self.reason}


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotCreated(Event):
    """A robot came into being."""

    name: ClassVar[str] = "robot.created"
    operation: ClassVar[str] = "create"
    resource_type: ClassVar[str] = "robot"


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotUpdated(Event):
    """A robot's permissions, end, description or state changed."""

    name: ClassVar[str] = "robot.updated"
    operation: ClassVar[str] = "update"
    resource_type: ClassVar[str] = "robot"


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotSecretChanged(Event):
    """A robot got a new secret; the older ones end now or when their overlap is over."""

    name: ClassVar[str] = "robot.secret_changed"
    operation: ClassVar[str] = "update"
    resource_type: ClassVar[str] = "robot"

    overlap_s: int

    def describe(self) -> str:
        """Say it in one line for a person."""
        return f"change the secret of robot {self.resource}"

    def facts(self) -> Mapping[str, Fact]:
        """Tell how long the older secrets go on."""
        return {"overlap_s": self.overlap_s}


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotDeleted(Event):
    """A robot went."""

    name: ClassVar[str] = "robot.deleted"
    operation: ClassVar[str] = "delete"
    resource_type: ClassVar[str] = "robot"


@dataclass(frozen=True, slots=True, kw_only=True)
class RobotExpiring(Event):
    """A robot's time is over soon; told once for each end."""

    name: ClassVar[str] = "robot.expiring"
    operation: ClassVar[str] = "expire"
    resource_type: ClassVar[str] = "robot"

    expires_at: str

    def describe(self) -> str:
        """Say it in one line for a person."""
        return f"robot {self.resource} expires at {self.expires_at}"

    def facts(self) -> Mapping[str, Fact]:
        """Tell when."""
        return {"expires_at": self.expires_at}
