"""Operations beside the contract, under `/api/havre/v1`: the same table, pages by cursor."""

from collections.abc import Sequence
from typing import Final

from havre.edge.api.operations import Operation, read_table

PREFIX: Final = "/api/havre/v1"

ADDITIONS: Final[Sequence[Operation]] = tuple(
    read_table(
        """
[session]
built listSessions     login    -                GET     /sessions
built revokeSession    login    session.revoked  DELETE  /sessions/{session_id}
[Retention]
built simulateRetention  project:tag-retention:read  -  POST  /projects/{project_name_or_id}/retention/simulation
[replication]
built listReplicationStates  system:replication-policy:read  -  GET  /replication/policies/{id}/repositories
[signing]
built getTrustPolicy     project:metadata:read    -                     GET     /projects/{project_name_or_id}/trust-policy
built putTrustPolicy     project:metadata:update  trust_policy.put      PUT     /projects/{project_name_or_id}/trust-policy
built deleteTrustPolicy  project:metadata:delete  trust_policy.deleted  DELETE  /projects/{project_name_or_id}/trust-policy
built getArtifactTrust   project:artifact:read    -                     GET     /projects/{project_name}/repositories/{repository_name}/artifacts/{reference}/trust
"""  # noqa: E501 - one operation, one line
    )
)
