"""Everything that is measured, with the goals of the issue "The registry"."""

from benchmarks.registry import pushes, reads
from benchmarks.registry.rounds import Goal, Role, Scenario
from benchmarks.registry.servers import FREE, PINNED

_ALL: tuple[Role, ...] = ("ours", "peer", "nginx")
_REGISTRIES: tuple[Role, ...] = ("ours", "peer")

_MANIFEST = (Goal("requests_s", "peer", 5.0, is_floor=True),)
_SMALL = (Goal("requests_s", "peer", 10.0, is_floor=True),)
_BLOB = (Goal("mib_s", "peer", 1.5, is_floor=True), Goal("mib_s", "nginx", 0.9, is_floor=True))
_CHEAPER = Goal("cpu_s_gib", "peer", 1.0, is_floor=False)
_PUT = (Goal("mib_s", "peer", 1.25, is_floor=True), _CHEAPER)
_CHUNKED = (Goal("mib_s", "peer", 1.15, is_floor=True), _CHEAPER)
# The spread of one push on a shared machine is about a fifth; being held up for real costs whole seconds.
_PATIENT = (Goal("beside_alone_ratio", "ours", 1.25, is_floor=False),)
_SMALL_MEMORY = (
    Goal("growth_mb", "ours", 100.0, is_floor=False),
    Goal("idle_mb", "ours", 120.0, is_floor=False),
)
_QUICK_START = (Goal("first_s", "ours", 2.0, is_floor=False), Goal("again_s", "ours", 2.0, is_floor=False))
_FLAT = (Goal("many_first_ratio", "ours", 1.1, is_floor=False),)

_small = reads.publish_small
_large = reads.publish_large
_none = pushes.publish_nothing
_tags = pushes.publish_many_tags

SCENARIOS = (
    Scenario(
        "manifest", "manifest GET by tag, bearer, c=32", PINNED, _ALL, _small, reads.manifest, _MANIFEST
    ),
    Scenario("manifest-free", "the same, free cores", FREE, _ALL, _small, reads.manifest, _MANIFEST),
    Scenario("small", "blob GET 10 KiB, c=32", PINNED, _ALL, _small, reads.small_blob, _SMALL),
    Scenario("small-free", "the same, free cores", FREE, _ALL, _small, reads.small_blob, _SMALL),
    Scenario("blob", "blob GET 100 MiB, c=8", PINNED, _ALL, _large, reads.large_get, _BLOB),
    Scenario("blob-free", "the same, free cores", FREE, _ALL, _large, reads.large_get, _BLOB),
    Scenario("put", "push 100 MiB as one PUT, c=4", PINNED, _REGISTRIES, _none, pushes.put, _PUT),
    Scenario("put-free", "the same, free cores", FREE, _REGISTRIES, _none, pushes.put, _PUT),
    Scenario("chunked", "push 100 MiB as docker, c=4", PINNED, _REGISTRIES, _none, pushes.chunked, _CHUNKED),
    Scenario("chunked-free", "the same, free cores", FREE, _REGISTRIES, _none, pushes.chunked, _CHUNKED),
    Scenario("slow", "push beside 64 slow", FREE, _REGISTRIES, _none, pushes.beside_slow, _PATIENT),
    Scenario("memory", "32 pushes at once", FREE, _REGISTRIES, _none, pushes.memory, _SMALL_MEMORY),
    Scenario("start", "start to first answer", FREE, _REGISTRIES, _none, pushes.start, _QUICK_START),
    Scenario("tags", "push among 1,000 tags", FREE, _REGISTRIES, _tags, pushes.push_among_tags, _FLAT),
)
