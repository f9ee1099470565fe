"""The door of the token service: `/service/token`."""

from havre.edge.token.endpoint import TokenEndpoint

__all__ = ["TokenEndpoint"]
