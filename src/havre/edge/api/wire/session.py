"""The shapes of sessions."""

from datetime import datetime

import msgspec

from havre.access.model import Session
from havre.kernel.pages import Page


class SessionShape(msgspec.Struct):
    """One session."""

    id: int
    user_id: int
    username: str
    address: str
    client: str
    created_at: datetime
    seen_at: datetime


class SessionPage(msgspec.Struct, omit_defaults=True):
    """A page; `next` is the `after` of the one that follows."""

    items: list[SessionShape]
    next: str | None = None


def sessions_shape(page: Page[Session]) -> SessionPage:
    """Show a page of sessions."""
    return SessionPage(
        [
            SessionShape(
                id=one.id,
                user_id=one.user_id,
                username=one.username,
                address=one.address,
                client=one.client,
                created_at=one.created_at,
                seen_at=one.seen_at,
            )
            for one in page.items
        ],
        page.next_after,
    )
