"""ID tokens of the OIDC provider as a way to prove who is calling the API: for programs of its people."""

import base64
import binascii

import msgspec

from havre.access import store
from havre.access.actors import actor_of
from havre.access.errors import TokenInvalid
from havre.access.model import AccountOrigin
from havre.access.oidc_model import OidcNow, OidcProvider, person_of
from havre.kernel.actor import Actor, Origin
from havre.kernel.work import Database

_LONGEST = 16_384


class _Issuer(msgspec.Struct):
    iss: str = ""


class IdTokens:
    """Recognises accounts that exist; somebody new signs in with a browser first."""

    def __init__(self, database: Database, provider: OidcProvider, rules: OidcNow) -> None:
        self._database = database
        self._provider = provider
        self._rules = rules

    async def recognise(self, token: str, origin: Origin) -> Actor | None:
        """Tell whose token this is; None when the provider did not issue it.

        Raises: TokenInvalid, SignInRefused, Unavailable.
        """
        rules = await self._rules()
        if rules is None or _issuer(token).rstrip("/") != rules.endpoint.rstrip("/"):
            return None
        claims = await self._provider.verify(rules, token)
        person = person_of(claims, rules)
        async with self._database.read() as reader:
            user = await store.user_by_subject(reader, AccountOrigin.OIDC, person.subject)
        if user is None:
            raise TokenInvalid(
                "nobody has signed in yet as whom this token names: sign in with a browser once"
            )
        return actor_of(user, origin)


def _issuer(token: str) -> str:
    """Read who says to have issued a token, before anything is verified."""
    parts = token.split(".")
    if len(parts) != 3 or len(token) > _LONGEST:
        return ""
    try:
        raw = base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
        return msgspec.json.decode(raw, type=_Issuer).iss
    except (binascii.Error, ValueError, msgspec.MsgspecError, RecursionError):
        return ""
