"""Mark the tags of a list that rules keep as they are. Pure."""

from collections.abc import Sequence
from dataclasses import replace

from havre.kernel.names import RepositoryName
from havre.registry.model import TagRecord
from havre.registry.ports import TagRules


def marked(rules: TagRules, repository: RepositoryName, tags: Sequence[TagRecord]) -> Sequence[TagRecord]:
    """Mark those of a repository's tags that a rule holds."""
    if not rules.are_about(repository):
        return tags
    return [replace(tag, is_immutable=rules.holding(repository, tag.name) is not None) for tag in tags]
