"""Findings: what is wrong with a text that people wrote, each at its place and with its remedy."""

from typing import Literal

import msgspec

Severity = Literal["error", "warning", "note"]


class Finding(msgspec.Struct, frozen=True):
    """One thing to change. Line and column count from 1 at the offending token."""

    kind: str
    severity: Literal["error", "warning", "note"]
    line: int
    column: int
    message: str
    example: dict[str, object] | None = None
    marked: str | None = None  # the offending text
