"""Ports implemented over real machines; no rule of the product lives here."""
