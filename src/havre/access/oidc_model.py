"""What the use cases of OIDC say to each other and to the provider's adapter. Pure."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from havre.access.errors import GroupInvalid
from havre.access.external import ExternalPerson
from havre.access.groups import ExternalGroup, parse_group
from havre.access.model import AccountOrigin, GroupType
from havre.kernel.secret import Secret

Claims = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class OidcRules:
    """How the provider is configured."""

    endpoint: str
    client_id: str
    client_secret: Secret
    scopes: Sequence[str] = ("openid",)
    groups_claim: str = ""
    admin_group: str = ""
    group_filter: str = ""
    user_claim: str = ""
    verifies: bool = True
    onboards: bool = False
    ends_provider_session: bool = False
    extra_parameters: Mapping[str, str] = field(default_factory=dict)


OidcNow = Callable[[], Awaitable[OidcRules | None]]
"""How the provider is configured at the moment; None where people do not sign in by OIDC."""


@dataclass(frozen=True, slots=True)
class SignInAttempt:
    """What has to come back from the provider; kept in a sealed cookie in between."""

    state: str
    nonce: str
    verifier: str
    redirect_uri: str
    then: str
    expires_at: int  # seconds since 1970


@dataclass(frozen=True, slots=True)
class Vouched:
    """What the provider vouched for: the claims, and its token for ending its own session."""

    claims: Claims
    id_token: str


class OidcProvider(Protocol):
    """The provider, over the network."""

    async def authorization_url(self, rules: OidcRules, attempt: SignInAttempt) -> str:
        """Make the address that the browser goes to. Raises: Unavailable."""

    async def exchange(self, rules: OidcRules, attempt: SignInAttempt, code: str) -> Vouched:
        """Change a code for claims that are verified. Raises: SignInRefused, Unavailable."""

    async def verify(self, rules: OidcRules, id_token: str) -> Claims:
        """Verify a token that somebody else got. Raises: SignInRefused, Unavailable."""

    async def end_session_url(self, rules: OidcRules, id_token: str | None, back_to: str) -> str | None:
        """Make the address that ends the provider's session; None where it has none."""

    async def ping(self, endpoint: str, *, verifies: bool) -> None:
        """Return when there is a provider. Raises: ProviderInvalid."""


def person_of(claims: Claims, rules: OidcRules) -> ExternalPerson:
    """Read who somebody is out of verified claims."""
    names = _texts(claims.get(rules.groups_claim)) if rules.groups_claim else []
    return ExternalPerson(
        AccountOrigin.OIDC,
        f"{claims['sub']}{claims['iss']}",  # Harbor's subiss
        _username(claims, rules),
        email=_text(claims.get("email")),
        realname=_text(claims.get("name")),
        groups=list(_groups(names, rules.group_filter)),
        is_admin=bool(rules.admin_group) and rules.admin_group in names,
    )


def _username(claims: Claims, rules: OidcRules) -> str:
    claim = rules.user_claim or "name"
    name = _text(claims.get(claim)) or _text(claims.get("preferred_username"))
    name = name or _text(claims.get("email")).partition("@")[0]
    return re.sub(r"[\s,]+", "_", name.strip())  # as Harbor does


def _groups(names: Sequence[str], pattern: str) -> Sequence[ExternalGroup]:
    kept = [name for name in dict.fromkeys(names) if not pattern or re.search(pattern, name)]
    found = list[ExternalGroup]()
    for name in kept:
        try:
            found.append(parse_group(GroupType.OIDC, name))
        except GroupInvalid:  # too long for a name: nobody could have made it a member
            continue
    return found


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _texts(value: object) -> list[str]:
    if isinstance(value, str):
        return [value]
    return [one for one in value if isinstance(one, str)] if isinstance(value, list) else []
