"""Late binding: who of the waiting goes to whom of the free."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import msgspec

from handrail.contract.model import Contract
from handrail.kernel import eligibility
from handrail.kernel.decision import Binding, Case, Routing
from handrail.kernel.eligibility import Demand
from handrail.kernel.rank import Key, rank
from handrail.kernel.route import CandidateBook, needs_of
from handrail.terms.evidence import RepConditions, RepLoad, Staffing, TeamTally
from handrail.terms.handoff import Handoff
from handrail.terms.hours import WorkingTime
from handrail.terms.load import ONE_LOAD
from handrail.terms.people import Roster


class Waiting(msgspec.Struct, frozen=True):
    """One handoff in a pool, with what it asks of whoever takes it."""

    case: Case
    handoff: Handoff
    demand: Demand
    strategy: str
    due_at: datetime | None  # of its first-action or handover clock


def serve(*, waiting: Sequence[Waiting], staffing: Staffing, now: datetime) -> tuple[Binding, ...]:
    """Bind the waiting to the free: earliest deadline first, savable before lost.

    Nobody is bound to a lead that they cannot finish before their next meeting while another can
    save it. Nor to one whose time has run out and whose breach is not looked at yet: it is the
    pool's, and what follows comes first. Each binding counts at once for the next one.
    """
    view = AfterBindings(staffing)
    bindings: list[Binding] = []
    nobody_left: set[str] = set()
    for item in _in_order(waiting=waiting, now=now):
        team = item.handoff.owner.team
        if team in nobody_left or _is_over(item, now=now):
            continue
        binding = _bind(item=item, view=view, now=now)
        if binding is not None:
            bindings.append(binding)
            view.take(binding=binding, item=item, now=now)
        elif not _anybody_left(team=team, view=view, now=now):
            nobody_left.add(team)
    return tuple(bindings)


def _is_over(item: Waiting, *, now: datetime) -> bool:
    return item.due_at is not None and item.due_at <= now


def _anybody_left(*, team: str, view: "AfterBindings", now: datetime) -> bool:
    """Whether a member could still take some other lead: long pools are not read for nothing."""
    roster = view.roster
    return team in roster.teams and any(
        eligibility.takes_anything(rep=roster.reps[member.rep], staffing=view, now=now)
        for member in roster.teams[team].members
    )


def _in_order(*, waiting: Sequence[Waiting], now: datetime) -> list[Waiting]:
    def key(item: Waiting) -> tuple[bool, datetime, str]:
        return (item.due_at is None, item.due_at or item.handoff.opened_at, item.handoff.id)

    return sorted(waiting, key=key)


def _bind(*, item: Waiting, view: "AfterBindings", now: datetime) -> Binding | None:
    roster = view.roster
    team = roster.teams.get(item.handoff.owner.team)
    if team is None:
        return None
    verdicts = {
        member.rep: eligibility.judge(
            rep=roster.reps[member.rep], demand=item.demand, staffing=view, now=now
        )
        for member in team.members
    }
    free = [rep for rep, verdict in verdicts.items() if verdict.code is None]
    if not free:
        return None
    ranked = rank(
        reps=free, team=team.name, strategy=item.strategy, staffing=view, flexibility=True
    )
    picked = _pick(item=item, ranked=ranked, others=list(verdicts), view=view, now=now)
    if picked is None:
        return None
    return Binding(lead=item.case.lead.id, handoff=item.handoff.id, team=team.name, rep=picked)


def routing_of(*, item: Waiting, picked: str, staffing: Staffing, now: datetime) -> Routing:
    """Why this rep of the pool's team, and why none of the others."""
    team = staffing.roster.teams[item.handoff.owner.team]
    verdicts = {
        member.rep: eligibility.judge(
            rep=staffing.roster.reps[member.rep],
            demand=item.demand,
            staffing=staffing,
            now=now,
        )
        for member in team.members
    }
    ranked = rank(
        reps=[rep for rep, verdict in verdicts.items() if verdict.code is None],
        team=team.name,
        strategy=item.strategy,
        staffing=staffing,
        flexibility=True,
    )
    book = CandidateBook()
    book.targets.append(f"team:{team.name}")
    book.teams.append(team.name)
    book.add_ranked(ranked, picked)
    for rep in sorted(verdicts):
        code = verdicts[rep].code
        if code is not None:
            book.add_ineligible(rep, code)
    return book.routing(item.handoff.rule)


def _pick(
    *,
    item: Waiting,
    ranked: Sequence[tuple[Key, str]],
    others: Iterable[str],
    view: "AfterBindings",
    now: datetime,
) -> str | None:
    """The best-ranked who can finish; if none can, the best-ranked, unless another can save it."""
    for _, rep in ranked:
        if _can_finish(rep=rep, view=view, at=now):
            return rep
    if any(
        _can_save(rep=rep, item=item, view=view, now=now)
        for rep in others
        if rep not in {name for _, name in ranked}
    ):
        return None
    return ranked[0][1]


def _can_finish(*, rep: str, view: "AfterBindings", at: datetime) -> bool:
    starts = [span.from_at for span in view.conditions(rep).taken if span.from_at > at]
    if not starts:
        return True
    load = view.load(rep)
    needed = timedelta(seconds=30) * (load.unworked + 1) * load.half_minutes
    return at + needed <= min(starts)


def _can_save(*, rep: str, item: Waiting, view: "AfterBindings", now: datetime) -> bool:
    """Whether a rep who only waits for a meeting's end or a shift comes free in time."""
    verdict = eligibility.judge(
        rep=view.roster.reps[rep], demand=item.demand, staffing=view, now=now
    )
    if not verdict.passes or item.due_at is None:
        return False
    at = eligibility.free_at(rep=view.roster.reps[rep], staffing=view, now=now)
    return at is not None and at < item.due_at and _can_finish(rep=rep, view=view, at=at)


def next_free_at(*, team: str, staffing: Staffing, now: datetime) -> datetime | None:
    """The next instant after `now` at which a member may become free; None if none is known.

    Instants only wake: what they bring is judged then.
    """
    found: datetime | None = None
    for member in staffing.roster.teams[team].members:
        for at in _changes(rep=member.rep, staffing=staffing, now=now):
            if at > now and (found is None or at < found):
                found = at
    return found


def _changes(*, rep: str, staffing: Staffing, now: datetime) -> Iterable[datetime]:
    conditions = staffing.conditions(rep)
    hours = staffing.hours(rep)
    if conditions.presence.until is not None:
        yield conditions.presence.until
    if conditions.on_call_until is not None:
        yield conditions.on_call_until
    if conditions.status is not None:
        yield conditions.status.until_at
    for span in (*conditions.taken, *conditions.absent):
        yield span.until_at
    start = hours.next_start(now)
    if start is not None and start > now:
        yield start
    elif start is not None:
        end = hours.next_end(now)
        later = hours.next_start(end) if end is not None else None
        if later is not None:
            yield later
    caps = staffing.roster.reps[rep].caps
    if caps.day is not None or caps.week is not None or caps.month is not None:
        yield staffing.next_midnight(rep, now)


class AfterBindings:
    """The staffing as it is once the bindings made so far count."""

    def __init__(self, staffing: Staffing) -> None:
        self._below = staffing
        self._loads: dict[str, RepLoad] = {}
        self._tallies: dict[tuple[str, str], TeamTally] = {}

    @property
    def roster(self) -> Roster:
        return self._below.roster

    def load(self, rep: str) -> RepLoad:
        return self._loads.get(rep) or self._below.load(rep)

    def conditions(self, rep: str) -> RepConditions:
        return self._below.conditions(rep)

    def tally(self, team: str, rep: str) -> TeamTally:
        return self._tallies.get((team, rep)) or self._below.tally(team, rep)

    def hours(self, rep: str) -> WorkingTime:
        return self._below.hours(rep)

    def pool_hours(self, team: str) -> WorkingTime:
        return self._below.pool_hours(team)

    def next_midnight(self, rep: str, now: datetime) -> datetime:
        return self._below.next_midnight(rep, now)

    def is_absent(self, rep: str, at: datetime) -> bool:
        return self._below.is_absent(rep, at)

    def take(self, *, binding: Binding, item: Waiting, now: datetime) -> None:
        load = self.load(binding.rep)
        in_hand = item.handoff.stage != "sql"  # a qualified one that was handed over is no load
        unworked = in_hand and item.handoff.met_at is None
        timed = unworked and not item.demand.same_day and item.due_at is not None
        self._loads[binding.rep] = msgspec.structs.replace(
            load,
            open=load.open + in_hand,
            unworked=load.unworked + unworked,
            timed=load.timed + timed,
            day=load.day + 1,
            week=load.week + 1,
            month=load.month + 1,
            extra=load.extra + (item.handoff.load - ONE_LOAD if in_hand else 0),
        )
        for member in self.roster.teams[binding.team].members:
            tally = self.tally(binding.team, member.rep)
            if member.rep == binding.rep:
                tally = msgspec.structs.replace(tally, had=tally.had + 1, last_at=now)
            elif self.is_absent(member.rep, now):
                tally = msgspec.structs.replace(tally, absent=tally.absent + 1)
            else:
                continue
            self._tallies[binding.team, member.rep] = tally


def demand_of(*, contract: Contract, case: Case, handoff: Handoff) -> Demand:
    """What a handoff asks of whoever takes it, read back from its state."""
    needs = needs_of(contract=contract, rule=handoff.rule)
    return Demand(
        same_day=handoff.same_day,
        needs=needs if not handoff.handed_over else frozenset(),
        territory=handoff.territory,
        any_territory=not contract.territories,
        account_domain=handoff.account,
        breached_by=breachers(handoff),
        declined_by=frozenset(handoff.rejected_by),
        load=handoff.load,
    )


def breachers(handoff: Handoff) -> frozenset[str]:
    """Reps whose first-action window closed unmet in this handoff."""
    return frozenset(
        breach.owner
        for breach in handoff.breaches
        if breach.clock == "first_action"
        and not breach.annulled
        and not breach.owner.startswith("team:")
    )


def waiting_of(*, contracts: Mapping[str, Contract], case: Case) -> Waiting:
    """A pooled case as `serve` sees it."""
    handoff = case.handoff
    assert handoff is not None and handoff.owner.rep is None
    contract = contracts[handoff.contract]
    clock = handoff.clock("first_action") or handoff.clock("handover")
    return Waiting(
        case=case,
        handoff=handoff,
        demand=demand_of(contract=contract, case=case, handoff=handoff),
        strategy=contract.lead_type(handoff.lead_type).strategy,
        due_at=clock.due_at if clock is not None else None,
    )
