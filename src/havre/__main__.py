"""Run the command line: `python -m havre`."""

from havre.cli import main

main()
