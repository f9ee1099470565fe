"""The chunked transfer coding, decoded in place. Pure: no sockets.

    SIZE --"1a;ext CRLF"--> DATA --0x1a bytes--> END --CRLF--> SIZE
      `--"0 CRLF"--> TRAILER --"CRLF"--> DONE        (TRAILER --"name: value CRLF"--> TRAILER)

Source: RFC 9112, 7.1.
"""

import re

from havre.edge.wire.errors import BodyIncomplete

_SIZE, _DATA, _END, _TRAILER, _DONE = range(5)
_HEX = re.compile(rb"[0-9A-Fa-f]{1,15}")  # 15 digits: beyond any disk, within a signed 64-bit number
_MAX_LINE = 16 * 1024  # a chunk-size line or one trailer; curl and Go stop at 4 to 16 KiB
_MAX_TRAILERS = 64
_KNOWN_LINE = 20  # CRLF, at most 15 digits, CRLF
_MAX_KNOWN = 256
_known_sizes: dict[bytes, int] = {}  # b"\r\n8000\r\n" -> 32768, filled as sizes are met


class ChunkDecoder:
    """Decodes one message body, given in pieces cut anywhere."""

    __slots__ = ("_left", "_line", "_state", "_trailers")

    def __init__(self) -> None:
        self._state = _SIZE
        self._left = 0
        self._line = b""
        self._trailers = 0

    @property
    def is_done(self) -> bool:
        """The last chunk and its trailers have been seen."""
        return self._state == _DONE

    def decode(self, buffer: bytearray, end: int) -> tuple[int, int, int]:
        """Push the body bytes of `buffer[:end]` together; return (first, last, consumed).

        The body bytes are then `buffer[first:last]`; `consumed < end` only when the body is done.
        Raises BodyIncomplete on malformed chunks.
        """
        view = memoryview(buffer)
        at = first = last = 0
        while at < end and self._state != _DONE:
            if self._state != _DATA:
                at = self._take_line(buffer, at, end)
                continue
            size = min(self._left, end - at)
            if first == last:
                first = last = at
            else:
                view[last : last + size] = view[at : at + size]  # memmove: overlap is fine
            at += size
            last += size
            self._left -= size
            if not self._left:
                self._state = _END
                at = self._skip_to_data(buffer, at, end)
        return first, last, at

    def _skip_to_data(self, buffer: bytearray, at: int, end: int) -> int:
        """Step over `CRLF size CRLF` in one go when the size was met before: clients send equal chunks.

        Anything else is left to the lines' own reading: docker's 32 KiB chunks make this path the hot one.
        """
        cut = buffer.find(b"\n", at + 2, min(end, at + 2 + _KNOWN_LINE))
        size = _known_sizes.get(bytes(buffer[at : cut + 1])) if cut > 0 else None
        if size is None:
            return at
        self._left = size
        self._state = _DATA
        return cut + 1

    def _take_line(self, buffer: bytearray, at: int, end: int) -> int:
        cut = buffer.find(b"\n", at, min(end, at + _MAX_LINE))
        if cut < 0:
            if end - at + len(self._line) >= _MAX_LINE:
                raise BodyIncomplete("a chunk-size line or trailer is too long")
            self._line += bytes(buffer[at:end])
            return end
        line = self._line + bytes(buffer[at:cut])
        self._line = b""
        if not line.endswith(b"\r"):
            raise BodyIncomplete("a chunk line does not end in CRLF")
        self._read_line(line[:-1])
        return cut + 1

    def _read_line(self, line: bytes) -> None:
        if self._state == _SIZE:
            size = line.partition(b";")[0].strip(b" \t")
            if not _HEX.fullmatch(size):
                raise BodyIncomplete("a chunk size is not a number")
            self._left = int(size, 16)
            if self._left and len(_known_sizes) < _MAX_KNOWN and size == line:
                _known_sizes[b"\r\n%b\r\n" % size] = self._left
            self._state = _DATA if self._left else _TRAILER
        elif self._state == _END:
            if line:
                raise BodyIncomplete("a chunk is longer than its size")
            self._state = _SIZE
        elif not line:
            self._state = _DONE
        else:
            self._trailers += 1
            if self._trailers > _MAX_TRAILERS:
                raise BodyIncomplete("too many trailers")
