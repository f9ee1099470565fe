"""What a rule of replication must look like. Pure."""

import re
from dataclasses import replace
from typing import Final

from havre.kernel.names import NameInvalid, RepositoryName
from havre.replication.errors import PolicyInvalid
from havre.replication.policy_model import FilterKind, PolicyWords, Trigger
from havre.replication.providers import PROVIDERS
from havre.replication.selecting import select

_NAME: Final = re.compile(r"[^\x00-\x1f\x7f]{1,255}\Z")
_TEXT_CHARS: Final = 4096
_FILTERS: Final = 20
_DEEPEST: Final = 127  # an int8 of the contract


def checked(words: PolicyWords) -> PolicyWords:
    """Give the words in their canonical form.

    Raises: PolicyInvalid naming the field.
    """
    name = words.name.strip()
    if not _NAME.match(name):
        raise PolicyInvalid("name must be 1 to 255 printable characters")
    if len(words.description) > _TEXT_CHARS:
        raise PolicyInvalid(f"description is longer than {_TEXT_CHARS} characters")
    if (words.source_id is None) == (words.target_id is None):
        raise PolicyInvalid(
            "one of src_registry and dest_registry must be another registry, by its id, the other none"
        )
    namespace = words.namespace.strip().strip("/")
    if namespace:
        try:
            RepositoryName.parse(namespace)
        except NameInvalid as error:
            raise PolicyInvalid(f"dest_namespace: {error}") from error
    if not -1 <= words.replace_count <= _DEEPEST:
        raise PolicyInvalid(f"dest_namespace_replace_count must be -1 to {_DEEPEST}")
    if len(words.filters) > _FILTERS:
        raise PolicyInvalid(f"filters holds more than {_FILTERS}")
    select(words.filters)
    return replace(words, name=name, namespace=namespace, cron=_cron(words))


def check_endpoint(words: PolicyWords, kind: str) -> None:
    """Refuse what the other side cannot do.

    Raises: PolicyInvalid.
    """
    provider = PROVIDERS[kind]
    by_label = any(one.kind is FilterKind.LABEL and one.values for one in words.filters)
    if by_label and not words.is_push and not provider.has_labels:
        raise PolicyInvalid(f"filters: a registry of type {kind} has no labels to go by")
    if words.does_delete and words.is_push and not provider.takes_deletions:
        raise PolicyInvalid(f"replicate_deletion: a registry of type {kind} deletes nothing over its API")


def _cron(words: PolicyWords) -> str:
    if words.trigger is Trigger.EVENT and not words.is_push:
        raise PolicyInvalid(
            "trigger: what happens at the other registry is not told here; "
            "a rule that pulls is manual or scheduled"
        )
    if words.trigger is not Trigger.SCHEDULED:
        return ""
    cron = words.cron.strip()
    if not cron:
        raise PolicyInvalid("trigger.trigger_settings.cron is missing: give six fields such as 0 0 2 * * *")
    return cron
