"""Havre: a self-hosted registry for container images and every other OCI artifact."""

__version__ = "0.1.0"
