"""Clocks: the time left for what must happen next."""

from datetime import datetime
from typing import Literal

import msgspec

ClockKind = Literal["first_action", "accept_within", "handover", "triage"]
BreachCause = Literal[
    "outage",
    "unstaffed",
    "nobody_free",
    "undelivered",
    "given_late",
    "owner_absent",
    "owner_busy",
    "owner_silent",
]


class Clock(msgspec.Struct, frozen=True, gc=False):
    """One running window. Its instants are fixed when it opens; only a recorded pause moves them.

    An act meets the clock only before `due_at`: the due instant itself is late.
    """

    kind: ClockKind
    opened_at: datetime
    due_at: datetime
    warn_at: datetime | None = None  # None: no warning, or it was given
