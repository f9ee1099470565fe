"""Write a bbolt file that is only ever read: each bucket is one leaf page, however long.

Source: the file format as go.etcd.io/bbolt documents and its `page.go`, `bucket.go` and `meta` declare it:
a page has id u64, flags u16, count u16, overflow u32; a leaf element flags, pos, ksize, vsize, all u32.
"""

import struct
from collections.abc import Mapping
from pathlib import Path
from typing import Final

_PAGE: Final = 4096
_LEAF, _META, _FREE = 2, 4, 16
_BUCKET: Final = 1  # flag of a leaf element
_HEAD: Final = struct.Struct("<QHHI")
_ELEMENT: Final = struct.Struct("<IIII")
_ROOT: Final = struct.Struct("<QQ")
_MOST: Final = 65_535  # elements of a page

Tree = Mapping[bytes, "bytes | Tree"]


class _File:
    def __init__(self) -> None:
        self.pages = bytearray(3 * _PAGE)  # two metas and the free list

    def put(self, leaf: bytes) -> int:
        """Add a page and its overflow; returns its number."""
        number = len(self.pages) // _PAGE
        padded = leaf + bytes(-len(leaf) % _PAGE)
        head = _HEAD.unpack_from(leaf)
        self.pages += _HEAD.pack(number, head[1], head[2], len(padded) // _PAGE - 1) + padded[_HEAD.size :]
        return number


def write_bolt(path: Path, tree: Tree) -> None:
    """Write buckets within buckets; a value that is a mapping is a bucket."""
    file = _File()
    root = file.put(_leaf(file, tree))
    _HEAD.pack_into(file.pages, 2 * _PAGE, 2, _FREE, 0, 0)
    high = len(file.pages) // _PAGE
    for number in (0, 1):
        meta = struct.pack("<IIII", 0xED0CDAED, 2, _PAGE, 0) + _ROOT.pack(root, 0)
        meta += struct.pack("<QQQ", 2, high, number)
        meta += struct.pack("<Q", _fnv(meta))
        file.pages[number * _PAGE : number * _PAGE + _HEAD.size + len(meta)] = (
            _HEAD.pack(number, _META, 0, 0) + meta
        )
    path.write_bytes(file.pages)


def _leaf(file: _File, tree: Tree) -> bytes:
    if len(tree) > _MOST:
        raise ValueError(f"a bucket of {len(tree)} elements needs branches, which are not written")
    elements, data, at = bytearray(), bytearray(), _ELEMENT.size * len(tree)
    for position, (key, value) in enumerate(sorted(tree.items())):
        content = value if isinstance(value, bytes) else _bucket(file, value)
        flags = 0 if isinstance(value, bytes) else _BUCKET
        offset = at - position * _ELEMENT.size  # from the element itself
        elements += _ELEMENT.pack(flags, offset, len(key), len(content))
        data += key + content
        at += len(key) + len(content)
    return _HEAD.pack(0, _LEAF, len(tree), 0) + bytes(elements) + bytes(data)


def _bucket(file: _File, tree: Tree) -> bytes:
    leaf = _leaf(file, tree)
    if len(leaf) < _PAGE // 4 and all(isinstance(value, bytes) for value in tree.values()):
        return _ROOT.pack(0, 0) + leaf  # a small one is kept inside its parent
    return _ROOT.pack(file.put(leaf), 0)


def _fnv(content: bytes) -> int:
    found = 0xCBF29CE484222325
    for byte in content:
        found = (found ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return found
