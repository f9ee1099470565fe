"""For every built operation one call on the scene that succeeds for whoever may make it."""

import json
from dataclasses import dataclass, field
from typing import Any

from havre.edge.api.operations import BY_ID, Operation
from havre.registry.formats.icons import icon_of
from kit.scanner_adapter import adapter_url
from unit.edge.api.rig import PASSWORD, SCANNER

# Numbers of the scene: admin is 1, the roles come in the order of Role, then target and plain.
TARGET, PLAIN = 7, 8
# Each project has a label `ours` on v1 and one that is free.
_NUMBERS = {
    "demo": {
        "{project_id}": 1,
        "{label}": 1,
        "{free}": 2,
        "{retention_task}": 2,
        "{idle}": 3,
        "{replication_run}": 3,
        "{export}": 5,
        "{replication_task}": 4,
    },
    "open": {
        "{project_id}": 2,
        "{label}": 3,
        "{free}": 4,
        "{retention_task}": 3,
        "{idle}": 4,
        "{replication_run}": 4,
        "{export}": 6,
        "{replication_task}": 5,
    },
}
_FILLED = {
    "project_name": "{project}",
    "project_name_or_id": "{project}",
    "repository_name": "team%252Fapp",
    "reference": "v1",
    "user_id": str(TARGET),
    "job_id": "1",
    "pool_id": "all",
    "job_type": "all",
    "label_id": "{label}",
    "tag_name": "latest",
    "group_id": "1",
    "purge_id": "4711",
    "gc_id": "4711",
    "meta_name": "auto_scan",
    "robot_id": "{project_id}",  # robots have the numbers of their projects
    "immutable_rule_id": "{project_id}",  # so have rules
    "eid": "{project_id}",  # and runs of retention
    "tid": "{retention_task}",
}


Json = dict[str, Any]


# A policy of retention has the number of its project too.
_OF_POLICY = {"id": "{project_id}"}


@dataclass(frozen=True, slots=True)
class Call:
    """What to send, and the status when it is allowed; `{project}` and `{label}` stand for the scene's."""

    status: int = 200
    query: str = ""
    body: object = None
    path: dict[str, str] = field(default_factory=dict)


def rule_of(pattern: str, kind: str = "doublestar", decoration: str = "matches", priority: int = 0) -> Json:
    """Make an immutable tag rule as Harbor's clients send it."""
    everywhere = {"kind": "doublestar", "decoration": "repoMatches", "pattern": "**"}
    return {
        "disabled": False,
        "priority": priority,
        "action": "immutable",
        "template": "immutable_template",
        "tag_selectors": [{"kind": kind, "decoration": decoration, "pattern": pattern}],
        "scope_selectors": {"repository": [everywhere]},
    }


def policy_of(template: str, number: int, project: object = "{project_id}") -> Json:
    """Make a retention policy as Harbor's clients send it."""
    everything = {"kind": "doublestar", "decoration": "matches", "pattern": "**", "extras": ""}
    everywhere = {"kind": "doublestar", "decoration": "repoMatches", "pattern": "**"}
    rule = {
        "disabled": False,
        "action": "retain",
        "template": template,
        "params": {template: number},
        "tag_selectors": [everything],
        "scope_selectors": {"repository": [everywhere]},
    }
    return {
        "algorithm": "or",
        "rules": [rule],
        "trigger": {"kind": "Schedule", "settings": {"cron": ""}, "references": {}},
        "scope": {"level": "project", "ref": project},
    }


_PURGE = {
    "parameters": {"audit_retention_hour": 168, "dry_run": True, "include_event_types": "pull_artifact"},
    "schedule": {"type": "Hourly"},
}
_COLLECTION = {
    "parameters": {"delete_untagged": True, "dry_run": True, "workers": 2},
    "schedule": {"type": "Weekly"},
}
# It gives what whoever may create robots has: a robot gives nothing else.
_ROBOT = {
    "name": "maker",
    "level": "project",
    "duration": 30,
    "permissions": [
        {"kind": "project", "namespace": "{project}", "access": [{"resource": "robot", "action": "create"}]}
    ],
}
# Registries and rules have the numbers of their projects, too.
_REGISTRY = {"name": "fresh", "url": "https://fresh.test", "type": "docker-registry"}
_REGISTRIES = {
    "createRegistry": Call(201, body=_REGISTRY),
    "pingRegistry": Call(body={"url": "https://fresh.test", "type": "harbor"}),
    "getRegistry": Call(path=_OF_POLICY),
    "updateRegistry": Call(body={"description": "told"}, path=_OF_POLICY),
    "deleteRegistry": Call(path=_OF_POLICY),
    "getRegistryInfo": Call(path=_OF_POLICY),
}
_SCANNER = {"name": "fresh", "url": adapter_url().replace("127.0.0.1", "localhost")}
_OF_SCANNER = {"registration_id": SCANNER}
_SCANNERS = {
    "createScanner": Call(201, body=_SCANNER),
    "pingScanner": Call(body={"name": "fresh", "url": adapter_url()}),
    "getScanner": Call(path=_OF_SCANNER),
    "updateScanner": Call(body={**_SCANNER, "description": "told"}, path=_OF_SCANNER),
    "deleteScanner": Call(path=_OF_SCANNER),
    "setScannerAsDefault": Call(body={"is_default": True}, path=_OF_SCANNER),
    "getScannerMetadata": Call(path=_OF_SCANNER),
    "setScannerOfProject": Call(body={"uuid": SCANNER}),
}
_EXPORTS = {
    "exportScanData": Call(body={"job_name": "all", "projects": ["{project_id}"]}),
    "getScanDataExportExecution": Call(path={"execution_id": "{export}"}),
    "downloadScanData": Call(path={"execution_id": "{export}"}),
}
RULE = {
    "name": "fresh",
    "dest_registry": {"id": 3},
    "trigger": {"type": "manual"},
    "filters": [{"type": "name", "value": "demo/**"}],
    "enabled": True,
}
_RUN = {"id": "{replication_run}"}
_REPLICATION = {
    "createReplicationPolicy": Call(201, body=RULE),
    "getReplicationPolicy": Call(path=_OF_POLICY),
    "updateReplicationPolicy": Call(body={**RULE, "enabled": False}, path=_OF_POLICY),
    "deleteReplicationPolicy": Call(path={"id": "{idle}"}),
    "startReplication": Call(201, body={"policy_id": "{project_id}"}),
    "getReplicationExecution": Call(path=_RUN),
    "stopReplication": Call(path=_RUN),
    "listReplicationTasks": Call(path=_RUN),
    "getReplicationLog": Call(path={**_RUN, "task_id": "{replication_task}"}),
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
    "createGCSchedule": Call(201, body=_COLLECTION),
    "updateGCSchedule": Call(body=_COLLECTION),
    "getGC": Call(404),
    "getGCLog": Call(404),
    "stopGC": Call(404),
    "ListLabels": Call(query="?scope=p&project_id={project_id}"),
    "CreateLabel": Call(201, body={"name": "new", "scope": "p", "project_id": "{project_id}"}),
    "UpdateLabel": Call(body={"name": "renamed", "color": "#0065AB"}),
    "addLabel": Call(body={"id": "{free}"}),
    "CopyArtifact": Call(201, query="?from={project}/team/app:v1"),  # onto itself
    "getAddition": Call(path={"addition": "build_history"}),
    "getIcon": Call(path={"digest": icon_of("IMAGE")}),
    "search": Call(query="?q=app"),
    "updateRepository": Call(body={"description": "told"}),
    "createTag": Call(201, body={"name": "new"}),
    "pingOIDC": Call(400, body={"url": "http://127.0.0.1:1"}),
    "setCliSecret": Call(412, body={"secret": PASSWORD}),
    "updateConfigurations": Call(body={"banner_message": "hello"}),
    "addProjectMetadatas": Call(body={"prevent_vul": "true"}),
    "updateProjectMetadata": Call(body={"auto_scan": "false"}),
    "ListRobot": Call(query="?q=Level%3Dproject,ProjectID%3D{project_id}"),
    "CreateRobot": Call(201, body=_ROBOT),
    "UpdateRobot": Call(body={**_ROBOT, "name": "ci"}),
    "RefreshSec": Call(body={}),
    "CreateImmuRule": Call(201, body=rule_of("frozen-*")),
    "UpdateImmuRule": Call(body={**rule_of("frozen-*"), "disabled": True}),
    "putSystemCVEAllowlist": Call(body={"items": [{"cve_id": "CVE-2024-1"}]}),
    "listQuotas": Call(query="?reference=project&reference_id={project_id}"),
    "getQuota": Call(path={"id": "{project_id}"}),
    "createRetention": Call(400, body=policy_of("latestPushedK", 10)),  # the project has one
    "getRetention": Call(path=_OF_POLICY),
    "updateRetention": Call(body=policy_of("latestPushedK", 3), path=_OF_POLICY),
    "deleteRetention": Call(path=_OF_POLICY),
    "triggerRetentionExecution": Call(201, body={"dry_run": True}, path=_OF_POLICY),
    "listRetentionExecutions": Call(path=_OF_POLICY),
    "operateRetentionExecution": Call(body={"action": "stop"}, path=_OF_POLICY),
    "listRetentionTasks": Call(path=_OF_POLICY),
    "getRetentionTaskLog": Call(path=_OF_POLICY),
    **_REGISTRIES,
    **_REPLICATION,
    "getSecuritySummary": Call(query="?with_dangerous_cve=true&with_dangerous_artifact=true"),
    "ListVulnerabilities": Call(query="?tune_count=true&with_tag=true"),
    "createScanAllSchedule": Call(201, body={"schedule": {"type": "Daily"}}),
    "updateScanAllSchedule": Call(body={"schedule": {"type": "Custom", "cron": "0 0 3 * * *"}}),
    "stopScanAll": Call(202),
    "scanArtifact": Call(202, body={"scan_type": "vulnerability"}),
    "stopScanArtifact": Call(202, body={"scan_type": "vulnerability"}),
    **_SCANNERS,
    **_EXPORTS,
    "getReportLog": Call(404, path={"report_id": "01ARZ3NDEKTSV4RRFFQ69G5FAV"}),
    "updateQuota": Call(body={"hard": {"storage": 1 << 40}}, path={"id": "{project_id}"}),
}


def call_of(operation_id: str) -> Call:
    """Get the call of an operation."""
    return _OWN.get(operation_id, Call())


def url_of(operation: Operation, project: str, member_id: int) -> str:
    """Fill the operation's path for the scene."""
    path = operation.path
    own = call_of(operation.operation_id).path
    for name, value in {**_FILLED, "mid": str(member_id), **own}.items():
        path = path.replace("{" + name + "}", value)
    path = f"{path}{call_of(operation.operation_id).query}".replace("{project}", project)
    for name, number in _NUMBERS[project].items():
        path = path.replace(name, str(number))
    return path


def body_of(operation_id: str, project: str) -> object:
    """Fill the operation's body for the scene."""
    body: object = json.loads(json.dumps(call_of(operation_id).body).replace("{project}", project))
    if not isinstance(body, dict):
        return body
    text = json.dumps(body)
    for name, number in _NUMBERS[project].items():
        text = text.replace(f'"{name}"', str(number))
    return json.loads(text)


BUILT = sorted(operation_id for operation_id, one in BY_ID.items() if one.is_built)
