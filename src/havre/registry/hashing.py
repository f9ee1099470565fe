"""Hash states of uploads, kept in the process that took their bytes.

hashlib states cannot be saved. Another process goes on with the digest in the row where no more bytes come,
and reads the spool once more where they do.
"""

from collections import OrderedDict
from typing import Final, Protocol

from havre.kernel.digest import Digest, Hasher, new_hasher
from havre.registry.model import Upload

_LIMIT: Final = 4096  # states of about 250 bytes each; the oldest are re-hashed when they come back


class _Writable(Protocol):
    def write(self, data: memoryview) -> None:
        """Append bytes; blocking."""


class Sink:
    """Where the bytes of one request go: into the spool, and through the hash when its state is at hand."""

    def __init__(self, spool: _Writable, algorithm: str, hasher: Hasher | None) -> None:
        self._spool = spool
        self._algorithm = algorithm
        self.hasher = hasher

    def write(self, data: memoryview) -> None:
        """Write, then hash; called in a pool thread, both give up the GIL.

        Raises: StorageFull, Unavailable.
        """
        self._spool.write(data)
        if self.hasher is not None:
            self.hasher.update(data)

    def digest(self) -> Digest | None:
        """Tell the digest of all bytes so far, None when the state was lost."""
        return None if self.hasher is None else Digest(self._algorithm, self.hasher.hexdigest())


class Hashing:
    """The states of this process by upload, each with the offset that it stands at."""

    def __init__(self) -> None:
        self._states: OrderedDict[str, tuple[int, Hasher]] = OrderedDict()

    def sink(self, upload: Upload, spool: _Writable) -> Sink:
        """Make the sink for the next bytes of an upload."""
        return Sink(spool, upload.algorithm, self._take(upload))

    def _take(self, upload: Upload) -> Hasher | None:
        offset, hasher = self._states.pop(upload.upload_id, (0, None))
        if upload.offset == 0:
            return new_hasher(upload.algorithm)
        return hasher if offset == upload.offset else None

    def keep(self, upload: Upload, sink: Sink) -> None:
        """Keep the state for the upload's next request."""
        if sink.hasher is None:
            return
        self._states[upload.upload_id] = (upload.offset, sink.hasher)
        while len(self._states) > _LIMIT:
            self._states.popitem(last=False)

    def forget(self, upload_id: str) -> None:
        """Drop the state of an upload that ended."""
        self._states.pop(upload_id, None)
