"""Another registry as it is configured."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from havre.kernel.secret import Secret


@dataclass(frozen=True, slots=True)
class Credential:
    """An account at another registry; `kind` is basic or oauth, and an empty `access_key` is nobody."""

    kind: str = "basic"
    access_key: str = ""
    secret: Secret = field(default_factory=lambda: Secret(""))


@dataclass(frozen=True, slots=True)
class EndpointWords:
    """What a person says about another registry. `is_insecure` takes any certificate."""

    name: str
    kind: str
    url: str
    description: str = ""
    credential: Credential = field(default_factory=Credential)
    is_insecure: bool = False
    ca_pem: str = ""


@dataclass(frozen=True, slots=True)
class EndpointChanges:
    """What is to be another; None leaves as it is."""

    name: str | None = None
    url: str | None = None
    description: str | None = None
    credential_kind: str | None = None
    access_key: str | None = None
    secret: Secret | None = None
    is_insecure: bool | None = None
    ca_pem: str | None = None

    def on(self, words: EndpointWords) -> EndpointWords:
        """Put the changes over what there is."""
        credential = Credential(
            _or(self.credential_kind, words.credential.kind),
            _or(self.access_key, words.credential.access_key),
            words.credential.secret if self.secret is None else self.secret,
        )
        return replace(
            words,
            name=_or(self.name, words.name),
            url=_or(self.url, words.url),
            description=_or(self.description, words.description),
            credential=credential,
            is_insecure=words.is_insecure if self.is_insecure is None else self.is_insecure,
            ca_pem=_or(self.ca_pem, words.ca_pem),
        )


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Another registry, and how it was when we looked last; `peer` is the id of another Havre."""

    id: int
    words: EndpointWords
    version: int
    is_healthy: bool
    peer: str
    fault: str
    checked_at: datetime
    created_at: datetime
    updated_at: datetime


def _or(new: str | None, old: str) -> str:
    return old if new is None else new
