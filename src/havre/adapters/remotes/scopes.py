"""What a token is asked for (Docker's token specification, "scope")."""


def pulling(repository: str) -> str:
    """Name the scope for reading a repository."""
    return f"repository:{repository}:pull"


def pushing(repository: str) -> str:
    """Name the scope for writing to a repository."""
    return f"repository:{repository}:pull,push"


def deleting(repository: str) -> str:
    """Name the scope for deleting from a repository."""
    return f"repository:{repository}:pull,push,delete"
