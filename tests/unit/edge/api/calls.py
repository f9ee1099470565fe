"""For every built operation one call on the scene that succeeds for whoever may make it."""

from dataclasses import dataclass, field

from havre.edge.api.operations import BY_ID, Operation
from unit.edge.api.rig import PASSWORD

# Numbers of the scene: admin is 1, the roles come in the order of Role, then target and plain.
TARGET, PLAIN = 7, 8
_FILLED = {
    "project_name": "{project}",
    "project_name_or_id": "{project}",
    "repository_name": "team%252Fapp",
    "reference": "v1",
    "user_id": str(TARGET),
    "job_id": "1",
    "pool_id": "all",
    "job_type": "all",
    "group_id": "1",
    "purge_id": "4711",
}


@dataclass(frozen=True, slots=True)
class Call:
    """What to send, and the status when it is allowed; `{project}` in the path is demo or open."""

    status: int = 200
    query: str = ""
    body: object = None
    path: dict[str, str] = field(default_factory=dict)


_PURGE = {
    "parameters": {"audit_retention_hour": 168, "dry_run": True, "include_event_types": "pull_artifact"},
    "schedule": {"type": "Hourly"},
}
_OWN = {
    "listProjects": Call(query="?page_size=100"),
    "headProject": Call(query="?project_name=open"),
    "createProject": Call(201, body={"project_name": "fresh", "public": False}),
    "updateProject": Call(body={"metadata": {"auto_scan": "true"}}),
    "deleteProject": Call(412),
    "createProjectMember": Call(201, body={"role_id": 3, "member_user": {"username": "plain"}}),
    "updateProjectMember": Call(body={"role_id": 2}),
    "searchUsers": Call(query="?username=tar"),
    "createUser": Call(201, body={"username": "new", "password": PASSWORD, "email": "n@example.test"}),
    "updateUserProfile": Call(body={"email": "t@example.test", "realname": "T", "comment": ""}),
    "updateUserPassword": Call(body={"new_password": PASSWORD + "x", "old_password": PASSWORD}),
    "setUserSysAdmin": Call(body={"sysadmin_flag": True}),
    "createUserGroup": Call(201, body={"group_name": "new", "group_type": 3}),
    "updateUserGroup": Call(body={"group_name": "renamed"}),
    "searchUserGroups": Call(query="?groupname=tea"),
    "importLdapUser": Call(body={"ldap_uid_list": ["ldapling"]}),
    "actionPendingJobs": Call(body={"action": "pause"}),
    "getCert": Call(404),
    "createPurgeSchedule": Call(201, body=_PURGE),
    "updatePurgeSchedule": Call(body=_PURGE),
    "getPurgeJob": Call(404),
    "getPurgeJobLog": Call(404),
    "stopPurge": Call(404),
    "updateConfigurations": Call(body={"banner_message": "hello"}),
}


def call_of(operation_id: str) -> Call:
    """Get the call of an operation."""
    return _OWN.get(operation_id, Call())


def url_of(operation: Operation, project: str, member_id: int) -> str:
    """Fill the operation's path for the scene."""
    path = operation.path
    for name, value in {**_FILLED, "mid": str(member_id)}.items():
        path = path.replace("{" + name + "}", value)
    return path.replace("{project}", project) + call_of(operation.operation_id).query


BUILT = sorted(operation_id for operation_id, one in BY_ID.items() if one.is_built)
