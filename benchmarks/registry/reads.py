"""Pulls: a manifest by tag, a small blob, a large blob."""

from benchmarks.registry import load, processes, wrk
from benchmarks.registry.content import MANIFEST, Blob, digest_of, make_blob, make_image
from benchmarks.registry.rounds import Sample, Size
from benchmarks.registry.servers import Server
from benchmarks.registry.wire import Connection

REPOSITORY = "library/bench"
LARGE_BYTES = 100 << 20
_TAG = "v1"
_SMALL_CONNECTIONS = 32
_LARGE_CONNECTIONS = 8
_LARGE_FACTOR = 6  # a GET is several times faster than a push: as many seconds with more transfers

# Every server serves the same bytes.
_IMAGE = make_image(layer_count=12, layer_bytes=10 << 10)
_SMALL = _IMAGE.blobs[-1]
_large: list[Blob] = []


def publish_small(server: Server) -> None:
    """Make an image of twelve layers of 10 KiB available, and see that its bytes come back."""
    server.publish(REPOSITORY, _TAG, _IMAGE)
    with server.connect(REPOSITORY) as link:
        _see(link, f"/v2/{REPOSITORY}/manifests/{_TAG}", digest_of(_IMAGE.manifest))
        _see(link, f"/v2/{REPOSITORY}/blobs/{_SMALL.digest}", _SMALL.digest)


def publish_large(server: Server) -> None:
    """Make a layer of 100 MiB available, and see that its bytes come back."""
    image = make_image(layer_count=0, layer_bytes=0)
    server.publish(REPOSITORY, _TAG, type(image)(image.manifest, (*image.blobs, large_blob())))
    with server.connect(REPOSITORY) as link:
        _see(link, f"/v2/{REPOSITORY}/blobs/{large_blob().digest}", large_blob().digest)


def large_blob() -> Blob:
    """Return the one large blob of this run, made when first wanted."""
    if not _large:
        _large.append(make_blob(LARGE_BYTES))
    return _large[0]


def manifest(server: Server, size: Size) -> Sample:
    """GET a manifest by tag with a bearer token."""
    return _small_requests(server, size, f"/v2/{REPOSITORY}/manifests/{_TAG}")


def small_blob(server: Server, size: Size) -> Sample:
    """GET a blob of 10 KiB."""
    return _small_requests(server, size, f"/v2/{REPOSITORY}/blobs/{_SMALL.digest}")


def large_get(server: Server, size: Size) -> Sample:
    """GET a blob of 100 MiB over eight connections."""
    job = load.Job(
        kind="get",
        port=server.port,
        repository=REPOSITORY,
        authorization=server.authorization(REPOSITORY),
        connections=_LARGE_CONNECTIONS,
        count=size.transfers * _LARGE_FACTOR,
        size_bytes=LARGE_BYTES,
        digest=large_blob().digest,
    )
    return costed_load(server, job)


def costed_load(server: Server, job: load.Job) -> Sample:
    """Run the job; return throughput, and what the server and the client paid for each GiB."""
    before = processes.cpu_s(server.pid)
    took = load.run(job, server.cores.client)
    spent = processes.cpu_s(server.pid) - before
    gib = took.size_bytes / (1 << 30)
    return {
        "mib_s": took.size_bytes / (1 << 20) / took.seconds,
        "cpu_s_gib": spent / gib,
        "client_cpu_s_gib": took.client_cpu_s / gib,
        "slowest_s": took.slowest_s,
        "rss_mb": processes.memory(server.pid).resident_mb,
    }


def _small_requests(server: Server, size: Size, path: str) -> Sample:
    headers = {"Accept": MANIFEST}
    if authorization := server.authorization(REPOSITORY):
        headers["Authorization"] = authorization
    url = f"http://127.0.0.1:{server.port}{path}"
    before = processes.cpu_s(server.pid)
    report = wrk.run(
        url, headers, connections=_SMALL_CONNECTIONS, seconds=size.wrk_s, cores=server.cores.client
    )
    spent = processes.cpu_s(server.pid) - before
    return {
        "requests_s": report.requests_s,
        "cpu_us_request": spent / report.requests * 1e6,
        "p50_ms": report.p50_ms,
        "p99_ms": report.p99_ms,
        "rss_mb": processes.memory(server.pid).resident_mb,
    }


def _see(link: Connection, path: str, digest: str) -> None:
    answer = link.request("GET", path, {"Accept": MANIFEST}).expect(200)
    if digest_of(answer.body) != digest:
        raise ValueError(f"{path} gave other bytes than were published")
