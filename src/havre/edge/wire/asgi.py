"""Names for the ASGI types.

`Any` is deliberate and confined to this module: ASGI types a message's values by the text in its "type".
Source: ASGI specification 3.0, "Applications".
"""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]

Write = Callable[[memoryview], object]
"""A sink. It runs in a thread and may block; the view is only valid during the call."""
Drain = Callable[[Write], Awaitable[int]]

DRAIN = "havre.drain"
"""Extension: `await scope["extensions"][DRAIN](write)` takes the whole request body to `write`."""
FILESEND = "havre.filesend"
"""Extension: the message FILESEND_MESSAGE is understood."""
FILESEND_MESSAGE = "havre.response.filesend"
PATHSEND = "http.response.pathsend"
