"""Makes the actor of somebody who proved to have an account."""

from typing import Final

from havre.access.model import User
from havre.kernel.actor import Actor, ActorKind, Origin

_NOWHERE: Final = Origin()


def actor_of(user: User, origin: Origin = _NOWHERE) -> Actor:
    """Make the actor of somebody who proved to be `user`."""
    return Actor(ActorKind.USER, user.username, user.id, user.is_admin, None, origin)
