"""The one HTTP client that asks other systems: guarded addresses, no redirects, limits of size and time.

A name is resolved here, every address checked (kernel/addresses), and the connection made to the address that
was checked: a name that changes its mind in between (DNS rebinding) gains nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from havre.kernel.addresses import Reach
from havre.kernel.errors import HavreError


class OutgoingFailed(HavreError):
    """Another system could not be asked, or answered what nobody can use."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer, whole."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Limits:
    """How long an answer may take, all in all, and how large it may be."""

    time_s: float = 10.0  # people wait for the answer
    largest: int = 1 << 20  # key sets and discovery documents are some KiB


USUAL: Final = Limits()


@dataclass(frozen=True, slots=True)
class Question:
    """What is sent to another system."""

    method: str
    url: str
    headers: Mapping[str, str]
    form: Mapping[str, str] | None = None
    body: bytes | None = None
    limits: Limits = USUAL


class Outgoing:
    """Asks other systems."""

    def __init__(self, reach: Reach | None = None) -> None:
        self._reach = reach or Reach()

    async def get(
        self,
        url: str,
        headers: Mapping[str, str] | None = None,
        *,
        verifies: bool = True,
        limits: Limits = USUAL,
    ) -> Reply:
        """Ask for a document.

        Raises: OutgoingFailed.
        """
        return await self._ask(Question("GET", url, headers or {}, limits=limits), verifies=verifies)

    async def save(self, url: str, target: Path, headers: Mapping[str, str], limits: Limits) -> Reply:
        """Ask for a large document and put it into a file; redirections are followed, each address checked.

        The reply has no body. Raises: OutgoingFailed.
        """
        from havre.adapters.outgoing_http import save

        return await save(Question("GET", url, headers, limits=limits), target, reach=self._reach)

    async def post(
        self, url: str, body: bytes, headers: Mapping[str, str], *, verifies: bool = True
    ) -> Reply:
        """Send a document.

        Raises: OutgoingFailed.
        """
        return await self._ask(Question("POST", url, headers, body=body), verifies=verifies)

    async def post_form(
        self,
        url: str,
        form: Mapping[str, str],
        headers: Mapping[str, str] | None = None,
        *,
        verifies: bool = True,
    ) -> Reply:
        """Send a form.

        Raises: OutgoingFailed.
        """
        return await self._ask(Question("POST", url, headers or {}, form), verifies=verifies)

    async def _ask(self, question: Question, *, verifies: bool) -> Reply:
        from havre.adapters.outgoing_http import send  # 0.2 s, which most starts never need

        return await send(question, verifies=verifies, reach=self._reach)
