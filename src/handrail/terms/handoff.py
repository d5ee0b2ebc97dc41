"""A handoff: one passage of one lead from MQL to its end."""

from datetime import datetime
from typing import Literal

import msgspec

from handrail.terms.load import ONE_LOAD
from handrail.terms.risk import Shown, Sign
from handrail.terms.sla import BreachCause, Clock, ClockKind

Stage = Literal["triage", "assigned", "accepted", "sql", "recycled", "disqualified", "closed"]
OPEN_STAGES: frozenset[Stage] = frozenset({"triage", "assigned", "accepted", "sql"})
ENDED_STAGES: frozenset[Stage] = frozenset({"recycled", "disqualified", "closed"})


class Owner(msgspec.Struct, frozen=True, gc=False):
    """Exactly one rep (of a team) or one team's pool."""

    team: str
    rep: str | None = None

    def __str__(self) -> str:
        return self.rep if self.rep is not None else f"team:{self.team}"


class Breach(msgspec.Struct, frozen=True, gc=False):
    """A window that closed unmet. `annulled` when a late-learnt act proved it false."""

    clock: ClockKind
    step: int  # of the escalation chain; 0 for clocks that do not climb
    due_at: datetime
    owner: str
    annulled: bool = False
    cause: BreachCause | None = None


INCIDENT_CODES = (
    "answered",
    "duplicate",
    "staffing",
    "routing",
    "outage",
    "not_a_lead",
    "other",
)
"""Why an incident came to be, as whoever closes it says."""
INCIDENT_WORDS_FOR = frozenset({"other"})  # a code that says nothing without a note


class Incident(msgspec.Struct, frozen=True, gc=False):
    """`to`: the manager who owns it; `silenced_by` held its pages until `silenced_until`."""

    opened_at: datetime
    page_at: datetime | None  # the next page; None when the contract repeats none
    pages: int = 1
    to: str = ""
    step: int = 0
    silenced_until: datetime | None = None
    silenced_by: str | None = None


class Meeting(msgspec.Struct, frozen=True, gc=False):
    rep: str
    from_at: datetime
    until_at: datetime
    missed: bool = False
    booked_at: datetime | None = None
    judge_at: datetime | None = None  # when the risk that the buyer stays away is judged
    heard: bool = False  # the buyer answered since it was booked
    arranged: bool = False  # Handrail keeps calendar and invitation in step with it
    number: int = 1  # of those booked in this handoff
    changes: int = 0  # how often it was moved
    by_buyer: bool = False  # chosen by the buyer, on their page
    confirmed_at: datetime | None = None  # when the buyer said last that they will come
    declined_at: datetime | None = None  # ... that they will not; the later one counts
    risk: int | None = None  # per cent, as it was judged
    signs: tuple[Sign, ...] = ()  # what it was judged by
    rep_joined_at: datetime | None = None  # as a conferencing system saw
    buyer_joined_at: datetime | None = None
    held: bool = False  # there was a conversation once it had begun

    @property
    def answer(self) -> Literal["yes", "no"] | None:
        """What the buyer said last of whether they will come."""
        yes, no = self.confirmed_at, self.declined_at
        if yes is None and no is None:
            return None
        return "yes" if no is None or (yes is not None and yes >= no) else "no"


class HeldAlert(msgspec.Struct, frozen=True, gc=False):
    """An alert that waits for the end of its recipient's quiet hours."""

    kind: str
    to: str
    at: datetime
    reason: str | None = None
    until_at: datetime | None = None


class Handoff(msgspec.Struct, frozen=True):
    """The state of one handoff, as `evolve` folds it from events."""

    id: str
    lead: str
    contract: str  # digest of the version under which it began, or to which it was migrated
    opened_at: datetime
    stage: Stage
    owner: Owner
    lead_type: str
    tier: str
    threshold: str
    rule: str | None = None  # the routing rule that matched last
    scores: dict[str, int] = {}
    territory: str | None = None
    account: str | None = None  # the account's domain
    qualified_at: datetime | None = None  # None while in triage
    assigned_at: datetime | None = None  # of the present assignment to a rep
    notified_at: datetime | None = None
    given_short: bool = False  # with less than half a window left of the clock that ran
    same_day: bool = False  # its first-action window is `same_day`: it makes nobody timed
    load: int = ONE_LOAD  # how much of its owner's hands it fills, in hundredths
    clocks: tuple[Clock, ...] = ()  # running ones only, at most one of a kind
    steps_taken: int = 0  # of the escalation chain
    breaches: tuple[Breach, ...] = ()
    incident: Incident | None = None
    first_action_at: datetime | None = None
    met_at: datetime | None = None  # first action, buyer's booking or conversation
    accepted_at: datetime | None = None
    conversation_at: datetime | None = None
    acted_by: tuple[str, ...] = ()  # who acted toward the buyer, owner or not
    attempts: int = 0  # human acts
    follow_up_at: datetime | None = None  # when `sal.follow_up` ends
    attempts_planned: int = 0  # by then, as the contract asks
    next_attempt_at: datetime | None = None
    asked_attempt: int = 0  # the number of the attempt that the owner was asked for last
    meeting: Meeting | None = None
    meetings_booked: int = 0
    unbooked_at: datetime | None = None  # when it was noted that the buyer has chosen no time
    pages_revoked: int = 0  # how often the links to its booking page were made to open nothing
    zone: str | None = None  # in which the buyer last chose a time
    no_shows: int = 0  # meetings that this lead missed, in earlier handoffs too
    shown: tuple[Shown, ...] = ()  # meetings that were judged and then missed or held
    next_step_at: datetime | None = None
    active_at: datetime | None = None  # last activity of a person
    stall_at: datetime | None = None  # when it counts as stalled
    paused_until: datetime | None = None
    rejected_by: tuple[str, ...] = ()
    set_by_person: tuple[str, ...] = ()  # of: owner, stage, score
    held: tuple[HeldAlert, ...] = ()
    handed_over: bool = False
    ended_at: datetime | None = None
    requalify_at: datetime | None = None  # a recycle's `after`
    outcome_is_rejection: bool = False
    follow_up_short: bool = False  # the period ended with too few attempts
    outcome: str | None = None  # code of the rejection, or won, lost, merged
    missing: tuple[str, ...] = ()  # required names that were absent at qualification
    given: tuple[str, ...] = ()  # answers that a person gave for a stage, by name

    @property
    def is_open(self) -> bool:
        return self.stage in OPEN_STAGES

    def clock(self, kind: ClockKind) -> Clock | None:
        """The running clock of this kind, if any."""
        return next((clock for clock in self.clocks if clock.kind == kind), None)
