"""Mark the tags of a list that rules keep as they are."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from havre.kernel.names import RepositoryName
from havre.registry.model import TagRecord
from havre.registry.ports import TagRules

_AT_ONCE: Final = 20  # tags: with a hundred rules some 20 ms, then others have a turn


async def marked(
    rules: TagRules, repository: RepositoryName, tags: Sequence[TagRecord]
) -> Sequence[TagRecord]:
    """Mark those of a repository's tags that a rule holds."""
    if not rules.are_about(repository):
        return tags
    found = list[TagRecord]()
    for start in range(0, len(tags), _AT_ONCE):
        for tag in tags[start : start + _AT_ONCE]:
            found.append(replace(tag, is_immutable=rules.holding(repository, tag.name) is not None))
        await asyncio.sleep(0)
    return found
