"""Registry tokens: issued for scopes, verified quickly, never worth more than their owner is now.

A verified token is kept by its exact text together with the epoch of rights it was checked at. When
people, members or projects changed since (the epoch moved: one hot read a request), its grants are
intersected with the owner's present rights again.

Source: distribution `docs/content/spec/auth/jwt.md`.
"""

import secrets
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import msgspec
from joserfc import jws
from joserfc.errors import JoseError

from havre.access import robot_store, store
from havre.access.errors import TokenInvalid
from havre.access.keys import ALGORITHM, LEEWAY_S, LONGEST_TOKEN_S, KeyRing
from havre.access.ports import KeyWrapper, RulesNow, default_rules
from havre.access.rights import Owner, present_rights
from havre.access.robot_model import rights_of_robot, rights_of_scanner
from havre.access.scopes import CATALOG, Scope, ordered
from havre.access.settings import AccessSettings
from havre.kernel.actor import Actor, ActorKind, Grants, Origin, RobotRights
from havre.kernel.clock import Clock
from havre.kernel.work import Database

AUDIENCE: Final = "harbor-registry"  # the service's name: tools send it, Harbor's clients compare it
_LONGEST: Final = 32_768  # a longer Authorization header would not pass the HTTP parser anyway
_MOST_VERIFIED: Final = 8192
_NOT_READ: Final = -1  # no epoch: the rights behind a token are read at its first use


class _Access(msgspec.Struct, frozen=True):
    type: str
    name: str
    actions: list[str]


class _Claims(msgspec.Struct, frozen=True):
    iss: str
    sub: str
    aud: str
    exp: int
    nbf: int
    iat: int
    jti: str
    access: list[_Access]
    # Ours: the owner's number (a name may be given again) and the epoch the rights were read at.
    uid: int | None
    adm: bool
    epoch: int
    rob: int | None = None  # the number of a robot
    scn: int | None = None  # the project that a scanner may pull from (scanner_passes.py)


_DECODER: Final = msgspec.json.Decoder(_Claims)


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A fresh token and what the client is told about it."""

    token: str
    expires_in_s: int
    issued_at: datetime
    granted: Sequence[Scope]


@dataclass(slots=True)
class _Verified:
    kind: ActorKind
    username: str
    owner: Owner
    asked: Grants
    grants: Grants
    not_before: int
    expires: int
    epoch: int


class Tokens:
    """Issues and verifies registry tokens."""

    def __init__(
        self,
        database: Database,
        wrapper: KeyWrapper,
        clock: Clock,
        settings: AccessSettings,
        rules: RulesNow = default_rules,
    ) -> None:
        self._database = database
        self._clock = clock
        self._keys = KeyRing(database, wrapper, clock, settings)
        self._rules = rules
        self._issuer = settings.token_issuer
        self._verified: OrderedDict[str, _Verified] = OrderedDict()

    async def issue(self, actor: Actor, scopes: Sequence[Scope]) -> IssuedToken:
        """Make a token for `actor` with what it may do of `scopes`; less than asked is no error."""
        epoch = await store.epoch(self._database)  # before the rights: a change in between is seen later
        granted = await self._grant(actor, scopes)
        now = self._clock.now()
        seconds = int(now.timestamp())
        expiry_s = await self._life_s(actor, now)
        claims = _Claims(
            iss=self._issuer,
            sub=actor.name,
            aud=AUDIENCE,
            exp=seconds + expiry_s,
            nbf=seconds,
            iat=seconds,
            jti=secrets.token_urlsafe(16),
            access=[_Access(scope.type, scope.name, ordered(scope.actions)) for scope in granted],
            uid=actor.user_id,
            adm=actor.is_admin,
            epoch=epoch,
            rob=None if actor.robot is None else actor.robot.robot_id,
            scn=_scanned_project(actor.robot),
        )
        key_id, key = await self._keys.current()
        header = {"alg": ALGORITHM, "typ": "JWT", "kid": key_id}
        token = jws.serialize_compact(header, msgspec.json.encode(claims), key, [ALGORITHM])
        return IssuedToken(token, expiry_s, now, granted)

    async def _life_s(self, actor: Actor, now: datetime) -> int:
        """Tell how long a token lives: no longer than its robot."""
        expiry_s = min((await self._rules()).token_expiry_s, LONGEST_TOKEN_S)
        expires_at = None if actor.robot is None else actor.robot.expires_at
        if expires_at is None:
            return expiry_s
        return min(expiry_s, max(0, int((expires_at - now).total_seconds())))

    async def _grant(self, actor: Actor, scopes: Sequence[Scope]) -> Sequence[Scope]:
        wanted = {scope.name: scope.actions for scope in scopes if scope.type == "repository"}
        owner = Owner(actor.user_id, actor.is_admin, actor.robot)
        rights = await present_rights(self._database, owner, wanted)
        return [
            # Anybody may list the catalog: it shows what the caller may see.
            scope if scope.is_catalog else Scope(scope.type, scope.name, rights.get(scope.name, frozenset()))
            for scope in scopes
        ]

    async def verify(self, token: str, origin: Origin) -> Actor:
        """Tell whose token this is and what it grants now.

        Raises: TokenInvalid.
        """
        entry = self._verified.get(token)
        if entry is None:
            entry = await self._read(token)
            self._verified[token] = entry
            if len(self._verified) > _MOST_VERIFIED:
                self._verified.popitem(last=False)
        else:
            self._verified.move_to_end(token)
        now = self._clock.now().timestamp()
        if now > entry.expires + LEEWAY_S:
            self._verified.pop(token, None)
            raise TokenInvalid("the token is expired")
        if now < entry.not_before - LEEWAY_S:
            raise TokenInvalid("the token is not valid yet: compare the clocks")
        epoch = await store.epoch(self._database)
        if epoch != entry.epoch:
            await self._renew(entry, epoch)
        owner = entry.owner
        return Actor(
            entry.kind, entry.username, owner.user_id, owner.is_admin, entry.grants, origin, owner.robot
        )

    async def _read(self, token: str) -> _Verified:
        try:
            if len(token) > _LONGEST:
                raise TokenInvalid("the token is too long")
            text = token.encode("ascii")
            key_id = jws.extract_compact(text).headers().get("kid")
            key = await self._keys.public(key_id) if isinstance(key_id, str) else None
            if key is None:
                raise TokenInvalid("the token is signed by a key that is not known here")
            claims = _DECODER.decode(jws.deserialize_compact(text, key, [ALGORITHM]).payload)
        except (JoseError, ValueError, msgspec.MsgspecError) as error:
            raise TokenInvalid("the token is forged or unreadable") from error
        if claims.iss != self._issuer or claims.aud != AUDIENCE:
            raise TokenInvalid("the token is for another service")
        grants = _grants(claims.access)
        owner = Owner(claims.uid, claims.adm)
        if claims.scn is not None:
            owner = Owner(None, False, rights_of_scanner(claims.scn))
            kind, epoch = ActorKind.ROBOT, claims.epoch
        elif claims.rob is not None:  # its permissions are not in the token: they are read now
            owner, kind, epoch = Owner(None, False, RobotRights(claims.rob)), ActorKind.ROBOT, _NOT_READ
        else:
            kind = ActorKind.ANONYMOUS if claims.uid is None else ActorKind.USER
            epoch = claims.epoch
        return _Verified(kind, claims.sub, owner, grants, grants, claims.nbf, claims.exp, epoch)

    async def _renew(self, entry: _Verified, epoch: int) -> None:
        owner = entry.owner
        if owner.user_id is not None:
            async with self._database.read() as reader:
                user = await store.user_by_id(reader, owner.user_id)
            if user is None:
                raise TokenInvalid("the token's owner is gone")
            owner = Owner(user.id, user.is_admin)
        elif owner.robot is not None and owner.robot.robot_id:
            owner = Owner(None, False, await self._robot(owner.robot.robot_id))
        rights = await present_rights(self._database, owner, entry.asked.repositories)
        entry.owner, entry.epoch = owner, epoch
        entry.grants = Grants(rights, entry.asked.may_list_catalog)

    async def _robot(self, robot_id: int) -> RobotRights:
        async with self._database.read() as reader:
            robot = await robot_store.robot_by_id(reader, robot_id)
        if robot is None or not robot.is_live(self._clock.now()):
            raise TokenInvalid("the token's robot is gone, disabled or expired")
        return rights_of_robot(robot)


def _scanned_project(robot: RobotRights | None) -> int | None:
    """Tell the project of a scanner's pass, which is no robot with a row."""
    return next(iter(robot.in_projects), None) if robot is not None and robot.robot_id == 0 else None


def _grants(access: Sequence[_Access]) -> Grants:
    repositories = {item.name: frozenset(item.actions) for item in access if item.type == "repository"}
    return Grants(repositories, any(item.type == "registry" and item.name == CATALOG for item in access))
