"""An OpenID Connect provider: discovery, code flow with PKCE, verified ID tokens, user info.

Sources: OpenID Connect Core 1.0, sections 3.1 and 5.3; Discovery 1.0, section 4; RP-Initiated Logout 1.0,
section 2; RFC 7636 (PKCE).
"""

import base64
import hashlib
import hmac
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlencode

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from havre.access import Claims, OidcRules, SignInAttempt, Vouched
from havre.access.errors import ProviderInvalid, SignInRefused
from havre.adapters.outgoing import Outgoing, OutgoingFailed, Reply
from havre.kernel.errors import Unavailable

# Signatures alone: never `none`, and never HS256, which a public key would forge.
_ALGORITHMS: Final = [
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA", "Ed25519"),
]
_LEEWAY_S: Final = 60
_KEPT_S: Final = 300.0  # discovery and keys; a key that is not known is looked for at once


class _Metadata(msgspec.Struct, frozen=True):
    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str = ""
    end_session_endpoint: str = ""
    token_endpoint_auth_methods_supported: list[str] = msgspec.field(
        default_factory=lambda: ["client_secret_basic"]
    )


class _Tokens(msgspec.Struct, frozen=True):
    id_token: str
    access_token: str = ""


class _Failure(msgspec.Struct, frozen=True):
    error: str = ""


@dataclass(frozen=True, slots=True)
class _Known:
    metadata: _Metadata
    keys: KeySet
    until: float


class OidcClient:
    """Talks to the provider; implements access's OidcProvider."""

    def __init__(self, outgoing: Outgoing) -> None:
        self._outgoing = outgoing
        self._known: dict[tuple[str, bool], _Known] = {}

    async def ping(self, endpoint: str, *, verifies: bool) -> None:
        """Return when there is a provider at the endpoint.

        Raises: ProviderInvalid.
        """
        try:
            await self._learn(endpoint, verifies=verifies)
        except OutgoingFailed as error:
            raise ProviderInvalid(f"there is no OIDC provider at {endpoint[:200]}: {error}") from error

    async def authorization_url(self, rules: OidcRules, attempt: SignInAttempt) -> str:
        """Make the address that the browser goes to.

        Raises: Unavailable.
        """
        metadata = (await self._provider(rules)).metadata
        parameters = {
            **rules.extra_parameters,
            "response_type": "code",
            "client_id": rules.client_id,
            "redirect_uri": attempt.redirect_uri,
            "scope": " ".join(rules.scopes),
            "state": attempt.state,
            "nonce": attempt.nonce,
            "code_challenge": _challenge(attempt.verifier),
            "code_challenge_method": "S256",
        }
        return _with(metadata.authorization_endpoint, parameters)

    async def end_session_url(self, rules: OidcRules, id_token: str | None, back_to: str) -> str | None:
        """Make the address that ends the provider's session; None where it has none."""
        metadata = (await self._provider(rules)).metadata
        if not metadata.end_session_endpoint:
            return None
        hint = {} if id_token is None else {"id_token_hint": id_token}
        parameters = {**hint, "client_id": rules.client_id, "post_logout_redirect_uri": back_to}
        return _with(metadata.end_session_endpoint, parameters)

    async def exchange(self, rules: OidcRules, attempt: SignInAttempt, code: str) -> Vouched:
        """Change a code for claims that are verified.

        Raises: SignInRefused, Unavailable.
        """
        provider = await self._provider(rules)
        try:
            tokens = await self._redeem(rules, provider.metadata, attempt, code)
            claims = await self._verify(rules, provider, tokens.id_token)
            if not hmac.compare_digest(str(claims.get("nonce", "")), attempt.nonce):
                raise SignInRefused("the provider's token is of another sign-in")
            more = await self._user_info(rules, provider.metadata, tokens.access_token)
        except OutgoingFailed as error:
            raise Unavailable(f"the OIDC provider cannot be asked: {error}") from error
        if more and more.get("sub") != claims["sub"]:
            raise SignInRefused("the provider's user info is about somebody else")
        return Vouched({**more, **claims}, tokens.id_token)

    async def verify(self, rules: OidcRules, id_token: str) -> Claims:
        """Verify a token that somebody else got.

        Raises: SignInRefused, Unavailable.
        """
        provider = await self._provider(rules)
        try:
            return await self._verify(rules, provider, id_token)
        except OutgoingFailed as error:
            raise Unavailable(f"the OIDC provider cannot be asked: {error}") from error

    async def _redeem(
        self, rules: OidcRules, metadata: _Metadata, attempt: SignInAttempt, code: str
    ) -> _Tokens:
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": attempt.redirect_uri,
            "code_verifier": attempt.verifier,
        }
        headers = {"Accept": "application/json"}
        methods = metadata.token_endpoint_auth_methods_supported
        if "client_secret_basic" in methods or "client_secret_post" not in methods:
            headers["Authorization"] = _basic(rules)
        else:
            form |= {"client_id": rules.client_id, "client_secret": rules.client_secret.reveal()}
        reply = await self._outgoing.post_form(
            metadata.token_endpoint, form, headers, verifies=rules.verifies
        )
        if reply.status != 200:
            raise SignInRefused(f"the provider refuses the code: {_reason(reply)}")
        tokens: _Tokens = _decode(reply, _Tokens)
        return tokens

    async def _verify(self, rules: OidcRules, provider: _Known, id_token: str) -> Claims:
        try:
            return _read_claims(rules, provider, id_token)
        except (JoseError, ValueError):
            # The keys may have changed since we looked.
            fresh = await self._learn(rules.endpoint, verifies=rules.verifies)
        try:
            return _read_claims(rules, fresh, id_token)
        except (JoseError, ValueError) as error:
            raise SignInRefused("the provider's token is forged, expired or for somebody else") from error

    async def _user_info(self, rules: OidcRules, metadata: _Metadata, access_token: str) -> Claims:
        if not metadata.userinfo_endpoint or not access_token:
            return {}
        headers = {"Authorization": f"Bearer {access_token}", "Accept": "application/json"}
        reply = await self._outgoing.get(metadata.userinfo_endpoint, headers, verifies=rules.verifies)
        if reply.status != 200 or not reply.headers.get("content-type", "").startswith("application/json"):
            return {}  # signed or refused: the ID token alone counts
        told: Claims = _decode(reply, dict[str, object])
        return told

    async def _provider(self, rules: OidcRules) -> _Known:
        known = self._known.get((rules.endpoint, rules.verifies))
        if known is not None and known.until > time.monotonic():
            return known
        try:
            return await self._learn(rules.endpoint, verifies=rules.verifies)
        except OutgoingFailed as error:
            raise Unavailable(f"the OIDC provider cannot be asked: {error}") from error

    async def _learn(self, endpoint: str, *, verifies: bool) -> _Known:
        url = f"{endpoint.rstrip('/')}/.well-known/openid-configuration"
        metadata = _decode(_good(await self._outgoing.get(url, verifies=verifies), url), _Metadata)
        if metadata.issuer.rstrip("/") != endpoint.rstrip("/"):
            raise OutgoingFailed(f"the provider calls itself {metadata.issuer[:200]!r}: use that as endpoint")
        reply = _good(await self._outgoing.get(metadata.jwks_uri, verifies=verifies), metadata.jwks_uri)
        keys = _keys(_decode(reply, dict[str, Any]))
        known = _Known(metadata, keys, time.monotonic() + _KEPT_S)
        self._known = {(endpoint, verifies): known}  # one provider at a time
        return known


def _read_claims(rules: OidcRules, provider: _Known, id_token: str) -> Claims:
    claims: dict[str, Any] = jwt.decode(id_token, provider.keys, algorithms=_ALGORITHMS).claims
    jwt.JWTClaimsRegistry(
        leeway=_LEEWAY_S,
        iss={"essential": True, "value": provider.metadata.issuer},
        aud={"essential": True, "value": rules.client_id},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
    ).validate(claims)
    audience = claims["aud"]
    if isinstance(audience, list) and len(audience) > 1 and claims.get("azp") != rules.client_id:
        raise ValueError("the token was given to another client")
    if not isinstance(claims["sub"], str) or not claims["sub"]:
        raise ValueError("the token names nobody")
    return claims


def _keys(document: Mapping[str, Any]) -> KeySet:
    found: Sequence[Any] = [
        key for key in document.get("keys", ()) if isinstance(key, dict) and key.get("use", "sig") == "sig"
    ]
    usable = list[Any]()
    for key in found:
        try:
            usable += KeySet.import_key_set({"keys": [key]}).keys
        except (JoseError, ValueError, KeyError):
            continue  # of a kind that we do not know
    if not usable:
        raise OutgoingFailed("the provider shows no key that can verify its tokens")
    return KeySet(usable)


def _good(reply: Reply, url: str) -> Reply:
    if reply.status != 200:
        raise OutgoingFailed(f"{url[:200]} answers {reply.status}")
    return reply


def _decode(reply: Reply, kind: Any) -> Any:
    try:
        return msgspec.json.decode(reply.body, type=kind)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise OutgoingFailed(f"the answer is not what the specification says: {error}") from error


def _reason(reply: Reply) -> str:
    try:
        return msgspec.json.decode(reply.body, type=_Failure).error[:80] or str(reply.status)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return str(reply.status)


def _basic(rules: OidcRules) -> str:
    # RFC 6749, section 2.3.1: both halves are form-encoded first
    pair = f"{quote(rules.client_id, safe='')}:{quote(rules.client_secret.reveal(), safe='')}"
    return "Basic " + base64.b64encode(pair.encode()).decode()


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _with(url: str, parameters: Mapping[str, str]) -> str:
    return f"{url}{'&' if '?' in url else '?'}{urlencode(parameters)}"
