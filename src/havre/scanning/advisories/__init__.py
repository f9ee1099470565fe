"""What is known about vulnerable packages: formats, and one form for all of them."""
