"""Roots, pure: their form, the certificates of their keys, and the way from one root to the next.

Source: reference/signing-and-clients.md A1.4 ("Root certificate CN") and A1.5, point 1.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

from cryptography import x509
from cryptography.x509.oid import NameOID

from havre.signing.errors import TufInvalid
from havre.signing.tuf.documents import DelegatedRole, Document, Key, Role, Root, read_root
from havre.signing.tuf.keys import certificates_of, require_signatures
from havre.signing.tuf.roles import BASE_ROLES, ROOT


def keys_of(root: Root, role: str) -> Mapping[str, Key]:
    """List the keys of a role that the root names."""
    return {key_id: root.keys[key_id] for key_id in root.roles[role].keyids}


def open_root(body: bytes) -> Document[Root]:
    """Read a root and look whether it names keys for every role.

    Raises: TufInvalid.
    """
    document = read_root(body)
    root = document.signed
    for role in BASE_ROLES:
        if role not in root.roles:
            raise TufInvalid(f"the root does not say who signs for {role}")
        require_form(role, root.roles[role], root.keys)
    return document


def require_form(name: str, role: Role | DelegatedRole, keys: Mapping[str, Key]) -> None:
    """Let a role pass that asks for a signature and whose keys are there.

    Raises: TufInvalid.
    """
    if role.threshold < 1:
        raise TufInvalid(f"{name} asks for {role.threshold} signatures; it must ask for one at least")
    missing = [key_id for key_id in role.keyids if key_id not in keys]
    if missing:
        raise TufInvalid(f"{name} names the key {missing[0][:70]}, which is not there")


def require_root(document: Document[Root], before: Document[Root] | None, gun: str, now: datetime) -> None:
    """Let a new root pass that its own keys signed, and those of the root before.

    Raises: TufInvalid.
    """
    own = _certified(document.signed, gun, now)
    if not own:
        raise TufInvalid(
            f"no key of the root has a certificate that holds now and names {gun}: a collection that was "
            "made for another host name or repository cannot be used here"
        )
    if before is not None:
        # Its certificates may be over by now: they were trusted when they were new.
        trusted = _certified(before.signed, gun, None)
        threshold = before.signed.roles[ROOT].threshold
        require_signatures(
            "root (by the keys before)", document.message, document.signatures, trusted, threshold
        )
    require_signatures(
        ROOT, document.message, document.signatures, own, document.signed.roles[ROOT].threshold
    )


def require_unexpired(role: str, expires: datetime, now: datetime) -> None:
    """Let a document pass that still holds.

    Raises: TufInvalid.
    """
    if expires <= now:
        raise TufInvalid(f"the document of {role} expired at {expires.isoformat()}")


def _certified(root: Root, gun: str, now: datetime | None) -> dict[str, Key]:
    """List the root's keys whose certificate is for the name; `now` asks whether it holds, too."""
    return {
        key_id: key for key_id, key in keys_of(root, ROOT).items() if _is_for(certificates_of(key), gun, now)
    }


def _is_for(certificates: Sequence[x509.Certificate], gun: str, now: datetime | None) -> bool:
    leaves = [one for one in certificates if not _is_authority(one)]
    if len(leaves) != 1 or leaves[0] is not certificates[0]:
        return False
    names = leaves[0].subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    if not names or not _matches(str(names[-1].value), gun):
        return False
    return now is None or leaves[0].not_valid_before_utc <= now <= leaves[0].not_valid_after_utc


def _matches(common_name: str, gun: str) -> bool:
    if common_name.endswith("*"):
        return gun.startswith(common_name.rstrip("*"))
    return common_name == gun


def _is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, ValueError):
        return False
