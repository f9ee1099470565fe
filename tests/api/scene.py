"""The people, projects and things that the tests of the platform API act on, made through the doors alone.

demo (private), open (public): a member for each role, and `target` as a guest; a label `ours` on
    team/app:v1 and one that is free; a robot `bot`; an immutable tag rule for kept-*; a
    retention policy with a dry run
{demo,open}/team/app           an image tagged v1 and latest
a scanner `used` that is another programme, an export of each project that did not run
registries free and used at a stub, rules policy (with a run) and idle_policy to used
beside them: users target and plain, a user group, one purge and one collection that wait
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import httpx

from kit.registries import stub_url
from kit.scanner_adapter import REPORT, adapter_url

PASSWORD: Final = "Harbour-Test-1"
ROLES: Final = {"projectAdmin": 1, "maintainer": 4, "developer": 2, "guest": 3, "limitedGuest": 5}
PROJECTS: Final = ("demo", "open")
_CONFIG: Final = {
    "architecture": "amd64",
    "os": "linux",
    "config": {"Cmd": ["/app"]},
    "rootfs": {"type": "layers", "diff_ids": []},
    "history": [{"created": "2024-01-01T00:00:00Z", "created_by": "COPY app /"}],
}


@dataclass
class Scene:
    """What was made: names of each project, by which scenarios find it."""

    names: dict[str, dict[str, object]] = field(default_factory=dict)

    def fill(self, project: str, value: object) -> object:
        """Put what the scene knows in place of every `$name`."""
        known = self.names[project]
        if isinstance(value, Mapping):
            return {key: self.fill(project, one) for key, one in value.items()}
        if isinstance(value, list):
            return [self.fill(project, one) for one in value]
        if not isinstance(value, str):
            return value
        if value.startswith("$") and value[1:] in known:
            return known[value[1:]]
        for name in sorted(known, key=len, reverse=True):
            value = value.replace(f"${name}", str(known[name]))
        return value


async def furnish(client: httpx.AsyncClient) -> Scene:
    """Make the scene through a client that is the administrator; what is not built yet is left out."""
    scene = Scene()
    shared: dict[str, object] = {}
    for name in (*ROLES, "target", "plain"):
        shared[f"{name}_user"] = await _create(
            client, "users", {"username": name, "password": PASSWORD, "email": f"{name}@example.test"}
        )
    shared["group"] = await _create(client, "usergroups", {"group_name": "devs", "group_type": 3})
    for project in PROJECTS:
        scene.names[project] = {**shared, **await _furnish_project(client, project)}
    purge = {
        "schedule": {"type": "Manual"},
        "parameters": {"audit_retention_hour": 24, "include_event_types": "create_artifact", "dry_run": True},
    }
    await client.post("/api/v2.0/system/purgeaudit/schedule", json=purge)
    collection = {"schedule": {"type": "Manual"}, "parameters": {"dry_run": True}}
    await client.post("/api/v2.0/system/gc/schedule", json=collection)
    for names in scene.names.values():
        names["retention_run"] = await _create(
            client, f"retentions/{names['retention']}/executions", {"dry_run": True}
        )
    replication = await _furnish_replication(client)
    scanner = {"name": "used", "url": adapter_url()}
    for names in scene.names.values():
        names.update(replication)
        names["adapter_url"] = adapter_url().replace("127.0.0.1", "localhost")
        names["export"] = await _export(client, names["project_id"])
    uuid = await _create(client, "scanners", scanner)
    for names in scene.names.values():
        names["scanner"] = uuid
    found = {
        "purge": await _first(client, "system/purgeaudit", "id"),
        "gc": await _first(client, "system/gc", "id"),
        "job": 1,  # the purge's task is the first job of the database
    }
    for names in scene.names.values():
        names.update({key: value for key, value in found.items() if value is not None})
    return scene


async def _furnish_replication(client: httpx.AsyncClient) -> dict[str, object]:
    """Make a registry that nothing uses, one with a rule that has a run, and a rule without."""
    body = {"type": "harbor", "url": stub_url()}
    names: dict[str, object] = {"stub_url": stub_url()}
    names["free_registry"] = await _create(client, "registries", {**body, "name": "free"})
    names["registry"] = await _create(client, "registries", {**body, "name": "used"})
    for key in ("policy", "idle_policy"):
        names[key] = await _create(client, "replication/policies", rule_to(names["registry"], key))
    started = {"policy_id": names["policy"]}
    names["replication_run"] = await _create(client, "replication/executions", started)
    return names


async def _export(client: httpx.AsyncClient, project_id: object) -> int:
    answer = await client.post(
        "/api/v2.0/export/cve", json={"projects": [project_id]}, headers={"X-Scan-Data-Type": REPORT}
    )
    number: int = answer.json()["id"]
    return number


def rule_to(registry: object, name: str) -> dict[str, object]:
    """Make a rule of replication that is about nothing."""
    return {
        "name": name,
        "dest_registry": {"id": registry},
        "filters": [{"type": "name", "value": "nothing/**"}],
        "trigger": {"type": "manual"},
        "enabled": True,
    }


async def _furnish_project(client: httpx.AsyncClient, project: str) -> dict[str, object]:
    number = await _create(
        client,
        "projects",
        {
            "project_name": project,
            "metadata": {"public": str(project == "open").lower(), "auto_scan": "true"},
        },
    )
    members = {
        name: await _create(
            client, f"projects/{project}/members", {"role_id": role, "member_user": {"username": name}}
        )
        for name, role in {**ROLES, "target": ROLES["guest"]}.items()
    }
    names: dict[str, object] = {"project": project, "project_id": number, "target_member": members["target"]}
    for key, label in (("label", "ours"), ("free_label", "free")):
        body = {"name": label, "scope": "p", "project_id": number, "color": "#00FF00"}
        names[key] = await _create(client, "labels", body)
    await push_image(client, f"{project}/team/app", ("v1", "latest"))
    artifact = await client.get(f"/api/v2.0/projects/{project}/repositories/team%252Fapp/artifacts/v1")
    names["icon"] = artifact.json().get("icon")
    await client.post(
        f"/api/v2.0/projects/{project}/repositories/team%252Fapp/artifacts/v1/labels",
        json={"id": names["label"]},
    )
    robot = {
        "name": "bot",
        "level": "project",
        "duration": 7,
        "permissions": [
            {
                "kind": "project",
                "namespace": project,
                "access": [{"resource": "repository", "action": "pull"}],
            }
        ],
    }
    names["robot"] = await _create(client, "robots", robot)
    names["robot_name"] = f"robot${project}+bot"
    rule = {
        "tag_selectors": [{"kind": "doublestar", "decoration": "matches", "pattern": "kept-*"}],
        "scope_selectors": {
            "repository": [{"kind": "doublestar", "decoration": "repoMatches", "pattern": "**"}]
        },
    }
    names["immutable_rule"] = await _create(client, f"projects/{project}/immutabletagrules", rule)
    names["retention"] = await _create(client, "retentions", retention_policy(number))
    quotas = await client.get("/api/v2.0/quotas", params={"reference": "project", "page_size": 100})
    if quotas.status_code == 200:
        names["quota"] = next(one["id"] for one in quotas.json() if one["ref"]["id"] == number)
    return names


def retention_policy(project_id: object, number: int = 10) -> dict[str, object]:
    """Make a policy that keeps the artifacts pushed last."""
    rule = {
        "template": "latestPushedK",
        "params": {"latestPushedK": number},
        "tag_selectors": [{"kind": "doublestar", "decoration": "matches", "pattern": "**"}],
        "scope_selectors": {
            "repository": [{"kind": "doublestar", "decoration": "repoMatches", "pattern": "**"}]
        },
    }
    return {
        "algorithm": "or",
        "rules": [rule],
        "trigger": {"kind": "Schedule", "settings": {"cron": ""}},
        "scope": {"level": "project", "ref": project_id},
    }


async def push_image(
    client: httpx.AsyncClient, repository: str, tags: tuple[str, ...], seed: str = ""
) -> str:
    """Push a small image under tags and return its digest."""
    config = json.dumps({**_CONFIG, "author": seed}).encode()
    layer = f"layer of {repository}{seed}".encode()
    manifest = json.dumps(
        {
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": _descriptor(config, "application/vnd.oci.image.config.v1+json"),
            "layers": [_descriptor(layer, "application/vnd.oci.image.layer.v1.tar")],
        }
    ).encode()
    for blob in (config, layer):
        opened = await client.post(f"/v2/{repository}/blobs/uploads/")
        assert opened.status_code == 202, opened.text
        put = await client.put(opened.headers["location"], params={"digest": _digest(blob)}, content=blob)
        assert put.status_code == 201, put.text
    for tag in tags:
        answer = await client.put(
            f"/v2/{repository}/manifests/{tag}",
            content=manifest,
            headers={"Content-Type": "application/vnd.oci.image.manifest.v1+json"},
        )
        assert answer.status_code == 201, answer.text
    return _digest(manifest)


def _digest(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _descriptor(content: bytes, media_type: str) -> dict[str, object]:
    return {"mediaType": media_type, "digest": _digest(content), "size": len(content)}


async def _create(client: httpx.AsyncClient, where: str, body: Mapping[str, object]) -> object:
    """Create something and return its number or uuid; None when the operation is not built yet."""
    answer = await client.post(f"/api/v2.0/{where}", json=body)
    if answer.status_code == 501:
        return None
    assert answer.status_code == 201, f"POST {where}: {answer.status_code} {answer.text}"
    if answer.content:
        return answer.json()["id"]
    name = answer.headers["location"].rpartition("/")[2]
    return int(name) if name.isdigit() else name


async def _first(client: httpx.AsyncClient, where: str, key: str) -> object:
    answer = await client.get(f"/api/v2.0/{where}")
    rows = answer.json() if answer.status_code == 200 else []
    return rows[0][key] if rows else None
