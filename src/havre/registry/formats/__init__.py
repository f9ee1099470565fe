"""Formats of manifests: pure parsing, no I/O."""
