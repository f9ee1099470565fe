"""Advisories on disk: what sources publish, read from files and archives, and the database built of it."""
