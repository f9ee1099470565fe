"""The shapes of other registries (tag `registry` of the contract)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from havre.kernel.secret import Secret
from havre.replication import PROVIDERS, Credential, Endpoint, EndpointChanges, EndpointWords, Provider

_Id = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
_HIDDEN: Final = "*****"  # what clients of Harbor get to see of a secret, and send back unchanged
_HEALTHY, _UNHEALTHY = "healthy", "unhealthy"


class CredentialShape(msgspec.Struct, omit_defaults=True):
    """`RegistryCredential`."""

    type: str = ""
    access_key: str = ""
    access_secret: str = ""


class RegistryShape(msgspec.Struct, omit_defaults=True):
    """`Registry`; what is sent of `id`, `status` and the times says nothing."""

    id: _Id
    name: str = ""
    url: str = ""
    type: str = ""
    credential: CredentialShape | None = None
    insecure: bool = False
    ca_certificate: str | None = None
    description: str = ""
    status: str = ""
    creation_time: datetime | None = None
    update_time: datetime | None = None


class RegistryReq(msgspec.Struct):
    """`Registry` as it is sent."""

    name: str
    url: str
    type: str
    id: _Id = 0
    credential: CredentialShape | None = None
    insecure: bool = False
    ca_certificate: str = ""
    description: str = ""
    status: str = ""
    creation_time: str = ""
    update_time: str = ""

    def words(self) -> EndpointWords:
        """Read a whole registry."""
        account = self.credential or CredentialShape()
        return EndpointWords(
            name=self.name,
            kind=self.type,
            url=self.url,
            description=self.description,
            credential=Credential(account.type or "basic", account.access_key, Secret(account.access_secret)),
            is_insecure=self.insecure,
            ca_pem=self.ca_certificate,
        )


class RegistryUpdateReq(msgspec.Struct):
    """`RegistryUpdate`; what is left out stays."""

    name: str | None = None
    description: str | None = None
    url: str | None = None
    credential_type: str | None = None
    access_key: str | None = None
    access_secret: str | None = None
    insecure: bool | None = None
    ca_certificate: str | None = None

    def changes(self) -> EndpointChanges:
        """Read what is to be another."""
        return EndpointChanges(
            name=self.name,
            url=self.url,
            description=self.description,
            credential_kind=self.credential_type or None,
            access_key=self.access_key,
            secret=_secret(self.access_secret),
            is_insecure=self.insecure,
            ca_pem=self.ca_certificate,
        )


class RegistryPingReq(msgspec.Struct):
    """`RegistryPing`."""

    id: _Id | None = None
    type: str | None = None
    url: str | None = None
    credential_type: str | None = None
    access_key: str | None = None
    access_secret: str | None = None
    insecure: bool | None = None
    ca_certificate: str | None = None

    def changes(self) -> EndpointChanges:
        """Read what is to be tried."""
        return EndpointChanges(
            url=self.url,
            credential_kind=self.credential_type or None,
            access_key=self.access_key,
            secret=_secret(self.access_secret),
            is_insecure=self.insecure,
            ca_pem=self.ca_certificate,
        )


class FilterStyle(msgspec.Struct, omit_defaults=True):
    """`FilterStyle`."""

    type: str
    style: str
    values: list[str] | None = None


class RegistryInfo(msgspec.Struct):
    """`RegistryInfo`: what a registry can do."""

    type: str
    description: str
    supported_resource_filters: list[FilterStyle]
    supported_triggers: list[str]
    supported_copy_by_chunk: bool


class EndpointShape(msgspec.Struct):
    """`RegistryEndpoint`."""

    key: str
    value: str


class EndpointPattern(msgspec.Struct):
    """`RegistryProviderEndpointPattern`."""

    endpoint_type: str
    endpoints: list[EndpointShape]


class CredentialPattern(msgspec.Struct):
    """`RegistryProviderCredentialPattern`."""

    access_key_type: str
    access_key_data: str
    access_secret_type: str
    access_secret_data: str


class ProviderInfo(msgspec.Struct, omit_defaults=True):
    """`RegistryProviderInfo`."""

    endpoint_pattern: EndpointPattern | None = None
    credential_pattern: CredentialPattern | None = None


def registry_shape(endpoint: Endpoint) -> RegistryShape:
    """Show a registry; of its secret only that there may be one."""
    words = endpoint.words
    account = None
    if words.credential.access_key:
        account = CredentialShape(words.credential.kind, words.credential.access_key, _HIDDEN)
    return RegistryShape(
        id=endpoint.id,
        name=words.name,
        url=words.url,
        type=words.kind,
        credential=account,
        insecure=words.is_insecure,
        ca_certificate=words.ca_pem or None,
        description=words.description,
        status=_HEALTHY if endpoint.is_healthy else _UNHEALTHY,
        creation_time=endpoint.created_at,
        update_time=endpoint.updated_at,
    )


def info_shape(provider: Provider) -> RegistryInfo:
    """Tell what a registry can do."""
    filters = [FilterStyle("name", "input"), FilterStyle("tag", "input")]
    if provider.has_labels:
        filters.append(FilterStyle("label", "input"))
    filters.append(FilterStyle("resource", "radio", ["image", "artifact"]))
    triggers = ["manual", "scheduled", "event_based"]
    return RegistryInfo(provider.kind, provider.description, filters, triggers, provider.takes_chunks)


def provider_infos() -> Mapping[str, ProviderInfo]:
    """Tell what to fill in for each kind that has something of its own."""
    return {kind: _provider_info(provider) for kind, provider in PROVIDERS.items()}


def _provider_info(provider: Provider) -> ProviderInfo:
    pattern, account = None, None
    if provider.endpoints:
        named = [EndpointShape(key, value) for key, value in provider.endpoints.items()]
        pattern = EndpointPattern(
            "EndpointPatternTypeFix" if provider.is_fixed else "EndpointPatternTypeList", named
        )
    if provider.access_key:
        account = CredentialPattern(
            "AccessKeyTypeFix", provider.access_key, "AccessSecretTypeFile", "No Change"
        )
    return ProviderInfo(pattern, account)


def _secret(text: str | None) -> Secret | None:
    return None if text is None or text == _HIDDEN else Secret(text)
