"""The Database port over SQLite and PostgreSQL: one statement set, one schema, two engines."""

from havre.adapters.database.open import open_database, prepare_database

__all__ = ["open_database", "prepare_database"]
