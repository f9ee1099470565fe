"""The registry's use cases behind the operations on labels, artifacts, tags and repositories."""

from dataclasses import dataclass

from havre.registry import (
    Additions,
    Artifacts,
    ChangeLabels,
    ChangeTags,
    Copy,
    DeleteArtifact,
    DeleteRepository,
    Icons,
    LabelArtifacts,
    Labels,
    Quotas,
    SearchRepositories,
    UpdateRepository,
)


@dataclass(frozen=True, slots=True)
class RegistryParts:
    """One name each."""

    artifacts: Artifacts
    labels: Labels
    change_labels: ChangeLabels
    label_artifacts: LabelArtifacts
    change_tags: ChangeTags
    copy: Copy
    delete_artifact: DeleteArtifact
    additions: Additions
    icons: Icons
    quotas: Quotas
    search: SearchRepositories
    delete_repository: DeleteRepository
    update_repository: UpdateRepository
