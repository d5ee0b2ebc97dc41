"""How commands speak: one JSON document on stdout when asked for, everything else on stderr."""

import sys
from typing import Any

import msgspec


class CannotDo(Exception):
    """The command could not be done: exit 2, with the place and the remedy in the message."""


def say(text: str) -> None:
    """A message for a person."""
    print(text, file=sys.stderr, flush=True)


def complain(text: str) -> None:
    print(f"handrail: {text}", file=sys.stderr, flush=True)


def print_json(document: Any) -> None:
    """The one document that `--json` promises."""
    sys.stdout.buffer.write(msgspec.json.encode(document) + b"\n")
    sys.stdout.buffer.flush()
