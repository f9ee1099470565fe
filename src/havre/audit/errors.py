"""What the journal refuses, as facts.

Unavailable
└─ ReceiverAway     nobody takes forwarded records there, now
Invalid
└─ PurgeInvalid     a purge's plan has a number or a word that cannot be
StartRefused
└─ ReceiverInvalid  the setting names no place to forward to
"""

from havre.kernel.errors import Invalid, StartRefused, Unavailable


class ReceiverAway(Unavailable):
    """Nobody takes the records; they stay in the journal and are sent later."""


class ReceiverInvalid(StartRefused):
    """The setting names no place that can be forwarded to."""


class PurgeInvalid(Invalid):
    """A purge's plan has a number or a word that cannot be."""
