"""`uncovered`: times at which nobody who may take a lead works, though its clock runs.

A warning, with `contract check --roster`. For the coming weeks, and for each rule's teams with the
skills that it needs and each territory whose leads it can take, the time is worked out in which one
of these reps works: shift, holidays, leave, first day and `active` count; meetings and caps do not,
since they are not known so far ahead.

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
from zoneinfo import ZoneInfo

import msgspec

from handrail.contract.checks.places import Path, Places, place_of
from handrail.contract.findings import Finding
from handrail.contract.model import (
    AlertManagerStep,
    ContinueTarget,
    Contract,
    IncidentStep,
    RoutingRule,
    TeamTarget,
)
from handrail.terms.hours import WorkingTime, union, working_time
from handrail.terms.people import Rep, Roster
from handrail.terms.zones import Period, day_of

KIND = "uncovered"
WEEK = timedelta(weeks=1)
WEEKS_MAX = 52  # shifts and holidays are known as far ahead, and nobody plans further
ANYWHERE: tuple[str, ...] = ()


class Need(msgspec.Struct, frozen=True):
    """What the leads of a rule ask for; `territory` None where it does not matter."""

    rule: str
    at: Path
    teams: tuple[str, ...]
    skills: frozenset[str]
    territory: str | None = None


def find(
    contract: Contract,
    roster: Roster,
    places: Places,
    *,
    from_at: datetime,
    weeks: int,
    territories_of: Callable[[RoutingRule], Sequence[str]] = lambda _: ANYWHERE,
) -> Iterator[Finding]:
    """`territories_of` gives the territories whose leads a rule can take."""
    assert 1 <= weeks <= WEEKS_MAX
    until_at = from_at + weeks * WEEK
    for need in _needs(contract, roster, territories_of):
        gaps = uncovered(contract, roster, need, from_at=from_at, until_at=until_at)
        if gaps:
            place = place_of(need.at, places)
            message = _told(need, gaps, weeks=weeks, timezone=contract.timezone)
            yield Finding(KIND, "warning", place.line, place.column, message)


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


def _needs(
    contract: Contract,
    roster: Roster,
    territories_of: Callable[[RoutingRule], Sequence[str]],
) -> Iterator[Need]:
    """Each need once, under the first rule that has it."""
    seen: set[tuple[object, ...]] = set()
    for number, rule in enumerate(contract.routing):
        teams = tuple(target.team for target in rule.to if isinstance(target, TeamTarget))
        goes_on = any(isinstance(target, ContinueTarget) for target in rule.to)
        if goes_on or not teams or any(team not in roster.teams for team in teams):
            continue
        at = ("routing", number, "needs" if rule.needs else "to")
        members = _members(roster, teams)
        if rule.needs and not any(rule.needs <= rep.skills for rep in members):
            continue  # said already, of the whole time
        limited = any(rep.territories is not None for rep in members)
        areas = territories_of(rule) if limited and contract.territories else ANYWHERE
        for area in areas or (None,):
            if (teams, rule.needs, area) not in seen:
                seen.add((teams, rule.needs, area))
                yield Need(rule.name, at, teams, rule.needs, area)


def _members(roster: Roster, teams: Sequence[str]) -> list[Rep]:
    """The active reps of the teams, each once."""
    names = dict.fromkeys(member.rep for team in teams for member in roster.teams[team].members)
    return [rep for name in names if (rep := roster.reps[name]).active]


def _may_take(rep: Rep, need: Need) -> bool:
    covers = need.territory is None or rep.territories is None or need.territory in rep.territories
    return covers and need.skills <= rep.skills


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
