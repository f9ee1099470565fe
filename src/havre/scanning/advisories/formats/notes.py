"""What is known of CVEs beside advisories: CISA's known exploited ones, FIRST's chances (EPSS).

Source: cisa.gov, known_exploited_vulnerabilities.json; first.org/epss, `epss_scores-*.csv`.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from typing import Any

from havre.scanning.advisories.model import Note


def parse_kev(document: Mapping[str, Any]) -> Iterator[Note]:
    """Read the catalogue. Raises: KeyError, TypeError for what is none."""
    for one in document["vulnerabilities"]:
        yield Note(
            cve=str(one["cveID"]),
            kev_date=str(one["dateAdded"]),
            is_ransomware=str(one.get("knownRansomwareCampaignUse", "")).lower() == "known",
        )


def parse_epss(text: str) -> Iterator[Note]:
    """Read the daily table: cve, epss, percentile. Raises: KeyError, ValueError for what is none."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    for row in csv.DictReader(io.StringIO("\n".join(lines))):
        yield Note(cve=row["cve"], epss=float(row["epss"]), percentile=float(row["percentile"]))
