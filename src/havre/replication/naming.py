"""What a repository is called at the other side. Pure.

Source: Harbor's documentation, "Creating a Replication Rule" (destination namespace and flattening).
"""


def target_name(source: str, namespace: str, replace_count: int) -> str:
    """Put `namespace` in place of the first `replace_count` components; -1 replaces all but the last.

    The last component always stays:

        a/b/c/app, ns, -1 -> ns/app        a/b/c/app, ns, 0 -> ns/a/b/c/app
        a/b/c/app, ns,  2 -> ns/c/app      app,       ns, 3 -> ns/app
    """
    if not namespace:
        return source
    parts = source.split("/")
    kept = parts[-1:] if replace_count < 0 else parts[min(replace_count, len(parts) - 1) :]
    return "/".join((namespace, *kept))
