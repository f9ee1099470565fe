"""Measurements against other programs; never part of the tests, never imported by havre."""
