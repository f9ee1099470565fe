"""One request under /c and its answer."""

from collections.abc import Mapping, Sequence
from typing import Final
from urllib.parse import parse_qsl

from havre.edge.cookies import read_cookies
from havre.edge.errors import api_envelope, face_of, retry_after_s
from havre.edge.wire.asgi import Receive, Scope, Send
from havre.kernel.actor import Origin
from havre.kernel.errors import Invalid, TooLarge

_LONGEST: Final = 16_384  # a user name, a password and some company
JSON: Final = (b"content-type", b"application/json")
Header = tuple[bytes, bytes]


class Exchange:
    """Reads a request of the door /c."""

    def __init__(self, scope: Scope, receive: Receive, *, is_secure: bool) -> None:
        self._receive = receive
        self.scope = scope
        self.is_secure = is_secure
        self.cookies = read_cookies(scope["headers"])
        self.origin: Origin = scope["havre.origin"]

    @property
    def query(self) -> Mapping[str, str]:
        """The parameters of the query; of a name that comes twice the first counts."""
        return dict(reversed(_read(self.scope["query_string"])))

    async def body(self) -> bytes:
        """Read the whole body.

        Raises: TooLarge, Invalid.
        """
        found = bytearray()
        while True:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise Invalid("the body ended before it was complete")
            found += message.get("body", b"")
            if len(found) > _LONGEST:
                raise TooLarge(f"the form is longer than {_LONGEST} bytes")
            if not message.get("more_body", False):
                return bytes(found)

    async def form(self) -> Mapping[str, str]:
        """Read the body as a form.

        Raises: TooLarge, Invalid.
        """
        return dict(reversed(_read(await self.body())))


def _read(encoded: bytes) -> Sequence[tuple[str, str]]:
    try:
        return parse_qsl(encoded.decode("ascii"), keep_blank_values=True, max_num_fields=64, errors="strict")
    except ValueError:  # also UnicodeError
        raise Invalid("the form cannot be read: check its percent-encoding") from None


async def answer(send: Send, status: int = 200, body: bytes = b"", headers: Sequence[Header] = ()) -> None:
    """Send an answer that nobody keeps."""
    whole = [
        *headers,
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
    ]
    await send({"type": "http.response.start", "status": status, "headers": whole})
    await send({"type": "http.response.body", "body": body})


async def redirect(send: Send, place: str, headers: Sequence[Header] = ()) -> None:
    """Send the browser somewhere else."""
    await answer(send, 302, headers=[(b"location", place.encode("latin-1", "ignore")), *headers])


async def refuse(send: Send, error: Exception, origin: Origin, headers: Sequence[Header] = ()) -> None:
    """Send an error in the envelope of the API."""
    wait_s = retry_after_s(error)
    waiting = [] if wait_s is None else [(b"retry-after", str(wait_s).encode())]
    body = api_envelope(error, origin.request_id)
    await answer(send, face_of(error).status, body, [JSON, *waiting, *headers])
