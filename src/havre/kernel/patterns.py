"""LIKE patterns for the stores; statements that use them say ESCAPE '!'."""


def containing(text: str) -> str:
    """Make a pattern that finds `text` anywhere, its own wildcards taken literally."""
    escaped = text.replace("!", "!!").replace("%", "!%").replace("_", "!_")
    return f"%{escaped}%"
