"""What a condition may look at, and what it answers."""

from datetime import datetime
from typing import TypeGuard

import msgspec

from handrail.terms.lead import Value
from handrail.terms.signal import Signal


class Facts(msgspec.Struct):
    """Values by name (`lead.country`, `fit`, `lead_type`, ...); what is not there is missing.

    `signals` are those after the lead's previous handoff ended, in order of time, then name.
    """

    values: dict[str, Value]
    signals: tuple[Signal, ...]
    now: datetime


class Fault(msgspec.Struct, frozen=True, gc=False):
    """CEL's error as a value: what `||` and `&&` may absorb. `field`: the one that was missing."""

    reason: str
    field: str | None = None


def is_fault(answer: object) -> TypeGuard[Fault]:
    return type(answer) is Fault
