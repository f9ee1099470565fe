"""Who did what: the audit journal, written with the change it tells of."""

from havre.audit.model import AuditFilters, AuditRecord
from havre.audit.record import AuditJournal, OnFlush
from havre.audit.search import Search

__all__ = ["AuditFilters", "AuditJournal", "AuditRecord", "OnFlush", "Search"]
