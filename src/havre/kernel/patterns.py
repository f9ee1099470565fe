"""LIKE patterns for the stores; statements that use them say ESCAPE '!'."""


def containing(text: str) -> str:
    """Make a pattern that finds `text` anywhere, its own wildcards taken literally."""
    return f"%{exactly(text)}%"


def exactly(text: str) -> str:
    """Make a pattern that finds `text` alone, its own wildcards taken literally."""
    return text.replace("!", "!!").replace("%", "!%").replace("_", "!_")
