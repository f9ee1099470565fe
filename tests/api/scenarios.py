"""For every operation of this release: who may call it by Harbor's rules, and a call that then succeeds.

The rules are written down here once more, from Harbor's handlers and reference/harbor.md, and not taken from
operations.py or access/decide.py: what is wrong there must show. `$name` stands for what the scene knows by
that name (scene.py); a path parameter that a scenario does not fill stands for the name in PATH.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from api.scene import PASSWORD, retention_policy, rule_to

PATH: Final = {
    "project_name": "$project",
    "project_name_or_id": "$project",
    "repository_name": "team%252Fapp",
    "reference": "v1",
    "user_id": "$target_user",
    "mid": "$target_member",
    "label_id": "$label",
    "robot_id": "$robot",
    "immutable_rule_id": "$immutable_rule",
    "eid": "$retention_run",
    "tid": "1",  # the purge's task, which is none of retention's
    "group_id": "$group",
    "tag_name": "latest",
    "meta_name": "auto_scan",
    "purge_id": "$purge",
    "gc_id": "$gc",
    "id": "$quota",
    "digest": "$icon",
    "job_id": "$job",
    "job_type": "all",
    "pool_id": "all",
    "addition": "build_history",
}


@dataclass(frozen=True, slots=True)
class Scenario:
    """`needs` as in operations.py: none, login, self, system:resource:action, project:resource:action.

    `statuses` are those of a call that is allowed, any of 2xx when empty.
    """

    needs: str
    query: str = ""
    body: object = None
    path: Mapping[str, str] = field(default_factory=dict)
    statuses: tuple[int, ...] = ()


_MANUAL: Final = {"type": "Manual", "cron": ""}
_DAILY: Final = {"type": "Daily", "cron": "0 0 0 * * *"}
_PURGE: Final = {"audit_retention_hour": 24, "include_event_types": "create_artifact", "dry_run": True}
_COLLECTION: Final = {"delete_untagged": True, "dry_run": True, "workers": 2}
_RUN: Final = {"id": "$replication_run"}
_SCANNER: Final = {"registration_id": "$scanner"}
_EXPORT: Final = {"execution_id": "$export"}
_ROBOT: Final = {
    "name": "fresh",
    "level": "project",
    "duration": 7,
    "disable": False,
    "permissions": [
        {
            "kind": "project",
            "namespace": "$project",
            "access": [{"resource": "repository", "action": "pull"}],
        }
    ],
}
_RULE: Final = {
    "disabled": False,
    "action": "immutable",
    "template": "immutable_template",
    "tag_selectors": [{"kind": "doublestar", "decoration": "matches", "pattern": "frozen-*"}],
    "scope_selectors": {"repository": [{"kind": "doublestar", "decoration": "repoMatches", "pattern": "**"}]},
}

_POLICY: Final = {"id": "$retention"}

SCENARIOS: Final[Mapping[str, Scenario]] = {
    # Ldap: no directory is set up, so a search finds nothing to ask
    "searchLdapGroup": Scenario("system:ldap-user:list", "?groupname=devs", statuses=(400, 412, 500)),
    "pingLdap": Scenario(
        "system:configuration:read", body={"ldap_url": "ldap://127.0.0.1:9"}, statuses=(200, 400)
    ),
    "importLdapUser": Scenario(
        "system:ldap-user:create", body={"ldap_uid_list": ["ann"]}, statuses=(400, 404, 412)
    ),
    "searchLdapUser": Scenario("system:ldap-user:list", "?username=ann", statuses=(400, 412)),
    # Retention: the project has its policy, so that another one is refused
    "createRetention": Scenario(
        "project:tag-retention:create", body=retention_policy("$project_id"), statuses=(400,)
    ),
    "getRentenitionMetadata": Scenario("login"),
    "deleteRetention": Scenario("project:tag-retention:delete", path=_POLICY),
    "getRetention": Scenario("project:tag-retention:read", path=_POLICY),
    "updateRetention": Scenario(
        "project:tag-retention:update", body=retention_policy("$project_id", 3), path=_POLICY
    ),
    "listRetentionExecutions": Scenario("project:tag-retention:list", path=_POLICY),
    "triggerRetentionExecution": Scenario(
        "project:tag-retention:operate", body={"dry_run": True}, path=_POLICY
    ),
    "operateRetentionExecution": Scenario(
        "project:tag-retention:operate", body={"action": "stop"}, path=_POLICY
    ),
    "listRetentionTasks": Scenario("project:tag-retention:list", path=_POLICY),
    "getRetentionTaskLog": Scenario("project:tag-retention:read", path=_POLICY, statuses=(404,)),
    # SystemCVEAllowlist
    "getSystemCVEAllowlist": Scenario("login"),
    "putSystemCVEAllowlist": Scenario(
        "system:configuration:update", body={"items": [{"cve_id": "CVE-2024-1"}]}
    ),
    # artifact
    "listArtifacts": Scenario("project:artifact:list"),
    "CopyArtifact": Scenario(
        "project:artifact:create", "?from=$project/team/app:v1", path={"repository_name": "copy"}
    ),
    "deleteArtifact": Scenario("project:artifact:delete"),
    "getArtifact": Scenario("project:artifact:read"),
    "listAccessories": Scenario("project:accessory:list"),
    "getAddition": Scenario("project:artifact-addition:read"),
    "getVulnerabilitiesAddition": Scenario("project:artifact-addition:read"),
    # scan
    "scanArtifact": Scenario("project:scan:create", body={"scan_type": "vulnerability"}),
    "stopScanArtifact": Scenario("project:scan:stop", body={"scan_type": "vulnerability"}),
    "getSecuritySummary": Scenario("system:security-hub:read"),
    "ListVulnerabilities": Scenario("system:security-hub:list"),
    "getScanAllSchedule": Scenario("system:scan-all:read"),
    "createScanAllSchedule": Scenario("system:scan-all:create", body={"schedule": {"type": "Daily"}}),
    "updateScanAllSchedule": Scenario("system:scan-all:update", body={"schedule": {"type": "None"}}),
    "stopScanAll": Scenario("system:scan-all:stop"),
    "getLatestScanAllMetrics": Scenario("system:scan-all:read"),
    "getLatestScheduledScanAllMetrics": Scenario("system:scan-all:read"),
    # scanner
    "listScanners": Scenario("system:scanner:list"),
    "createScanner": Scenario("system:scanner:create", body={"name": "fresh", "url": "$adapter_url"}),
    "pingScanner": Scenario("system:scanner:read", body={"name": "fresh", "url": "$adapter_url"}),
    "deleteScanner": Scenario("system:scanner:delete", path=_SCANNER),
    "getScanner": Scenario("system:scanner:read", path=_SCANNER),
    "setScannerAsDefault": Scenario("system:scanner:update", body={"is_default": True}, path=_SCANNER),
    "updateScanner": Scenario(
        "system:scanner:update", body={"name": "renamed", "url": "$adapter_url"}, path=_SCANNER
    ),
    "getScannerMetadata": Scenario("system:scanner:read", path=_SCANNER),
    "getScannerOfProject": Scenario("project:scanner:read"),
    "setScannerOfProject": Scenario("project:scanner:create", body={"uuid": "$scanner"}),
    "listScannerCandidatesOfProject": Scenario("project:scanner:create"),
    # scan data export
    "exportScanData": Scenario("project:export-cve:create", body={"projects": ["$project_id"]}),
    "downloadScanData": Scenario(
        "self:export-cve:read", path=_EXPORT, statuses=(404,)
    ),  # no file before it ran
    "getScanDataExportExecution": Scenario("self:export-cve:read", path=_EXPORT),
    "getScanDataExportExecutionList": Scenario("login"),
    "getReportLog": Scenario("project:scan:read", path={"report_id": "none"}, statuses=(404,)),
    "addLabel": Scenario("project:artifact-label:create", body={"id": "$free_label"}),
    "removeLabel": Scenario("project:artifact-label:delete"),
    "listTags": Scenario("project:tag:list"),
    "createTag": Scenario("project:tag:create", body={"name": "fresh"}),
    "deleteTag": Scenario("project:tag:delete"),
    # auditlog
    "listAuditLogs": Scenario("login"),
    "listAuditLogExts": Scenario("login"),
    "listAuditLogEventTypes": Scenario("login"),
    # configure
    "getConfigurations": Scenario("system:configuration:read"),
    "updateConfigurations": Scenario("system:configuration:update", body={"token_expiration": 31}),
    "getInternalconfig": Scenario("system:configuration:read"),
    "getHealth": Scenario("none"),
    "getIcon": Scenario("none"),
    # immutable
    "ListImmuRules": Scenario("project:immutable-tag:list"),
    "CreateImmuRule": Scenario("project:immutable-tag:create", body=_RULE),
    "UpdateImmuRule": Scenario("project:immutable-tag:update", body=_RULE),
    "DeleteImmuRule": Scenario("project:immutable-tag:delete"),
    # jobservice
    "stopRunningJob": Scenario("system:jobservice-monitor:stop"),
    "actionGetJobLog": Scenario("system:jobservice-monitor:list"),
    "getWorkerPools": Scenario("system:jobservice-monitor:list"),
    "getWorkers": Scenario("system:jobservice-monitor:list"),
    "listJobQueues": Scenario("system:jobservice-monitor:list"),
    "actionPendingJobs": Scenario("system:jobservice-monitor:stop", body={"action": "pause"}),
    # label
    "ListLabels": Scenario("project:label:list", "?scope=p&project_id=$project_id"),
    "CreateLabel": Scenario(
        "project:label:create",
        body={"name": "fresh", "scope": "p", "project_id": "$project_id", "color": "#FF0000"},
    ),
    "DeleteLabel": Scenario("project:label:delete"),
    "GetLabelByID": Scenario("project:label:read"),
    "UpdateLabel": Scenario(
        "project:label:update", body={"name": "renamed", "scope": "p", "project_id": "$project_id"}
    ),
    # member
    "listProjectMembers": Scenario("project:member:list"),
    "createProjectMember": Scenario(
        "project:member:create", body={"role_id": 3, "member_user": {"username": "plain"}}
    ),
    "deleteProjectMember": Scenario("project:member:delete"),
    "getProjectMember": Scenario("project:member:read"),
    "updateProjectMember": Scenario("project:member:update", body={"role_id": 2}),
    "pingOIDC": Scenario(
        "system:configuration:read",
        body={"url": "http://127.0.0.1:9", "verify_cert": False},
        statuses=(200, 400),
    ),
    "getPermissions": Scenario("login"),
    "getPing": Scenario("none"),
    # project
    "listProjects": Scenario("none"),
    "headProject": Scenario("none", "?project_name=open"),
    "createProject": Scenario("login", body={"project_name": "fresh", "metadata": {"public": "false"}}),
    "deleteProject": Scenario("project:project:delete", statuses=(412,)),  # there are repositories in it
    "getProject": Scenario("project:project:read"),
    "updateProject": Scenario("project:project:update", body={"metadata": {"auto_scan": "true"}}),
    "getProjectDeletable": Scenario("project:project:delete"),
    "listArtifactsOfProject": Scenario("project:artifact:list"),
    "getProjectSummary": Scenario("project:project:read"),
    "getLogExts": Scenario("project:log:list"),
    "getLogs": Scenario("project:log:list"),
    # projectMetadata
    "listProjectMetadatas": Scenario("project:metadata:read"),
    "addProjectMetadatas": Scenario("project:metadata:create", body={"prevent_vul": "true"}),
    "deleteProjectMetadata": Scenario("project:metadata:delete"),
    "getProjectMetadata": Scenario("project:metadata:read"),
    "updateProjectMetadata": Scenario("project:metadata:update", body={"auto_scan": "true"}),
    # purge
    "getPurgeHistory": Scenario("system:purge-audit:list"),
    "getPurgeSchedule": Scenario("system:purge-audit:read"),
    "createPurgeSchedule": Scenario(
        "system:purge-audit:create", body={"schedule": _DAILY, "parameters": _PURGE}
    ),
    "updatePurgeSchedule": Scenario(
        "system:purge-audit:update", body={"schedule": _DAILY, "parameters": _PURGE}
    ),
    "getPurgeJob": Scenario("system:purge-audit:read"),
    "stopPurge": Scenario("system:purge-audit:stop"),
    "getPurgeJobLog": Scenario("system:purge-audit:read", statuses=(200, 404)),  # no log before it ran
    # gc
    "getGCHistory": Scenario("system:garbage-collection:list"),
    "getGCSchedule": Scenario("system:garbage-collection:read"),
    "createGCSchedule": Scenario(
        "system:garbage-collection:create", body={"schedule": _DAILY, "parameters": _COLLECTION}
    ),
    "updateGCSchedule": Scenario(
        "system:garbage-collection:update", body={"schedule": _DAILY, "parameters": _COLLECTION}
    ),
    "getGC": Scenario("system:garbage-collection:read"),
    "stopGC": Scenario("system:garbage-collection:stop"),
    "getGCLog": Scenario("system:garbage-collection:read", statuses=(200, 404)),  # no log before it ran
    # registry
    "listRegistries": Scenario("system:registry:list"),
    "createRegistry": Scenario(
        "system:registry:create", body={"name": "fresh", "type": "harbor", "url": "$stub_url"}
    ),
    "pingRegistry": Scenario("system:registry:read", body={"id": "$registry"}),
    "deleteRegistry": Scenario("system:registry:delete", path={"id": "$free_registry"}),
    "getRegistry": Scenario("system:registry:read", path={"id": "$registry"}),
    "updateRegistry": Scenario(
        "system:registry:update", body={"description": "told"}, path={"id": "$registry"}
    ),
    "getRegistryInfo": Scenario("system:registry:read", path={"id": "$registry"}),
    "listRegistryProviderInfos": Scenario("system:replication-adapter:list"),
    "listRegistryProviderTypes": Scenario("system:replication-adapter:list"),
    # replication
    "listReplicationExecutions": Scenario("system:replication:list"),
    "startReplication": Scenario("system:replication:create", body={"policy_id": "$policy"}),
    "getReplicationExecution": Scenario("system:replication:read", path=_RUN),
    "stopReplication": Scenario("system:replication:create", path=_RUN),
    "listReplicationTasks": Scenario("system:replication:list", path=_RUN),
    "getReplicationLog": Scenario(
        "system:replication:read",
        path={**_RUN, "task_id": "1"},
        statuses=(404,),  # no task before it ran
    ),
    "listReplicationPolicies": Scenario("system:replication-policy:list"),
    "createReplicationPolicy": Scenario(
        "system:replication-policy:create", body=rule_to("$registry", "fresh")
    ),
    "deleteReplicationPolicy": Scenario("system:replication-policy:delete", path={"id": "$idle_policy"}),
    "getReplicationPolicy": Scenario("system:replication-policy:read", path={"id": "$policy"}),
    "updateReplicationPolicy": Scenario(
        "system:replication-policy:update", body=rule_to("$registry", "renamed"), path={"id": "$policy"}
    ),
    # quota
    "listQuotas": Scenario("system:quota:list"),
    "getQuota": Scenario("system:quota:read"),
    "updateQuota": Scenario("system:quota:update", body={"hard": {"storage": 1 << 40}}),
    # repository
    "listRepositories": Scenario("project:repository:list"),
    "deleteRepository": Scenario("project:repository:delete"),
    "getRepository": Scenario("project:repository:read"),
    "updateRepository": Scenario("project:repository:update", body={"description": "told"}),
    "listAllRepositories": Scenario("none"),
    # robot
    "ListRobot": Scenario("project:robot:list", "?q=Level=project,ProjectID=$project_id"),
    "CreateRobot": Scenario("project:robot:create", body=_ROBOT),
    "DeleteRobot": Scenario("project:robot:delete"),
    "GetRobotByID": Scenario("project:robot:read"),
    "RefreshSec": Scenario("project:robot:update", body={"secret": PASSWORD}),
    "UpdateRobot": Scenario(
        "project:robot:update", body={**_ROBOT, "name": "$robot_name", "description": "told"}
    ),
    # schedule
    "listSchedules": Scenario("system:jobservice-monitor:list"),
    "getSchedulePaused": Scenario("login"),
    "search": Scenario("none", "?q=app"),
    "getStatistic": Scenario("login"),
    "getSystemInfo": Scenario("none"),
    "getCert": Scenario("none", statuses=(404,)),  # no authority of our own
    "getVolumes": Scenario("system:system-volumes:read"),
    # user
    "listUsers": Scenario("system:user:list"),
    "createUser": Scenario(
        "system:user:create", body={"username": "fresh", "password": PASSWORD, "email": "f@example.test"}
    ),
    "getCurrentUserInfo": Scenario("login"),
    "getCurrentUserPermissions": Scenario("login"),
    "searchUsers": Scenario("login", "?username=tar"),
    "deleteUser": Scenario("system:user:delete"),
    "getUser": Scenario("self:user:read"),
    "updateUserProfile": Scenario(
        "self:user:update", body={"email": "t@example.test", "realname": "T", "comment": ""}
    ),
    "setCliSecret": Scenario("self:user:update", body={"secret": PASSWORD}, statuses=(200, 412)),
    "updateUserPassword": Scenario(
        "self:user:update", body={"new_password": PASSWORD + "x", "old_password": PASSWORD}
    ),
    "setUserSysAdmin": Scenario("system:user:update", body={"sysadmin_flag": True}),
    # usergroup
    "listUserGroups": Scenario("system:user-group:list"),
    "createUserGroup": Scenario("system:user-group:create", body={"group_name": "fresh", "group_type": 3}),
    "searchUserGroups": Scenario("login", "?groupname=dev"),
    "deleteUserGroup": Scenario("system:user-group:delete"),
    "getUserGroup": Scenario("system:user-group:read"),
    "updateUserGroup": Scenario("system:user-group:update", body={"group_name": "renamed"}),
}
