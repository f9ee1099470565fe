"""The shape of the statistics."""

import msgspec

from havre.registry import Figures


class Statistic(msgspec.Struct):
    """`Statistic`."""

    private_project_count: int
    private_repo_count: int
    public_project_count: int
    public_repo_count: int
    total_project_count: int
    total_repo_count: int
    total_storage_consumption: int


def statistic_shape(figures: Figures) -> Statistic:
    """Show the counts and their sums."""
    return Statistic(
        private_project_count=figures.private_projects,
        private_repo_count=figures.private_repositories,
        public_project_count=figures.public_projects,
        public_repo_count=figures.public_repositories,
        total_project_count=figures.private_projects + figures.public_projects,
        total_repo_count=figures.private_repositories + figures.public_repositories,
        total_storage_consumption=figures.storage_bytes,
    )
