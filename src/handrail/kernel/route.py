"""rule -> target -> eligible reps -> rank -> pick, with a reason for every rep not picked."""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

import msgspec

from handrail.contract.facts import Facts, is_fault
from handrail.contract.model import (
    ContinueTarget,
    Contract,
    FieldTarget,
    RoutingRule,
    Target,
    TeamTarget,
)
from handrail.kernel import eligibility
from handrail.kernel.decision import Candidate, Routing
from handrail.kernel.eligibility import Demand, Verdict
from handrail.kernel.rank import Key, rank, worse_in
from handrail.terms.evidence import Staffing
from handrail.terms.handoff import Owner
from handrail.terms.hours import WorkingTime


class RepStop(msgspec.Struct, frozen=True):
    """One target of the chain that is a single rep (who may be covered)."""

    rep: str
    rule: str | None
    needs: frozenset[str] = frozenset()


class TeamStop(msgspec.Struct, frozen=True):
    """One target of the chain that is a team."""

    team: str
    rule: str | None
    needs: frozenset[str] = frozenset()


Stop = RepStop | TeamStop


class Routed(msgspec.Struct, frozen=True):
    """The new owner. `unstaffed`: nobody is known to be free before the lead is due."""

    owner: Owner
    rule: str | None
    routing: Routing
    unstaffed: bool = False


DueBy = Callable[[WorkingTime], datetime]


def needs_of(*, contract: Contract, rule: str | None) -> frozenset[str]:
    """The skills that a rule asks for, by its name."""
    return next((one.needs for one in contract.routing if one.name == rule), frozenset())


def chain_of(
    *, contract: Contract, facts: Facts, roster_reps: Sequence[str] | set[str]
) -> tuple[list[Stop], tuple[str, ...]]:
    """The stops of the first matching rule, and of the next ones where it says `continue`.

    Beside them the fields whose absence ended a rule's condition in an error.
    """
    stops: list[Stop] = []
    missing: list[str] = []
    for rule in contract.routing:
        answer = rule.when.test(facts)
        if answer is not True:
            if is_fault(answer) and answer.field is not None:
                missing.append(answer.field)
            continue
        stops.extend(_stops(rule=rule, facts=facts, roster_reps=roster_reps))
        if not any(isinstance(target, ContinueTarget) for target in rule.to):
            break
    return stops, tuple(missing)


def _stops(
    *, rule: RoutingRule, facts: Facts, roster_reps: Sequence[str] | set[str]
) -> Iterator[Stop]:
    for stop in stops_of(targets=rule.to, facts=facts, roster_reps=roster_reps):
        yield msgspec.structs.replace(stop, rule=rule.name, needs=rule.needs)


def stops_of(
    *, targets: Sequence[Target], facts: Facts, roster_reps: Sequence[str] | set[str]
) -> Iterator[Stop]:
    """Targets as stops; a field that is missing or names nobody of the roster is none."""
    for target in targets:
        match target:
            case TeamTarget(team=team):
                yield TeamStop(team=team, rule=None)
            case FieldTarget(field=field):
                rep = facts.values.get(field)
                if isinstance(rep, str) and rep in roster_reps:
                    yield RepStop(rep=rep, rule=None)
            case ContinueTarget():
                return


def route(
    *,
    stops: Sequence[Stop],
    last_team: str,
    demand: Demand,
    strategy: str,
    due_by: DueBy,
    staffing: Staffing,
    now: datetime,
) -> Routed:
    """Walk the stops. For each: (a) a rep eligible now, best rank first; (b) else its pool, if a
    member who only waits for a meeting's end or a shift's start is free before the lead is due;
    (c) else the next stop. If none, the last team's pool, and the alert says so.
    """
    book = CandidateBook()
    for stop in stops:
        needed = msgspec.structs.replace(demand, needs=stop.needs)
        if isinstance(stop, RepStop):
            routed = _try_rep(stop, needed, due_by, staffing, now, book)
        else:
            routed = _try_team(stop, needed, strategy, due_by, staffing, now, book)
        if routed is not None:
            return routed
    rule = next(
        (stop.rule for stop in reversed(stops) if isinstance(stop, TeamStop)),
        stops[-1].rule if stops else None,
    )
    return Routed(
        owner=Owner(team=last_team), rule=rule, routing=book.routing(rule), unstaffed=True
    )


class CandidateBook:
    """Everyone who was looked at: a rep once, under the first target that listed them."""

    def __init__(self) -> None:
        self._seen: dict[str, Candidate] = {}
        self.targets: list[str] = []
        self.teams: list[str] = []

    def add_ineligible(self, rep: str, code: str) -> None:
        self.add(Candidate(rep=rep, eligible=False, reason=code))

    def add(self, candidate: Candidate) -> None:
        known = self._seen.get(candidate.rep)
        if known is None or (candidate.eligible and not known.eligible):
            self._seen[candidate.rep] = candidate

    def routing(self, rule: str | None) -> Routing:
        return Routing(
            rule=rule,
            targets=tuple(self.targets),
            candidates=tuple(self._seen.values()),
            teams=tuple(self.teams),
        )

    def add_ranked(self, ranked: Sequence[tuple[Key, str]], picked: str | None) -> None:
        """The eligible of one target, with what made each of them worse than the one picked."""
        if not ranked:
            return
        best = next((key for key, rep in ranked if rep == picked), ranked[0][0])
        for place, (key, rep) in enumerate(ranked, start=1):
            reason = "picked" if rep == picked else worse_in(key=key, best=best)
            self.add(Candidate(rep=rep, eligible=True, reason=reason, rank=place))


def _try_rep(
    stop: RepStop,
    demand: Demand,
    due_by: DueBy,
    staffing: Staffing,
    now: datetime,
    book: CandidateBook,
) -> Routed | None:
    book.targets.append(stop.rep)
    verdicts = _verdicts([stop.rep], demand, staffing, now)
    rep = staffing.roster.reps[stop.rep]
    if verdicts[stop.rep].code == "on_leave" and rep.cover is not None:
        verdicts |= _verdicts([rep.cover], demand, staffing, now)
    for name, verdict in verdicts.items():
        if verdict.code is None:
            book.add(Candidate(rep=name, eligible=True, reason="picked", rank=1))
            return _own(name, stop.rule, staffing, book)
        book.add_ineligible(name, verdict.code)
    for name, verdict in verdicts.items():
        if verdict.passes and _is_free_before_due(name, due_by, None, staffing, now):
            return _own(name, stop.rule, staffing, book)
    return None


def _own(rep: str, rule: str | None, staffing: Staffing, book: CandidateBook) -> Routed:
    team = team_for(rep=rep, staffing=staffing)
    return Routed(owner=Owner(team=team, rep=rep), rule=rule, routing=book.routing(rule))


def team_for(*, rep: str, staffing: Staffing) -> str:
    """The team to which a turn given through a rep field belongs: the first that lists the rep."""
    teams = staffing.roster.teams_of(rep)
    return teams[0] if teams else next(iter(staffing.roster.teams))


def _try_team(
    stop: TeamStop,
    demand: Demand,
    strategy: str,
    due_by: DueBy,
    staffing: Staffing,
    now: datetime,
    book: CandidateBook,
) -> Routed | None:
    book.targets.append(f"team:{stop.team}")
    team = staffing.roster.teams.get(stop.team)
    if team is None:
        return None
    book.teams.append(stop.team)
    verdicts = _verdicts([member.rep for member in team.members], demand, staffing, now)
    free = [rep for rep, verdict in verdicts.items() if verdict.code is None]
    ranked = rank(reps=free, team=stop.team, strategy=strategy, staffing=staffing) if free else []
    picked = ranked[0][1] if ranked else None
    book.add_ranked(ranked, picked)
    for rep in sorted(verdicts):
        code = verdicts[rep].code
        if code is not None:
            book.add_ineligible(rep, code)
    if picked is not None:
        owner = Owner(team=stop.team, rep=picked)
        return Routed(owner=owner, rule=stop.rule, routing=book.routing(stop.rule))
    passing = [rep for rep, verdict in verdicts.items() if verdict.passes]
    hours = staffing.pool_hours(stop.team) if passing else None
    if any(_is_free_before_due(rep, due_by, hours, staffing, now) for rep in passing):
        return Routed(owner=Owner(team=stop.team), rule=stop.rule, routing=book.routing(stop.rule))
    return None


def _verdicts(
    reps: Sequence[str], demand: Demand, staffing: Staffing, now: datetime
) -> dict[str, Verdict]:
    roster = staffing.roster
    return {
        rep: eligibility.judge(rep=roster.reps[rep], demand=demand, staffing=staffing, now=now)
        for rep in reps
    }


def _is_free_before_due(
    rep: str, due_by: DueBy, hours: WorkingTime | None, staffing: Staffing, now: datetime
) -> bool:
    due_at = due_by(hours if hours is not None else staffing.hours(rep))
    free_at = eligibility.free_at(rep=staffing.roster.reps[rep], staffing=staffing, now=now)
    return free_at is not None and free_at < due_at
