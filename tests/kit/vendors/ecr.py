"""Amazon ECR: signed actions of its API, a password for twelve hours, repositories that must be made."""

import base64
import hashlib
import hmac
import re
from dataclasses import dataclass, field

from kit.vendors.service import Asked, Reply, Vendor

_PROOF = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(?P<id>[^/]+)/(?P<scope>(?P<day>\d{8})/(?P<region>[^/]+)/ecr/aws4_request)"
    r", SignedHeaders=(?P<names>[^,]+), Signature=(?P<signature>[0-9a-f]{64})"
)


@dataclass
class Ecr(Vendor):
    """`user` and `secret` are the access key; `password` is what a login gives."""

    password: str = "for-twelve-hours"
    made: list[str] = field(default_factory=list)

    def refusal(self, asked: Asked) -> Reply | None:
        """Refuse all but the password of the last login."""
        if asked.account() == ("AWS", self.password):
            return None
        return Reply(401, None, {"WWW-Authenticate": 'Basic realm="ecr"'})

    def has_repository(self, name: str) -> bool:
        """Tell whether it was made."""
        return name in self.made

    def api(self, asked: Asked) -> Reply | None:
        """Answer an action."""
        if not self._is_signed(asked):
            return Reply(400, {"__type": "InvalidSignatureException", "message": "it does not match"})
        words = asked.json()
        action = asked.headers["x-amz-target"].removeprefix("AmazonEC2ContainerRegistry_V20150921.")
        if action == "GetAuthorizationToken":
            token = base64.b64encode(f"AWS:{self.password}".encode()).decode()
            return Reply(
                200, {"authorizationData": [{"authorizationToken": token, "proxyEndpoint": self.url}]}
            )
        if action == "DescribeRepositories":
            first = int(str(words.get("nextToken", "0")))
            more = {"nextToken": str(first + 2)} if self.made[first + 2 :] else {}
            return Reply(
                200, {"repositories": [{"repositoryName": one} for one in self.made[first:][:2]], **more}
            )
        name = str(words["repositoryName"])
        if action == "CreateRepository":
            if name in self.made:
                return Reply(400, {"__type": "RepositoryAlreadyExistsException", "message": "it is there"})
            self.made.append(name)
            return Reply(200, {})
        assert action == "BatchDeleteImage"
        if name not in self.made:
            return Reply(400, {"__type": "RepositoryNotFoundException", "message": "it is not there"})
        wanted = words["imageIds"]
        assert isinstance(wanted, list)
        gone = [one for one in wanted if self.manifests.pop((name, next(iter(one.values()))), None)]
        return Reply(200, {"imageIds": gone, "failures": []})

    def _is_signed(self, asked: Asked) -> bool:
        found = _PROOF.fullmatch(asked.headers.get("authorization", ""))
        if found is None or found["id"] != self.user:
            return False
        names = found["names"].split(";")
        canonical = f"POST\n{asked.path}\n\n"
        canonical += "".join(f"{name}:{asked.headers[name]}\n" for name in names)
        canonical += f"\n{found['names']}\n{hashlib.sha256(asked.body).hexdigest()}"
        text = (
            f"AWS4-HMAC-SHA256\n{asked.headers['x-amz-date']}\n{found['scope']}\n"
            f"{hashlib.sha256(canonical.encode()).hexdigest()}"
        )
        key = f"AWS4{self.secret}".encode()
        for part in (found["day"], found["region"], "ecr", "aws4_request"):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        return hmac.new(key, text.encode(), hashlib.sha256).hexdigest() == found["signature"]
