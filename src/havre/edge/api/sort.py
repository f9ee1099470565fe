"""The grammar of `sort=f1,-f2`. Pure."""

from collections.abc import Collection


def read_order(text: str | None, known: Collection[str]) -> str:
    """Get the first field of `sort` that the list knows, with its `-` for falling; empty when there is none.

    Fields that are not known are passed over, as Harbor does.
    """
    for word in (text or "").split(","):
        falling = word.strip().startswith("-")
        name = word.strip().removeprefix("-").removeprefix("+")
        if name in known:
            return f"-{name}" if falling else name
    return ""
