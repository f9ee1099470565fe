"""Cron expressions of six fields, seconds first, in UTC; not where they are kept.

Source: Harbor's contract, `ScheduleObj`; its parser takes `*`, `?`, numbers, names of three letters, ranges,
steps and lists. Day of month and day of week are both asked when one begins with `*`, else either will do.
"""

import re
from datetime import datetime
from typing import Final

from cronsim import CronSim, CronSimError

from havre.jobs.errors import CronInvalid

# Source: Harbor's portal, which sends these beside the type.
TYPES: Final = {"Hourly": "0 0 * * * *", "Daily": "0 0 0 * * *", "Weekly": "0 0 0 * * 0"}
CUSTOM: Final = frozenset({"Custom", "Schedule"})
_LONGEST: Final = 200  # characters
_VALUE: Final = r"(?:\d{1,2}|[A-Z]{3})"
_TERM: Final = rf"(?:\*|\?|{_VALUE}(?:-{_VALUE})?)(?:/\d{{1,2}})?"
_FIELDS: Final = re.compile(rf"{_TERM}(?:,{_TERM})*(?: {_TERM}(?:,{_TERM})*){{5}}", re.ASCII)


def cron_of(schedule_type: str, cron: str) -> str:
    """Find the expression of a schedule type; a given one counts, as in Harbor.

    Raises: CronInvalid.
    """
    if not cron and schedule_type in TYPES:
        return TYPES[schedule_type]
    if schedule_type not in TYPES and schedule_type not in CUSTOM:
        raise CronInvalid(cron, f"type {schedule_type[:40]!r} is none of {', '.join((*TYPES, 'Custom'))}")
    return cron


def next_after(cron: str, moment: datetime) -> datetime:
    """Tell the first moment of the expression behind `moment`, an aware UTC one.

    Raises: CronInvalid, also when none comes within 50 years.
    """
    text = " ".join(cron.upper().split()) if len(cron) <= _LONGEST else ""
    if not _FIELDS.fullmatch(text):
        raise CronInvalid(cron, "it has not six fields that can be read")
    try:
        return next(CronSim(text.replace("?", "*"), moment))
    except CronSimError as error:
        raise CronInvalid(cron, str(error).lower()) from None
    except StopIteration:
        raise CronInvalid(cron, "that moment never comes") from None
