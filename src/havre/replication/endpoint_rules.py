"""What a registry's words must look like. Pure."""

from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

from havre.replication.endpoint_model import EndpointWords
from havre.replication.errors import EndpointInvalid
from havre.replication.providers import PROVIDERS

_NAME_CHARS: Final = 64  # Harbor's limits
_TEXT_CHARS: Final = 4096
_SECRET_CHARS: Final = 16_384  # the key file of a service account has some 2,400
_CA_CHARS: Final = 262_144
_CREDENTIALS: Final = ("basic", "oauth")


def checked(words: EndpointWords) -> EndpointWords:
    """Give the words in their canonical form.

    Raises: EndpointInvalid naming the field.
    """
    name, kind = words.name.strip(), words.kind.strip()
    if not 1 <= len(name) <= _NAME_CHARS or not name.isprintable():
        raise EndpointInvalid(f"name must be 1 to {_NAME_CHARS} printable characters")
    provider = PROVIDERS.get(kind)
    if provider is None:
        raise EndpointInvalid(f"type {kind[:40]!r} is not known: use one of {', '.join(PROVIDERS)}")
    if words.credential.kind not in _CREDENTIALS:
        raise EndpointInvalid(f"credential type {words.credential.kind[:40]!r} is not known: use basic")
    limits = (
        ("description", words.description, _TEXT_CHARS),
        ("access_key", words.credential.access_key, _TEXT_CHARS),
        ("access_secret", words.credential.secret.reveal(), _SECRET_CHARS),
        ("ca_certificate", words.ca_pem, _CA_CHARS),
    )
    for field, text, limit in limits:
        if len(text) > limit:
            raise EndpointInvalid(f"{field} is longer than {limit} characters")
    if words.ca_pem and not (words.ca_pem.isascii() and "-----BEGIN CERTIFICATE-----" in words.ca_pem):
        raise EndpointInvalid("ca_certificate is no certificate in PEM form (-----BEGIN CERTIFICATE-----)")
    _check_access_key(words.credential.access_key)
    return replace(words, name=name, kind=kind, url=_url(words.url))


def has_moved(before: EndpointWords, after: EndpointWords) -> bool:
    """Tell whether the words lead to another server than before, to which the old secret is a stranger's."""
    return urlsplit(before.url)[:2] != urlsplit(after.url)[:2]


def _check_access_key(text: str) -> None:
    if any(char in text for char in "\r\n\0"):
        raise EndpointInvalid("access_key holds a line break or a NUL")
    if ":" in text:
        raise EndpointInvalid("access_key holds a colon, which no Basic authentication can carry (RFC 7617)")


def _url(text: str) -> str:
    url = text.strip()
    url = (url if "://" in url else f"https://{url}").rstrip("/")  # as people write it
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise EndpointInvalid(f"url is none: {error}") from error
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0 or len(url) > _TEXT_CHARS:
        raise EndpointInvalid(
            "url must be http:// or https:// and a host, such as https://registry.example.com"
        )
    if parts.username is not None or parts.query or parts.fragment or not url.isprintable() or " " in url:
        raise EndpointInvalid(
            "url must have no account, query or fragment: give access_key and access_secret"
        )
    return url
