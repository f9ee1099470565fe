"""Paths under /v2 taken apart: the last keyword decides."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from havre.edge.oci.router import Kind, Route, route

_KEYWORDS = ["blobs", "manifests", "tags", "referrers", "uploads", "list", "_catalog", "v2"]
_names = st.lists(st.sampled_from([*_KEYWORDS, "a", "b-c"]), min_size=1, max_size=6).map("/".join)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/v2", Route(Kind.BASE)),
        ("/v2/", Route(Kind.BASE)),
        ("/v2/_catalog", Route(Kind.CATALOG)),
        ("/v2/a/b/tags/list", Route(Kind.TAGS, "a/b")),
        ("/v2/a/manifests/v1", Route(Kind.MANIFEST, "a", "v1")),
        ("/v2/a/blobs/sha256:x", Route(Kind.BLOB, "a", "sha256:x")),
        ("/v2/a/blobs/uploads", Route(Kind.UPLOADS, "a")),
        ("/v2/a/blobs/uploads/", Route(Kind.UPLOADS, "a")),
        ("/v2/a/blobs/uploads/x", Route(Kind.UPLOAD, "a", "x")),
        ("/v2/a/referrers/sha256:x", Route(Kind.REFERRERS, "a", "sha256:x")),
        ("/v2/a/manifests/manifests/v1", Route(Kind.MANIFEST, "a/manifests", "v1")),
        ("/v2/a/blobs/blobs/uploads/x", Route(Kind.UPLOAD, "a/blobs", "x")),
        ("/v2/a/tags/list/tags/list", Route(Kind.TAGS, "a/tags/list")),
    ],
)
def test_a_path_is_its_endpoint(path: str, expected: Route) -> None:
    assert route(path) == expected


@pytest.mark.parametrize(
    "path",
    [
        *("/v2/a", "/v2/a/tags", "/v2/a/tags/x", "/v2/a/manifests/", "/v2/a/blobs/", "/v2/a/uploads/x"),
        *("/v2//", "/v2//tags/list", "/v2//blobs/uploads/", "/v2//blobs/uploads/x", "/v2/blobs/uploads/"),
        *("/v2/_catalog/", "/v2/a/nothing/x", "/v2/manifests/x"),
    ],
)
def test_a_path_that_is_no_endpoint_is_unknown(path: str) -> None:
    assert route(path).kind is Kind.UNKNOWN


@given(_names, st.sampled_from(["x", "v1", "uploads", "list", "sha256:0"]))
def test_a_name_may_be_made_of_keywords(name: str, reference: str) -> None:
    assert route(f"/v2/{name}/tags/list") == Route(Kind.TAGS, name)
    assert route(f"/v2/{name}/manifests/{reference}") == Route(Kind.MANIFEST, name, reference)
    assert route(f"/v2/{name}/blobs/uploads/") == Route(Kind.UPLOADS, name)
    assert route(f"/v2/{name}/blobs/uploads/{reference}") == Route(Kind.UPLOAD, name, reference)
    assert route(f"/v2/{name}/referrers/{reference}") == Route(Kind.REFERRERS, name, reference)


@given(st.text(max_size=60) | st.lists(st.sampled_from([*_KEYWORDS, "", ".."]), max_size=8).map("/".join))
def test_any_path_is_some_endpoint_and_what_has_a_name_has_one(rest: str) -> None:
    found = route(f"/v2/{rest}")

    assert bool(found.name) == (found.kind not in (Kind.BASE, Kind.CATALOG, Kind.UNKNOWN))
    assert found.name in rest
    assert found.reference in rest
