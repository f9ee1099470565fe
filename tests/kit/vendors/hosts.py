"""Docker Hub, GitHub, GitLab, Quay, Artifactory: their lists and deletions as they are documented."""

import re
from dataclasses import dataclass, field

from kit.vendors.service import Asked, Reply, Vendor, page_of


@dataclass
class DockerHub(Vendor):
    """A login gives a token; the registry deletes nothing, the API tags."""

    names: dict[str, list[str]] = field(default_factory=dict)
    logins: int = 0

    def is_api(self, asked: Asked) -> bool:
        """Its API is below /v2/ too."""
        return bool(re.match(r"/v2/(auth/token$|namespaces/|repositories/)", asked.path))

    def api(self, asked: Asked) -> Reply | None:
        """Answer its API."""
        if asked.path == "/v2/auth/token":
            if asked.json() != {"identifier": self.user, "secret": self.secret}:
                return Reply(401, {"detail": "Incorrect authentication credentials"})
            self.logins += 1
            return Reply(200, {"access_token": "a-jwt"})
        knows = asked.headers.get("authorization") == "Bearer a-jwt"
        if asked.path == "/v2/repositories/namespaces/":
            return Reply(200, {"namespaces": list(self.names)}) if knows else Reply(401)
        found = re.fullmatch(r"/v2/namespaces/([^/]+)/repositories", asked.path)
        if found:
            listed: list[object] = [
                {"name": name, "namespace": found[1]} for name in self.names.get(found[1], [])
            ]
            page = page_of(listed, asked, "page_size")
            is_last = not page or page[-1] is listed[-1]
            return Reply(200, {"next": None if is_last else "more", "results": page})
        found = re.fullmatch(r"/v2/repositories/(.+)/tags/([^/]+)/", asked.path)
        if found and asked.method == "DELETE":
            if not knows:
                return Reply(401)
            return Reply(204 if self.manifests.pop((found[1], found[2]), None) else 404)
        return None


@dataclass
class GitHub(Vendor):
    """Organizations and people have packages; each list answers 404 for the other sort."""

    orgs: dict[str, list[str]] = field(default_factory=dict)
    users: dict[str, list[str]] = field(default_factory=dict)

    def api(self, asked: Asked) -> Reply | None:
        """Answer its API."""
        if asked.account() != (self.user, self.secret):
            return Reply(401, {"message": "Bad credentials"})
        found = re.fullmatch(r"/(orgs|users)/([^/]+)/packages", asked.path)
        owned = (self.orgs if found and found[1] == "orgs" else self.users).get(found[2]) if found else None
        if owned is None or asked.query.get("package_type") != "container":
            return Reply(404, {"message": "Not Found"})
        return Reply(200, page_of([{"name": name} for name in owned], asked))


@dataclass
class GitLab(Vendor):
    """Tokens come from GitLab, whose API lists the registries of a member's projects."""

    projects: dict[str, list[str]] = field(default_factory=dict)

    def refusal(self, asked: Asked) -> Reply | None:
        """Ask for a token from its own realm."""
        if asked.headers.get("authorization") == "Bearer a-token":
            return None
        challenge = f'Bearer realm="{self.url}/jwt/auth",service="container_registry"'
        return Reply(401, {"errors": []}, {"WWW-Authenticate": challenge})

    def api(self, asked: Asked) -> Reply | None:
        """Answer its API, and give tokens for the registry."""
        if asked.path == "/jwt/auth":
            is_known = asked.account() == (self.user, self.secret)
            return Reply(200, {"token": "a-token"}) if is_known else Reply(401)
        if asked.headers.get("authorization") != f"Bearer {self.secret}":
            return Reply(401, {"message": "401 Unauthorized"})
        paths = list(self.projects)
        if asked.path == "/api/v4/projects" and asked.query.get("membership") == "true":
            listed: list[object] = [
                {"id": number, "path_with_namespace": path} for number, path in enumerate(paths)
            ]
            return Reply(200, page_of(listed, asked))
        found = re.fullmatch(r"/api/v4/projects/(\d+)/registry/repositories", asked.path)
        if found:
            path = paths[int(found[1])]
            images: list[object] = [
                {"path": f"{path}/{one}".rstrip("/").lower()} for one in self.projects[path]
            ]
            return Reply(200, page_of(images, asked))
        return None


@dataclass
class Quay(Vendor):
    """The API lists what is public to anybody, the rest to a token; a robot's password it refuses."""

    token: str = "opens"
    public: list[str] = field(default_factory=list)
    private: list[str] = field(default_factory=list)

    def api(self, asked: Asked) -> Reply | None:
        """Answer its API."""
        proof = asked.headers.get("authorization", "")
        if proof not in ("", f"Bearer {self.token}"):
            return Reply(401, {"error_message": "Invalid bearer token format"})
        if asked.path == "/api/v1/repository":
            names = self.public + (self.private if proof else [])
            if not proof and asked.query.get("public") != "true":
                return Reply(400, {"error_message": "namespace is required"})
            first = int(asked.query.get("next_page", "0"))
            page = [{"namespace": asked.query["namespace"], "name": name} for name in names[first:][:100]]
            more = {"next_page": str(first + 100)} if names[first + 100 :] else {}
            return Reply(200, {"repositories": page, **more})
        found = re.fullmatch(r"/api/v1/repository/(.+)/tag/([^/]+)", asked.path)
        if found and asked.method == "DELETE":
            if not proof:
                return Reply(401)
            return Reply(204 if self.manifests.pop((found[1], found[2]), None) else 404)
        return None


@dataclass
class Artifactory(Vendor):
    """Docker repositories have keys and catalogs; what is pushed to a key that is not there is refused."""

    keys: dict[str, list[str]] = field(default_factory=dict)

    def has_repository(self, name: str) -> bool:
        """Tell whether the key is there."""
        return name.partition("/")[0] in self.keys

    def api(self, asked: Asked) -> Reply | None:
        """Answer its API."""
        if asked.account() != (self.user, self.secret):
            return Reply(401, {"errors": [{"status": 401, "message": "Bad credentials"}]})
        if asked.path == "/artifactory/api/repositories":
            return Reply(200, [{"key": key, "packageType": "Docker", "type": "LOCAL"} for key in self.keys])
        found = re.fullmatch(r"/artifactory/api/repositories/([^/]+)", asked.path)
        if found and asked.method == "PUT":
            assert asked.json() == {"key": found[1], "rclass": "local", "packageType": "docker"}
            self.keys[found[1]] = []
            return Reply(200, None)
        found = re.fullmatch(r"/artifactory/api/docker/([^/]+)/v2/_catalog", asked.path)
        if found:
            return Reply(200, {"repositories": self.keys[found[1]]})
        return None
