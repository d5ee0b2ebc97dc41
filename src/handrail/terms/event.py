"""Events: what was decided or happened. Past tense, recorded, never changed."""

from datetime import datetime

import msgspec

from handrail.terms.command import ActKind, Attendee, Personal
from handrail.terms.handoff import Owner, Stage
from handrail.terms.load import ONE_LOAD
from handrail.terms.risk import Sign
from handrail.terms.signal import Signal
from handrail.terms.sla import BreachCause, Clock, ClockKind


class _Event(msgspec.Struct, frozen=True, tag_field="event", omit_defaults=True):
    """What all events share; subclasses are tagged with the name that the ledger keeps."""


class Captured(_Event, tag="captured", frozen=True, omit_defaults=True):
    """A source event was taken in; `id` is its own id, the lead may be older."""

    id: str
    captured_at: datetime
    signals: tuple[Signal, ...] = ()
    personal: Personal = Personal()
    source: str | None = None


class Enriched(_Event, tag="enriched", frozen=True, omit_defaults=True):
    source: str
    personal: Personal = Personal()


class Signalled(_Event, tag="signalled", frozen=True):
    """A behaviour of a known lead was added."""

    signal: Signal


class Scored(_Event, tag="scored", frozen=True, omit_defaults=True):
    scores: dict[str, int]
    fired: tuple[str, ...] = ()


class Excluded(_Event, tag="excluded", frozen=True):
    reason: str


class Qualified(_Event, tag="qualified", frozen=True, omit_defaults=True):
    """The lead became an MQL (`threshold` names the condition); the first window opens here."""

    handoff: str
    contract: str
    lead_type: str
    tier: str
    threshold: str
    scores: dict[str, int]
    territory: str | None = None
    account: str | None = None
    same_day: bool = False
    missing: tuple[str, ...] = ()
    load: int = ONE_LOAD


class Triaged(_Event, tag="triaged", frozen=True, omit_defaults=True):
    """People must look: incomplete, uncertain or out of scope."""

    handoff: str
    contract: str
    lead_type: str
    tier: str
    threshold: str
    scores: dict[str, int]
    to: Owner
    reason: str
    clock: Clock
    territory: str | None = None
    account: str | None = None
    missing: tuple[str, ...] = ()


class Assigned(_Event, tag="assigned", frozen=True, omit_defaults=True):
    """A rep owns the handoff. `clocks` are the windows that open with it. `short`: of the one
    that runs already less than half a window is left."""

    to: Owner
    clocks: tuple[Clock, ...] = ()
    rule: str | None = None
    reason: str | None = None
    stall_at: datetime | None = None
    short: bool = False


class Pooled(_Event, tag="pooled", frozen=True, omit_defaults=True):
    """A team's pool owns the handoff until somebody is free."""

    to: Owner
    clocks: tuple[Clock, ...] = ()
    rule: str | None = None
    reason: str | None = None
    stall_at: datetime | None = None


class Retyped(_Event, tag="retyped", frozen=True, omit_defaults=True):
    """A new signal made it an earlier lead type: same owner, due no later than before."""

    lead_type: str
    same_day: bool
    clocks: tuple[Clock, ...] = ()
    load: int = ONE_LOAD


class Notified(_Event, tag="notified", frozen=True, omit_defaults=True):
    to: str
    channel: str | None = None


class Acknowledged(_Event, tag="acknowledged", frozen=True):
    rep: str


class SlaWarned(_Event, tag="sla_warned", frozen=True, omit_defaults=True):
    clock: ClockKind
    to: str
    due_at: datetime


class SlaBreached(_Event, tag="sla_breached", frozen=True, omit_defaults=True):
    clock: ClockKind
    owner: str
    due_at: datetime
    step: int = 0
    late_by: int = 0  # whole seconds
    cause: BreachCause | None = None  # None: recorded before causes were


class BreachAnnulled(_Event, tag="breach_annulled", frozen=True, omit_defaults=True):
    clock: ClockKind
    due_at: datetime
    step: int = 0


class Escalated(_Event, tag="escalated", frozen=True, omit_defaults=True):
    """What followed a breach. `clocks`: the next window, when the owner stays the same."""

    step: int
    do: tuple[str, ...]
    clocks: tuple[Clock, ...] = ()


class ManagerAlerted(_Event, tag="manager_alerted", frozen=True, omit_defaults=True):
    to: str
    reason: str
    clock: ClockKind | None = None
    step: int = 0


class IncidentOpened(_Event, tag="incident_opened", frozen=True, omit_defaults=True):
    to: str
    step: int
    page_at: datetime | None = None


class IncidentClosed(_Event, tag="incident_closed", frozen=True, omit_defaults=True):
    """`reason`: what closed it. A person (`by`) says with a code why it came to be."""

    reason: str
    by: str | None = None
    code: str | None = None
    personal: Personal = Personal()


class IncidentSilenced(_Event, tag="incident_silenced", frozen=True, omit_defaults=True):
    """Its pages are held until then; `page_at` is the next one."""

    by: str
    until: datetime
    page_at: datetime
    personal: Personal = Personal()


class Alerted(_Event, tag="alerted", frozen=True, omit_defaults=True):
    """A message that asks a person for one act. `page_at`: the next page of an incident;
    `until_at`: when the act is of no more use, where no clock says it."""

    kind: str
    to: str
    reason: str | None = None
    page_at: datetime | None = None
    until_at: datetime | None = None


class AlertHeld(_Event, tag="alert_held", frozen=True, omit_defaults=True):
    """An alert waits for the end of the recipient's quiet hours."""

    kind: str
    to: str
    until: datetime
    reason: str | None = None
    until_at: datetime | None = None


class FirstAction(_Event, tag="first_action", frozen=True, omit_defaults=True):
    """`acted_at` is the act's own time; the event's instant is when it was learnt."""

    rep: str
    act: ActKind
    acted_at: datetime
    stall_at: datetime | None = None
    next_attempt_at: datetime | None = None


class Acted(_Event, tag="acted", frozen=True, omit_defaults=True):
    """A later act, which counts as an attempt."""

    rep: str
    act: ActKind
    acted_at: datetime
    stall_at: datetime | None = None
    next_attempt_at: datetime | None = None


class Accepted(_Event, tag="accepted", frozen=True, omit_defaults=True):
    rep: str
    reason: str  # accept, meeting_booked, conversation, qualify
    follow_up_at: datetime | None = None
    stall_at: datetime | None = None
    attempts_planned: int = 0
    next_attempt_at: datetime | None = None


class Completed(_Event, tag="completed", frozen=True, omit_defaults=True):
    """A person gave what the contract requires: fields of the lead, and `answers` by name."""

    by: str
    answers: tuple[str, ...] = ()
    personal: Personal = Personal()


class Rejected(_Event, tag="rejected", frozen=True, omit_defaults=True):
    """`rep` is None when the contract's follow-up ran out. `credit`: the share is given back."""

    code: str
    rep: str | None = None
    of: str | None = None
    credit: bool = False
    team: str | None = None
    personal: Personal = Personal()


class ConversationHeld(_Event, tag="conversation", frozen=True, omit_defaults=True):
    rep: str | None = None
    stall_at: datetime | None = None


class SalesQualified(_Event, tag="sql", frozen=True, omit_defaults=True):
    rep: str
    next_step_at: datetime | None = None
    stall_at: datetime | None = None
    personal: Personal = Personal()


class HandedOver(_Event, tag="handed_over", frozen=True, omit_defaults=True):
    """A second owner takes the qualified lead, with a clock of its own."""

    to: Owner
    clocks: tuple[Clock, ...] = ()


class Stalled(_Event, tag="stalled", frozen=True, omit_defaults=True):
    to: str
    stall_at: datetime | None = None  # when it is looked at again


class FollowUpShort(_Event, tag="follow_up_short", frozen=True):
    """The follow-up period ended with fewer attempts than the contract asks for."""

    attempts: int


class Paused(_Event, tag="paused", frozen=True, omit_defaults=True):
    """All clocks stand still until `until`; `clocks` are their new windows."""

    by: str
    until: datetime
    clocks: tuple[Clock, ...] = ()
    stall_at: datetime | None = None
    page_at: datetime | None = None
    personal: Personal = Personal()


class Overridden(_Event, tag="overridden", frozen=True, omit_defaults=True):
    by: str
    what: str  # owner, stage, score, release; cover: passed on to `owner`, which is not set by it
    owner: str | None = None
    stage: Stage | None = None
    score: dict[str, int] = {}
    personal: Personal = Personal()


class Recycled(_Event, tag="recycled", frozen=True, omit_defaults=True):
    code: str | None = None
    requalify_at: datetime | None = None


class Requalified(_Event, tag="requalified", frozen=True):
    """The instant of a recycle's `after` has come and the lead was looked at again."""


class Disqualified(_Event, tag="disqualified", frozen=True, omit_defaults=True):
    code: str | None = None


class Merged(_Event, tag="merged", frozen=True, omit_defaults=True):
    code: str | None = None
    of: str | None = None


class Closed(_Event, tag="closed", frozen=True):
    outcome: str


class Reopened(_Event, tag="reopened", frozen=True, omit_defaults=True):
    """A person put an ended or triaged handoff back to work."""

    stage: Stage


class MeetingBooked(_Event, tag="meeting_booked", frozen=True, omit_defaults=True):
    rep: str
    from_at: datetime
    until_at: datetime
    stall_at: datetime | None = None
    judge_at: datetime | None = None
    arranged: bool = False
    by: str | None = None
    zone: str | None = None


class MeetingMoved(_Event, tag="meeting_moved", frozen=True, omit_defaults=True):
    """`from_rep`: with whom it was."""

    rep: str
    from_at: datetime
    until_at: datetime
    by: str
    from_rep: str
    stall_at: datetime | None = None
    judge_at: datetime | None = None
    zone: str | None = None


class MeetingCancelled(_Event, tag="meeting_cancelled", frozen=True, omit_defaults=True):
    rep: str
    by: str
    stall_at: datetime | None = None
    personal: Personal = Personal()


class NoShowJudged(_Event, tag="no_show_judged", frozen=True, omit_defaults=True):
    """The risk in per cent that the buyer does not come to the booked meeting, and why. `signs`:
    what it was worked out from; none where it was recorded before they were."""

    risk: int
    reasons: tuple[str, ...] = ()
    signs: tuple[Sign, ...] = ()


class MeetingDeclined(_Event, tag="meeting_declined", frozen=True):
    """The buyer says that they will not come at that time; it stands until somebody changes it."""

    rep: str
    by: str


class LeftUnbooked(_Event, tag="left_unbooked", frozen=True):
    """The buyer was offered times and has chosen none. `mailed`: they got them by mail."""

    mailed: bool


class PageRevoked(_Event, tag="page_revoked", frozen=True, omit_defaults=True):
    """The links to the handoff's booking page that were given before open nothing any more."""

    by: str
    personal: Personal = Personal()


class MeetingConfirmed(_Event, tag="meeting_confirmed", frozen=True):
    """The buyer says that they will come."""

    rep: str
    by: str


class MeetingJoined(_Event, tag="meeting_joined", frozen=True):
    """Somebody came to the meeting with `rep`; `joined_at`: the system's own time."""

    rep: str
    who: Attendee
    joined_at: datetime
    by: str


class MeetingMissed(_Event, tag="meeting_missed", frozen=True, omit_defaults=True):
    """`credit`: the rep's share in the team is given back."""

    rep: str
    credit: bool = False
    team: str | None = None
    by: str | None = None


class CrmWritten(_Event, tag="crm_written", frozen=True):
    system: str


class Migrated(_Event, tag="migrated", frozen=True, omit_defaults=True):
    """The handoff runs under another version now; `clocks` are those that it moved."""

    by: str
    from_contract: str
    contract: str
    clocks: tuple[Clock, ...] = ()
    personal: Personal = Personal()


Event = (
    Captured
    | Enriched
    | Signalled
    | Scored
    | Excluded
    | Qualified
    | Triaged
    | Assigned
    | Pooled
    | Retyped
    | Notified
    | Acknowledged
    | SlaWarned
    | SlaBreached
    | BreachAnnulled
    | Escalated
    | ManagerAlerted
    | IncidentOpened
    | IncidentClosed
    | IncidentSilenced
    | Alerted
    | AlertHeld
    | FirstAction
    | Acted
    | Accepted
    | Completed
    | Rejected
    | ConversationHeld
    | SalesQualified
    | HandedOver
    | Stalled
    | FollowUpShort
    | Paused
    | Overridden
    | Recycled
    | Requalified
    | Disqualified
    | Merged
    | Closed
    | Reopened
    | MeetingBooked
    | MeetingMoved
    | MeetingCancelled
    | NoShowJudged
    | MeetingConfirmed
    | MeetingDeclined
    | PageRevoked
    | LeftUnbooked
    | MeetingJoined
    | MeetingMissed
    | CrmWritten
    | Migrated
)
