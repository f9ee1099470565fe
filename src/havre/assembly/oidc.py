"""Signing in at an OIDC provider."""

import json
import re
from dataclasses import dataclass

from havre.access import CliSecrets, IdTokens, OidcRules, OidcSignIn, Onboard, RememberGroups, Sessions
from havre.adapters.identity.oidc import OidcClient
from havre.adapters.outgoing import Outgoing
from havre.assembly.ground import Ground
from havre.edge.signin.exchange import Exchange
from havre.edge.signin.oidc import OidcPages
from havre.system import Configuration


@dataclass(frozen=True, slots=True)
class Oidc:
    """The provider and what lets its people in."""

    client: OidcClient
    cli_secrets: CliSecrets
    sign_in: OidcSignIn
    id_tokens: IdTokens

    def pages(self, sessions: Sessions, external_url: str | None) -> OidcPages:
        """Make the pages under /c/oidc."""

        def base_url(exchange: Exchange) -> str:
            host = dict(exchange.scope["headers"]).get(b"host", b"").decode("latin-1")
            return (external_url or f"{exchange.scope.get('scheme', 'http')}://{host}").rstrip("/")

        return OidcPages(self.sign_in, sessions, base_url)


def open_oidc(ground: Ground) -> Oidc:
    """Wire them."""
    database, vault, clock = ground.database, ground.vault, ground.clock
    client = OidcClient(Outgoing(ground.settings.reach))
    cli_secrets = CliSecrets(database, vault, clock)
    onboard = Onboard(database, RememberGroups(database, clock), clock)

    async def rules() -> OidcRules | None:
        return await oidc_rules(ground.configuration)

    sign_in = OidcSignIn(database, client, onboard, cli_secrets, vault, clock, rules)
    return Oidc(client, cli_secrets, sign_in, IdTokens(database, client, rules))


async def oidc_rules(configuration: Configuration) -> OidcRules | None:
    """Read how the provider is configured; None where people do not sign in by OIDC."""
    configured = await configuration.current()
    if configured.auth_mode != "oidc_auth" or not configured.oidc_endpoint:
        return None
    scopes = [word for word in re.split(r"[,\s]+", configured.oidc_scope) if word] or ["openid"]
    return OidcRules(
        endpoint=configured.oidc_endpoint,
        client_id=configured.oidc_client_id,
        client_secret=configured.oidc_client_secret,
        scopes=scopes,
        groups_claim=configured.oidc_groups_claim,
        admin_group=configured.oidc_admin_group,
        group_filter=configured.oidc_group_filter,
        user_claim=configured.oidc_user_claim,
        verifies=configured.oidc_verify_cert,
        onboards=configured.oidc_auto_onboard,
        ends_provider_session=configured.oidc_logout,
        extra_parameters=json.loads(configured.oidc_extra_redirect_parms or "{}"),
    )
