"""The kinds of registries that we know, and what each can do. Pure; how they are spoken to is an adapter's.

Names are Harbor's, so that its clients and stored policies go on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Provider:
    """One kind. `endpoints` are the addresses it has by itself; `is_fixed` when it has no others.

    `access_key` is set where every account has the same name.
    """

    kind: str
    description: str
    endpoints: Mapping[str, str] | None = None
    is_fixed: bool = False
    access_key: str = ""
    takes_chunks: bool = True
    takes_deletions: bool = True
    has_labels: bool = False


_AWS_REGIONS: Final = (
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "sa-east-1",
)
_ALL: Final = (
    Provider("harbor", "Havre or Harbor", has_labels=True),
    Provider("docker-registry", "any registry of the OCI distribution specification"),
    Provider(
        "docker-hub",
        "Docker Hub",
        {"hub.docker.com": "https://hub.docker.com"},
        is_fixed=True,
        takes_chunks=False,
    ),
    Provider(
        "github-ghcr", "GitHub packages", {"ghcr.io": "https://ghcr.io"}, is_fixed=True, takes_deletions=False
    ),
    Provider("quay", "Quay", {"quay.io": "https://quay.io"}),
    Provider("gitlab", "GitLab's registry", {"registry.gitlab.com": "https://registry.gitlab.com"}),
    Provider(
        "aws-ecr",
        "Amazon ECR; the name is an access key id, the secret its key",
        {region: f"https://api.ecr.{region}.amazonaws.com" for region in _AWS_REGIONS},
        takes_chunks=False,
    ),
    Provider("azure-acr", "Azure container registry", takes_chunks=False),
    Provider(
        "google-gcr",
        "Google container and artifact registry; the secret is the key file of a service account",
        {
            "gcr.io": "https://gcr.io",
            "us.gcr.io": "https://us.gcr.io",
            "eu.gcr.io": "https://eu.gcr.io",
            "asia.gcr.io": "https://asia.gcr.io",
        },
        access_key="_json_key",
        takes_chunks=False,
    ),
    Provider("jfrog-artifactory", "Artifactory"),
)
PROVIDERS: Final[Mapping[str, Provider]] = {provider.kind: provider for provider in _ALL}
