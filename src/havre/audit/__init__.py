"""Who did what: the audit journal, written with the change it tells of, sealed, forwarded and purged."""

from typing import TYPE_CHECKING

from havre.kernel.doors import front_door

if TYPE_CHECKING:
    from havre.audit.export import COLUMNS as EXPORT_COLUMNS
    from havre.audit.export import Export
    from havre.audit.forward import Forwarder
    from havre.audit.keys import SealKeys
    from havre.audit.lines import line_of
    from havre.audit.model import AuditFilters, AuditRecord, Head, PurgeReport, PurgeWish, VerifyReport
    from havre.audit.purge import Purge
    from havre.audit.purges import KIND as PURGE_KIND
    from havre.audit.purges import PurgePlan, Purges
    from havre.audit.record import AuditJournal, OnEvent, OnFlush
    from havre.audit.seal import SealRows
    from havre.audit.search import Search
    from havre.audit.settings import AuditSettings
    from havre.audit.upkeep import Upkeep
    from havre.audit.verify import Verify
else:
    __getattr__ = front_door(__name__)

__all__ = [
    "EXPORT_COLUMNS",
    "PURGE_KIND",
    "AuditFilters",
    "AuditJournal",
    "AuditRecord",
    "AuditSettings",
    "Export",
    "Forwarder",
    "Head",
    "OnEvent",
    "OnFlush",
    "Purge",
    "PurgePlan",
    "PurgeReport",
    "PurgeWish",
    "Purges",
    "SealKeys",
    "SealRows",
    "Search",
    "Upkeep",
    "Verify",
    "VerifyReport",
    "line_of",
]
