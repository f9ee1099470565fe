"""Reload a TLS certificate on change, without a restart and without losing a connection."""

import asyncio
import logging
import os
import ssl

_POLL_S = 2.0
_log = logging.getLogger("havre.wire")


class Certificate:
    """A certificate and key on disk, and the live context that serves them."""

    def __init__(self, context: ssl.SSLContext, cert: str, key: str) -> None:
        self._context = context
        self._cert = cert
        self._key = key
        self._seen = self._stamp()

    async def watch(self) -> None:
        """Poll for changes until cancelled."""
        while True:
            await asyncio.sleep(_POLL_S)
            if self._stamp() != self._seen:
                self.reload()

    def reload(self) -> None:
        """Serve what is on disk now; keep the old pair, and say so, when the new one is broken."""
        self._seen = self._stamp()
        try:
            # A trial first: a bad key after a good certificate would leave the live context unusable.
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(self._cert, self._key)
            self._context.load_cert_chain(self._cert, self._key)
        except (OSError, ssl.SSLError) as error:
            _log.error("the TLS certificate %s cannot be loaded, the old one stays: %s", self._cert, error)
        else:
            _log.info("the TLS certificate %s was reloaded", self._cert)

    def _stamp(self) -> list[tuple[int, int, int]]:
        stamps = []
        for path in (self._cert, self._key):
            try:
                found = os.stat(path)
            except OSError:
                stamps.append((0, 0, 0))
            else:
                stamps.append((found.st_mtime_ns, found.st_size, found.st_ino))
        return stamps
