"""The documents of Notary v1 and how they are read: what is verified is what is parsed.

    {"signed": {"_type": …, "version": …, "expires": …, …}, "signatures": [{"keyid", "method", "sig"}]}

Hashes inside are base64, those in addresses are hexadecimal. A document is kept byte for byte as it came.
Source: reference/signing-and-clients.md A1.4; TUF 1.0 draft, sections 4.2 to 4.6.
"""

import hashlib
from datetime import datetime
from typing import Any, Final, Generic, Protocol, TypeVar

import msgspec
from securesystemslib.exceptions import FormatError
from securesystemslib.formats import encode_canonical

from havre.signing.errors import TufInvalid
from havre.signing.tuf.roles import ROOT, SNAPSHOT, TARGETS, TIMESTAMP

_HASHES: Final = ("sha256", "sha512")


class Signature(msgspec.Struct, frozen=True):
    """One signature over the canonical form of `signed`."""

    keyid: str
    method: str
    sig: bytes


class KeyValue(msgspec.Struct, frozen=True):
    """A key's public half: base64 of DER, of a PEM certificate, or of 32 raw bytes."""

    public: str


class Key(msgspec.Struct, frozen=True):
    """A public key; its number is the hash of what it is."""

    keytype: str
    keyval: KeyValue

    @property
    def id(self) -> str:
        """Compute the number: SHA-256 of the canonical form with no private half."""
        document = {"keytype": self.keytype, "keyval": {"private": None, "public": self.keyval.public}}
        return hashlib.sha256(canonical(document)).hexdigest()


class Role(msgspec.Struct, frozen=True):
    """Whose signatures a role needs, and how many."""

    keyids: list[str]
    threshold: int


class DelegatedRole(msgspec.Struct, frozen=True):
    """A role that a targets role names; it speaks for targets under `paths`."""

    name: str
    keyids: list[str]
    threshold: int
    paths: list[str] | None = None


class FileMeta(msgspec.Struct, frozen=True):
    """Size and hashes of a document or of what was signed."""

    length: int
    hashes: dict[str, bytes]


class Delegations(msgspec.Struct, frozen=True):
    """The keys and roles that a targets role hands on to."""

    keys: dict[str, Key] | None = None
    roles: list[DelegatedRole] | None = None


class _Common(msgspec.Struct, frozen=True, kw_only=True):
    type: str = msgspec.field(name="_type")
    version: int
    expires: datetime


class Root(_Common, frozen=True, kw_only=True):
    """Which keys sign for which role."""

    keys: dict[str, Key]
    roles: dict[str, Role]


class Targets(_Common, frozen=True, kw_only=True):
    """What is signed: tags with the size and the hashes of their manifests."""

    targets: dict[str, FileMeta] | None = None
    delegations: Delegations | None = None

    @property
    def delegated(self) -> list[DelegatedRole]:
        """The roles this one hands on to."""
        return (self.delegations.roles if self.delegations else None) or []

    @property
    def delegation_keys(self) -> dict[str, Key]:
        """Their keys."""
        return (self.delegations.keys if self.delegations else None) or {}


class Listing(_Common, frozen=True, kw_only=True):
    """A snapshot (of every role but the timestamp) or a timestamp (of the snapshot)."""

    meta: dict[str, FileMeta]


class _Envelope(msgspec.Struct, frozen=True):
    signed: msgspec.Raw
    signatures: list[Signature]


class Common(Protocol):
    """What every document has."""

    @property
    def type(self) -> str:
        """Its kind, capitalised."""

    @property
    def version(self) -> int:
        """Counted from 1."""

    @property
    def expires(self) -> datetime:
        """Until when it holds."""


Content = TypeVar("Content", bound=Common)


class Document(msgspec.Struct, Generic[Content], frozen=True):
    """A document: what it says, the bytes that were signed, the signatures, and the bytes as they came."""

    signed: Content
    message: bytes
    signatures: list[Signature]
    body: bytes

    @property
    def meta(self) -> FileMeta:
        """Size and hashes of the whole document."""
        return meta_of(self.body)


def canonical(value: Any) -> bytes:
    """Put a JSON value into the one form that is hashed and signed.

    Raises: TufInvalid for numbers that are no integers.
    """
    try:
        text = encode_canonical(value)
    except FormatError:
        raise TufInvalid("the document holds a number that is no integer") from None
    assert text is not None  # it is, without an output function
    return text.encode("utf-8", "surrogatepass")


def meta_of(body: bytes) -> FileMeta:
    """Measure a document."""
    return FileMeta(len(body), {name: hashlib.new(name, body).digest() for name in _HASHES})


def read_root(body: bytes) -> Document[Root]:
    """Read a root; whether its signatures hold is another question.

    Raises: TufInvalid.
    """
    return _read(body, Root, ROOT)


def read_targets(body: bytes, role: str) -> Document[Targets]:
    """Read the targets of a role, `targets` or a delegation.

    Raises: TufInvalid.
    """
    return _read(body, Targets, role)


def read_listing(body: bytes, role: str) -> Document[Listing]:
    """Read a snapshot or a timestamp.

    Raises: TufInvalid.
    """
    return _read(body, Listing, role)


def version_of(body: bytes) -> int:
    """Tell the version of a document of any role; it need not be whole otherwise.

    Raises: TufInvalid when it is no metadata at all.
    """
    try:
        return msgspec.json.decode(body, type=_Versioned).signed.version
    except (msgspec.MsgspecError, RecursionError, UnicodeError) as error:
        raise TufInvalid(f"no metadata: {error}") from None


class _Version(msgspec.Struct, frozen=True):
    version: int = 0


class _Versioned(msgspec.Struct, frozen=True):
    signed: _Version


_TYPES: Final = {ROOT: "Root", SNAPSHOT: "Snapshot", TIMESTAMP: "Timestamp", TARGETS: "Targets"}


def type_of(role: str) -> str:
    """Tell what `_type` says in a document of the role: a delegation's are Targets, too."""
    return _TYPES.get(role, "Targets")


def _read(body: bytes, content: type[Content], role: str) -> Document[Content]:
    try:
        envelope = msgspec.json.decode(body, type=_Envelope)
        # Both readers take the last of two fields of one name, so what is verified is what is read.
        message = canonical(msgspec.json.decode(envelope.signed))
        signed = msgspec.json.decode(envelope.signed, type=content)
    except msgspec.MsgspecError as error:
        raise TufInvalid(f"the document of {role} cannot be read: {error}") from None
    except (RecursionError, UnicodeError):
        raise TufInvalid(f"the document of {role} cannot be read") from None
    if signed.type != type_of(role):
        raise TufInvalid(
            f"the document of {role} says it is of type {signed.type[:40]!r}, not {type_of(role)}"
        )
    if signed.version < 1:
        raise TufInvalid(f"the version of {role} is {signed.version}; versions begin with 1")
    if signed.expires.tzinfo is None:
        raise TufInvalid(f"the document of {role} does not say in which zone it expires")
    return Document(signed, message, envelope.signatures, body)
