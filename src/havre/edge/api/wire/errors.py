"""The shape of an error."""

import msgspec


class ErrorLine(msgspec.Struct):
    """One error."""

    code: str
    message: str


class Errors(msgspec.Struct):
    """The envelope that every error comes in."""

    errors: list[ErrorLine]
