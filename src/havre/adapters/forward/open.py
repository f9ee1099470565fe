"""Make the receiver that an endpoint names.

syslog+tls://host:6514   syslog+tcp://host:514   host:514   file:///var/log/audit.jsonl   stdout:
"""

import socket
import ssl
from pathlib import Path
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from havre.adapters.forward.lines import FileReceiver, OutputReceiver
from havre.adapters.forward.syslog import SyslogReceiver
from havre.audit.errors import ReceiverInvalid
from havre.audit.ports import Receiver

_TCP: Final = frozenset({"syslog+tcp", "tcp"})
_TLS: Final = frozenset({"syslog+tls", "tls"})
_KNOWN: Final = "syslog+tls://host:6514, syslog+tcp://host:514, file:///path or stdout:"


def open_receiver(endpoint: str, authorities: Path | None = None) -> Receiver:
    """Make the receiver; it connects when it first sends.

    Raises: ReceiverInvalid.
    """
    url = urlsplit(endpoint if "://" in endpoint or endpoint == "stdout:" else f"syslog+tcp://{endpoint}")
    if url.scheme == "stdout":
        return OutputReceiver()
    if url.scheme == "file" and url.path.startswith("/") and not url.netloc:
        return FileReceiver(Path(unquote(url.path)))
    if url.scheme in _TCP | _TLS:
        host, port = _place(url, endpoint)
        context = _context(authorities) if url.scheme in _TLS else None
        return SyslogReceiver(host, port, context, socket.gethostname())
    raise ReceiverInvalid(f"the audit journal cannot be forwarded to {endpoint[:200]!r}: use {_KNOWN}")


def _place(url: SplitResult, endpoint: str) -> tuple[str, int]:
    try:
        host, port = url.hostname, url.port
    except ValueError:
        host, port = None, None
    if not host or not port or url.path not in ("", "/"):
        raise ReceiverInvalid(f"{endpoint[:200]!r} names no host and port to forward to: use {_KNOWN}")
    return host, port


def _context(authorities: Path | None) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=authorities)
    except OSError as error:
        raise ReceiverInvalid(f"the authorities in {authorities} cannot be read: {error}") from error
