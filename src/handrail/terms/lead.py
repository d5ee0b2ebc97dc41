"""A lead: a person who showed interest, with what is known of them and of their account."""

from datetime import date, datetime
from typing import Literal

import msgspec

from handrail.terms.signal import Signal

Value = str | int | float | bool | date | tuple[str, ...]
"""What an attribute can hold once it has been read as its declared type."""

SIGNALS_MAX = 2_000  # per lead; the oldest go first, so that one bot cannot grow a row without end

LeadState = Literal["nurture", "excluded", "handoff"]


class PreviousHandoff(msgspec.Struct, frozen=True, gc=False):
    """What a lead's next handoff must know of the one that ended before it."""

    handoff: str
    ended_at: datetime
    owner: str | None  # the rep who had it last
    rejected_at: datetime | None  # None: it ended otherwise
    requalify_at: datetime | None = None  # a recycle's `after`


class Lead(msgspec.Struct, frozen=True):
    """A person. `id` is the id of the first capture; other captures are folded into it.

    `attributes` holds values by field name (`lead.country`, `account.employees`) as they came;
    reading them as their declared types is the contract's business (`kernel.facts`).
    """

    id: str
    captured_at: datetime
    email: str | None = None  # the address, lower case, without display name
    attributes: dict[str, object] = {}
    signals: tuple[Signal, ...] = ()  # in order of time, then name
    scores: dict[str, int] = {}  # as last computed
    score_overrides: dict[str, int] = {}
    state: LeadState = "nurture"
    handoffs: int = 0  # how many were ever opened
    previous: PreviousHandoff | None = None
    captures: int = 1
    source: str | None = None  # of the latest capture that named one
    fired: tuple[str, ...] = ()  # names of alert conditions that held when last looked at
