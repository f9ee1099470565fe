"""Calls harborapi's methods against a server, models validated; runs in harborapi's own environment.

    python harborapi_tour.py http://host:port admin password demo

On the scene of scene.py. Prints JSON: for each method what it asked for and how it failed first, null when it
never did. A method that meets an operation which is not built fails here and is left out by the test.
"""

import asyncio
import json
import sys
from collections.abc import Awaitable
from typing import Any, cast

from harborapi import HarborAsyncClient
from harborapi.models import (
    Configurations,
    CVEAllowlist,
    CVEAllowlistItem,
    ImmutableRule,
    Label,
    LdapConf,
    OIDCTestReq,
    ProjectMember,
    ProjectMetadata,
    ProjectReq,
    QuotaUpdateReq,
    Registry,
    RegistryPing,
    RegistryUpdate,
    ReplicationFilter,
    ReplicationPolicy,
    ReplicationTrigger,
    Repository,
    ResourceList,
    RetentionPolicy,
    RobotCreate,
    ScanDataExportRequest,
    ScannerRegistrationReq,
    ScannerRegistrationSettings,
    Schedule,
    Tag,
    UserCreationReq,
    UserEntity,
    UserGroup,
    UserProfile,
)
from httpx import Request

_PASSWORD = "Harbour-Test-1"
_APP = ("team/app", "v1")
_DAILY = {
    "schedule": {"type": "Daily", "cron": "0 0 0 * * *"},
    "parameters": {"audit_retention_hour": 24, "include_event_types": "create_artifact", "dry_run": True},
}
_RULE = {
    "action": "immutable",
    "template": "immutable_template",
    "tag_selectors": [{"kind": "doublestar", "decoration": "matches", "pattern": "v*"}],
    "scope_selectors": {"repository": [{"kind": "doublestar", "decoration": "repoMatches", "pattern": "**"}]},
}
_RETENTION = {
    "algorithm": "or",
    "rules": [
        {
            "action": "retain",
            "template": "latestPushedK",
            "params": {"latestPushedK": 10},
            "tag_selectors": _RULE["tag_selectors"],
            "scope_selectors": _RULE["scope_selectors"],
        }
    ],
    "trigger": {"kind": "Schedule", "settings": {"cron": ""}, "references": {}},
}


class Tour:
    """Makes the calls and keeps what they asked for."""

    def __init__(self, url: str, username: str, password: str, project: str) -> None:
        """Prepare the client; it validates and does not try again."""
        self.project = project
        self.made: dict[str, dict[str, object]] = {}
        self._requests: list[list[str]] = []
        self.client = HarborAsyncClient(
            url=f"{url}/api/v2.0", username=username, secret=password, validate=True, retry=None
        )
        self.client.client.event_hooks["request"] = [self._note]

    async def _note(self, request: Request) -> None:
        self._requests.append([request.method, request.url.raw_path.decode().partition("?")[0]])

    async def call(self, method: str, *words: object, **more: object) -> Any:
        """Call a method once and keep how it went; None when it failed."""
        self._requests = []
        failure: str | None = None
        result = None
        made: Awaitable[object] = getattr(self.client, method)(*words, **more)
        try:
            result = await made
        except Exception as error:  # noqa: BLE001 - told to the test
            failure = f"{type(error).__name__}: {error}"
        known = self.made.setdefault(method, {"requests": [], "failure": None})
        known["requests"] = [*cast("list[object]", known["requests"]), *self._requests]
        known["failure"] = known["failure"] or failure
        return result


def _number(location: object) -> int:
    text = str(location).rpartition("/")[2] if location else ""
    return int(text) if text.isdigit() else 0


async def _instance(tour: Tour) -> None:
    for method in (
        "health_check", "ping", "get_system_info", "get_system_volume_info", "get_statistics",
        "get_permissions", "get_audit_logs", "get_cve_allowlist", "get_config", "get_quotas",
    ):  # fmt: skip
        await tour.call(method)
    await tour.call("get_system_certificate")
    await tour.call("search", "app")
    await tour.call("update_cve_allowlist", CVEAllowlist(items=[CVEAllowlistItem(cve_id="CVE-2024-1")]))
    await tour.call("update_config", Configurations(token_expiration=31))
    await tour.call("test_oidc", OIDCTestReq(url="http://127.0.0.1:9", verify_cert=False))
    await tour.call("ping_ldap", LdapConf(ldap_url="ldap://127.0.0.1:9"))
    await tour.call("search_ldap_users", "ann")
    await tour.call("search_ldap_groups", "devs")
    await tour.call("import_ldap_users", ["ann"])
    quotas = await tour.call("get_quotas")
    number = quotas[0].id if quotas else 1
    await tour.call("get_quota", number)
    await tour.call("update_quota", number, QuotaUpdateReq(hard=ResourceList({"storage": 1 << 40})))


async def _people(tour: Tour) -> None:
    await tour.call("get_users")
    await tour.call("search_users_by_username", "tar")
    await tour.call("get_user_by_username", "target")
    await tour.call("get_current_user")
    await tour.call("get_current_user_permissions")
    number = _number(
        await tour.call(
            "create_user",
            UserCreationReq(username="tourist", password=_PASSWORD, email="t@example.test", realname="T"),
        )
    )
    await tour.call("get_user", number)
    await tour.call("update_user", number, UserProfile(email="u@example.test", realname="U", comment="c"))
    await tour.call("set_user_password", number, _PASSWORD + "x")
    await tour.call("set_user_cli_secret", number, _PASSWORD)
    await tour.call("set_user_admin", number, is_admin=True)
    await tour.call("delete_user", number)
    await tour.call("get_usergroups")
    await tour.call("search_usergroups", "dev")
    group = _number(await tour.call("create_usergroup", UserGroup(group_name="tour", group_type=3)))
    await tour.call("get_usergroup", group)
    await tour.call("update_usergroup", group, UserGroup(group_name="tours", group_type=3))
    await tour.call("delete_usergroup", group)


async def _projects(tour: Tour) -> None:
    project = tour.project
    await tour.call("get_projects")
    await tour.call("project_exists", project)
    for method in ("get_project", "get_project_deletable", "get_project_summary", "get_project_logs"):
        await tour.call(method, project)
    await tour.call(
        "create_project",
        ProjectReq(project_name="tour", public=False, metadata=ProjectMetadata(public="false")),
    )
    await tour.call("update_project", "tour", ProjectReq(metadata=ProjectMetadata(auto_scan="true")))
    await tour.call("set_project_metadata", "tour", ProjectMetadata(prevent_vul="true"))
    await tour.call("get_project_metadata", "tour")
    await tour.call("get_project_metadata_entry", "tour", "auto_scan")
    await tour.call("update_project_metadata_entry", "tour", "auto_scan", ProjectMetadata(auto_scan="false"))
    await tour.call("delete_project_metadata_entry", "tour", "auto_scan")
    await tour.call("get_project_members", project)
    await tour.call(
        "add_project_member", "tour", ProjectMember(role_id=2, member_user=UserEntity(username="plain"))
    )
    await tour.call("add_project_member_user", "tour", "target", 3)
    group = _number(await tour.call("create_usergroup", UserGroup(group_name="guides", group_type=3)))
    await tour.call("add_project_member_group", "tour", group, 3)
    members = await tour.call("get_project_members", "tour")
    number = next((one.id for one in members or [] if one.entity_name == "plain"), 0)
    await tour.call("get_project_member", "tour", number)
    await tour.call("update_project_member_role", "tour", number, 4)
    await tour.call("remove_project_member", "tour", number)
    label = _number(await tour.call("create_label", Label(name="tour", scope="g", color="#00FF00")))
    await tour.call("get_labels", scope="g")
    await tour.call("get_label", label)
    await tour.call("update_label", label, Label(name="tours", scope="g"))
    await tour.call("add_artifact_label", project, *_APP, Label(id=label))
    await tour.call("delete_artifact_label", project, *_APP, label)
    await tour.call("delete_label", label)
    rule = ImmutableRule.model_validate(_RULE)
    number = _number(await tour.call("create_project_immutable_tag_rule", "tour", rule))
    await tour.call("get_project_immutable_tag_rules", "tour")
    await tour.call("update_project_immutable_tag_rule", "tour", number, rule)
    await tour.call("enable_project_immutable_tagrule", "tour", number, enabled=False)
    await tour.call("delete_project_immutable_tag_rule", "tour", number)
    await _retention(tour)
    await tour.call("delete_project", "tour")


async def _retention(tour: Tour) -> None:
    """A policy for the project "tour", and a dry run of the scene's, which has repositories."""
    await tour.call("get_retention_metadata")
    project = await tour.call("get_project", "tour")
    scope = {"level": "project", "ref": project.project_id if project else 0}
    policy = RetentionPolicy.model_validate({**_RETENTION, "scope": scope})
    await tour.call("create_retention_policy", policy)
    number = await tour.call("get_project_retention_id", "tour")
    await tour.call("get_retention_policy", number)
    await tour.call("update_retention_policy", number, policy)
    await tour.call("delete_retention_policy", number)
    number = await tour.call("get_project_retention_id", tour.project)
    run = _number(await tour.call("start_retention_execution", number, dry_run=True))
    await tour.call("get_retention_executions", number)
    task = 0
    for _ in range(100):  # a run has its task once a worker has taken it
        tasks = await tour.call("get_retention_tasks", number, run)
        if tasks:
            task = tasks[0].id
            break
        await asyncio.sleep(0.1)
    await tour.call("get_retention_execution_task_log", number, run, task)
    await tour.call("stop_retention_execution", number, run)


async def _artifacts(tour: Tour) -> None:
    project = tour.project
    await tour.call("get_repositories")
    await tour.call("get_repositories", project)
    await tour.call("get_repository", project, "team/app")
    await tour.call("update_repository", project, "team/app", Repository(description="toured"))
    found = await tour.call(
        "get_artifacts", project, "team/app", with_label=True, with_scan_overview=True, with_accessory=True
    )
    await tour.call("get_artifact", project, *_APP, with_label=True, with_scan_overview=True)
    await tour.call("get_project_artifacts", project, with_tag=True)
    await tour.call("get_artifact_tags", project, *_APP)
    await tour.call("get_artifact_accessories", project, *_APP)
    await tour.call("get_artifact_build_history", project, *_APP)
    await tour.call("scan_artifact", project, *_APP)
    await tour.call("stop_artifact_scan", project, *_APP)
    await tour.call("get_artifact_vulnerability_reports", project, *_APP)
    scanned = await tour.call("get_artifact", project, *_APP, with_scan_overview=True)
    overview = next(iter(scanned.scan_overview.root.values()))
    await tour.call("get_artifact_scan_report_log", project, *_APP, overview.report_id)
    await tour.call("create_artifact_tag", project, *_APP, Tag(name="toured"))
    await tour.call("delete_artifact_tag", project, *_APP, "toured")
    icon = found[0].icon if found else None
    await tour.call("get_icon", icon or "sha256:0")
    await tour.call("copy_artifact", project, "copied", f"{project}/team/app:v1")
    await tour.call("delete_artifact", project, "copied", "v1")
    await tour.call("delete_repository", project, "copied")


async def _robots(tour: Tour) -> None:
    await tour.call("get_robots")
    access = [{"resource": "repository", "action": "pull"}]
    wanted = RobotCreate.model_validate(
        {
            "name": "tourbot",
            "level": "project",
            "duration": 7,
            "disable": False,
            "permissions": [{"kind": "project", "namespace": tour.project, "access": access}],
        }
    )
    made = await tour.call("create_robot", wanted)
    number = made.id if made else 0
    robot = await tour.call("get_robot", number)
    if robot is not None:
        await tour.call("update_robot", number, robot.model_copy(update={"description": "toured"}))
    await tour.call("refresh_robot_secret", number, _PASSWORD)
    await tour.call("delete_robot", number)


async def _collection(tour: Tour) -> None:
    parameters = {"delete_untagged": True, "dry_run": True, "workers": 2}
    now = Schedule.model_validate({"schedule": {"type": "Manual"}, "parameters": parameters})
    daily = Schedule.model_validate({**_DAILY, "parameters": parameters})
    await tour.call("create_scan_all_schedule", now)
    await tour.call("update_scan_all_schedule", daily)
    await tour.call("get_scan_all_schedule")
    await tour.call("get_scan_all_metrics")
    await tour.call("stop_scan_all_job")
    await tour.call("create_gc_schedule", now)
    await tour.call("update_gc_schedule", daily)
    await tour.call("get_gc_schedule")
    runs = await tour.call("get_gc_jobs")
    number = runs[0].id if runs else 0
    await tour.call("get_gc_job", number)
    await tour.call("get_gc_log", number)


async def _scanners(tour: Tour) -> None:
    """A scanner beside the scene's, whose address is that one's by another name; exports."""
    known = await tour.call("get_scanners")
    url = next((str(one.url) for one in known or () if one.name == "used"), "")
    url = url.replace("127.0.0.1", "localhost")
    wanted = ScannerRegistrationReq(name="toured", url=url)
    place = await tour.call("create_scanner", wanted)
    uuid = str(place).rpartition("/")[2]
    await tour.call("get_scanner", uuid)
    await tour.call(
        "update_scanner", uuid, ScannerRegistrationReq(name="toured", url=url, description="told")
    )
    await tour.call("ping_scanner_adapter", ScannerRegistrationSettings(name="trial", url=url))
    await tour.call("get_scanner_metadata", uuid)
    await tour.call("get_project_scanner_candidates", tour.project)
    await tour.call("set_project_scanner", tour.project, uuid)
    await tour.call("get_project_scanner", tour.project)
    await tour.call("set_default_scanner", uuid)
    await tour.call("delete_scanner", uuid)
    project = await tour.call("get_project", tour.project)
    number = project.project_id if project else 0
    job = await tour.call("export_scan_data", ScanDataExportRequest(job_name="toured", projects=[number]))
    await tour.call("get_scan_exports")
    for _ in range(100):  # it is written once a worker has taken it
        shown = await tour.call("get_scan_export", job.id if job else 0)
        if shown is None or shown.file_present:
            break
        await asyncio.sleep(0.1)
    await tour.call("download_scan_export", job.id if job else 0)


async def _purge(tour: Tour) -> None:
    now = Schedule.model_validate({**_DAILY, "schedule": {"type": "Manual"}})
    daily = Schedule.model_validate(_DAILY)
    await tour.call("create_purge_job_schedule", now)
    await tour.call("update_purge_job_schedule", daily)
    await tour.call("get_purge_job_schedule")
    runs = await tour.call("get_purge_job_history")
    number = runs[0].id if runs else 0
    await tour.call("get_purge_job", number)
    await tour.call("get_purge_job_log", number)
    await tour.call("stop_purge_job", number)
    await tour.call("update_audit_log_rotation_schedule", daily)
    await tour.call("get_audit_log_rotation_schedule")
    await tour.call("get_audit_log_rotation_history")
    await tour.call("get_audit_log_rotation", number)
    await tour.call("get_audit_log_rotation_log", number)
    await tour.call("stop_audit_log_rotation", number)
    await tour.call("create_audit_log_rotation_schedule", now)


async def _replication(tour: Tour) -> None:
    """A registry beside the scene's, whose address is a stub's, and a rule to the scene's."""
    await tour.call("get_registry_adapters")
    await tour.call("get_registry_providers")
    known = await tour.call("get_registries")
    url = known[0].url if known else ""
    registry = Registry(name="toured", type="harbor", url=url)
    number = _number(await tour.call("create_registry", registry))
    await tour.call("check_registry_status", RegistryPing(id=number))
    await tour.call("get_registry", number)
    await tour.call("get_registry_info", number)
    await tour.call("update_registry", number, RegistryUpdate(description="told"))
    rule = ReplicationPolicy(
        name="toured",
        dest_registry=Registry(id=number),
        trigger=ReplicationTrigger(type="manual"),
        filters=[ReplicationFilter(type="name", value="nothing/**")],
        enabled=True,
    )
    policy = _number(await tour.call("create_replication_policy", rule))
    await tour.call("get_replication_policies")
    await tour.call("get_replication_policy", policy)
    await tour.call("update_replication_policy", policy, rule)
    rule.filters = [ReplicationFilter(type="name", value=f"{tour.project}/**")]
    await tour.call("update_replication_policy", policy, rule)
    run = _number(await tour.call("start_replication", policy))
    await tour.call("get_replications", policy_id=policy)
    await tour.call("get_replication", run)
    task = 0
    for _ in range(100):  # a run has its tasks once a worker has planned it
        tasks = await tour.call("get_replication_tasks", run)
        if tasks:
            task = tasks[0].id
            break
        await asyncio.sleep(0.1)
    await tour.call("get_replication_task_log", run, task)
    await tour.call("stop_replication", run)
    for _ in range(200):  # a rule that is under way stays
        found = await tour.call("get_replication", run)
        if found and found.status != "InProgress":
            break
        await asyncio.sleep(0.1)
    await tour.call("delete_replication_policy", policy)
    await tour.call("delete_registry", number)


async def _main(url: str, username: str, password: str, project: str) -> None:
    tour = Tour(url, username, password, project)
    for part in (
        _instance,
        _people,
        _projects,
        _artifacts,
        _robots,
        _purge,
        _collection,
        _replication,
        _scanners,
    ):
        await part(tour)
    json.dump(tour.made, sys.stdout)


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:]))
