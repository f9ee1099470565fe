"""How an account is proved to another registry: Basic, or a token for each scope from its realm.

A token is asked for once and used until shortly before it ends; many threads wait for one question.
"""

import base64
import json
import re
import threading
import time
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlencode

from havre.adapters.remotes.sockets import Cut, Place
from havre.adapters.remotes.transport import Request, Transport, place_of, shown
from havre.kernel.secret import Secret
from havre.replication.errors import RemoteBusy, RemoteDenied, RemoteWrong

_PAIR: Final = re.compile(r'([a-zA-Z_]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))')
_LARGEST: Final = 1 << 20
_LIFE_S: Final = 60.0  # where the realm does not say (Docker's token specification)
_MARGIN_S: Final = 10.0
_KEPT: Final = 4096


@dataclass(frozen=True, slots=True)
class Account:
    """A name and its secret; without a name, nobody in particular."""

    name: str = ""
    secret: Secret = field(default_factory=lambda: Secret(""))


@dataclass(frozen=True, slots=True)
class Challenge:
    """What WWW-Authenticate asks for; `scheme` in lower case."""

    scheme: str
    realm: str = ""
    service: str = ""
    scope: str = ""


def parse_challenge(header: str) -> Challenge | None:
    """Read a WWW-Authenticate header, the first of its challenges that is Bearer or Basic."""
    found = re.search(r"(?:^|,)\s*(bearer|basic)\b(.*)", header, re.IGNORECASE | re.DOTALL)
    if found is None:
        return None
    pairs = {name.lower(): quoted or plain for name, quoted, plain in _PAIR.findall(found[2])}
    return Challenge(
        found[1].lower(), pairs.get("realm", ""), pairs.get("service", ""), pairs.get("scope", "")
    )


def basic(account: Account) -> Mapping[str, str]:
    """Make the header of an account that is proved by its secret (RFC 7617)."""
    pair = f"{account.name}:{account.secret.reveal()}".encode()
    return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}


class Tokens:
    """Proves one account at one registry; safe for threads."""

    def __init__(self, transport: Transport, account: Account, place: Place) -> None:
        self._transport = transport
        self._place = place
        self._account = account
        self._challenge: Challenge | None = None
        self._kept: dict[str, tuple[str, float]] = {}
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def header(self, scope: str, cut: Cut) -> Mapping[str, str]:
        """Make the Authorization header for a scope, empty as long as nobody asked for one."""
        challenge = self._challenge
        if challenge is None:
            return {}
        if challenge.scheme == "basic":
            return basic(self._account)
        with self._locks[scope]:
            token, ends = self._kept.get(scope, ("", 0.0))
            if time.monotonic() >= ends:
                token, life_s = self._ask(challenge, scope, cut)
                if len(self._kept) >= _KEPT:
                    self._kept.clear()
                self._kept[scope] = (token, time.monotonic() + life_s - min(_MARGIN_S, life_s / 4))
        return {"Authorization": f"Bearer {token}"}

    @property
    def realm(self) -> str:
        """Where tokens come from, once the registry has said it."""
        return "" if self._challenge is None else self._challenge.realm

    def challenged(self, header: str, scope: str, proof: str | None) -> bool:
        """Take note of a 401 to a request with this proof; tell whether another try can be of use."""
        challenge = parse_challenge(header)
        if challenge is None or (challenge.scheme == "basic" and not self._account.name):
            return False
        self._challenge = challenge
        if proof is None or not proof.lower().startswith(challenge.scheme):
            return True
        kept = self._kept.get(scope)
        if kept is not None and proof == f"Bearer {kept[0]}":
            del self._kept[
                scope
            ]  # it was taken back before its end; another thread may have a new one already
        return challenge.scheme == "bearer"

    def _ask(self, challenge: Challenge, scope: str, cut: Cut) -> tuple[str, float]:
        wanted = [("service", challenge.service)] if challenge.service else []
        wanted += [("scope", one) for one in scope.split(" ") if one]
        if self._account.name:
            wanted.append(("account", self._account.name))
        separator = "&" if "?" in challenge.realm else "?"
        url = f"{challenge.realm}{separator}{urlencode(wanted)}"
        if self._place.is_tls and not place_of(url).is_tls:
            raise RemoteWrong(f"the registry sends its account to {shown(url)}, in the clear: not followed")
        headers = basic(self._account) if self._account.name else {}
        with self._transport.ask(Request("GET", url, headers), cut) as answer:
            body = answer.read(_LARGEST)
        if answer.status in (401, 403):
            raise RemoteDenied(
                f"{shown(url)} does not accept the account {self._account.name or 'of nobody'!r}"
            )
        if answer.status == 429:
            raise RemoteBusy(f"{shown(url)} gives no more tokens for now", None)
        if answer.status != 200:
            raise RemoteWrong(f"{shown(url)} gives no token: it answers {answer.status}")
        return _read_token(url, body)


def _read_token(url: str, body: bytes) -> tuple[str, float]:
    try:
        document = json.loads(body)
        token = document.get("token") or document["access_token"]
        life_s = float(document.get("expires_in") or _LIFE_S)
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise RemoteWrong(f"{shown(url)} answers no token") from error
    if not isinstance(token, str) or not token.isascii() or any(char in token for char in "\r\n "):
        raise RemoteWrong(f"{shown(url)} answers what is no token")
    return token, life_s
