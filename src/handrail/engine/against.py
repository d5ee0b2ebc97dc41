"""Acts that were logged though the buyer had closed their way: told, never refused.

An act that was done is a fact, and its clock is met by it. Who reads the explanation sees that it
went against the buyer's wish, as that was known when the act was logged. Pure.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from handrail.contract.model import Contract
from handrail.engine.ledger import Entry
from handrail.kernel.decision import Case
from handrail.kernel.evolve import evolve
from handrail.kernel.reach import Reach, is_closed, reach_of
from handrail.terms import event as ev


class Against(msgspec.Struct, frozen=True):
    """`because`: why the way is closed."""

    at: datetime
    rep: str
    act: str
    because: str


def acts_against(
    entries: Sequence[Entry], *, handoff: str, contract: Contract
) -> tuple[Against, ...]:
    """Of one handoff, in order. `entries`: the lead's, from the first."""
    found: list[Against] = []
    case: Case | None = None
    for entry in entries:
        for event in entry.events:
            if case is not None and entry.handoff == handoff:
                found += _against(event, reach_of(case.lead, contract), at=entry.at)
            case = evolve(case, event, at=entry.at)
    return tuple(found)


def _against(event: ev.Event, reach: Reach, *, at: datetime) -> list[Against]:
    if not isinstance(event, ev.FirstAction | ev.Acted) or _is_open(event.act, reach):
        return []
    assert reach.because is not None, "a way is closed for a reason"
    return [Against(at=at, rep=event.rep, act=event.act, because=reach.because)]


def _is_open(act: str, reach: Reach) -> bool:
    """A message in some other place is against the wish of who wants none at all; a meeting takes
    two."""
    match act:
        case "call":
            return reach.call
        case "email":
            return reach.mail
        case "message":
            return not is_closed(reach)
        case _:
            return True
