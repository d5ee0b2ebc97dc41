"""Read models: what doors show of cases, entries and contracts. Pure; no view decides anything."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import msgspec

from handrail.contract.model import Contract
from handrail.engine.against import Against, acts_against
from handrail.engine.ledger import Entry
from handrail.engine.reasons import tell_candidate
from handrail.engine.telling import Names, tell
from handrail.kernel.clockwork import wake_at
from handrail.kernel.decision import Case, Routing
from handrail.terms.evidence import RepLoad
from handrail.terms.handoff import Handoff
from handrail.terms.people import Roster
from handrail.terms.signal import Signal
from handrail.terms.sla import Clock

Urgency = Literal["incident", "breached", "warned", "running", "paused", "calm"]
Place = tuple[datetime, str]  # where a handoff stands in the order of wake-ups

NEVER = datetime.max.replace(tzinfo=UTC)  # how stores sort a handoff that wakes no more
NAME_FIELDS = (("lead.name",), ("lead.first_name", "lead.last_name"))
COMPANY_FIELDS = ("account.name", "lead.company", "account.domain")
WARN_SHARE = 60  # per cent of a window from which a row looks warned when no warning is to come
FAR = datetime(9000, 1, 1, tzinfo=UTC)


class ClockView(msgspec.Struct, frozen=True):
    """A running window; `warn_at` None: no warning, or it was given."""

    kind: str
    opened_at: datetime
    due_at: datetime
    warn_at: datetime | None = None


class BreachView(msgspec.Struct, frozen=True):
    clock: str
    step: int
    due_at: datetime
    owner: str
    annulled: bool = False
    cause: str | None = None


class HandoffView(msgspec.Struct, frozen=True):
    """A handoff as the API tells it; `owner` is a rep's id or `team:ID`."""

    id: str
    lead: str
    stage: str
    owner: str
    owner_name: str
    team: str
    lead_type: str
    tier: str
    threshold: str
    urgency: Urgency
    contract: str
    opened_at: datetime
    scores: dict[str, int]
    name: str | None = None
    email: str | None = None
    company: str | None = None
    rule: str | None = None
    territory: str | None = None
    qualified_at: datetime | None = None
    assigned_at: datetime | None = None
    notified_at: datetime | None = None
    first_action_at: datetime | None = None
    accepted_at: datetime | None = None
    conversation_at: datetime | None = None
    next_step_at: datetime | None = None
    ended_at: datetime | None = None
    requalify_at: datetime | None = None
    paused_until: datetime | None = None
    due_at: datetime | None = None
    clocks: tuple[ClockView, ...] = ()
    breaches: tuple[BreachView, ...] = ()
    incident_since: datetime | None = None
    attempts: int = 0
    attempts_planned: int = 0
    next_attempt_at: datetime | None = None
    follow_up_at: datetime | None = None
    outcome: str | None = None
    set_by_person: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


class EventView(msgspec.Struct, frozen=True):
    """One event of the ledger: as recorded (`details`) and in plain words (`says`)."""

    seq: int
    at: datetime
    event: str
    says: str
    actor: str
    lead: str | None = None
    handoff: str | None = None
    details: dict[str, Any] = {}


class CandidateView(msgspec.Struct, frozen=True):
    rep: str
    name: str
    eligible: bool
    reason: str
    says: str
    rank: int | None = None


class ClauseView(msgspec.Struct, frozen=True):
    """The place in the contract that caused something."""

    name: str
    when: str
    line: int


class RoutingView(msgspec.Struct, frozen=True):
    seq: int
    at: datetime
    targets: tuple[str, ...]
    candidates: tuple[CandidateView, ...]
    owner: str | None = None
    rule: str | None = None
    clause: ClauseView | None = None
    because: str | None = None


class EvidenceView(msgspec.Struct, frozen=True):
    """What the decision looked at: the roster's digest, and each consulted rep's load."""

    roster: str | None = None
    conditions: str | None = None
    loads: dict[str, dict[str, int]] = {}


class ContractView(msgspec.Struct, frozen=True):
    digest: str
    name: str
    version: int


class Explanation(msgspec.Struct, frozen=True):
    """Why this owner: the clauses, everyone who was looked at, and what was missing."""

    lead: str
    handoff: str
    stage: str
    owner: str
    contract: ContractView
    lead_type: str
    threshold: str
    scores: dict[str, int]
    rule: str | None = None
    clause: ClauseView | None = None
    threshold_clause: ClauseView | None = None
    lead_type_clause: ClauseView | None = None
    candidates: tuple[CandidateView, ...] = ()
    routings: tuple[RoutingView, ...] = ()  # the latest first
    missing: tuple[str, ...] = ()
    hygiene: tuple[str, ...] = ()
    evidence: EvidenceView = EvidenceView()
    against: tuple[Against, ...] = ()  # acts logged though the buyer had closed their way


# --- one handoff


def handoff_view(case: Case, *, roster: Roster, now: datetime) -> HandoffView:
    handoff = case.handoff
    assert handoff is not None
    names = Names(roster)
    first = next_clock(handoff)
    return HandoffView(
        id=handoff.id,
        lead=handoff.lead,
        stage=handoff.stage,
        owner=str(handoff.owner),
        owner_name=names.of(str(handoff.owner)),
        team=handoff.owner.team,
        lead_type=handoff.lead_type,
        tier=handoff.tier,
        threshold=handoff.threshold,
        urgency=urgency_of(handoff, now=now),
        contract=handoff.contract,
        opened_at=handoff.opened_at,
        scores=handoff.scores,
        name=name_of(case),
        email=case.lead.email,
        company=company_of(case),
        due_at=first.due_at if first is not None else None,
        clocks=tuple(_clock_view(clock) for clock in _by_due(handoff)),
        breaches=breach_views(handoff),
        incident_since=handoff.incident.opened_at if handoff.incident is not None else None,
        **{name: getattr(handoff, name) for name in _SAME},
    )


_SAME = (
    "rule territory qualified_at assigned_at notified_at first_action_at accepted_at "
    "conversation_at next_step_at ended_at requalify_at paused_until attempts outcome "
    "attempts_planned next_attempt_at follow_up_at set_by_person missing"
).split()


def breach_views(handoff: Handoff) -> tuple[BreachView, ...]:
    return tuple(
        BreachView(
            clock=breach.clock,
            step=breach.step,
            due_at=breach.due_at,
            owner=breach.owner,
            annulled=breach.annulled,
            cause=breach.cause,
        )
        for breach in handoff.breaches
    )


def _clock_view(clock: Clock) -> ClockView:
    return ClockView(
        kind=clock.kind, opened_at=clock.opened_at, due_at=clock.due_at, warn_at=clock.warn_at
    )


def _by_due(handoff: Handoff) -> list[Clock]:
    return sorted(handoff.clocks, key=lambda clock: (clock.due_at, clock.kind))


def next_clock(handoff: Handoff) -> Clock | None:
    """The running clock that is due first."""
    return next(iter(_by_due(handoff)), None)


def warned_from(clock: Clock) -> datetime:
    """From when a window looks warned."""
    if clock.warn_at is not None:
        return clock.warn_at
    return clock.opened_at + (clock.due_at - clock.opened_at) * WARN_SHARE / 100


def urgency_of(handoff: Handoff, *, now: datetime) -> Urgency:
    """How loudly a row speaks. `breached`: a window was missed and nobody has acted since."""
    if handoff.incident is not None:
        return "incident"
    if handoff.paused_until is not None and now < handoff.paused_until:
        return "paused"
    clock = next_clock(handoff)
    unmet = handoff.met_at is None and handoff.stage == "assigned"
    if unmet and any(not breach.annulled for breach in handoff.breaches):
        return "breached"
    if clock is None:
        return "calm"
    if now >= clock.due_at:
        return "breached"
    return "warned" if now >= warned_from(clock) else "running"


def name_of(case: Case) -> str | None:
    """The person's name, as far as any capture told it."""
    attributes = case.lead.attributes
    for fields in NAME_FIELDS:
        parts = [str(attributes[field]) for field in fields if attributes.get(field)]
        if parts:
            return " ".join(parts)
    return None


def company_of(case: Case) -> str | None:
    for field in COMPANY_FIELDS:
        value = case.lead.attributes.get(field)
        if value:
            return str(value)
    return case.handoff.account if case.handoff is not None else None


def signals_of(case: Case) -> list[Signal]:
    """What they did, the latest first."""
    return list(reversed(case.lead.signals))


def place_of(handoff: Handoff) -> Place | None:
    """Where it stands in the order of wake-ups; None when only the store knows."""
    at = wake_at(handoff, now=FAR)
    if at is None:
        return (NEVER, handoff.id)
    return (at, handoff.id) if at < FAR else None


def most_urgent_first(rows: Iterable[HandoffView]) -> list[HandoffView]:
    """What pages, then what breaches next; without a clock the eldest first, paused ones last."""

    def key(row: HandoffView) -> tuple[int, datetime, str]:
        rank = {"incident": 0, "calm": 2, "paused": 3}.get(row.urgency, 1)
        if rank == 1 and row.due_at is None:
            rank = 0
        return (rank, row.due_at or row.opened_at, row.id)

    return sorted(rows, key=key)


# --- its history


def timeline(entries: Iterable[Entry], *, roster: Roster) -> list[EventView]:
    """Every event of the entries, in their order, in plain words."""
    names = Names(roster)
    return [
        EventView(
            seq=entry.seq,
            at=entry.at,
            event=str(event.__struct_config__.tag),
            says=tell(event, names=names),
            actor=entry.actor,
            lead=entry.lead,
            handoff=entry.handoff,
            details={k: v for k, v in msgspec.to_builtins(event).items() if k != "event"},
        )
        for entry in entries
        for event in entry.events
    ]


# --- why


def explain(
    case: Case, *, entries: Sequence[Entry], contract: Contract, roster: Roster
) -> Explanation:
    """The explanation of the case's latest handoff, from what its entries recorded."""
    handoff = case.handoff
    assert handoff is not None
    names = Names(roster)
    own = [entry for entry in entries if entry.handoff == handoff.id]
    routings = [
        _routing_view(entry, routing, contract=contract, names=names, roster=roster)
        for entry in reversed(own)
        if entry.reasons is not None
        for routing in reversed(entry.reasons.routings)
    ]
    decided = next((e for e in reversed(own) if e.reasons is not None and e.reasons.routings), None)
    reasons = decided.reasons if decided is not None else None
    latest = routings[0] if routings else None
    return Explanation(
        lead=handoff.lead,
        handoff=handoff.id,
        stage=handoff.stage,
        owner=str(handoff.owner),
        contract=ContractView(
            digest=handoff.contract, name=contract.name, version=contract.version
        ),
        lead_type=handoff.lead_type,
        threshold=handoff.threshold,
        scores=handoff.scores,
        rule=handoff.rule,
        clause=_clause(contract.routing, handoff.rule),
        threshold_clause=_clause(contract.mql.any, handoff.threshold),
        lead_type_clause=_clause(contract.lead_types, handoff.lead_type),
        candidates=latest.candidates if latest is not None else (),
        routings=tuple(routings),
        missing=handoff.missing or (reasons.missing if reasons is not None else ()),
        hygiene=reasons.hygiene if reasons is not None else (),
        evidence=_evidence(decided),
        against=acts_against(entries, handoff=handoff.id, contract=contract),
    )


def _routing_view(
    entry: Entry, routing: Routing, *, contract: Contract, names: Names, roster: Roster
) -> RoutingView:
    given = [event for event in entry.events if getattr(event, "to", None) is not None]
    turn = next(
        (e for e in given if e.__struct_config__.tag in ("assigned", "pooled", "handed_over")), None
    )
    picked = [c.rep for c in routing.candidates if c.reason == "picked"]
    loads = entry.evidence.loads if entry.evidence is not None else {}
    return RoutingView(
        seq=entry.seq,
        at=entry.at,
        rule=routing.rule,
        targets=routing.targets,
        owner=picked[0] if picked else str(getattr(turn, "to", "")) or None,
        clause=_clause(contract.routing, routing.rule),
        because=getattr(turn, "reason", None),
        candidates=tuple(
            CandidateView(
                rep=candidate.rep,
                name=names.of(candidate.rep),
                eligible=candidate.eligible,
                reason=candidate.reason,
                says=tell_candidate(candidate, loads=loads, roster=roster),
                rank=candidate.rank,
            )
            for candidate in routing.candidates
        ),
    )


def _clause(clauses: Iterable[Any], name: str | None) -> ClauseView | None:
    for clause in clauses:
        if clause.name == name:
            return ClauseView(name=clause.name, when=clause.when.text, line=clause.when.place.line)
    return None


def _evidence(entry: Entry | None) -> EvidenceView:
    record = entry.evidence if entry is not None else None
    if record is None:
        return EvidenceView()
    return EvidenceView(
        roster=record.roster,
        conditions=record.conditions,
        loads={rep: _load(load) for rep, load in sorted(record.loads.items())},
    )


def _load(load: RepLoad) -> dict[str, int]:
    return {name: getattr(load, name) for name in RepLoad.__struct_fields__}


# --- figures


class Percentiles(msgspec.Struct, frozen=True):
    """Seconds; None while nothing was measured."""

    count: int
    p50: float | None = None
    p90: float | None = None


class Summary(msgspec.Struct, frozen=True):
    """Figures of the handoffs looked at (`sampled`; `complete`: these were all)."""

    sampled: int
    complete: bool
    stages: dict[str, int]
    breaches: dict[str, int]  # by clock, annulled ones not counted
    causes: dict[str, int]  # of the same breaches
    incidents: int
    time_to_notify: Percentiles  # system delay: opened -> notified
    time_to_first_action: Percentiles  # rep delay: notified -> first action


def summarise(handoffs: Sequence[Handoff], *, complete: bool) -> Summary:
    stages: dict[str, int] = {}
    breaches: dict[str, int] = {}
    causes: dict[str, int] = {}
    for handoff in handoffs:
        stages[handoff.stage] = stages.get(handoff.stage, 0) + 1
        for breach in handoff.breaches:
            if not breach.annulled:
                breaches[breach.clock] = breaches.get(breach.clock, 0) + 1
                cause = breach.cause or "unknown"
                causes[cause] = causes.get(cause, 0) + 1
    return Summary(
        sampled=len(handoffs),
        complete=complete,
        stages=dict(sorted(stages.items())),
        breaches=dict(sorted(breaches.items())),
        causes=dict(sorted(causes.items())),
        incidents=sum(handoff.incident is not None for handoff in handoffs),
        time_to_notify=_percentiles(_waits(handoffs, "opened_at", "notified_at")),
        time_to_first_action=_percentiles(_waits(handoffs, "notified_at", "first_action_at")),
    )


def _waits(handoffs: Iterable[Handoff], begin: str, end: str) -> list[timedelta]:
    pairs = [(getattr(handoff, begin), getattr(handoff, end)) for handoff in handoffs]
    return [max(b - a, timedelta()) for a, b in pairs if a is not None and b is not None]


def _percentiles(waits: list[timedelta]) -> Percentiles:
    seconds = sorted(wait.total_seconds() for wait in waits)
    if not seconds:
        return Percentiles(count=0)
    count = len(seconds)
    return Percentiles(
        count=count, p50=seconds[-(-count * 50 // 100) - 1], p90=seconds[-(-count * 90 // 100) - 1]
    )
