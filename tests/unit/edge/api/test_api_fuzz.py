"""Whatever is sent to a built operation, the answer is in the contract's words and never a fault of ours."""

import asyncio
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import quote

from hypothesis import given, settings
from hypothesis import strategies as st

from havre.edge.api.operations import BY_ID
from unit.edge.api.calls import BUILT
from unit.edge.api.rig import Instance, basic, open_instance

_WORDS = st.one_of(
    st.text(max_size=20),
    st.sampled_from(["1", "demo", "team%2Fapp", "v1", "0", "-1", str(2**63), "\0", "%", "sha256:x", "true"]),
)
_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | _WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_WORDS, inner, max_size=3),
    max_leaves=6,
)
_FIELDS = (
    "project_name", "public", "metadata", "storage_limit", "registry_id", "role_id", "member_user", "user_id",
    "username", "password", "new_password", "email", "realname", "comment", "sysadmin_flag",
    "member_group", "group_name", "group_type", "ldap_group_dn", "name", "scope", "color", "id", "project_id",
    "level", "duration", "permissions", "secret", "overlap_seconds", "disable",
)  # fmt: skip
_BODIES = st.one_of(_JSON, st.dictionaries(st.sampled_from(_FIELDS), _JSON, max_size=5))
_QUERIES = st.dictionaries(
    st.sampled_from(["q", "sort", "page", "page_size", "name", "public", "scope", "with_tag", "username"]),
    _WORDS,
    max_size=3,
)
_REQUESTS = st.tuples(st.sampled_from(BUILT), st.lists(_WORDS, min_size=4, max_size=4), _QUERIES, _BODIES)


@settings(max_examples=25, deadline=None)
@given(st.lists(_REQUESTS, min_size=10, max_size=20))
def test_no_request_makes_a_fault_of_ours(
    requests: list[tuple[str, list[str], dict[str, str], object]],
) -> None:
    async def send_all() -> None:
        with TemporaryDirectory() as directory:
            async with open_instance(Path(directory)) as instance:
                for operation_id, words, query, body in requests:
                    await _send(instance, operation_id, words, query, body)

    asyncio.run(send_all())


async def _send(
    instance: Instance, operation_id: str, words: list[str], query: dict[str, str], body: object
) -> None:
    operation = BY_ID[operation_id]
    segments = iter(words)
    path = "/".join(
        quote(next(segments), safe="") if part.startswith("{") else part for part in operation.path.split("/")
    )
    response = await instance.client.request(
        operation.method,
        f"/api/v2.0{path}",
        params=query,
        content=json.dumps(body).encode(),
        headers=basic("admin"),
    )

    assert response.status_code < 500, (operation_id, response.text)
    if response.status_code >= 400 and operation.method != "HEAD":
        assert response.json()["errors"][0]["code"]
