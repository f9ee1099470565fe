"""What a publication must fulfil before it is kept, pure.

    root       its own keys and those of the root before signed it; one version on, or the same again
    targets    signed by the keys that the role above names, the role above first
    snapshot   signed by the client, and it names what is here; or it is signed here, where the key is held
    timestamp  always signed here

Source: reference/signing-and-clients.md A1.5. Beyond Notary's own server: an uploaded snapshot must name the
documents that are here (mix and match), and old ones of other roles are never taken for new.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from havre.signing.errors import TufInvalid, UpdateInvalid
from havre.signing.tuf.documents import (
    Document,
    FileMeta,
    Key,
    Listing,
    Root,
    Targets,
    meta_of,
    read_listing,
    read_targets,
)
from havre.signing.tuf.keys import require_signatures
from havre.signing.tuf.roles import (
    RELEASES,
    ROOT,
    SNAPSHOT,
    TARGETS,
    TIMESTAMP,
    ancestors_of,
    is_delegation,
    parent_of,
)
from havre.signing.tuf.roots import keys_of, open_root, require_form, require_root, require_unexpired
from havre.signing.tuf.sign import KeysFor, NewDocument, sign_listing


@dataclass(frozen=True, slots=True)
class Accepted:
    """A publication that holds: what to keep, the root in force, and digests by tag of released roles."""

    documents: Sequence[NewDocument]
    root: Root
    released: Mapping[str, Mapping[str, str]]


@dataclass(slots=True)
class Publication:
    """One publication on top of what is stored: `stored` and `uploaded` are bodies by role."""

    gun: str
    stored: Mapping[str, bytes]
    uploaded: Mapping[str, bytes]
    keys: KeysFor  # that this side holds for the server's roles
    now: datetime
    _targets: dict[str, Document[Targets]] = field(default_factory=dict)

    def validate(self) -> "Accepted":
        """Check everything and sign what is this side's.

        Raises: UpdateInvalid.
        """
        root = self._root()
        changed = [*([_new(ROOT, root)] if ROOT in self.uploaded else []), *self._load_targets(root.signed)]
        snapshot = self._snapshot(root)
        timestamp = self._timestamp(root.signed, snapshot.body)
        documents = [*changed, snapshot, timestamp]
        return Accepted(documents, root.signed, self._released(root.signed))

    def _root(self) -> Document[Root]:
        before = self._stored_root()
        body = self.uploaded.get(ROOT)
        if body is None:
            if before is None:
                raise UpdateInvalid("ErrValidation", "no root was published before, and none comes now")
            return before
        try:
            root = open_root(body)
            current = before.signed.version if before is not None else 1
            if root.signed.version not in (current, current + 1):
                raise TufInvalid(
                    f"a root must be one version on: {current} is here, {root.signed.version} comes"
                )
            require_root(root, before, self.gun, self.now)
            require_unexpired(ROOT, root.signed.expires, self.now)
        except TufInvalid as error:
            raise UpdateInvalid("ErrBadRoot", str(error)) from None
        return root

    def _stored_root(self) -> Document[Root] | None:
        body = self.stored.get(ROOT)
        if body is None:
            return None
        try:
            return open_root(body)
        except TufInvalid as error:
            raise UpdateInvalid("ErrValidation", f"the root that is here cannot be used: {error}") from None

    def _load_targets(self, root: Root) -> list[NewDocument]:
        roles = [role for role in self.uploaded if role == TARGETS or is_delegation(role)]
        roles.sort(key=lambda role: (role.count("/"), role))  # who hands on comes first
        try:
            return [_new(role, self._load(root, role, self.uploaded[role])) for role in roles]
        except TufInvalid as error:
            raise UpdateInvalid("ErrBadTargets", str(error)) from None

    def _load(self, root: Root, role: str, body: bytes) -> Document[Targets]:
        """Check targets against the role above; that one is loaded first."""
        for ancestor in ancestors_of(role):
            if ancestor not in self._targets and ancestor in self.stored:
                self._accept(
                    root, ancestor, self.stored[ancestor]
                )  # expired or not: it says who may sign below
        document = self._accept(root, role, body)
        require_unexpired(role, document.signed.expires, self.now)
        return document

    def _accept(self, root: Root, role: str, body: bytes) -> Document[Targets]:
        """Take targets that those signed who may."""
        document = _open_targets(body, role)
        keys, threshold = self._signers(root, role)
        require_signatures(role, document.message, document.signatures, keys, threshold)
        self._targets[role] = document
        return document

    def _signers(self, root: Root, role: str) -> tuple[Mapping[str, Key], int]:
        if role == TARGETS:
            return keys_of(root, TARGETS), root.roles[TARGETS].threshold
        parent = self._targets.get(parent_of(role))
        found = next((one for one in parent.signed.delegated if one.name == role), None) if parent else None
        if parent is None or found is None:
            raise TufInvalid(f"nobody hands on to {role}")
        keys = parent.signed.delegation_keys
        return {key_id: keys[key_id] for key_id in found.keyids}, found.threshold

    def _released(self, root: Root) -> Mapping[str, Mapping[str, str]]:
        """Tell what is signed after this in the two roles that docker looks into: digests by tag.

        Who changed keys above and did not sign again below has taken back what was signed there.
        """
        targets = self._trusted(root, TARGETS)
        found = {TARGETS: _signed(targets, [""]) if targets else {}, RELEASES: dict[str, str]()}
        handed = [one for one in targets.signed.delegated if one.name == RELEASES] if targets else []
        releases = self._trusted(root, RELEASES) if handed else None
        if releases is not None:
            found[RELEASES] = _signed(releases, handed[0].paths or [])
        return found

    def _trusted(self, root: Root, role: str) -> Document[Targets] | None:
        if role not in self._targets and role in self.stored:
            try:
                self._accept(root, role, self.stored[role])
            except TufInvalid:
                return None
        return self._targets.get(role)

    def _snapshot(self, root: Document[Root]) -> NewDocument:
        body = self.uploaded.get(SNAPSHOT)
        if body is None:
            return self._signed_snapshot(root)
        try:
            snapshot = open_listing(body, SNAPSHOT, root.signed, self.now)
            self._require_listed(snapshot.signed)
        except TufInvalid as error:
            raise UpdateInvalid("ErrBadSnapshot", str(error)) from None
        return _new(SNAPSHOT, snapshot)

    def _require_listed(self, snapshot: Listing) -> None:
        """Let a snapshot pass that names what is here, in its newest form, and everything that comes."""
        here = {**self.stored, **self.uploaded}
        unnamed = [role for role in self.uploaded if role != SNAPSHOT and role not in snapshot.meta]
        if unnamed:
            raise TufInvalid(f"the snapshot does not name {unnamed[0]}, which comes with it")
        for role, meta in snapshot.meta.items():
            body = here.get(role)
            if body is None:
                raise TufInvalid(f"the snapshot names {role[:80]}, which is neither here nor comes with it")
            actual = meta_of(body)
            told = {name: value for name, value in meta.hashes.items() if name in actual.hashes}
            if not told or any(actual.hashes[name] != value for name, value in told.items()):
                raise TufInvalid(f"the snapshot names another {role} than the newest one")

    def _signed_snapshot(self, root: Document[Root]) -> NewDocument:
        before = _previous(self.stored, SNAPSHOT)
        if before is None and TARGETS not in self._targets:
            raise UpdateInvalid("ErrValidation", "targets must be published with the first root")
        meta = dict(before.signed.meta) if before is not None else {}
        meta[ROOT] = root.meta
        meta |= {role: document.meta for role, document in self._targets.items()}
        version = before.signed.version + 1 if before is not None else 1
        signed = self._sign(SNAPSHOT, version, meta, root.signed)
        if signed is None:
            raise UpdateInvalid(
                "ErrBadHierarchy",
                "no snapshot came, and the key that signs snapshots of this collection is not held here",
                missing=SNAPSHOT,
            )
        return signed

    def _timestamp(self, root: Root, snapshot: bytes) -> NewDocument:
        before = _previous(self.stored, TIMESTAMP)
        version = before.signed.version + 1 if before is not None else 1
        signed = self._sign(TIMESTAMP, version, {SNAPSHOT: meta_of(snapshot)}, root)
        if signed is None:
            raise UpdateInvalid("ErrBadRoot", "the root names no key for timestamps that is held here")
        return signed

    def _sign(self, role: str, version: int, meta: Mapping[str, FileMeta], root: Root) -> NewDocument | None:
        return sign_listing(role, version, meta, (root, self.keys), self.now)


def open_listing(body: bytes, role: str, root: Root, now: datetime) -> Document[Listing]:
    """Read a snapshot or a timestamp that the root's keys signed and that still holds.

    Raises: TufInvalid.
    """
    document = read_listing(body, role)
    require_signatures(
        role, document.message, document.signatures, keys_of(root, role), root.roles[role].threshold
    )
    for name in (ROOT, TARGETS) if role == SNAPSHOT else (SNAPSHOT,):
        if "sha256" not in getattr(document.signed.meta.get(name), "hashes", {}):
            raise TufInvalid(f"the {role} does not name {name} with its SHA-256")
    require_unexpired(role, document.signed.expires, now)
    return document


def _previous(stored: Mapping[str, bytes], role: str) -> Document[Listing] | None:
    """Read what was signed last; by which key does not matter, for it was accepted then."""
    return read_listing(stored[role], role) if role in stored else None


def _open_targets(body: bytes, role: str) -> Document[Targets]:
    document = read_targets(body, role)
    for one in document.signed.delegated:
        if not is_delegation(one.name) or parent_of(one.name) != role:
            raise TufInvalid(f"{role} cannot hand on to {one.name[:80]!r}")
        require_form(one.name, one, document.signed.delegation_keys)
    return document


def _new(role: str, document: Document[Root] | Document[Targets] | Document[Listing]) -> NewDocument:
    return NewDocument(role, document.signed.version, document.body, document.signed.expires)


def _signed(document: Document[Targets], paths: Sequence[str]) -> dict[str, str]:
    return {
        name: f"sha256:{meta.hashes['sha256'].hex()}"
        for name, meta in (document.signed.targets or {}).items()
        if "sha256" in meta.hashes and any(name.startswith(path) for path in paths)
    }
