"""A fault in a condition, in plain words and with what to do about it."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Literal

import msgspec

ProblemKind = Literal["syntax", "type", "value", "undefined"]

LISTED_MAX = 12  # names in one message: more than that nobody reads


class Problem(msgspec.Struct, frozen=True):
    """`start` and `end` are character offsets in the text of the condition, half-open."""

    kind: ProblemKind
    start: int
    end: int
    message: str


def suggest(name: str, known: Iterable[str]) -> str:
    """` Did you mean ...?` with the nearest known name, or nothing."""
    nearest = _nearest(name, sorted(known))
    return "" if nearest is None else f" Did you mean {nearest}?"


def enumerate_values(values: Iterable[str]) -> str:
    ordered = sorted(values)
    shown = ", ".join(f'"{value}"' for value in ordered[:LISTED_MAX])
    return shown if len(ordered) <= LISTED_MAX else f"{shown} and {len(ordered) - LISTED_MAX} more"


def _nearest(name: str, known: list[str]) -> str | None:
    for candidate in known:
        if candidate.rpartition(".")[2] == name or candidate.lower() == name.lower():
            return candidate
    return next(iter(get_close_matches(name, known, n=1)), None)
