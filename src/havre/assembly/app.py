"""One serving process: the doors, what runs beside them, start and stop."""

import gc

from havre.access import Login, Passwords, RefreshTokens, ScannerSecrets, Tokens
from havre.assembly.api import api_parts
from havre.assembly.audit import audit_tools
from havre.assembly.ground import lay_ground, unlock
from havre.assembly.jobs import build_runner
from havre.assembly.ldap import directory_passwords
from havre.assembly.oci import oci_parts
from havre.assembly.oidc import open_oidc
from havre.assembly.replication import open_replication, open_upstream
from havre.assembly.robots import robot_secrets
from havre.assembly.rules import access_rules
from havre.assembly.signin import open_sessions, secure_scope, sign_in_parts
from havre.assembly.signing import trust_parts
from havre.edge.api.app import build_api
from havre.edge.csrf import CsrfGuard
from havre.edge.http import Doors, HttpApp
from havre.edge.identity import Identity
from havre.edge.oci import OciDoor, TrustDoor
from havre.edge.sessions import IdTokenBearer, SessionCookie
from havre.edge.signin import SignInDoor
from havre.edge.token import TokenEndpoint
from havre.settings import Settings


def build_app(settings: Settings) -> HttpApp:
    """Build the application of one serving process over a prepared data directory."""
    ground = lay_ground(settings, unlock(settings))
    passwords = Passwords()
    oidc = open_oidc(ground)
    rules = access_rules(ground.configuration)
    login = Login(
        ground.database,
        passwords,
        settings.access,
        [oidc.cli_secrets, directory_passwords(ground)],
        before=[robot_secrets(ground, passwords), ScannerSecrets(ground.database, ground.clock)],
        clock=ground.clock,
    )
    tokens = Tokens(ground.database, ground.vault, ground.clock, settings.access, rules)
    sessions = open_sessions(ground)
    # The two ways of people are the API's: /v2 stays as quick as it is.
    identity = Identity(login, tokens)
    people = Identity(login, tokens, [SessionCookie(sessions), IdTokenBearer(oidc.id_tokens)])
    is_secure = secure_scope(settings.external_url)
    api = build_api(api_parts(ground, people, login, passwords, oidc))
    signin = SignInDoor(sign_in_parts(ground, people, login, sessions, oidc))
    refresh = RefreshTokens(ground.database, ground.clock, settings.access)
    audit = audit_tools(ground)
    replication = open_replication(ground)
    upstream = open_upstream(ground, replication)
    runner = build_runner(ground, audit, replication) if settings.jobs.in_process else None

    async def start() -> None:
        _settle_memory()
        await ground.journal.start(ground.database)
        await replication.start()
        if runner is not None:
            await runner.start()
        await audit.forwarder.start()

    async def stop() -> None:
        if runner is not None:
            await runner.stop()
        await upstream.flights.stop()
        replication.remotes.close()
        await ground.journal.stop()
        await audit.forwarder.stop()
        await ground.database.close()

    return HttpApp(
        Doors(
            oci=OciDoor(oci_parts(ground, identity, upstream), TrustDoor(trust_parts(ground, identity))),
            token=TokenEndpoint(login, tokens, refresh),
            api=CsrfGuard(api, is_secure, is_always=False),
            signin=CsrfGuard(signin, is_secure, is_always=True),
            start=start,
            stop=stop,
        ),
        ground.traffic,
    )


def _settle_memory() -> None:
    """Spare the cycle collector what lives as long as the process, and let it run less often.

    Requests leave hardly a cycle behind; walking the modules again and again costs 10 % of a pull.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)
