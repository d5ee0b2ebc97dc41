"""What the API takes and gives, as values; the OpenAPI document is made from these."""

from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from handrail.contract.agreement import Denied, Emergency, State
from handrail.engine.calendars.source import CalendarKind
from handrail.engine.incidents import IncidentView
from handrail.engine.items import Receipt
from handrail.engine.views import HandoffView
from handrail.terms.command import ActKind
from handrail.terms.people import PresenceState
from handrail.web.problems import Fault

Id = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Words = Annotated[str, Meta(min_length=1, max_length=2_000, pattern=r"^[^\x00]+$")]
At = Annotated[datetime, Meta(tz=True)]
GivenValue = Words | int | float | bool | list[Words]
Given = dict[Id, GivenValue]
ScoreValue = Annotated[int, Meta(ge=-1_000_000, le=1_000_000)]


class _Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What is sent: an unknown field is refused, so that a typing error is not passed over."""


class SignalBody(_Body, frozen=True):
    lead: Id
    name: Annotated[str, Meta(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f\x7f]+$")]
    at: At | None = None


class ActionBody(_Body, frozen=True, rename={"from_at": "from", "until_at": "until"}):
    """`from`: a machine's own time of the act; `until`: a call in progress till then."""

    rep: Id
    act: ActKind
    from_at: At | None = None
    until_at: At | None = None


class AcceptBody(_Body, frozen=True):
    """`given`: what the contract requires and was missing, by name."""

    rep: Id
    given: Given = {}


class CompleteBody(_Body, frozen=True):
    """`by`: the rep or person who knows it."""

    by: Id
    given: Given


class RejectBody(_Body, frozen=True):
    """`of`: the lead or handoff that this one duplicates."""

    rep: Id
    code: Id
    of: Id | None = None
    note: Words | None = None


class QualifyBody(_Body, frozen=True):
    rep: Id
    problem: Words | None = None
    authority: Words | None = None
    next_step_at: At | None = None
    given: Given = {}


class ConversationBody(_Body, frozen=True):
    rep: Id | None = None


class OverrideBody(_Body, frozen=True):
    """Exactly one of `owner` (a rep or `team:ID`), `stage`, `score` and `release`."""

    by: Id
    reason: Words
    owner: Id | None = None
    stage: Id | None = None
    score: dict[Id, ScoreValue] | None = None
    release: Literal[True] | None = None


class MeetingBody(_Body, frozen=True):
    """`rep`: with whom, where it is not the owner; who then owns the handoff."""

    by: Id
    from_at: At
    rep: Id | None = None


class MeetingMissedBody(_Body, frozen=True):
    by: Id


class MeetingConfirmedBody(_Body, frozen=True):
    by: Id


class PageRevokeBody(_Body, frozen=True):
    by: Id
    reason: Words


class HoldBody(_Body, frozen=True):
    """`rep`: with whom, where it is not the owner."""

    from_at: At
    rep: Id | None = None


class MeetingCancelBody(_Body, frozen=True):
    by: Id
    reason: Words | None = None


class PauseBody(_Body, frozen=True):
    by: Id
    until: At
    reason: Words


class ChannelsBody(_Body, frozen=True):
    """`channels`: in the order in which they are tried, empty for all; `off`: kinds of alerts."""

    channels: Annotated[list[Id], msgspec.Meta(max_length=16)] = []
    off: Annotated[list[Id], msgspec.Meta(max_length=50)] = []


class ChannelsAnswer(msgspec.Struct, frozen=True):
    """`kept`: kinds that nobody can switch off; `kept_channels`: the same of channels."""

    person: str
    channels: list[str]
    off: list[str]
    kept: list[str]
    kept_channels: list[str]


class CalendarBody(_Body, frozen=True):
    """`writes`: booked meetings are written into it. `email`: by which the rep is known among the
    guests of a meeting, where that is not the user name. `address`: left out for microsoft, where
    it is the one of whom the roster says the rep is."""

    kind: CalendarKind
    address: Annotated[str, Meta(max_length=2_000, pattern=r"^[!-~]*$")] = ""
    username: Words | None = None
    password: Words | None = None
    email: Words | None = None
    writes: bool = False


class CalendarAnswer(msgspec.Struct, frozen=True):
    """`place`: the host. `is_stale`: it was last read too long ago to decide by; `fault`: why."""

    id: str
    rep: str
    kind: CalendarKind
    place: str
    writes: bool
    connected_at: datetime
    by: str
    fresh_at: datetime | None
    is_stale: bool
    fault: str | None


class CalendarsAnswer(msgspec.Struct, frozen=True):
    calendars: list[CalendarAnswer]


class DeliveryBody(_Body, frozen=True):
    """Who decided it, and why."""

    by: Id
    reason: Words | None = None


class MoveBody(_Body, frozen=True):
    """`channel`: by which it goes instead."""

    by: Id
    channel: Id
    reason: Words | None = None


class IncidentCloseBody(_Body, frozen=True):
    """`code`: why it came to that. `other` needs a note."""

    by: Id
    code: Literal["answered", "duplicate", "staffing", "routing", "outage", "not_a_lead", "other"]
    note: Words | None = None


class IncidentSilenceBody(_Body, frozen=True):
    """`until`: within the next 24 hours."""

    by: Id
    until: At
    reason: Words


class PassOnBody(_Body, frozen=True):
    """`to`: instead of the rep's cover."""

    by: Id
    reason: Words
    to: Id | None = None


class PresenceBody(_Body, frozen=True):
    state: PresenceState
    until: At | None = None


class PipelineBody(_Body, frozen=True):
    """`load`: of the field in which the CRM counts it: open opportunities, or whatever it is."""

    load: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]


class ContractBody(_Body, frozen=True):
    """`tables`: the CSV texts by the file names that the contract gives."""

    source: str
    tables: dict[str, str] = {}


class SignBody(_Body, frozen=True):
    """`signature`: 64 bytes in base64."""

    role: Id
    address: Id
    signature: Id


class ActivateBody(_Body, frozen=True):
    """`emergency`: the reason."""

    at: At | None = None
    emergency: Words | None = None


class RollbackBody(_Body, frozen=True):
    """`name`: which contract, where several are in force; `to`: a digest."""

    reason: Words
    name: Id | None = None
    to: Id | None = None


class PageView(msgspec.Struct, frozen=True):
    """`url`: of the buyer's page from now on; None on a node that buyers cannot reach."""

    url: str | None


class SlotView(msgspec.Struct, frozen=True):
    """A time that may be chosen; half-open, in UTC."""

    from_at: datetime
    until_at: datetime


class BookingView(msgspec.Struct, frozen=True):
    """`url`: the buyer's own page, where any of the owner's free times can be booked; `slots`: the
    first of them."""

    url: str
    slots: list[SlotView]


class BookedView(msgspec.Struct, frozen=True):
    """A meeting that stands. `risk`: per cent that the buyer does not come, once it was judged;
    `confirmed`: the buyer said that they will."""

    rep: str
    from_at: datetime
    until_at: datetime
    confirmed: bool = False
    risk: int | None = None


class HeldView(msgspec.Struct, frozen=True):
    """A time that is offered to nobody else until `expires_at`."""

    rep: str
    from_at: datetime
    until_at: datetime
    expires_at: datetime


class SlotsView(msgspec.Struct, frozen=True):
    """`reps`: whose times these are, best first; `because`: why in this order; `meeting`: what is
    booked already."""

    reps: list[str]
    slots: list[SlotView]
    url: str | None = None
    meeting: BookedView | None = None
    because: str = ""


class LeadReceipt(Receipt, frozen=True, kw_only=True):
    """`booking` is there where the contract lets buyers book and somebody owns the lead."""

    links: dict[str, str] = {}
    booking: BookingView | msgspec.UnsetType = msgspec.UNSET


class BatchRow(msgspec.Struct, frozen=True, omit_defaults=True):
    """`status` is what the lead would have got alone: 201 new, 200 known, 422 refused."""

    row: int
    status: int
    receipt: Receipt | None = None
    errors: list[Fault] = []


class BatchAnswer(msgspec.Struct, frozen=True):
    taken: int
    duplicates: int
    refused: int
    results: list[BatchRow]


class HandoffPage(msgspec.Struct, frozen=True):
    """`next`: the cursor of the next page, when there may be one."""

    handoffs: list[HandoffView]
    next: str | None = None


class IncidentList(msgspec.Struct, frozen=True):
    incidents: list[IncidentView]


class EventPage(msgspec.Struct, frozen=True):
    lead: str
    events: list[Any]


class PresenceAnswer(msgspec.Struct, frozen=True):
    """`by`: who said so; None of who is available, and of a call that an act told of."""

    rep: str
    state: PresenceState
    until: datetime | None = None
    by: str | None = None


class CapacityAnswer(msgspec.Struct, frozen=True):
    """`caps`: None is no limit. `why_not`: why the rep takes no lead now, an ineligibility code.
    `filled`: what the open ones fill of `caps.open`, in hundredths.
    `pipeline`: what they carry by the CRM's count.
    `first_action_minutes`: how soon they are expected to act, by `observed` acts of their own
    and their teams'; it ranks nobody."""

    rep: str
    open: int
    filled: int
    unworked: int
    timed: int
    day: int
    week: int
    month: int
    caps: dict[str, int | None]
    observed: int
    first_action_minutes: int | None = None
    pipeline: int = 0
    why_not: str | None = None


class RosterAnswer(msgspec.Struct, frozen=True):
    digest: str
    name: str
    teams: int
    reps: int


class FindingAnswer(msgspec.Struct, frozen=True, omit_defaults=True):
    kind: str
    severity: str
    line: int
    column: int
    message: str
    example: dict[str, Any] | None = None


class ContractDrafted(msgspec.Struct, frozen=True):
    digest: str
    name: str
    version: int
    in_force: bool
    state: State
    findings: list[FindingAnswer] = []


class SignatureAnswer(msgspec.Struct, frozen=True):
    """`counts`: the key with which it was made is still that person's."""

    role: str
    address: str
    at: datetime
    public: str
    signature: str
    counts: bool


class ContractAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`activate_at`: when a scheduled version comes into force; `denied`: why it last did not."""

    digest: str
    name: str
    version: int
    in_force: bool
    state: State
    owners: dict[str, str] = {}
    signatures: list[SignatureAnswer] = []
    is_adopted: bool = False
    drafted_at: datetime | None = None
    activate_at: datetime | None = None
    in_force_at: datetime | None = None
    emergency: Emergency | None = None
    denied: Denied | None = None


class MissingSignature(msgspec.Struct, frozen=True):
    """`statement`: the text whose bytes in UTF-8 this person signs."""

    role: str
    address: str
    statement: str


class ContractDetail(msgspec.Struct, frozen=True):
    contract: ContractAnswer
    source: str
    tables: dict[str, str]
    findings: list[FindingAnswer]
    missing: list[MissingSignature]


class ContractList(msgspec.Struct, frozen=True):
    contracts: list[ContractAnswer]


class HealthAnswer(msgspec.Struct, frozen=True):
    """`late_s`: how long the eldest due wake-up has been waiting."""

    ok: bool
    late_s: float = 0.0
    overdue: int = 0
    waiting_deliveries: int = 0
    parked_deliveries: int = 0
    open_handoffs: int = 0
    failures: int = 0
    reason: str | None = None
