"""The OCI distribution API and the Docker registry v2 behaviours: parse, call one use case, render."""

from havre.edge.oci.app import OciDoor, OciParts
from havre.edge.oci.trust import TrustDoor, TrustParts

__all__ = ["OciDoor", "OciParts", "TrustDoor", "TrustParts"]
