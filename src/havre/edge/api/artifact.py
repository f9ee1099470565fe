"""Operations on artifacts and their tags."""

from dataclasses import replace
from typing import Final, Literal

from starlette.responses import Response

from havre.edge.api.conventions import created, done, item, page_of
from havre.edge.api.faults import SchemaViolated
from havre.edge.api.parts import ApiParts, Handlers
from havre.edge.api.query import Query
from havre.edge.api.repository import repository_name
from havre.edge.api.request import ApiRequest
from havre.edge.api.sort import read_order
from havre.edge.api.wire.artifact import SBOM_REPORT, TagReq, accessory_shape, artifact_shape, tag_shape
from havre.edge.api.wire.label import LabelReq
from havre.kernel.digest import Digest
from havre.kernel.names import Reference, RepositoryName, Tag, parse_reference
from havre.registry import ArtifactFilters, ArtifactQuery, CopySource, Shown, TagPart
from havre.registry.errors import CopySourceInvalid

_ORDERS: Final = ("push_time", "pull_time", "size", "digest", "type", "id")
_TAGGED: Final[dict[str, Literal["none", "some"]]] = {"nil": "none", "*": "some"}
_KEYS: Final = (
    "tags", "labels", "type", "digest", "media_type", "artifact_type", "push_time", "pull_time", "base",
)  # fmt: skip
_REPORTS: Final = (
    "application/vnd.security.vulnerability.report; version=1.1",
    "application/vnd.scanner.adapter.vuln.report.harbor+json; version=1.0",
)
_ADDITIONS: Final = (
    "build_history", "values.yaml", "readme.md", "dependencies", "sbom", "license", "files",
)  # fmt: skip
_MOST_MIMES: Final = 10
_MOST_LABELS: Final = 10


async def _list(parts: ApiParts, request: ApiRequest) -> Response:
    page, query = request.page(), _query(request)
    found = await parts.registry.artifacts.of_repository(request.actor, repository_name(request), query, page)
    shapes = [artifact_shape(record, query.shown) for record in found.items]
    return page_of(request, page, shapes, found.total)


async def _list_of_project(parts: ApiParts, request: ApiRequest) -> Response:
    page, query = request.page(), _query(request)
    is_latest = request.query_flag("latest_in_repository", default=False)
    if is_latest and query.filters.media_type is None and query.filters.artifact_type is None:
        raise SchemaViolated("latest_in_repository needs media_type or artifact_type in q")
    query = replace(query, filters=replace(query.filters, is_latest=is_latest))
    found = await parts.registry.artifacts.of_project(request.actor, request.project(), query, page)
    shapes = [artifact_shape(record, query.shown) for record in found.items]
    return page_of(request, page, shapes, found.total)


def _query(request: ApiRequest) -> ArtifactQuery:
    return ArtifactQuery(
        _filters(request.filters(*_KEYS)), read_order(request.query("sort"), _ORDERS), _shown(request)
    )


def _filters(query: Query) -> ArtifactFilters:
    tagged = _TAGGED.get(query.exact("tags") or "")
    kind = query.exact("type")
    return ArtifactFilters(
        kind=kind.upper() if kind is not None else None,
        digest=query.exact("digest"),
        media_type=query.exact("media_type"),
        artifact_type=query.exact("artifact_type"),
        tags=tagged or "any",
        tag=query.exact("tags") if tagged is None else None,
        tag_part=query.fuzzy("tags"),
        labels=_labels(query),
        pushed=query.moments("push_time"),
        pulled=query.moments("pull_time"),
        is_base=query.exact("base") == "*",
    )


def _labels(query: Query) -> tuple[int, ...]:
    texts = query.all_of("labels")
    if len(texts) > _MOST_LABELS:
        raise SchemaViolated(f"labels in q may name at most {_MOST_LABELS} labels")
    for text in texts:
        if not (text.isascii() and text.isdigit() and len(text) < 19):
            raise SchemaViolated(f"labels in q must be numbers such as labels=(1 2), not {text[:40]!r}")
    return tuple(dict.fromkeys(int(text) for text in texts))


def accepted_reports(request: ApiRequest) -> tuple[str, ...]:
    """Read which reports a client takes, in its order; without a word, those that Harbor's take."""
    named = (mime.strip() for mime in request.header(b"x-accept-vulnerabilities").split(","))
    return tuple(mime for mime in named if mime)[:_MOST_MIMES] or _REPORTS


def _shown(request: ApiRequest) -> Shown:
    request.query_flag("with_signature", default=False)  # signatures are accessories now
    mimes: tuple[str, ...] = ()
    if request.query_flag("with_scan_overview", default=False):
        mimes = accepted_reports(request)
    if request.query_flag("with_sbom_overview", default=False):
        mimes += (SBOM_REPORT,)
    return Shown(
        tags=request.query_flag("with_tag", default=True),
        immutable=request.query_flag("with_immutable_status", default=False),
        labels=request.query_flag("with_label", default=False),
        accessories=request.query_flag("with_accessory", default=False),
        inherited=request.query_flag("with_inherited_accessory", default=False),
        mimes=mimes,
    )


async def _get(parts: ApiParts, request: ApiRequest) -> Response:
    shown = _shown(request)
    record = await parts.registry.artifacts.get(
        request.actor, repository_name(request), reference_of(request), shown
    )
    return item(artifact_shape(record, shown))


async def _accessories(parts: ApiParts, request: ApiRequest) -> Response:
    page, kind = request.page(), request.filters("type").exact("type")
    found = await parts.registry.artifacts.accessories(
        request.actor, repository_name(request), reference_of(request), kind, page
    )
    return page_of(request, page, [accessory_shape(one) for one in found.items], found.total)


async def _tags(parts: ApiParts, request: ApiRequest) -> Response:
    page, query = request.page(), request.filters("name")
    part = TagPart(query.text("name") or "", is_exact=query.exact("name") is not None)
    found = await parts.browse.tags(
        request.actor, repository_name(request), reference_of(request), part, page
    )
    return page_of(request, page, [tag_shape(tag) for tag in found.items], found.total)


def reference_of(request: ApiRequest) -> Reference:
    """Read which artifact is meant. Raises: the refusals of parse_reference."""
    return parse_reference(request.text("reference"))


async def _copy(parts: ApiParts, request: ApiRequest) -> Response:
    target = repository_name(request)
    digest = await parts.registry.copy.artifact(request.actor, _source(request.query("from")), target)
    name = target.path.replace("/", "%252F")
    return created(f"/projects/{target.project}/repositories/{name}/artifacts/{digest}")


def _source(text: str | None) -> CopySource:
    """Read `project/repository:tag` or `project/repository@digest`."""
    if text is None:
        raise SchemaViolated("from in query is required")
    name, at, digest = text.partition("@")
    if at:
        return CopySource(RepositoryName.parse(name), Digest.parse(digest))
    name, colon, tag = text.rpartition(":")
    if not colon:
        raise CopySourceInvalid(text)
    return CopySource(RepositoryName.parse(name), Tag.parse(tag))


async def _delete(parts: ApiParts, request: ApiRequest) -> Response:
    await parts.registry.delete_artifact.delete(
        request.actor, repository_name(request), reference_of(request)
    )
    return done()


async def _addition(parts: ApiParts, request: ApiRequest) -> Response:
    name = request.text("addition")
    if name not in _ADDITIONS:
        raise SchemaViolated(f"addition in path must be one of {', '.join(_ADDITIONS)}, not {name[:40]!r}")
    found = await parts.registry.additions.read(
        request.actor, repository_name(request), reference_of(request), name
    )
    # What people pushed is shown as it is and must never run in a browser as a page of ours.
    headers = {"Content-Type": found.content_type, "X-Content-Type-Options": "nosniff"}
    return Response(found.content, headers=headers)


async def _create_tag(parts: ApiParts, request: ApiRequest) -> Response:
    repository, reference = repository_name(request), reference_of(request)
    wanted = Tag.parse((await request.body(TagReq)).name)
    await parts.registry.change_tags.create(request.actor, repository, reference, wanted)
    return Response(status_code=201)  # no Location: the contract has no operation that gets one tag


async def _delete_tag(parts: ApiParts, request: ApiRequest) -> Response:
    tag = Tag.parse(request.text("tag_name"))
    await parts.registry.change_tags.delete(
        request.actor, repository_name(request), reference_of(request), tag
    )
    return done()


async def _add_label(parts: ApiParts, request: ApiRequest) -> Response:
    repository, reference = repository_name(request), reference_of(request)
    wanted = await request.body(LabelReq)
    await parts.registry.label_artifacts.add(request.actor, repository, reference, wanted.id)
    return done()


async def _remove_label(parts: ApiParts, request: ApiRequest) -> Response:
    label_id = request.number("label_id")
    await parts.registry.label_artifacts.remove(
        request.actor, repository_name(request), reference_of(request), label_id
    )
    return done()


HANDLERS: Final[Handlers] = {
    "listArtifacts": _list,
    "CopyArtifact": _copy,
    "deleteArtifact": _delete,
    "getAddition": _addition,
    "listArtifactsOfProject": _list_of_project,
    "listAccessories": _accessories,
    "getArtifact": _get,
    "listTags": _tags,
    "createTag": _create_tag,
    "deleteTag": _delete_tag,
    "addLabel": _add_label,
    "removeLabel": _remove_label,
}
