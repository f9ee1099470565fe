"""The only place where concrete parts meet: Settings -> a prepared data directory and the application."""

from havre.assembly.app import build_app
from havre.assembly.audit import open_for_audit
from havre.assembly.check import open_for_check
from havre.assembly.collect import open_for_collect
from havre.assembly.prepare import prepare
from havre.assembly.retention import open_for_retention
from havre.assembly.worker import run_worker

__all__ = [
    "build_app",
    "open_for_audit",
    "open_for_check",
    "open_for_collect",
    "open_for_retention",
    "prepare",
    "run_worker",
]
