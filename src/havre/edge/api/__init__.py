"""The REST API: Harbor's v2.0 by its contract. Not for /v2, tokens or pages."""
