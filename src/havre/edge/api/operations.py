"""The one table of the 203 facts of Harbor API v2.0; router, permission tests and docs/api.md derive from it.

A line of the table, under the `[tag]` of the contract:

    built  listTags  project:tag:list  -  GET  /projects/…/tags
    │      │         │                 │  └ method and path as the contract spells them
    │      │         │                 └ the event that the operation announces, - when it only reads
    │      │         └ none                     anybody
    │      │           login                    anybody who proved who they are
    │      │           self:resource:action     one's own account, or a system administrator
    │      │           system:resource:action   a system administrator
    │      │           project:resource:action  whom the role matrix lets pass (access/decide.py)
    │      └ operationId, casing as in the contract: clients are generated from it
    └ built, or the issue that brings it

Source: the contract, `harbor-api/swagger.yaml`; reference/harbor.md sections 1.2 and 2.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class PermissionScope(StrEnum):
    """Whose rights an operation asks for."""

    NONE = "none"
    LOGIN = "login"
    SELF = "self"
    SYSTEM = "system"
    PROJECT = "project"


@dataclass(frozen=True, slots=True)
class Permission:
    """What a caller needs; `resource` and `action` are empty for NONE and LOGIN."""

    scope: PermissionScope
    resource: str = ""
    action: str = ""

    def __str__(self) -> str:
        return ":".join(filter(None, (self.scope, self.resource, self.action)))


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation of the contract; `brought_by` is the issue that brings it, None when it is built."""

    operation_id: str
    method: str
    path: str
    tag: str
    permission: Permission
    event: str | None
    brought_by: int | None

    @property
    def is_built(self) -> bool:
        """Whether it is served now."""
        return self.brought_by is None

    @property
    def is_gated(self) -> bool:
        """Whether its permission can be decided before the body is read."""
        return self.operation_id not in _WITHOUT_GATE

    @property
    def is_writing(self) -> bool:
        """Whether it changes anything here: a POST may only ask another system whether it answers."""
        return self.method not in {"GET", "HEAD"} and self.operation_id not in _ONLY_ASK

    @property
    def is_held_by_read_only(self) -> bool:
        """Whether read-only mode refuses it: all that write, but those that end the mode or only try."""
        return self.method not in {"GET", "HEAD"} and self.operation_id not in _PASS_READ_ONLY


# Harbor's list: the way out of the mode, and what only asks another system whether it answers.
_ONLY_ASK: Final = frozenset(
    {"pingLdap", "pingOIDC", "pingRegistry", "pingScanner", "PingInstances", "simulateRetention"}
)
_PASS_READ_ONLY: Final = _ONLY_ASK | {"updateConfigurations", "revokeSession"}

# Open to the anonymous when the configuration says so: the use case decides alone.
_WITHOUT_GATE: Final = frozenset({"createUser"})

# What each coming release is about, for the answer of an absent operation and for docs/api.md.
RELEASES: Final = {
    9: "webhooks and preheat",
}

_TABLE: Final = """
[Ldap]
built searchLdapGroup                system:ldap-user:list               -                          GET    /ldap/groups/search
built pingLdap                       system:configuration:read           -                          POST   /ldap/ping
built importLdapUser                 system:ldap-user:create             user.created               POST   /ldap/users/import
built searchLdapUser                 system:ldap-user:list               -                          GET    /ldap/users/search
[Retention]
built createRetention                project:tag-retention:create        retention.created          POST   /retentions
built getRentenitionMetadata         login                               -                          GET    /retentions/metadatas
built deleteRetention                project:tag-retention:delete        retention.deleted          DELETE /retentions/{id}
built getRetention                   project:tag-retention:read          -                          GET    /retentions/{id}
built updateRetention                project:tag-retention:update        retention.updated          PUT    /retentions/{id}
built listRetentionExecutions        project:tag-retention:list          -                          GET    /retentions/{id}/executions
built triggerRetentionExecution      project:tag-retention:operate       retention.started          POST   /retentions/{id}/executions
built operateRetentionExecution      project:tag-retention:operate       retention.stopped          PATCH  /retentions/{id}/executions/{eid}
built listRetentionTasks             project:tag-retention:list          -                          GET    /retentions/{id}/executions/{eid}/tasks
built getRetentionTaskLog            project:tag-retention:read          -                          GET    /retentions/{id}/executions/{eid}/tasks/{tid}
[SystemCVEAllowlist]
built getSystemCVEAllowlist          login                               -                          GET    /system/CVEAllowlist
built putSystemCVEAllowlist          system:configuration:update         cve_allowlist.updated      PUT    /system/CVEAllowlist
[artifact]
built listArtifacts                  project:artifact:list               -                          GET    /projects/{project_name}/repositories/{repository_name}/artifacts
built CopyArtifact                   project:artifact:create             manifest.copied            POST   /projects/{project_name}/repositories/{repository_name}/artifacts
built deleteArtifact                 project:artifact:delete             manifest.deleted           DELETE /projects/{project_name}/repositories/{repository_name}/artifacts/{reference}
built getArtifact                    project:artifact:read               -                          GET    /projects/{project_name}/repositories/{repository_name}/artifacts/{reference}
built listAccessories                project:accessory:list              -                          GET    /projects/{project_name}/repositories/{repository_name}/artifacts/{reference}/accessories
built getVulnerabilitiesAddition     project:artifact-addition:read      -                          GET    /projects/{project_name}/repositories/{repository_name}/artifacts/{reference}/additions/vulnerabilities
built getAddition                    project:artifact-addition:read      -                          GET    /projects/{project_name}/repositories/{repository_name}/artifacts/{reference}/additions/{addition}
built addLabel                       project:artifact-label:create       artifact_label.added       POST   /projects/{project_name}/repositories/{repository_name}/artifacts/{reference}/labels
built removeLabel                    project:artifact-label:delete       artifact_label.removed     DELETE /projects/{project_name}/repositories/{repository_name}/artifacts/{reference}/labels/{label_id}
built listTags                       project:tag:list                    -                          GET    /projects/{project_name}/repositories/{repository_name}/artifacts/{reference}/tags
built createTag                      project:tag:create                  tag.created                POST   /projects/{project_name}/repositories/{repository_name}/artifacts/{reference}/tags
built deleteTag                      project:tag:delete                  tag.deleted                DELETE /projects/{project_name}/repositories/{repository_name}/artifacts/{reference}/tags/{tag_name}
[auditlog]
built listAuditLogs                  login                               -                          GET    /audit-logs
built listAuditLogExts               login                               -                          GET    /auditlog-exts
built listAuditLogEventTypes         login                               -                          GET    /auditlog-exts/events
[configure]
built getConfigurations              system:configuration:read           -                          GET    /configurations
built updateConfigurations           system:configuration:update         configuration.updated      PUT    /configurations
built getInternalconfig              system:configuration:read           -                          GET    /internalconfig
[gc]
built getGCHistory                   system:garbage-collection:list      -                          GET    /system/gc
built getGCSchedule                  system:garbage-collection:read      -                          GET    /system/gc/schedule
built createGCSchedule               system:garbage-collection:create    collection.scheduled       POST   /system/gc/schedule
built updateGCSchedule               system:garbage-collection:update    collection.scheduled       PUT    /system/gc/schedule
built getGC                          system:garbage-collection:read      -                          GET    /system/gc/{gc_id}
built stopGC                         system:garbage-collection:stop      collection.stopped         PUT    /system/gc/{gc_id}
built getGCLog                       system:garbage-collection:read      -                          GET    /system/gc/{gc_id}/log
[health]
built getHealth                      none                                -                          GET    /health
[icon]
built getIcon                        none                                -                          GET    /icons/{digest}
[immutable]
built ListImmuRules                  project:immutable-tag:list          -                          GET    /projects/{project_name_or_id}/immutabletagrules
built CreateImmuRule                 project:immutable-tag:create        immutable_rule.created     POST   /projects/{project_name_or_id}/immutabletagrules
built DeleteImmuRule                 project:immutable-tag:delete        immutable_rule.deleted     DELETE /projects/{project_name_or_id}/immutabletagrules/{immutable_rule_id}
built UpdateImmuRule                 project:immutable-tag:update        immutable_rule.updated     PUT    /projects/{project_name_or_id}/immutabletagrules/{immutable_rule_id}
[jobservice]
built stopRunningJob                 system:jobservice-monitor:stop      job.stopped                PUT    /jobservice/jobs/{job_id}
built actionGetJobLog                system:jobservice-monitor:list      -                          GET    /jobservice/jobs/{job_id}/log
built getWorkerPools                 system:jobservice-monitor:list      -                          GET    /jobservice/pools
built getWorkers                     system:jobservice-monitor:list      -                          GET    /jobservice/pools/{pool_id}/workers
built listJobQueues                  system:jobservice-monitor:list      -                          GET    /jobservice/queues
built actionPendingJobs              system:jobservice-monitor:stop      job_queue.steered          PUT    /jobservice/queues/{job_type}
[label]
built ListLabels                     project:label:list                  -                          GET    /labels
built CreateLabel                    project:label:create                label.created              POST   /labels
built DeleteLabel                    project:label:delete                label.deleted              DELETE /labels/{label_id}
built GetLabelByID                   project:label:read                  -                          GET    /labels/{label_id}
built UpdateLabel                    project:label:update                label.updated              PUT    /labels/{label_id}
[member]
built listProjectMembers             project:member:list                 -                          GET    /projects/{project_name_or_id}/members
built createProjectMember            project:member:create               member.added               POST   /projects/{project_name_or_id}/members
built deleteProjectMember            project:member:delete               member.removed             DELETE /projects/{project_name_or_id}/members/{mid}
built getProjectMember               project:member:read                 -                          GET    /projects/{project_name_or_id}/members/{mid}
built updateProjectMember            project:member:update               member.role_changed        PUT    /projects/{project_name_or_id}/members/{mid}
[oidc]
built pingOIDC                       system:configuration:read           -                          POST   /system/oidc/ping
[permissions]
built getPermissions                 login                               -                          GET    /permissions
[ping]
built getPing                        none                                -                          GET    /ping
[preheat]
#9    ListInstances                  system:preheat-instance:list        -                          GET    /p2p/preheat/instances
#9    CreateInstance                 system:preheat-instance:create      preheat_instance.created   POST   /p2p/preheat/instances
#9    PingInstances                  system:preheat-instance:read        -                          POST   /p2p/preheat/instances/ping
#9    DeleteInstance                 system:preheat-instance:delete      preheat_instance.deleted   DELETE /p2p/preheat/instances/{preheat_instance_name}
#9    GetInstance                    system:preheat-instance:read        -                          GET    /p2p/preheat/instances/{preheat_instance_name}
#9    UpdateInstance                 system:preheat-instance:update      preheat_instance.updated   PUT    /p2p/preheat/instances/{preheat_instance_name}
#9    ListProviders                  system:preheat-instance:list        -                          GET    /p2p/preheat/providers
#9    ListPolicies                   project:preheat-policy:list         -                          GET    /projects/{project_name}/preheat/policies
#9    CreatePolicy                   project:preheat-policy:create       preheat_policy.created     POST   /projects/{project_name}/preheat/policies
#9    DeletePolicy                   project:preheat-policy:delete       preheat_policy.deleted     DELETE /projects/{project_name}/preheat/policies/{preheat_policy_name}
#9    GetPolicy                      project:preheat-policy:read         -                          GET    /projects/{project_name}/preheat/policies/{preheat_policy_name}
#9    ManualPreheat                  project:preheat-policy:update       preheat.started            POST   /projects/{project_name}/preheat/policies/{preheat_policy_name}
#9    UpdatePolicy                   project:preheat-policy:update       preheat_policy.updated     PUT    /projects/{project_name}/preheat/policies/{preheat_policy_name}
#9    ListExecutions                 project:preheat-policy:read         -                          GET    /projects/{project_name}/preheat/policies/{preheat_policy_name}/executions
#9    GetExecution                   project:preheat-policy:read         -                          GET    /projects/{project_name}/preheat/policies/{preheat_policy_name}/executions/{execution_id}
#9    StopExecution                  project:preheat-policy:update       preheat.stopped            PATCH  /projects/{project_name}/preheat/policies/{preheat_policy_name}/executions/{execution_id}
#9    ListTasks                      project:preheat-policy:read         -                          GET    /projects/{project_name}/preheat/policies/{preheat_policy_name}/executions/{execution_id}/tasks
#9    GetPreheatLog                  project:preheat-policy:read         -                          GET    /projects/{project_name}/preheat/policies/{preheat_policy_name}/executions/{execution_id}/tasks/{task_id}/logs
#9    ListProvidersUnderProject      project:preheat-policy:read         -                          GET    /projects/{project_name}/preheat/providers
[project]
built listProjects                   none                                -                          GET    /projects
built headProject                    none                                -                          HEAD   /projects
built createProject                  login                               project.created            POST   /projects
built deleteProject                  project:project:delete              project.deleted            DELETE /projects/{project_name_or_id}
built getProject                     project:project:read                -                          GET    /projects/{project_name_or_id}
built updateProject                  project:project:update              project.updated            PUT    /projects/{project_name_or_id}
built getProjectDeletable            project:project:delete              -                          GET    /projects/{project_name_or_id}/_deletable
built listArtifactsOfProject         project:artifact:list               -                          GET    /projects/{project_name_or_id}/artifacts
built getScannerOfProject            project:scanner:read                -                          GET    /projects/{project_name_or_id}/scanner
built setScannerOfProject            project:scanner:create              project.scanner_set        PUT    /projects/{project_name_or_id}/scanner
built listScannerCandidatesOfProject project:scanner:create              -                          GET    /projects/{project_name_or_id}/scanner/candidates
built getProjectSummary              project:project:read                -                          GET    /projects/{project_name_or_id}/summary
built getLogExts                     project:log:list                    -                          GET    /projects/{project_name}/auditlog-exts
built getLogs                        project:log:list                    -                          GET    /projects/{project_name}/logs
[projectMetadata]
built listProjectMetadatas           project:metadata:read               -                          GET    /projects/{project_name_or_id}/metadatas/
built addProjectMetadatas            project:metadata:create             project.updated            POST   /projects/{project_name_or_id}/metadatas/
built deleteProjectMetadata          project:metadata:delete             project.updated            DELETE /projects/{project_name_or_id}/metadatas/{meta_name}
built getProjectMetadata             project:metadata:read               -                          GET    /projects/{project_name_or_id}/metadatas/{meta_name}
built updateProjectMetadata          project:metadata:update             project.updated            PUT    /projects/{project_name_or_id}/metadatas/{meta_name}
[purge]
built getPurgeHistory                system:purge-audit:list             -                          GET    /system/purgeaudit
built getPurgeSchedule               system:purge-audit:read             -                          GET    /system/purgeaudit/schedule
built createPurgeSchedule            system:purge-audit:create           audit_purge.scheduled      POST   /system/purgeaudit/schedule
built updatePurgeSchedule            system:purge-audit:update           audit_purge.scheduled      PUT    /system/purgeaudit/schedule
built getPurgeJob                    system:purge-audit:read             -                          GET    /system/purgeaudit/{purge_id}
built stopPurge                      system:purge-audit:stop             audit_purge.stopped        PUT    /system/purgeaudit/{purge_id}
built getPurgeJobLog                 system:purge-audit:read             -                          GET    /system/purgeaudit/{purge_id}/log
[quota]
built listQuotas                     system:quota:list                   -                          GET    /quotas
built getQuota                       system:quota:read                   -                          GET    /quotas/{id}
built updateQuota                    system:quota:update                 quota.updated              PUT    /quotas/{id}
[registry]
built listRegistries                 system:registry:list                -                          GET    /registries
built createRegistry                 system:registry:create              registry.created           POST   /registries
built pingRegistry                   system:registry:read                -                          POST   /registries/ping
built deleteRegistry                 system:registry:delete              registry.deleted           DELETE /registries/{id}
built getRegistry                    system:registry:read                -                          GET    /registries/{id}
built updateRegistry                 system:registry:update              registry.updated           PUT    /registries/{id}
built getRegistryInfo                system:registry:read                -                          GET    /registries/{id}/info
built listRegistryProviderInfos      system:replication-adapter:list     -                          GET    /replication/adapterinfos
built listRegistryProviderTypes      system:replication-adapter:list     -                          GET    /replication/adapters
[replication]
built listReplicationExecutions      system:replication:list             -                          GET    /replication/executions
built startReplication               system:replication:create           replication.started        POST   /replication/executions
built getReplicationExecution        system:replication:read             -                          GET    /replication/executions/{id}
built stopReplication                system:replication:create           replication.stopped        PUT    /replication/executions/{id}
built listReplicationTasks           system:replication:list             -                          GET    /replication/executions/{id}/tasks
built getReplicationLog              system:replication:read             -                          GET    /replication/executions/{id}/tasks/{task_id}/log
built listReplicationPolicies        system:replication-policy:list      -                          GET    /replication/policies
built createReplicationPolicy        system:replication-policy:create    replication_policy.created POST   /replication/policies
built deleteReplicationPolicy        system:replication-policy:delete    replication_policy.deleted DELETE /replication/policies/{id}
built getReplicationPolicy           system:replication-policy:read      -                          GET    /replication/policies/{id}
built updateReplicationPolicy        system:replication-policy:update    replication_policy.updated PUT    /replication/policies/{id}
[repository]
built listRepositories               project:repository:list             -                          GET    /projects/{project_name}/repositories
built deleteRepository               project:repository:delete           repository.deleted         DELETE /projects/{project_name}/repositories/{repository_name}
built getRepository                  project:repository:read             -                          GET    /projects/{project_name}/repositories/{repository_name}
built updateRepository               project:repository:update           repository.updated         PUT    /projects/{project_name}/repositories/{repository_name}
built listAllRepositories            none                                -                          GET    /repositories
[robot]
built ListRobot                      project:robot:list                  -                          GET    /robots
built CreateRobot                    project:robot:create                robot.created              POST   /robots
built DeleteRobot                    project:robot:delete                robot.deleted              DELETE /robots/{robot_id}
built GetRobotByID                   project:robot:read                  -                          GET    /robots/{robot_id}
built RefreshSec                     project:robot:update                robot.secret_changed       PATCH  /robots/{robot_id}
built UpdateRobot                    project:robot:update                robot.updated              PUT    /robots/{robot_id}
[scan]
built scanArtifact                   project:scan:create                 scan.started               POST   /projects/{project_name}/repositories/{repository_name}/artifacts/{reference}/scan
built stopScanArtifact               project:scan:stop                   scan.stopped               POST   /projects/{project_name}/repositories/{repository_name}/artifacts/{reference}/scan/stop
built getReportLog                   project:scan:read                   -                          GET    /projects/{project_name}/repositories/{repository_name}/artifacts/{reference}/scan/{report_id}/log
[scan data export]
built exportScanData                 project:export-cve:create           cve_export.started         POST   /export/cve
built downloadScanData               self:export-cve:read                -                          GET    /export/cve/download/{execution_id}
built getScanDataExportExecution     self:export-cve:read                -                          GET    /export/cve/execution/{execution_id}
built getScanDataExportExecutionList login                               -                          GET    /export/cve/executions
[scanAll]
built getLatestScanAllMetrics        system:scan-all:read                -                          GET    /scans/all/metrics
built getLatestScheduledScanAllMetrics system:scan-all:read                -                          GET    /scans/schedule/metrics
built getScanAllSchedule             system:scan-all:read                -                          GET    /system/scanAll/schedule
built createScanAllSchedule          system:scan-all:create              scan_all.scheduled         POST   /system/scanAll/schedule
built updateScanAllSchedule          system:scan-all:update              scan_all.scheduled         PUT    /system/scanAll/schedule
built stopScanAll                    system:scan-all:stop                scan_all.stopped           POST   /system/scanAll/stop
[scanner]
built listScanners                   system:scanner:list                 -                          GET    /scanners
built createScanner                  system:scanner:create               scanner.created            POST   /scanners
built pingScanner                    system:scanner:read                 -                          POST   /scanners/ping
built deleteScanner                  system:scanner:delete               scanner.deleted            DELETE /scanners/{registration_id}
built getScanner                     system:scanner:read                 -                          GET    /scanners/{registration_id}
built setScannerAsDefault            system:scanner:update               scanner.updated            PATCH  /scanners/{registration_id}
built updateScanner                  system:scanner:update               scanner.updated            PUT    /scanners/{registration_id}
built getScannerMetadata             system:scanner:read                 -                          GET    /scanners/{registration_id}/metadata
[schedule]
built listSchedules                  system:jobservice-monitor:list      -                          GET    /schedules
built getSchedulePaused              login                               -                          GET    /schedules/{job_type}/paused
[search]
built search                         none                                -                          GET    /search
[securityhub]
built getSecuritySummary             system:security-hub:read            -                          GET    /security/summary
built ListVulnerabilities            system:security-hub:list            -                          GET    /security/vul
[statistic]
built getStatistic                   login                               -                          GET    /statistics
[systeminfo]
built getSystemInfo                  none                                -                          GET    /systeminfo
built getCert                        none                                -                          GET    /systeminfo/getcert
built getVolumes                     system:system-volumes:read          -                          GET    /systeminfo/volumes
[user]
built listUsers                      system:user:list                    -                          GET    /users
built createUser                     system:user:create                  user.created               POST   /users
built getCurrentUserInfo             login                               -                          GET    /users/current
built getCurrentUserPermissions      login                               -                          GET    /users/current/permissions
built searchUsers                    login                               -                          GET    /users/search
built deleteUser                     system:user:delete                  user.deleted               DELETE /users/{user_id}
built getUser                        self:user:read                      -                          GET    /users/{user_id}
built updateUserProfile              self:user:update                    user.updated               PUT    /users/{user_id}
built setCliSecret                   self:user:update                    user.cli_secret_changed    PUT    /users/{user_id}/cli_secret
built updateUserPassword             self:user:update                    user.password_changed      PUT    /users/{user_id}/password
built setUserSysAdmin                system:user:update                  user.admin_changed         PUT    /users/{user_id}/sysadmin
[usergroup]
built listUserGroups                 system:user-group:list              -                          GET    /usergroups
built createUserGroup                system:user-group:create            user_group.created         POST   /usergroups
built searchUserGroups               login                               -                          GET    /usergroups/search
built deleteUserGroup                system:user-group:delete            user_group.deleted         DELETE /usergroups/{group_id}
built getUserGroup                   system:user-group:read              -                          GET    /usergroups/{group_id}
built updateUserGroup                system:user-group:update            user_group.updated         PUT    /usergroups/{group_id}
[webhook]
#9    GetSupportedEventTypes         project:notification-policy:read    -                          GET    /projects/{project_name_or_id}/webhook/events
#9    LastTrigger                    project:notification-policy:read    -                          GET    /projects/{project_name_or_id}/webhook/lasttrigger
#9    ListWebhookPoliciesOfProject   project:notification-policy:list    -                          GET    /projects/{project_name_or_id}/webhook/policies
#9    CreateWebhookPolicyOfProject   project:notification-policy:create  webhook_policy.created     POST   /projects/{project_name_or_id}/webhook/policies
#9    DeleteWebhookPolicyOfProject   project:notification-policy:delete  webhook_policy.deleted     DELETE /projects/{project_name_or_id}/webhook/policies/{webhook_policy_id}
#9    GetWebhookPolicyOfProject      project:notification-policy:read    -                          GET    /projects/{project_name_or_id}/webhook/policies/{webhook_policy_id}
#9    UpdateWebhookPolicyOfProject   project:notification-policy:update  webhook_policy.updated     PUT    /projects/{project_name_or_id}/webhook/policies/{webhook_policy_id}
#9    ListExecutionsOfWebhookPolicy  project:notification-policy:read    -                          GET    /projects/{project_name_or_id}/webhook/policies/{webhook_policy_id}/executions
#9    ListTasksOfWebhookExecution    project:notification-policy:read    -                          GET    /projects/{project_name_or_id}/webhook/policies/{webhook_policy_id}/executions/{execution_id}/tasks
#9    GetLogsOfWebhookTask           project:notification-policy:read    -                          GET    /projects/{project_name_or_id}/webhook/policies/{webhook_policy_id}/executions/{execution_id}/tasks/{task_id}/log
[webhookjob]
#9    ListWebhookJobs                project:notification-policy:read    -                          GET    /projects/{project_name_or_id}/webhook/jobs
"""  # noqa: E501 - one operation, one line


def read_table(text: str) -> Iterator[Operation]:
    """Read the lines of a table as the docstring of this module describes them."""
    tag = ""
    for line in text.strip().splitlines():
        if line.startswith("["):
            tag = line[1:-1]
            continue
        status, operation_id, permission, event, method, path = line.split()
        yield Operation(
            operation_id=operation_id,
            method=method,
            path=path,
            tag=tag,
            permission=_read_permission(permission),
            event=None if event == "-" else event,
            brought_by=None if status == "built" else int(status.removeprefix("#")),
        )


def _read_permission(text: str) -> Permission:
    scope, *rest = text.split(":")
    return Permission(PermissionScope(scope), *rest)


OPERATIONS: Final[Sequence[Operation]] = tuple(read_table(_TABLE))
BY_ID: Final = {operation.operation_id: operation for operation in OPERATIONS}
