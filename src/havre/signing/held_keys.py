"""The keys that this side holds, unwrapped for one signing."""

from collections.abc import Sequence

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from havre.access.ports import KeyWrapper
from havre.signing.key_store import HeldKey
from havre.signing.tuf.documents import Root
from havre.signing.tuf.roles import SERVER_ROLES
from havre.signing.tuf.sign import KeysFor, PrivateKeys, make_key


def new_held_key(role: str, wrapper: KeyWrapper) -> HeldKey:
    """Make a key pair."""
    key, private = make_key()
    secret = private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    return HeldKey(key.id, role, key.keyval.public, wrapper.wrap(secret), is_pending=True)


def keys_for(held: Sequence[HeldKey], wrapper: KeyWrapper) -> KeysFor:
    """Make the function that unwraps those keys that a root names, and no other."""

    def unwrap(root: Root) -> PrivateKeys:
        wanted = set(named_keys(root))
        return {one.key_id: _private(wrapper.unwrap(one.private)) for one in held if one.key_id in wanted}

    return unwrap


def named_keys(root: Root) -> list[str]:
    """List the keys that a root names for the roles of servers."""
    return [key_id for role in SERVER_ROLES for key_id in root.roles[role].keyids]


def _private(der: bytes) -> ec.EllipticCurvePrivateKey:
    private = load_der_private_key(der, None)
    assert isinstance(private, ec.EllipticCurvePrivateKey)
    return private
