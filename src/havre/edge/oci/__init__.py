"""The OCI distribution API and the Docker registry v2 behaviours: parse, call one use case, render."""

from havre.edge.oci.app import OciDoor, OciParts

__all__ = ["OciDoor", "OciParts"]
