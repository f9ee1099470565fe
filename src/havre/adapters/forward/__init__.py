"""Where the audit journal is forwarded to: each kind of place implements audit's Receiver."""

from havre.adapters.forward.open import open_receiver

__all__ = ["open_receiver"]
