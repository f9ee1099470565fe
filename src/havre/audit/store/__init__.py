"""All SQL of the journal: its rows, the seals over them, and how far they were forwarded."""
