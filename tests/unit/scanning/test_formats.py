"""Advisories as their sources write them, in one form; and whether a version is one of theirs."""

import json
from typing import Any

import pytest

from havre.scanning.advisories.constraints import ConstraintInvalid, parse_constraint
from havre.scanning.advisories.cvss import base_score, severity_of_vectors
from havre.scanning.advisories.model import Advisory, Affected, Faults, Interval, Note, Severity
from havre.scanning.advisories.names import normalised, scheme_of
from havre.scanning.advisories.recognise import read_document
from havre.scanning.matching import judge


def read(path: str, content: str | object) -> list[Advisory | Note]:
    """Read a document that has no fault."""
    faults = Faults()
    text = content if isinstance(content, str) else json.dumps(content)
    found = list(read_document(path, text.encode(), faults))
    assert faults.said == []
    return found


def one_of(path: str, content: str | object) -> Advisory:
    """Read a document that is one advisory."""
    (found,) = read(path, content)
    assert isinstance(found, Advisory)
    return found


def vulnerable(advisory: Advisory, *versions: str) -> dict[str, str]:
    """Tell which versions are vulnerable, and what mends each."""
    hits = {version: judge(advisory.affected[0], version) for version in versions}
    return {version: hit.fixed for version, hit in hits.items() if hit is not None}


@pytest.mark.parametrize(
    ("text", "scheme", "inside", "outside"),
    [
        (">=1.2 <1.4", "npm", ["1.2", "1.3.9"], ["1.1", "1.4"]),
        (">=1.2, <1.4", "npm", ["1.3"], ["1.4"]),
        ("<=1.5.1", "npm", ["1.5.1"], ["1.5.2"]),
        ("<2 || >= 3.0.0 < 3.1", "npm", ["1.9", "3.0.5"], ["2.0", "3.1"]),
        ("^1.2.3", "npm", ["1.9.9", "1.2.4-rc.1"], ["1.2.2", "2.0.0", "2.0.0-rc.1"]),
        ("^0.2.3", "npm", ["0.2.9"], ["0.3.0"]),
        ("^0.0.3", "npm", ["0.0.3"], ["0.0.4"]),
        ("~1.2.3", "npm", ["1.2.9"], ["1.3.0"]),
        ("1.x || 2.3.x", "npm", ["1.9", "2.3.4"], ["2.2", "3.0"]),
        (">= 2.x", "npm", ["2.0"], ["1.9"]),
        ("1.0.0 - 1.5.0", "npm", ["1.5.0"], ["1.5.1"]),
        ("*", "npm", ["0", "99"], []),
        ("=1.0.0-rc.1", "npm", ["1.0.0-rc.1"], ["1.0.0"]),
        ("~> 1.2.3", "RubyGems", ["1.2.9"], ["1.3", "1.2.2"]),
        ("~> 1.2", "RubyGems", ["1.9"], ["2.0"]),
        ("~> 1.0.0.rc1.1", "RubyGems", ["1.0.5"], ["1.1"]),
        ("~> 3.2.3, >= 3.2.3.1", "RubyGems", ["3.2.4"], ["3.2.3", "3.3"]),
        ("> 2.4.3", "npm", ["2.4.4"], ["2.4.3"]),
    ],
)
def test_expressions_hold_what_they_mean(
    text: str, scheme: str, inside: list[str], outside: list[str]
) -> None:
    affected = Affected(scheme, "x", parse_constraint(text))
    assert [version for version in inside if judge(affected, version) is None] == []
    assert [version for version in outside if judge(affected, version) is not None] == []


@pytest.mark.parametrize("text", [">= ", "?!", ">=1 << 2"])
def test_what_is_no_expression_is_refused(text: str) -> None:
    with pytest.raises(ConstraintInvalid):
        parse_constraint(text)


def osv(**more: Any) -> dict[str, Any]:
    """Write a record of OSV."""
    events = [{"introduced": "0"}, {"fixed": "1.5"}, {"introduced": "2.0"}, {"last_affected": "2.3"}]
    affected = {
        "package": {"ecosystem": "PyPI", "name": "Foo_Bar"},
        "ranges": [{"type": "GIT", "events": [{"introduced": "0"}]}, {"type": "ECOSYSTEM", "events": events}],
        "versions": ["9.9"],
    }
    return {"id": "PYSEC-1", "affected": [affected], **more}


def test_osv_reads_ranges_versions_and_names() -> None:
    found = one_of("a.json", osv(aliases=["GHSA-x", "CVE-2024-0001"], related=["CVE-2024-0009"]))
    assert (found.source, found.findings, found.affected[0].name) == ("pypa", ("CVE-2024-0001",), "foo-bar")
    assert vulnerable(found, "1.4", "1.5", "2.0", "2.3", "2.4", "9.9") == {
        "1.4": "1.5",
        "2.0": "",
        "2.3": "",
        "9.9": "",
    }


def test_osv_tells_withdrawn_ones_several_cves_and_what_is_no_vulnerability() -> None:
    assert one_of("a.json", osv(withdrawn="2024-01-01T00:00:00Z")).is_withdrawn
    both = one_of("a.json", osv(aliases=["CVE-2024-0001", "CVE-2024-0002"]))
    assert both.findings == ("CVE-2024-0001", "CVE-2024-0002")
    alma = {**osv(related=["CVE-2024-0003"], summary="Important: x security update"), "id": "ALSA-2024:1"}
    assert one_of("a.json", alma).findings == ("CVE-2024-0003",)
    assert one_of("a.json", alma).severity is Severity.HIGH
    assert one_of("a.json", {**alma, "id": "ALBA-2024:1"}).affected == ()
    assert one_of("a.json", osv(upstream=["CVE-2024-0004"])).findings == ("CVE-2024-0004",)
    assert one_of("a.yaml", "id: PYSEC-2\naffected: []\nmodified: 2024-01-01\n").modified == "2024-01-01"


def test_lines_lists_and_faults_of_documents() -> None:
    faults = Faults()
    lines = "\n".join((json.dumps(osv()), "{broken", json.dumps({"id": "X", "affected": 7}), ""))
    assert len(list(read_document("a.jsonl", lines.encode(), faults))) == 1
    assert [said.partition(":")[0] + ":" + said.split(":")[1] for said in faults.said] == [
        "a.jsonl:2",
        "a.jsonl:3",
    ]
    assert len(read("a.json", [osv(), osv()])) == 2
    assert read("a.json", {"what": "else"}) == []
    assert read("README.md", "# nothing") == []


def test_alpine_takes_the_lower_fix_and_passes_over_what_never_concerned_it() -> None:
    text = """
distroversion: v3.9
reponame: main
packages:
  - pkg:
      name: libvorbis
      secfixes:
        1.3.6-r2: [CVE-2018-10393]
        1.3.5-r3: [CVE-2018-10393, CVE-2017-14160 (+ regression)]
        1.10: [CVE-2020-0001]
        "0": [CVE-2019-0001]
"""
    found = {one.id: one for one in read("main.yaml", text) if isinstance(one, Advisory)}
    assert sorted(found) == ["CVE-2017-14160", "CVE-2018-10393", "CVE-2020-0001"]
    assert found["CVE-2018-10393"].affected == (
        Affected("Alpine:v3.9", "libvorbis", (Interval("", "1.3.5-r3"),)),
    )
    assert found["CVE-2020-0001"].affected[0].intervals[0].high == "1.10"  # a version, and no number


def test_debian_reads_its_lists_and_its_tracker() -> None:
    text = """[29 Mar 2023] DSA-5380-1 xorg-server - security update
\t{CVE-2023-1393 CVE-2023-1394}
\t[bullseye] - xorg-server 2:1.20.11-1+deb11u6
\t[buster] - xorg-server <not-affected>
[17 Mar 2023] DSA-5356-2 sox - regression update
\t[bullseye] - sox 14.4.2-2+deb11u2
"""
    first, second = (one for one in read("list", text) if isinstance(one, Advisory))
    assert (first.id, first.findings) == ("DSA-5380-1", ("CVE-2023-1393", "CVE-2023-1394"))
    assert [(one.ecosystem, one.intervals[0].high) for one in first.affected] == [
        ("Debian:11", "2:1.20.11-1+deb11u6")
    ]
    assert second.findings == ("DSA-5356-2",)
    tracker = {
        "curl": {
            "CVE-2024-1": {
                "description": "x",
                "releases": {
                    "bookworm": {
                        "status": "resolved",
                        "fixed_version": "7.88.1-10+deb12u5",
                        "urgency": "high",
                    },
                    "bullseye": {"status": "open", "urgency": "low", "nodsa_reason": "ignored"},
                    "trixie": {"status": "resolved", "fixed_version": "0", "urgency": "not yet assigned"},
                },
            }
        }
    }
    (found,) = (one for one in read("json", tracker) if isinstance(one, Advisory))
    assert found.severity is Severity.HIGH
    assert [(one.ecosystem, one.intervals, one.qualifier) for one in found.affected] == [
        ("Debian:12", (Interval("", "7.88.1-10+deb12u5"),), ""),
        ("Debian:11", (Interval(),), "ignored"),
    ]


def test_languages_of_their_own_forms() -> None:
    ruby = one_of(
        "a.yml", "gem: rack\ncve: 2020-8161\npatched_versions: ['~> 2.1.3', '>= 2.2.0']\ncvss_v3: 8.6\n"
    )
    assert (ruby.findings, ruby.severity) == (("CVE-2020-8161",), Severity.HIGH)
    assert vulnerable(ruby, "2.1.2", "2.1.4", "2.2.0-rc1", "2.2.0") == {
        "2.1.2": "2.1.3",
        "2.2.0-rc1": "2.2.0",
    }
    silent = one_of("a.yml", "gem: spina\nghsa: wqw3\n")
    assert (silent.id, vulnerable(silent, "1.0")) == ("GHSA-wqw3", {})
    php = one_of(
        "symfony/yaml/CVE-2013-1.yaml",
        "title: x\ncve: CVE-2013-1\nreference: composer://Symfony/Yaml\n"
        "branches:\n  2.0.x:\n    versions: ['>=2.0.0', '<2.0.22']\n"
        "  2.1.x:\n    versions: ['>=2.1.0', '<2.1.7']\n",
    )
    assert vulnerable(php, "1.9", "2.0.21", "2.0.22", "2.1.6") == {"2.0.21": "2.0.22", "2.1.6": "2.1.7"}
    npm = one_of(
        "1.json",
        {
            "id": 1,
            "module_name": "bass",
            "cves": [],
            "vulnerable_versions": "<=1.5",
            "patched_versions": ">=1.5.2",
        },
    )
    assert (npm.id, vulnerable(npm, "1.5.0", "1.5.2")) == ("NSWG-ECO-1", {"1.5.0": "1.5.2"})
    core = one_of("7.json", {"cve": ["CVE-2017-1"], "vulnerable": "8.x || 7.x", "patched": "^8.1.4"})
    assert vulnerable(core, "7.0.0", "8.1.3", "8.1.5", "9.0.0") == dict.fromkeys(("7.0.0", "8.1.3"), "8.1.4")
    rust = one_of(
        "R.md",
        '```toml\n[advisory]\nid = "RUSTSEC-1"\npackage = "a"\naliases = ["CVE-2021-1"]\n'
        '[versions]\npatched = [">= 1.2.0"]\nunaffected = ["< 0.5"]\n```\n\n# It breaks\n',
    )
    assert (rust.title, rust.findings) == ("It breaks", ("CVE-2021-1",))
    assert vulnerable(rust, "0.4", "0.5", "1.1.9", "1.2.0") == dict.fromkeys(("0.5", "1.1.9"), "1.2.0")


def test_notes_of_cves_and_libraries_of_browsers() -> None:
    kev = {
        "catalogVersion": "1",
        "vulnerabilities": [
            {"cveID": "CVE-2025-1", "dateAdded": "2025-08-25", "knownRansomwareCampaignUse": "Known"}
        ],
    }
    assert read("kev.json", kev) == [Note("CVE-2025-1", "2025-08-25", is_ransomware=True)]
    epss = "#model_version:v2023,score_date:2024\ncve,epss,percentile\nCVE-2025-1,0.9,0.99\n"
    assert read("epss.csv", epss) == [Note("CVE-2025-1", epss=0.9, percentile=0.99)]
    retire = {"jquery": {"vulnerabilities": [{"below": "1.6.3", "severity": "medium", "identifiers": {}}]}}
    assert one_of("r.json", retire).affected[0].ecosystem == "RetireJS"


@pytest.mark.parametrize(
    ("vector", "score"),
    [
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 9.8),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", 6.1),
        ("CVSS:3.0/AV:L/AC:H/PR:L/UI:N/S:U/C:N/I:N/A:N", 0.0),
        ("CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:H/I:H/A:H", 9.9),
        ("AV:N/AC:L/Au:N/C:P/I:P/A:P", 7.5),
        ("AV:N/AC:L/Au:N/C:N/I:N/A:C", 7.8),
        ("CVSS:4.0/AV:N/AC:L", None),
        ("CVSS:3.1/AV:N", None),
        ("", None),
    ],
)
def test_scores_are_those_of_the_specification(vector: str, score: float | None) -> None:
    assert base_score(vector) == score


def test_the_newest_vector_rates() -> None:
    old, new = "AV:N/AC:L/Au:N/C:C/I:C/A:C", "CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N"
    assert severity_of_vectors([old, new]) is Severity.MEDIUM
    assert severity_of_vectors([]) is Severity.UNKNOWN


def test_names_and_schemes_of_ecosystems() -> None:
    assert normalised("PyPI", "Foo__Bar.baz") == "foo-bar-baz"
    assert normalised("Packagist", "Symfony/Yaml") == "symfony/yaml"
    assert normalised("npm", "Foo") == "Foo"
    assert [scheme_of(name) for name in ("Debian:12", "Alpine:v3.9", "Rocky Linux:9", "Unheard Of")] == [
        *("dpkg", "apk", "rpm", None)
    ]
    assert judge(Affected("Unheard Of", "x", (Interval(),)), "1") is None
