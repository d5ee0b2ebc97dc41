"""One handoff as the reference model holds it."""

from datetime import datetime

import msgspec

from handrail.terms import event as ev
from handrail.terms.sla import Clock

OPEN = frozenset({"triage", "assigned", "accepted", "sql"})


class Hand(msgspec.Struct):
    """One handoff as the ledger tells it."""

    id: str
    lead: str
    contract: str
    lead_type: str
    same_day: bool
    stage: str = "assigned"
    team: str = ""
    rep: str | None = None
    rule: str | None = None
    territory: str | None = None
    account: str | None = None
    clocks: dict[str, Clock] = {}
    is_met: bool = False
    acted_at: datetime | None = None  # the earliest act
    steps: set[int] = set()  # escalations taken
    breaches: dict[tuple[datetime, str], bool] = {}  # due, owner -> stands
    declined: set[str] = set()
    acted: set[str] = set()
    owner_is_set: bool = False
    handed_over: bool = False  # the second owner is found without a rule
    paused_until: datetime | None = None
    meeting: ev.MeetingBooked | ev.MeetingMoved | None = None

    @property
    def is_open(self) -> bool:
        return self.stage in OPEN

    @property
    def breachers(self) -> set[str]:
        return {owner for (_, owner), stands in self.breaches.items() if stands}

    @property
    def owner(self) -> str:
        return self.rep if self.rep is not None else f"team:{self.team}"
