"""The leads of a plan under both versions: decided by the kernel, each alone, then in order."""

from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec

from handrail.contract.model import Contract
from handrail.contract.roster import RosterFile
from handrail.engine.alone import Still, standing_of
from handrail.engine.items import CaptureItem, capture_of
from handrail.engine.ports import Turn
from handrail.engine.standing import Standing, StandingAt
from handrail.kernel.assess import assess
from handrail.kernel.decide import decide
from handrail.kernel.decision import Decision, Evidence
from handrail.lab.plan import Assumptions, Plan, Routed, Treated, Treatment, plan, predict
from handrail.lab.plan.breaches import Arrival
from handrail.terms.evidence import AccountHistory, Staffing
from handrail.terms.handoff import Handoff
from handrail.terms.hours import WorkingTime
from handrail.terms.load import ONE_LOAD

NO_ACCOUNT = AccountHistory()
TELL_EVERY = 200  # leads
LASTING = frozenset(
    {"inactive", "on_leave", "wrong_territory", "missing_skill", "conflict_of_interest"}
)
"""Reasons why a rep takes no lead from the pool later on either."""

Tell = Callable[[int], None]


def plan_leads(
    items: Sequence[CaptureItem],
    *,
    old: Contract,
    new: Contract,
    roster: RosterFile,
    assumptions: Assumptions,
    examples_max: int,
    tell: Tell,
) -> Plan:
    """What `new` would have changed on these leads, of which each has its `captured_at`.

    Each is decided when it was captured, as a first one: people who came twice are looked at alone.
    `tell` is given how many decisions were taken since the last call, of two for each lead.
    """
    sides = [
        _treated(items, contract=contract, roster=roster, assumptions=assumptions, tell=tell)
        for contract in (old, new)
    ]
    return plan(
        old=sides[0],
        new=sides[1],
        timezone=new.timezone,
        examples_max=examples_max,
        assumptions=assumptions,
    )


def dated(items: Sequence[CaptureItem], *, at: datetime) -> list[CaptureItem]:
    """The same leads; those that do not say when they came, came at this instant."""
    return [
        item if item.captured_at is not None else msgspec.structs.replace(item, captured_at=at)
        for item in items
    ]


def _treated(
    items: Sequence[CaptureItem],
    *,
    contract: Contract,
    roster: RosterFile,
    assumptions: Assumptions,
    tell: Tell,
) -> Treatment:
    leads = _each_alone(items, contract=contract, roster=roster, tell=tell)
    arrivals = [
        Arrival(place=place, lead=lead.lead, at=lead.captured_at)
        for place, lead in enumerate(leads)
        if lead.stage == "assigned"
    ]
    arrivals.sort(key=lambda arrival: (arrival.at, arrival.place))
    desk = _KernelDesk(items, contract=contract, standing=standing_of(roster))
    return Treatment(
        contract=contract.name,
        version=contract.version,
        digest=contract.digest,
        leads=leads,
        fates=predict(arrivals, desk=desk, assumptions=assumptions),
    )


def _each_alone(
    items: Sequence[CaptureItem], *, contract: Contract, roster: RosterFile, tell: Tell
) -> tuple[Treated, ...]:
    """In order of time, since what is known of people's days is kept for one day at a time."""
    standing = standing_of(roster)
    places = sorted(range(len(items)), key=lambda place: (_came_at(items[place]), place))
    found: dict[int, Treated] = {}
    now, still = None, None
    for count, place in enumerate(places, 1):
        if still is None or _came_at(items[place]) != now:
            now = _came_at(items[place])
            still = Still(StandingAt(of=standing, contract=contract, now=now))
        found[place] = _treat(items[place], contract, still)
        if not count % TELL_EVERY:
            tell(TELL_EVERY)
    tell(len(items) % TELL_EVERY)
    return tuple(found[place] for place in range(len(items)))


def _treat(item: CaptureItem, contract: Contract, staffing: Staffing) -> Treated:
    decision = _decided(item, contract, staffing)
    lead, handoff = decision.case.lead, decision.case.handoff
    if handoff is None:
        came_at = _came_at(item)
        seen = assess(contract=contract, lead=lead, account=NO_ACCOUNT, now=came_at)
        return Treated(
            lead=item.id,
            captured_at=came_at,
            stage=lead.state,
            lead_type=seen.lead_type.name,
            tier=seen.tier,
        )
    return Treated(
        lead=item.id,
        captured_at=handoff.opened_at,
        stage=handoff.stage,
        lead_type=handoff.lead_type,
        tier=handoff.tier,
        rule=handoff.rule,
        owner=str(handoff.owner),
        threshold=handoff.threshold,
    )


def _decided(item: CaptureItem, contract: Contract, staffing: Staffing) -> Decision:
    now = _came_at(item)
    decision = decide(
        contract=contract,
        case=None,
        command=capture_of(item, now=now),
        evidence=Evidence(staffing=staffing, at_once=True),
        now=now,
    )
    assert isinstance(decision, Decision), "a capture is never refused"
    return decision


def _came_at(item: CaptureItem) -> datetime:
    assert item.captured_at is not None, "see `dated`"
    return item.captured_at


class _KernelDesk:
    """A `Desk`: the kernel on a standing that counts what was given out."""

    def __init__(
        self, items: Sequence[CaptureItem], *, contract: Contract, standing: Standing
    ) -> None:
        self._items = items
        self._contract = contract
        self._standing = standing

    def route(self, place: int) -> Routed | None:
        item = self._items[place]
        staffing = StandingAt(of=self._standing, contract=self._contract, now=_came_at(item))
        decision = _decided(item, self._contract, staffing)
        handoff = decision.case.handoff
        clock = handoff.clock("first_action") if handoff is not None else None
        if handoff is None or clock is None:
            return None
        return Routed(
            team=handoff.owner.team,
            reps=self._takers(handoff, decision),
            due_at=clock.due_at,
            is_timed=not handoff.same_day,
            extra=handoff.load - ONE_LOAD,
        )

    def _takers(self, handoff: Handoff, decision: Decision) -> tuple[str, ...]:
        owner = handoff.owner
        if owner.rep is not None:
            return (owner.rep,)
        barred = {
            one.rep
            for routing in decision.reasons.routings
            for one in routing.candidates
            if one.reason in LASTING
        }
        team = self._standing.roster.teams.get(owner.team)
        members = [member.rep for member in team.members] if team is not None else []
        return tuple(sorted(rep for rep in members if rep not in barred))

    def give(self, *, rep: str, routed: Routed, at: datetime) -> None:
        self._standing.add_turn(Turn(seq=0, at=at, team=routed.team, rep=rep))
        self._standing.add_load(
            rep, open=1, unworked=1, timed=int(routed.is_timed), extra=routed.extra
        )

    def act(self, *, rep: str, routed: Routed) -> None:
        self._standing.add_load(rep, open=0, unworked=-1, timed=-int(routed.is_timed))

    def finish(self, *, rep: str, routed: Routed) -> None:
        self._standing.add_load(rep, open=-1, unworked=0, timed=0, extra=-routed.extra)

    def hours(self, rep: str) -> WorkingTime:
        return self._standing.hours(rep)
