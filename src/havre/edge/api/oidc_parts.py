"""What the tag `oidc` and the secrets for tools are built on."""

from dataclasses import dataclass

from havre.access import CliSecrets, PingOidc


@dataclass(frozen=True, slots=True)
class OidcParts:
    """The use cases of the OIDC provider."""

    ping: PingOidc
    cli_secrets: CliSecrets
