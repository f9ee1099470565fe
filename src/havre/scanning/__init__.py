"""Scanning: what is in images, what is known about it, and what of that is dangerous."""
