"""Floor 7: parses words, calls one function, prints."""

from handrail.cli.app import main

__all__ = ["main"]
