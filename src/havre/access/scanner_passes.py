"""Passes: what lets a scanner that is another programme pull from one project, for the time of a scan.

It gets a secret for Basic authentication, or a token for one repository, as it asks. The secret is long and
random, so its hash needs no slow function. The principal is a robot without a row: it may pull, and it may
pull what policies keep from people (`scanner-pull`), for that is what it looks at.
"""

import hashlib
import secrets
from base64 import b64encode
from datetime import timedelta
from typing import Final

from havre.access.ports import Proof
from havre.access.robot_model import rights_of_scanner
from havre.access.scopes import Scope
from havre.access.tokens import Tokens
from havre.kernel.actor import Actor, ActorKind, Origin
from havre.kernel.clock import Clock, from_micros, to_micros
from havre.kernel.names import RepositoryName
from havre.kernel.work import Database, Row

NAME: Final = "havre$scanner"  # no account may have a name with a dollar sign
_LASTS: Final = timedelta(hours=1)
_FORGET: Final = "DELETE FROM scanner_pass WHERE expires_at < :now"


class ScannerPasses:
    """Gives passes."""

    def __init__(self, database: Database, tokens: Tokens, clock: Clock) -> None:
        self._database = database
        self._tokens = tokens
        self._clock = clock

    async def basic(self, project_id: int) -> str:
        """Give an Authorization header with a secret for a project."""
        secret, now = secrets.token_urlsafe(32), self._clock.now()
        async with self._database.write() as work:
            await work.run(_FORGET, {"now": to_micros(now)})
            await work.run(
                """INSERT INTO scanner_pass (hashed, project_id, expires_at)
                   VALUES (:hashed, :project_id, :until)""",
                {"hashed": _hashed(secret), "project_id": project_id, "until": to_micros(now + _LASTS)},
            )
        return "Basic " + b64encode(f"{NAME}:{secret}".encode()).decode()

    async def bearer(self, project_id: int, repository: RepositoryName) -> str:
        """Give an Authorization header with a token for a repository of a project."""
        actor = Actor(ActorKind.ROBOT, NAME, robot=rights_of_scanner(project_id))
        scope = Scope("repository", repository.text, frozenset({"pull"}))
        return "Bearer " + (await self._tokens.issue(actor, [scope])).token


class ScannerSecrets:
    """Knows passes again; a PasswordProvider. The seal is the hash."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    async def prove(self, username: str, password: str, _origin: Origin) -> Proof | None:
        """Check a secret; None for every other name."""
        return await self._find(_hashed(password)) if username == NAME else None

    async def still(self, proof: Proof) -> Proof | None:
        """Tell whether the pass holds."""
        return await self._find(proof.seal)

    async def _find(self, hashed: str) -> Proof | None:
        async with self._database.read() as reader:
            row = await reader.first(
                "SELECT project_id, expires_at FROM scanner_pass WHERE hashed = :hashed", {"hashed": hashed}
            )
        return (
            None if row is None or from_micros(row.expires_at) <= self._clock.now() else _proof(row, hashed)
        )


def _proof(row: Row, hashed: str) -> Proof:
    ends_at = from_micros(row.expires_at)
    actor = Actor(ActorKind.ROBOT, NAME, robot=rights_of_scanner(row.project_id, ends_at))
    return Proof(actor, hashed, ends_at)


def _hashed(secret: str) -> str:
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
