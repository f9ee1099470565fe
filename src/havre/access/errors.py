"""What access refuses, as facts.

Unauthenticated
├─ CredentialsWrong     user name or password do not fit
├─ RobotStopped         the secret is right, but the robot is disabled or expired
├─ TokenInvalid         a bearer or refresh token that is expired, forged, revoked or unreadable
├─ SessionOver          a session that was ended or not used for too long
├─ SignInRefused        what a provider sent back does not prove who somebody is
└─ InsufficientScope    a good token without this grant
NotFound
├─ ProjectUnknown ├─ UserUnknown ├─ GroupUnknown ├─ MemberUnknown └─ RobotUnknown
Conflict
├─ UserExists ├─ GroupExists ├─ MemberExists └─ RobotExists
Invalid
├─ PasswordRefused ├─ ProfileInvalid ├─ GroupInvalid ├─ RoleUnknown ├─ ScopeInvalid └─ RobotInvalid
Precondition
├─ OidcOff              nobody signs in at an OIDC provider here
├─ OidcOnly             it is for accounts of an OIDC provider
├─ SignUpClosed         people do not make their own accounts here
├─ AdminKept            the last administrator, or the first one, or oneself
└─ DirectoryUnset       no LDAP directory is configured
Unavailable
└─ DirectoryUnavailable the directory does not answer, or refuses us
"""

from collections.abc import Iterable

from havre.kernel.errors import Conflict, Invalid, NotFound, Precondition, Unauthenticated, Unavailable


class CredentialsWrong(Unauthenticated):
    """The user name or the password is wrong; which one is not said."""

    def __init__(self) -> None:
        super().__init__("user name or password is wrong")


class RobotStopped(Unauthenticated):
    """The robot's secret is right, but the robot is disabled or its time is over."""


class TokenInvalid(Unauthenticated):
    """The token is expired, forged, revoked or unreadable."""


class SessionOver(Unauthenticated):
    """The session was ended, or not used for too long."""

    def __init__(self) -> None:
        super().__init__("the session is over: sign in again")


class SignInRefused(Unauthenticated):
    """What a provider sent back does not prove who somebody is."""


class InsufficientScope(Unauthenticated):
    """The token is good but does not grant this; the edge challenges for `scope`."""

    def __init__(self, name: str, actions: Iterable[str], kind: str = "repository") -> None:
        self.kind = kind
        self.repository = name
        self.actions = tuple(actions)
        super().__init__(f"the token does not grant {','.join(self.actions)} on {kind} {name}")

    @property
    def scope(self) -> str:
        """The scope to ask for, such as `repository:demo/app:pull,push`."""
        return f"{self.kind}:{self.repository}:{','.join(self.actions)}"


class ProjectUnknown(NotFound):
    """There is no such project."""

    def __init__(self, project: str | int) -> None:
        self.project = project
        super().__init__(f"project {project} not found")


class UserUnknown(NotFound):
    """There is no such user."""

    def __init__(self, user: str | int) -> None:
        super().__init__(f"user {user} not found")


class GroupUnknown(NotFound):
    """There is no such group."""

    def __init__(self, group: str | int) -> None:
        super().__init__(f"user group {group} not found")


class MemberUnknown(NotFound):
    """The project has no such member."""

    def __init__(self, member_id: int, project: str) -> None:
        super().__init__(f"member {member_id} not found in project {project}")


class RobotUnknown(NotFound):
    """There is no such robot."""

    def __init__(self, robot_id: int) -> None:
        super().__init__(f"robot {robot_id} not found")


class UserExists(Conflict):
    """The user name or the e-mail address is taken."""


class GroupExists(Conflict):
    """The group is known already."""

    def __init__(self, group: str) -> None:
        super().__init__(f"user group {group} exists already")


class MemberExists(Conflict):
    """The user or the group is a member already."""

    def __init__(self, name: str, project: str) -> None:
        super().__init__(f"{name} is a member of project {project} already")


class RobotExists(Conflict):
    """The robot's name is taken where it belongs."""

    def __init__(self, name: str) -> None:
        super().__init__(f"robot {name} exists already")


class PasswordRefused(Invalid):
    """The new password breaks the rule."""


class ProfileInvalid(Invalid):
    """A field of a user's profile breaks its rule."""


class GroupInvalid(Invalid):
    """The name, the type or the DN of a group breaks its rule."""


class RoleUnknown(Invalid):
    """The role's number is none of the five."""

    def __init__(self, role: int) -> None:
        super().__init__(f"role {role} does not exist; use 1 to 5")


class RobotInvalid(Invalid):
    """A field of a robot breaks its rule; the message begins with its name."""


class ScopeInvalid(Invalid):
    """A scope does not follow the grammar."""


class AdminKept(Precondition):
    """The change would leave the instance without its administrator."""


class DirectoryUnset(Precondition):
    """No LDAP directory is configured."""

    def __init__(self) -> None:
        super().__init__("no LDAP directory is configured: set ldap_url and ldap_base_dn")


class DirectoryUnavailable(Unavailable):
    """The directory does not answer, or refuses us or how we ask; the text is for administrators."""


class SessionUnknown(NotFound):
    """There is no such session, or it is somebody else's."""

    def __init__(self, session_id: int) -> None:
        super().__init__(f"session {session_id} not found")


class SignUpClosed(Precondition):
    """People do not make their own accounts here."""

    def __init__(self) -> None:
        super().__init__("self registration is off: ask an administrator for an account")


class ProviderInvalid(Invalid):
    """There is no OIDC provider at the address."""


class OidcOff(Precondition):
    """Nobody signs in at an OIDC provider here."""

    def __init__(self) -> None:
        super().__init__("auth_mode is not oidc_auth, or oidc_endpoint is not set: sign in with a password")


class OidcOnly(Precondition):
    """It is for accounts of an OIDC provider."""

    def __init__(self, username: str) -> None:
        super().__init__(
            f"user {username} does not sign in by OIDC: use the password in place of a CLI secret"
        )
