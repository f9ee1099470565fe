"""The door /c and what recognises a session."""

from collections.abc import Callable

from havre.access import AccountExists, Login, Sessions
from havre.assembly.ground import Ground
from havre.assembly.oidc import Oidc
from havre.assembly.rules import access_rules
from havre.edge.identity import Identity
from havre.edge.signin import SignInParts
from havre.edge.wire.asgi import Scope


def open_sessions(ground: Ground) -> Sessions:
    """Wire sessions."""
    return Sessions(ground.database, ground.vault, ground.clock, access_rules(ground.configuration))


def secure_scope(external_url: str | None) -> Callable[[Scope], bool]:
    """Make the test whether the client came over TLS, here or at a proxy before us."""
    is_outside = (external_url or "").startswith("https://")
    return lambda scope: is_outside or scope.get("scheme") == "https"


def sign_in_parts(
    ground: Ground, identity: Identity, login: Login, sessions: Sessions, oidc: Oidc
) -> SignInParts:
    """Wire the door."""
    pages = oidc.pages(sessions, ground.settings.external_url)
    return SignInParts(
        identity=identity,
        login=login,
        sessions=sessions,
        accounts=AccountExists(ground.database, access_rules(ground.configuration)),
        is_secure=secure_scope(ground.settings.external_url),
        elsewhere=pages.elsewhere,
        others=pages.pages,
    )
