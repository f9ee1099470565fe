"""Who somebody is and what they may do: accounts, members, passwords, tokens, decisions."""

from typing import TYPE_CHECKING

from havre.kernel.doors import front_door

if TYPE_CHECKING:
    from havre.access.account_exists import AccountExists
    from havre.access.bootstrap import create_first_admin
    from havre.access.catalogue import PROJECT_RIGHTS, SYSTEM_RIGHTS
    from havre.access.change_groups import ChangeGroups
    from havre.access.change_members import ChangeMembers
    from havre.access.change_password import ChangePassword
    from havre.access.cli_secrets import CliSecrets, OidcAccount
    from havre.access.create_robot import CreatedRobot, CreateRobot
    from havre.access.create_user import CreateUser, NewUser
    from havre.access.decide import (
        Access,
        allows,
        may_on_instance,
        refusal,
        require_admin,
        require_system,
        standing_of,
    )
    from havre.access.delete_robot import DeleteRobot
    from havre.access.delete_user import DeleteUser
    from havre.access.directory_login import DirectoryPasswords
    from havre.access.external import ExternalPerson
    from havre.access.groups import ExternalGroup, first_value, normal_dn, parse_group
    from havre.access.id_tokens import IdTokens
    from havre.access.import_users import ImportFailure, ImportUsers
    from havre.access.login import Login
    from havre.access.manage_sessions import ManageSessions
    from havre.access.members import Members
    from havre.access.oidc_model import Claims, OidcRules, SignInAttempt, Vouched
    from havre.access.oidc_sign_in import ATTEMPT_S, ChooseName, Entered, OidcSignIn
    from havre.access.onboard import Onboard
    from havre.access.passwords import Passwords
    from havre.access.ping_oidc import PingOidc
    from havre.access.profile import Profile
    from havre.access.prove_robots import RobotSecrets
    from havre.access.refresh import RefreshTokens
    from havre.access.refresh_robot import RefreshRobot
    from havre.access.refuse import Refusals
    from havre.access.remember_groups import RememberGroups
    from havre.access.robot_model import (
        NewRobot,
        PermissionKind,
        Robot,
        RobotChanges,
        RobotLevel,
        RobotPermission,
    )
    from havre.access.robot_names import full_name as robot_full_name
    from havre.access.robot_store import ROBOT_ORDERS, RobotFilter
    from havre.access.robots import Robots
    from havre.access.scanner_passes import ScannerPasses, ScannerSecrets
    from havre.access.scopes import Scope, parse_scopes
    from havre.access.search_directory import SearchDirectory
    from havre.access.sessions import Sessions
    from havre.access.settings import AccessSettings
    from havre.access.store import ROLE_MASK, add_member, has_other_accounts, raise_epoch, roles_of
    from havre.access.tokens import AUDIENCE, IssuedToken, Tokens
    from havre.access.update_robot import UpdateRobot
    from havre.access.update_user import UpdateUser
    from havre.access.user_groups import UserGroups
    from havre.access.users import Users, UserSearch
    from havre.access.warn_robots import WarnRobots
else:
    __getattr__ = front_door(__name__)

__all__ = [
    "ATTEMPT_S",
    "AUDIENCE",
    "PROJECT_RIGHTS",
    "ROBOT_ORDERS",
    "ROLE_MASK",
    "SYSTEM_RIGHTS",
    "Access",
    "AccessSettings",
    "AccountExists",
    "ChangeGroups",
    "ChangeMembers",
    "ChangePassword",
    "ChooseName",
    "Claims",
    "CliSecrets",
    "CreateRobot",
    "CreateUser",
    "CreatedRobot",
    "DeleteRobot",
    "DeleteUser",
    "DirectoryPasswords",
    "Entered",
    "ExternalGroup",
    "ExternalPerson",
    "IdTokens",
    "ImportFailure",
    "ImportUsers",
    "IssuedToken",
    "Login",
    "ManageSessions",
    "Members",
    "NewRobot",
    "NewUser",
    "OidcAccount",
    "OidcRules",
    "OidcSignIn",
    "Onboard",
    "Passwords",
    "PermissionKind",
    "PingOidc",
    "Profile",
    "RefreshRobot",
    "RefreshTokens",
    "Refusals",
    "RememberGroups",
    "Robot",
    "RobotChanges",
    "RobotFilter",
    "RobotLevel",
    "RobotPermission",
    "RobotSecrets",
    "Robots",
    "ScannerPasses",
    "ScannerSecrets",
    "Scope",
    "SearchDirectory",
    "Sessions",
    "SignInAttempt",
    "Tokens",
    "UpdateRobot",
    "UpdateUser",
    "UserGroups",
    "UserSearch",
    "Users",
    "Vouched",
    "WarnRobots",
    "add_member",
    "allows",
    "create_first_admin",
    "first_value",
    "has_other_accounts",
    "may_on_instance",
    "normal_dn",
    "parse_group",
    "parse_scopes",
    "raise_epoch",
    "refusal",
    "require_admin",
    "require_system",
    "robot_full_name",
    "roles_of",
    "standing_of",
]
