"""Who somebody is and what they may do: accounts, members, passwords, tokens, decisions."""

from havre.access.decide import Access, allows, require_admin
from havre.access.login import Login
from havre.access.passwords import Passwords
from havre.access.refresh import RefreshTokens
from havre.access.scopes import Scope, parse_scopes
from havre.access.settings import AccessSettings
from havre.access.store import raise_epoch
from havre.access.tokens import AUDIENCE, IssuedToken, Tokens

__all__ = [
    "AUDIENCE",
    "Access",
    "AccessSettings",
    "IssuedToken",
    "Login",
    "Passwords",
    "RefreshTokens",
    "Scope",
    "Tokens",
    "allows",
    "parse_scopes",
    "raise_epoch",
    "require_admin",
]
