"""`uncovered`: times at which nobody who may take a lead works, though its clock runs.

A warning, with `contract check --roster`. For the coming weeks, and for each rule's teams with the
skills that it needs, and each territory from which a lead was found that it takes, the time is
worked out in which one of these reps works: shift, holidays, leave, first day and `active` count;
meetings and caps do not, since they are not known so far ahead. `example` is a lead of the
territory, where the gap is one of a territory.

On a business clock a window runs in the hours of anybody of the last team, also of one who is
inactive or begins later, so the gap is that time less the one in which somebody works who may take
the lead. Outside the team's hours the clock stands still: that is the rule for after hours.

On a wall clock every minute counts. A time in which nobody works at all has its rule when the
escalation tells a person (`alert_manager`, `incident`); without one it is a gap too.

A rule that goes on (`continue`) only adds people to those that follow, and is passed over. Targets
that are fields are people of whom the contract knows nothing; they count for nobody.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import cached_property, partial
from zoneinfo import ZoneInfo

import msgspec

from handrail.contract.checks.examples import Evaluate
from handrail.contract.checks.places import place_of
from handrail.contract.checks.treatment import treatment
from handrail.contract.findings import Finding
from handrail.contract.model import (
    AlertManagerStep,
    ContinueTarget,
    Contract,
    IncidentStep,
    RoutingRule,
    TeamTarget,
)
from handrail.contract.proof import SymbolicLead, Witnesses, World
from handrail.contract.proof.formula import negated
from handrail.contract.proof.lines import Lead
from handrail.contract.text.tree import places_of
from handrail.terms.hours import WorkingTime, union, working_time
from handrail.terms.people import Rep, Roster
from handrail.terms.zones import Period, day_of

KIND = "uncovered"
WEEK = timedelta(weeks=1)
WEEKS_MAX = 52  # shifts and holidays are known as far ahead, and nobody plans further


class Need(msgspec.Struct, frozen=True):
    """What the leads of a rule ask for; `territory` None where it does not matter."""

    rule: str
    number: int
    teams: tuple[str, ...]
    skills: frozenset[str]
    territory: str | None = None


def find(
    contract: Contract,
    roster: Roster,
    *,
    from_at: datetime,
    weeks: int,
    comes_from: Callable[[int, str], Lead | None] = lambda _rule, _territory: None,
) -> Iterator[Finding]:
    """`comes_from` gives a lead of a territory that the rule of this number takes, if any."""
    assert 1 <= weeks <= WEEKS_MAX
    until_at = from_at + weeks * WEEK
    places = places_of(contract.source)
    told: set[tuple[object, ...]] = set()
    for need in _needs(contract, roster):
        gaps = uncovered(contract, roster, need, from_at=from_at, until_at=until_at)
        if not gaps or (need.teams, need.skills, None) in told:
            continue
        example = None
        if need.territory is not None:
            example = comes_from(need.number, need.territory)
            if example is None or (need.teams, need.skills, need.territory) in told:
                continue
        told.add((need.teams, need.skills, need.territory))
        place = place_of(("routing", need.number, "needs" if need.skills else "to"), places)
        message = _told(need, gaps, weeks=weeks, timezone=contract.timezone)
        yield Finding(KIND, "warning", place.line, place.column, message, example)


class Origins:
    """From which territories the leads of a rule come."""

    def __init__(self, contract: Contract, evaluate: Evaluate) -> None:
        self._contract = contract
        self._evaluate = evaluate

    @cached_property
    def _lead(self) -> tuple[SymbolicLead, Witnesses]:
        world = World([self._contract])
        lead = world.lead()
        return lead, Witnesses(world, [lead])

    def lead_from(self, rule: int, territory: str) -> Lead | None:
        """A lead of the territory that the rule takes."""
        lead, witnesses = self._lead
        claim = (lead.rule_is(rule), lead.territory_is(territory))
        routed = (lead.qualifies(), negated(lead.excluded()))
        shows = partial(self._is_taken, rule=rule, territory=territory)
        lines = witnesses.lines((*claim, *routed), shows)
        return None if lines is None else lines[0]

    def _is_taken(self, lines: Sequence[Lead], *, rule: int, territory: str) -> int:
        facts = self._evaluate(self._contract, lines[0])
        rules = [one for one in self._contract.routing if one.when.test(facts) is True]
        taken = next((one for one in rules if not _goes_on(one)), None)
        is_routed = treatment(self._contract, facts).chain != ()
        here = facts.values.get("territory") == territory
        return int(is_routed and here and taken is self._contract.routing[rule])


def uncovered(
    contract: Contract, roster: Roster, need: Need, *, from_at: datetime, until_at: datetime
) -> list[Period]:
    """The periods of [from_at, until_at) in which nobody covers the need and no rule says more."""
    able = [rep for rep in _members(roster, need.teams) if _may_take(rep, need)]
    covered = _worked(able, from_at, until_at)
    if contract.sla.clock == "wall" and not _tells_a_person(contract):
        return without([(from_at, until_at)], covered)
    return without(_clock_of(roster, need.teams[-1]).periods(from_at, until_at), covered)


def without(periods: Sequence[Period], taken: Sequence[Period]) -> list[Period]:
    """What is left of the periods; both are in order, and none of either touches its next."""
    left: list[Period] = []
    at = 0
    for start, end in periods:
        while at < len(taken) and taken[at][1] <= start:
            at += 1
        look, free_from = at, start
        while look < len(taken) and taken[look][0] < end:
            if free_from < taken[look][0]:
                left.append((free_from, taken[look][0]))
            free_from = max(free_from, taken[look][1])
            look += 1
        if free_from < end:
            left.append((free_from, end))
    return left


def _needs(contract: Contract, roster: Roster) -> Iterator[Need]:
    """What each rule asks for; where reps are limited to territories, also for each of these."""
    for number, rule in enumerate(contract.routing):
        teams = tuple(target.team for target in rule.to if isinstance(target, TeamTarget))
        if _goes_on(rule) or not teams or any(team not in roster.teams for team in teams):
            continue
        members = _members(roster, teams)
        if rule.needs and not any(rule.needs <= rep.skills for rep in members):
            continue  # said already, of the whole time
        yield Need(rule.name, number, teams, rule.needs)
        if any(rep.territories is not None for rep in members):
            everybody = roster.reps.values()
            for area in contract.territories:
                if not any(one.active and _covers(one, area.name) for one in everybody):
                    continue  # said already
                yield Need(rule.name, number, teams, rule.needs, area.name)


def _goes_on(rule: RoutingRule) -> bool:
    return any(isinstance(target, ContinueTarget) for target in rule.to)


def _members(roster: Roster, teams: Sequence[str]) -> list[Rep]:
    """The active reps of the teams, each once."""
    names = dict.fromkeys(member.rep for team in teams for member in roster.teams[team].members)
    return [rep for name in names if (rep := roster.reps[name]).active]


def _may_take(rep: Rep, need: Need) -> bool:
    return _covers(rep, need.territory) and need.skills <= rep.skills


def _covers(rep: Rep, territory: str | None) -> bool:
    return territory is None or rep.territories is None or territory in rep.territories


def _worked(reps: Sequence[Rep], from_at: datetime, until_at: datetime) -> list[Period]:
    """When any of them works, from each one's first day on."""
    joined: dict[datetime, list[Rep]] = {}
    for rep in reps:
        begins = from_at if rep.joined is None else day_of(rep.joined, rep.timezone)[0][0]
        joined.setdefault(max(from_at, begins), []).append(rep)
    free = [(from_at, until_at)]
    for begins, group in joined.items():
        if begins < until_at:
            hours = union([working_time(rep) for rep in group])
            free = without(free, hours.periods(begins, until_at))
    return without([(from_at, until_at)], free)


def _clock_of(roster: Roster, team: str) -> WorkingTime:
    """A pool's clock runs in its members' hours, whether they are active, or there yet, or not."""
    members = roster.teams[team].members
    return union([working_time(roster.reps[member.rep]) for member in members])


def _tells_a_person(contract: Contract) -> bool:
    acts = (act for step in contract.sla.escalation for act in step.do)
    return any(isinstance(act, AlertManagerStep | IncidentStep) for act in acts)


def _told(need: Need, gaps: Sequence[Period], *, weeks: int, timezone: str) -> str:
    zone = ZoneInfo(timezone)
    first_from, first_until = (at.astimezone(zone).strftime("%a %Y-%m-%d %H:%M") for at in gaps[0])
    total = sum((end - start for start, end in gaps), timedelta())
    hours = round(total / timedelta(hours=1) / weeks, 1)
    skills = f" with {', '.join(sorted(need.skills))}" if need.skills else ""
    area = f" for the territory `{need.territory}`" if need.territory is not None else ""
    return (
        f"nobody of {', '.join(need.teams)}{skills}{area} works for {hours:g} hours a week in "
        f"which the clock of `{need.rule}` runs, first from {first_from} until {first_until} "
        f"({timezone}); change a shift, add a rep who can take these leads, or name another team"
    )
