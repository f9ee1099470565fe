"""RustSec: a Markdown file for each advisory, its facts in TOML at the head. Source: its README."""

import tomllib
from typing import Final

from havre.scanning.advisories.constraints import parse_constraints
from havre.scanning.advisories.cvss import severity_of_vectors
from havre.scanning.advisories.model import Advisory, Affected, Interval

SOURCE: Final = "rustsec"
_FENCE: Final = "```"


def parse_rustsec(text: str) -> Advisory:
    """Read one file. Notices (unmaintained, unsound) are advisories too; their details say what they are.

    Raises: KeyError, ValueError (TOML's too) for what is none.
    """
    _, _, rest = text.partition(f"{_FENCE}toml")
    head, _, body = rest.partition(f"\n{_FENCE}")
    document = tomllib.loads(head)
    facts, versions = document["advisory"], document.get("versions") or {}
    vector = str(facts.get("cvss") or "")
    title = next((line.lstrip("# ") for line in body.splitlines() if line.startswith("#")), "")
    patched = versions.get("patched") or []
    affected = Affected(
        ecosystem="crates.io",
        name=str(facts["package"]),
        intervals=(Interval(),),
        safe=(*parse_constraints(patched), *parse_constraints(versions.get("unaffected") or [])),
        qualifier=str(facts.get("informational") or ""),
    )
    return Advisory(
        id=str(facts["id"]),
        source=SOURCE,
        affected=(affected,),
        aliases=tuple(str(one) for one in facts.get("aliases") or ()),
        severity=severity_of_vectors([vector] if vector else []),
        vectors=(vector,) if vector else (),
        title=title,
        details=body.strip(),
        links=(str(facts["url"]),) if facts.get("url") else (),
        published=str(facts.get("date") or ""),
        is_withdrawn=bool(facts.get("withdrawn") or facts.get("yanked")),
    )
