"""Regular expressions of rules: RE2, whose time is linear in the text whatever the pattern says.

The dialect is Go's, without look-around and back-references. A pattern always describes the whole text, as a
glob does. The library is imported with the first expression: most instances have none.
"""

from collections.abc import Callable
from functools import lru_cache
from importlib import import_module
from typing import Final, Protocol, cast

_MEMORY_BYTES: Final = 1 << 20  # of one compiled expression; "a{1000}" needs 60 KiB


class RegexInvalid(ValueError):
    """Raised for an expression that RE2 does not take; its text says why, for people."""


class _Options(Protocol):
    log_errors: bool
    max_mem: int
    never_capture: bool


class _Compiled(Protocol):
    def fullmatch(self, text: str) -> object: ...


class _Re2(Protocol):
    """What is used of the module; it brings no types."""

    error: type[Exception]
    Options: Callable[[], _Options]

    def compile(self, pattern: str, options: _Options) -> _Compiled: ...


@lru_cache(maxsize=512)
def compile_regex(pattern: str) -> Callable[[str], bool]:
    """Compile an expression to a test of whole texts; an empty one matches everything, as Harbor has it.

    Raises: RegexInvalid.
    """
    if not pattern:
        return lambda text: True
    re2 = cast("_Re2", import_module("re2"))
    options = re2.Options()
    options.log_errors, options.max_mem, options.never_capture = False, _MEMORY_BYTES, True
    try:
        compiled = re2.compile(pattern, options)
    except UnicodeEncodeError as error:
        raise RegexInvalid("it holds half a character") from error
    except re2.error as error:
        raise RegexInvalid(_reason(error)) from error
    return lambda text: compiled.fullmatch(text) is not None


def _reason(error: Exception) -> str:
    reason = error.args[0] if error.args else ""
    return reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
