"""Scores of CVSS vectors. Pure.

Source: FIRST, "Common Vulnerability Scoring System v3.1: Specification Document", section 7 and 8.1; v2
section 3.2. A vector of version 4 has its score from the macro vectors, which tables of 270 rows hold: not
computed here, its severity is taken from what else the source says.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Final

from havre.scanning.advisories.model import Severity

_V3: Final[Mapping[str, Mapping[str, float]]] = {
    "AV": {"N": 0.85, "A": 0.62, "L": 0.55, "P": 0.2},
    "AC": {"L": 0.77, "H": 0.44},
    "PR": {"N": 0.85, "L": 0.62, "H": 0.27},
    "UI": {"N": 0.85, "R": 0.62},
    "C": {"H": 0.56, "L": 0.22, "N": 0.0},
    "I": {"H": 0.56, "L": 0.22, "N": 0.0},
    "A": {"H": 0.56, "L": 0.22, "N": 0.0},
}
_PR_CHANGED: Final = {"N": 0.85, "L": 0.68, "H": 0.5}
_V2: Final[Mapping[str, Mapping[str, float]]] = {
    "AV": {"L": 0.395, "A": 0.646, "N": 1.0},
    "AC": {"H": 0.35, "M": 0.61, "L": 0.71},
    "Au": {"M": 0.45, "S": 0.56, "N": 0.704},
    "C": {"N": 0.0, "P": 0.275, "C": 0.66},
    "I": {"N": 0.0, "P": 0.275, "C": 0.66},
    "A": {"N": 0.0, "P": 0.275, "C": 0.66},
}


def base_score(vector: str) -> float | None:
    """Compute the base score of a vector of version 2 or 3; None for another, or for what is none."""
    parts = dict(one.split(":", 1) for one in vector.strip("()").split("/") if ":" in one)
    version = parts.pop("CVSS", "2.0" if "Au" in parts else "")
    try:
        if version.startswith("3."):
            return _score_v3(parts)
        return _score_v2(parts) if version == "2.0" else None
    except KeyError:
        return None


def severity_of_score(score: float) -> Severity:
    """Rate a score as version 3 does."""
    for least, found in ((9.0, Severity.CRITICAL), (7.0, Severity.HIGH), (4.0, Severity.MEDIUM)):
        if score >= least:
            return found
    return Severity.LOW if score > 0 else Severity.NEGLIGIBLE


def severity_of_vectors(vectors: Sequence[str]) -> Severity:
    """Rate the worst of the vectors of the newest version among them."""
    scores = {one[:6]: found for one in vectors if (found := base_score(one)) is not None}
    if not scores:
        return Severity.UNKNOWN
    newest = max(scores)
    return severity_of_score(max(base_score(one) or 0.0 for one in vectors if one[:6] == newest))


def _score_v3(parts: Mapping[str, str]) -> float:
    is_changed = parts["S"] == "C"
    weights = {name: table[parts[name]] for name, table in _V3.items()}
    if is_changed:
        weights["PR"] = _PR_CHANGED[parts["PR"]]
    base = 1 - (1 - weights["C"]) * (1 - weights["I"]) * (1 - weights["A"])
    impact = 7.52 * (base - 0.029) - 3.25 * (base - 0.02) ** 15 if is_changed else 6.42 * base
    if impact <= 0:
        return 0.0
    ease = 8.22 * weights["AV"] * weights["AC"] * weights["PR"] * weights["UI"]
    return _round_up(min((1.08 if is_changed else 1.0) * (impact + ease), 10.0))


def _round_up(score: float) -> float:
    whole = round(score * 100_000)
    return whole / 100_000 if whole % 10_000 == 0 else (math.floor(whole / 10_000) + 1) / 10


def _score_v2(parts: Mapping[str, str]) -> float:
    weights = {name: table[parts[name]] for name, table in _V2.items()}
    impact = 10.41 * (1 - (1 - weights["C"]) * (1 - weights["I"]) * (1 - weights["A"]))
    ease = 20 * weights["AV"] * weights["AC"] * weights["Au"]
    return round((0.6 * impact + 0.4 * ease - 1.5) * (1.176 if impact else 0.0), 1)
