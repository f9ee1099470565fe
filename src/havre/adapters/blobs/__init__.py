"""Places for bytes behind the BlobStore port: files, and memory for tests."""

from havre.adapters.blobs.filesystem import FilesystemBlobStore
from havre.adapters.blobs.memory import MemoryBlobStore

__all__ = ["FilesystemBlobStore", "MemoryBlobStore"]
