"""Requests that no client sends, and publications that break a rule: both servers answer them alike.

Where ours is stricter, that is said: it also refuses snapshots that name other documents than the newest.
"""

import hashlib
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from kit.notary import TrustServer
from kit.publisher import Publisher, bare_pair, certified_pair, document, moment
from signing.conftest import client_of

Face = tuple[object, ...]
_HEX = "ab" * 32
_PROBES = [
    ("GET", "root.json"),
    ("GET", "targets.json"),
    ("GET", "snapshot.json"),
    ("GET", "timestamp.json"),
    ("GET", "targets/releases.json"),
    ("GET", f"root.{_HEX}.json"),
    ("GET", f"targets.{'cd' * 64}.json"),
    ("GET", f"snapshot.{'ef' * 48}.json"),
    ("GET", f"timestamp.{_HEX}.json"),
    ("GET", "1.root.json"),
    ("GET", "0.root.json"),
    ("GET", "99.root.json"),
    ("GET", "1.timestamp.json"),
    ("GET", "mirror.json"),
    ("GET", "targets"),
    ("GET", "root.key"),
    ("GET", "targets.key"),
    ("POST", "root.key"),
    ("GET", ""),
    ("PUT", "root.json"),
    ("DELETE", "root.json"),
]
_CHANGES = ["", "?records=2", "?records=x", "?records=0", "?records=1&change_id=-1", "?records=1&change_id=x"]


def face(answer: httpx.Response) -> Face:
    """What clients go by: the status, the code, the form of the detail, how long it may be cached."""
    cached = answer.headers.get("cache-control") if answer.status_code == 200 else None
    if answer.status_code == 200:
        return (200, cached, "last-modified" in answer.headers)
    found = answer.json()["errors"][0]
    detail = found.get("detail")
    if isinstance(detail, dict):
        error = detail.get("Error")
        detail = (detail.get("Name"), sorted(error) if isinstance(error, dict) else error)
    elif isinstance(detail, list):
        detail = sorted(json.dumps(line, sort_keys=True) for line in detail)
    elif isinstance(detail, str):
        detail = "text"
    return (answer.status_code, found["code"], detail)


@pytest.fixture(params=["notary", "havre"])
def publisher(request: pytest.FixtureRequest) -> Iterator[Publisher]:
    """Somebody who may publish, at the one server and at the other."""
    server: TrustServer = request.getfixturevalue(request.param)
    name = f"library/{abs(hash(request.node.name)):x}"
    with client_of(server) as http:
        yield Publisher(http, server.gun(name))


def _both(notary: TrustServer, havre: TrustServer, name: str, run: Callable[[Publisher], object]) -> object:
    """Do the same at both and return what ours said, which is what theirs said."""
    said = []
    for server in (notary, havre):
        with client_of(server) as http:
            said.append(run(Publisher(http, server.gun(name))))
    plain = [
        json.loads(json.dumps(one).replace(server.host, "HOST"))
        for one, server in zip(said, (notary, havre), strict=True)
    ]
    assert plain[1] == plain[0], "ours, then theirs"
    return plain[1]


def _probe(publisher: Publisher) -> list[Face]:
    asked = [publisher.http.request(method, publisher.address + name) for method, name in _PROBES]
    feed = [publisher.http.get(f"/v2/{publisher.gun}/_trust/changefeed{query}") for query in _CHANGES]
    return [face(answer) for answer in asked] + [(face(answer), _changes(answer)) for answer in feed]


def _changes(answer: httpx.Response) -> object:
    if answer.status_code != 200:
        return None
    lines = answer.json()["records"] or []  # in memory theirs says null at times
    shown = [(sorted(one), one["GUN"], one["Version"], one["Category"]) for one in lines]
    return [answer.json()["count"], shown]


def test_a_name_without_trust_data(notary: TrustServer, havre: TrustServer) -> None:
    _both(notary, havre, "library/nothing", _probe)


def test_a_name_with_trust_data(notary: TrustServer, havre: TrustServer) -> None:
    def run(publisher: Publisher) -> object:
        assert publisher.first({"v1": b"content"}).status_code == 200
        return _probe(publisher)

    _both(notary, havre, "library/something", run)


def test_a_name_whose_trust_data_is_gone(notary: TrustServer, havre: TrustServer) -> None:
    def run(publisher: Publisher) -> object:
        assert publisher.first().status_code == 200
        gone = [face(publisher.http.delete(publisher.address)) for _ in range(2)]
        return [gone, _probe(publisher)]

    _both(notary, havre, "library/gone", run)


def test_without_a_token(notary: TrustServer, havre: TrustServer) -> None:
    def run(publisher: Publisher) -> object:
        asks = [
            ("GET", f"{publisher.address}root.json"),
            ("POST", publisher.address),
            ("DELETE", publisher.address),
            ("GET", f"{publisher.address}timestamp.key"),
            ("POST", f"{publisher.address}timestamp.key"),
            ("GET", f"/v2/{publisher.gun}/_trust/changefeed?records=1"),
        ]
        said = []
        for method, path in asks:
            answer = publisher.http.request(method, path, auth=httpx.Auth())
            scope = answer.headers["www-authenticate"].partition('scope="')[2].partition('"')[0]
            said.append([face(answer), sorted(scope.rpartition(":")[2].split(",")), scope.rpartition(":")[0]])
        return said

    _both(notary, havre, "library/whose", run)


def test_documents_come_byte_for_byte_by_each_address(publisher: Publisher) -> None:
    publisher.take_keys()
    root = document(publisher.root_words(), [publisher.root])
    targets = document(publisher.targets_words(tags={"v1": b"x"}), [publisher.targets])
    assert publisher.publish({"root": root, "targets": targets}).status_code == 200

    number = hashlib.sha256(root).hexdigest()
    assert publisher.get("root.json").content == root
    assert publisher.get("1.root.json").content == root
    assert publisher.get(f"root.{number}.json").content == root
    assert publisher.get(f"root.{number.upper()}.json").status_code in (
        200,
        404,
    )  # Notary knows lower case only
    assert publisher.get("targets.json").content == targets
    snapshot = publisher.get("snapshot.json")
    timestamp = publisher.get("timestamp.json").json()["signed"]
    assert timestamp["meta"]["snapshot"]["length"] == len(snapshot.content)
    assert set(snapshot.json()["signed"]["meta"]) == {"root", "targets"}
    assert datetime.fromisoformat(timestamp["expires"]) > datetime.now(UTC) + timedelta(days=13)


def _unsigned(publisher: Publisher) -> dict[str, bytes]:
    return {"targets": json.dumps({"signed": publisher.targets_words(2), "signatures": []}).encode()}


def _without_timestamp(roles: dict[str, object]) -> dict[str, object]:
    return {role: words for role, words in roles.items() if role != "timestamp"}


def _delegate(publisher: Publisher, delegations: object = None) -> bytes:
    changes = {} if delegations is None else {"delegations": delegations}
    return document({**publisher.targets_words(2), **changes}, [publisher.targets])


_STRANGER, _ALICE = bare_pair(), bare_pair()
_ATTACKS: dict[str, Callable[[Publisher], dict[str, bytes]]] = {
    "targets by another key": lambda p: {"targets": document(p.targets_words(2), [_STRANGER])},
    "targets without a signature": _unsigned,
    "targets that expired": lambda p: {
        "targets": document(p.targets_words(2, expires=moment(-timedelta(minutes=1))), [p.targets])
    },
    "targets of an older version": lambda p: {"targets": document(p.targets_words(1), [p.targets])},
    "targets of version nought": lambda p: {"targets": document(p.targets_words(0), [p.targets])},
    "a root for another name": lambda p: {
        "root": document({**Publisher(p.http, "other/name").root_words(2), "keys": {}, "roles": {}}, [p.root])
    },
    "a root two versions on": lambda p: {"root": document(p.root_words(3), [p.root])},
    "a root of the same version": lambda p: {"root": document(p.root_words(1), [p.root])},
    "a root that expired": lambda p: {
        "root": document(p.root_words(2, expires=moment(-timedelta(minutes=1))), [p.root])
    },
    "a root by a new key alone": lambda p: _new_root(p, by_old=False),
    "a root without the timestamp's role": lambda p: {
        "root": document(
            {
                **p.root_words(2),
                "roles": _without_timestamp(p.root_words(2)["roles"]),
            },
            [p.root],
        )
    },
    "a root with a threshold of nought": lambda p: {
        "root": document(
            {
                **p.root_words(2),
                "roles": {k: {**v, "threshold": 0} for k, v in p.root_words(2)["roles"].items()},
            },
            [p.root],
        )
    },
    "targets in the place of a root": lambda p: {"root": document(p.targets_words(2), [p.root])},
    "a delegation that nobody made": lambda p: {"targets/a": document(p.targets_words(1), [_ALICE])},
    "a delegation by another key": lambda p: {
        "targets": _delegate(p, delegations=p.delegations(("targets/a", _ALICE))),
        "targets/a": document(p.targets_words(1), [_STRANGER]),
    },
    "a delegation to a role elsewhere": lambda p: {
        "targets": _delegate(p, delegations=p.delegations(("targets/a/b", _ALICE)))
    },
    "a delegation below its threshold": lambda p: {
        "targets": _delegate(p, delegations=p.delegations(("targets/a", _ALICE), threshold=2)),
        "targets/a": document(p.targets_words(1), [_ALICE, _ALICE]),
    },
    "a snapshot by another key": lambda p: {
        "targets": _delegate(p),
        "snapshot": document(
            p.snapshot_words(9, {"root": p.get("root.json").content, "targets": _delegate(p)}), [_STRANGER]
        ),
    },
    "no metadata": lambda _: {"targets": b"[]"},
    "no JSON": lambda _: {"targets": b"hello"},
    "no role": lambda p: {"": document(p.targets_words(2), [p.targets])},
    "a role that is none": lambda p: {"targets/A": document(p.targets_words(2), [p.targets])},
    "a role with dots": lambda p: {"targets/../root": document(p.targets_words(2), [p.targets])},
}


def _new_root(publisher: Publisher, *, by_old: bool) -> dict[str, bytes]:
    old, publisher.root = publisher.root, certified_pair(publisher.gun)
    signers = [publisher.root, old] if by_old else [publisher.root]
    return {"root": document(publisher.root_words(2), signers)}


@pytest.mark.parametrize("attack", _ATTACKS)
def test_an_attack_is_refused_alike(notary: TrustServer, havre: TrustServer, attack: str) -> None:
    def run(publisher: Publisher) -> object:
        assert publisher.first({"v1": b"content"}).status_code == 200
        before = publisher.get("timestamp.json").content
        answer = publisher.publish(_ATTACKS[attack](publisher))
        assert answer.status_code == 400, answer.text
        assert publisher.get("timestamp.json").content == before, "something was kept"
        return face(answer)

    _both(notary, havre, f"library/attack{list(_ATTACKS).index(attack)}", run)


def test_a_root_by_both_keys_is_taken(publisher: Publisher) -> None:
    assert publisher.first().status_code == 200

    assert publisher.publish(_new_root(publisher, by_old=True)).status_code == 200
    assert publisher.get("2.root.json").status_code == 200


@pytest.mark.parametrize("bent", ["older targets", "a document that never came", "nothing of what comes"])
def test_a_snapshot_that_mixes_is_refused(havre: TrustServer, bent: str) -> None:
    with client_of(havre) as http:
        publisher = Publisher(http, havre.gun(f"library/mix{len(bent)}"), snapshot=bare_pair())
        assert publisher.snapshot is not None
        publisher.take_keys()
        root = document(publisher.root_words(), [publisher.root])
        first = document(publisher.targets_words(1), [publisher.targets])
        second = document(publisher.targets_words(2), [publisher.targets])
        whole = document(publisher.snapshot_words(1, {"root": root, "targets": first}), [publisher.snapshot])
        assert publisher.publish({"root": root, "targets": first, "snapshot": whole}).status_code == 200
        listed = {
            "older targets": {"root": root, "targets": first},
            "a document that never came": {"root": root, "targets": second, "targets/a": b"{}"},
            "nothing of what comes": {"root": root, "targets": b"{}"},
        }[bent]
        snapshot = document(publisher.snapshot_words(2, listed), [publisher.snapshot])

        answer = publisher.publish({"targets": second, "snapshot": snapshot})

        assert (answer.status_code, face(answer)[2]) == (400, ("ErrBadSnapshot", ["Msg"]))
        assert publisher.get("targets.json").content == first


def test_refusals_are_in_the_journal_with_their_reason(havre: TrustServer) -> None:
    with client_of(havre) as http:
        publisher = Publisher(http, havre.gun("library/journal"))
        assert publisher.first().status_code == 200
        publisher.publish({"targets": document(publisher.targets_words(2), [_STRANGER])})

        found = http.get(
            "/api/v2.0/auditlog-exts", params={"q": "operation=deny,resource_type=trust"}, auth=havre.account
        ).json()

    lines = [line for line in found if line["resource"] == publisher.gun]
    assert len(lines) == 1
    assert not lines[0]["operation_result"]
    assert "did not meet threshold for targets" in json.dumps(lines[0])


def test_a_name_of_another_host_or_project_is_refused(havre: TrustServer) -> None:
    with client_of(havre) as http:
        for gun in ("elsewhere.test:5000/library/a", f"{havre.host}/no-such-project/a", f"{havre.host}/a"):
            answer = Publisher(http, gun).send([("root", b"{}")])

            assert answer.status_code in (400, 401, 404), (gun, answer.text)
            assert answer.json()["errors"][0]["message"]
            assert http.get(f"/v2/{gun}/_trust/tuf/root.json").status_code in (401, 404)
