"""What a trust policy costs a pull: `python -m benchmarks.trust_gate`.

Manifest GET by tag with a bearer token, eight requests in flight on one connection, of one image whose
project has no policy and, in turns, one that trusts it. What is compared is the server's processor time for a
request, which is what bounds its throughput; requests a second beside clients on two cores move by a tenth
from one run to the next. Goal: at most 1.05 of the first. Options: --rounds, --seconds of each turn.
"""

import argparse
import os
import socket
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

import httpx
from cryptography.hazmat.primitives.asymmetric import ec

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))  # the kit is the tests'

from kit.server import ADMIN_PASSWORD, Server
from replication.site import Site
from signing.signatures import as_bundle, bundle_of, pem_of, policy_of, statement_of

_DEPTH: Final = 8
_REPOSITORY: Final = "library/app"
_PLACE: Final = "/api/havre/v1/projects/library/trust-policy"


def pull(port: int, token: str, seconds: float) -> int:
    """Pull one manifest again and again; how often."""
    head = f"GET /v2/{_REPOSITORY}/manifests/v1 HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
    request = f"{head}Authorization: Bearer {token}\r\n\r\n".encode() * _DEPTH
    done, end = 0, time.perf_counter() + seconds
    with socket.create_connection(("127.0.0.1", port)) as link, link.makefile("rb") as answers:
        while time.perf_counter() < end:
            link.sendall(request)
            for _ in range(_DEPTH):
                line = answers.readline()
                if b" 200 " not in line:
                    raise RuntimeError(f"not pulled: {line!r}")
                length = 0
                while (header := answers.readline()) != b"\r\n":
                    if header.lower().startswith(b"content-length:"):
                        length = int(header.partition(b":")[2])
                answers.read(length)
                done += 1
    return done


def _prepare(site: Site) -> tuple[dict[str, object], str]:
    """Push a signed image; the policy that trusts it, and a token to pull it."""
    key = ec.generate_private_key(ec.SECP256R1())
    digest = site.push_image(_REPOSITORY, "v1")
    as_bundle(site, digest, bundle_of(key, statement_of(digest)), repository=_REPOSITORY)
    with httpx.Client(base_url=site.url, auth=("admin", ADMIN_PASSWORD)) as http:
        answer = http.get("/service/token", params={"scope": f"repository:{_REPOSITORY}:pull"})
    return policy_of(pem_of(key)), str(answer.json()["token"])


def _ask_for(site: Site, policy: dict[str, object] | None) -> None:
    """Give the project its policy, or take it, and wait until that is in force."""
    answer = site.http.delete(_PLACE) if policy is None else site.http.put(_PLACE, json=policy)
    if answer.status_code not in (200, 404):
        raise RuntimeError(answer.text)
    time.sleep(1.5)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=1.5)
    options = parser.parse_args()
    without, with_one = list[float](), list[float]()
    with tempfile.TemporaryDirectory() as folder, Server(Path(folder) / "data") as server:
        site = Site(server.url, server)
        policy, token = _prepare(site)
        for _ in range(options.rounds):
            for wanted, found in ((None, without), (policy, with_one)):
                _ask_for(site, wanted)
                before = _cpu_s(server.pid)
                done = pull(server.port, token, options.seconds)
                found.append((_cpu_s(server.pid) - before) / done * 1_000_000)
    first, second = statistics.median(without), statistics.median(with_one)
    print(f"without a policy {first:.1f} us a request, with one {second:.1f} us: {second / first:.3f}")


def _cpu_s(pid: int) -> float:
    """Read the processor time of a process (proc(5), /proc/pid/stat, fields 14 and 15)."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
