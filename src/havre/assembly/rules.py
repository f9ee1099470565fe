"""What the slices below `system` go by of the run-time configuration, in their own words."""

from havre.access.ports import AccessRules, RulesNow
from havre.registry.events import ManifestPulled
from havre.system import Configuration


def access_rules(configuration: Configuration) -> RulesNow:
    """Make the port of access."""

    async def now() -> AccessRules:
        configured = await configuration.current()
        return AccessRules(
            token_expiry_s=configured.token_expiration * 60,
            session_idle_s=configured.session_timeout * 60,
            robot_name_prefix=configured.robot_name_prefix,
            robot_days=configured.robot_token_duration,
            may_sign_up=configured.self_registration and configured.auth_mode == "db_auth",
        )

    return now


async def left_out_events(configuration: Configuration) -> frozenset[str]:
    """Tell which events the journal does not keep, by name or as `operation_resource`."""
    configured = await configuration.current()
    types = {word.strip() for word in configured.disabled_audit_log_event_types.split(",")} - {""}
    return frozenset(types | ({ManifestPulled.name} if configured.pull_audit_log_disable else set()))
