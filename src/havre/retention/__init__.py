"""Which tags live: the selectors that rules share."""

from havre.retention.selectors import Candidate, CompiledSelector, Selector, compile_selector, describe

__all__ = ["Candidate", "CompiledSelector", "Selector", "compile_selector", "describe"]
