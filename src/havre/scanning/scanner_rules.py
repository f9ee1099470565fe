"""What a scanner's words must look like. Pure."""

from dataclasses import replace
from typing import Final
from urllib.parse import urlsplit

from havre.scanning.errors import ScannerInvalid
from havre.scanning.scanner_model import OWN_NAME, ScannerWords

_AUTHS: Final = {
    "": "",
    "basic": "Basic",
    "bearer": "Bearer",
    "apikey": "APIKey",
    "x-scanneradapter-api-key": "APIKey",
}
_NAME_CHARS: Final = 128
_TEXT_CHARS: Final = 4096


def checked(words: ScannerWords) -> ScannerWords:
    """Give the words in their canonical form.

    Raises: ScannerInvalid naming the field.
    """
    name = words.name.strip()
    if not 1 <= len(name) <= _NAME_CHARS or not name.isprintable():
        raise ScannerInvalid(f"name must be 1 to {_NAME_CHARS} printable characters")
    if name.casefold() == OWN_NAME.casefold():
        raise ScannerInvalid(f"name {name!r} is the name of the scanner that is built in: choose another")
    auth = _AUTHS.get(words.auth.strip().casefold())
    if auth is None:
        raise ScannerInvalid(
            f"auth {words.auth[:40]!r} is not known: use Basic, Bearer, APIKey or leave it empty"
        )
    secret = words.credential.reveal()
    if auth and not secret:
        raise ScannerInvalid(f"access_credential is missing: auth {auth} needs one")
    if len(words.description) > _TEXT_CHARS or len(secret) > _TEXT_CHARS:
        raise ScannerInvalid(f"description and access_credential have at most {_TEXT_CHARS} characters")
    if any(not " " <= char <= "~" for char in secret):
        raise ScannerInvalid("access_credential holds a character that no HTTP header can carry")
    return replace(words, name=name, auth=auth, url=_url(words.url))


def has_moved(before: ScannerWords, after: ScannerWords) -> bool:
    """Tell whether the words lead to another server, to which the old credential is a stranger's."""
    return urlsplit(before.url)[:2] != urlsplit(after.url)[:2]


def _url(text: str) -> str:
    url = text.strip().rstrip("/")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ScannerInvalid(f"url is none: {error}") from error
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0 or len(url) > _TEXT_CHARS:
        raise ScannerInvalid(
            "url must be http:// or https:// and a host, such as http://scanner.example.com:8080"
        )
    if parts.username is not None or parts.query or parts.fragment or not url.isprintable() or " " in url:
        raise ScannerInvalid("url must have no account, query or fragment: give auth and access_credential")
    return url
