"""Who did what: the audit journal, written with the change it tells of, sealed, forwarded and purged."""

from havre.audit.forward import Forwarder
from havre.audit.keys import SealKeys
from havre.audit.lines import line_of
from havre.audit.model import AuditFilters, AuditRecord, Head, PurgeReport, PurgeWish, VerifyReport
from havre.audit.purge import Purge
from havre.audit.record import AuditJournal, OnFlush
from havre.audit.seal import SealRows
from havre.audit.search import Search
from havre.audit.settings import AuditSettings
from havre.audit.verify import Verify

__all__ = [
    "AuditFilters",
    "AuditJournal",
    "AuditRecord",
    "AuditSettings",
    "Forwarder",
    "Head",
    "OnFlush",
    "Purge",
    "PurgeReport",
    "PurgeWish",
    "SealKeys",
    "SealRows",
    "Search",
    "Verify",
    "VerifyReport",
    "line_of",
]
