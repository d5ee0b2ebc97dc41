"""Two treatments of the same leads, held against each other."""

from collections.abc import Callable, Iterable, Mapping
from datetime import date
from zoneinfo import ZoneInfo

from handrail.lab.plan.breaches import Assumptions, Fate
from handrail.lab.plan.intervals import Change, Estimate, Resampling
from handrail.lab.plan.report import (
    Breaches,
    Move,
    MoveKind,
    Plan,
    RepShare,
    Side,
    TeamShare,
)
from handrail.lab.plan.treated import Treated, Treatment

Sides = tuple[list[int], list[int]]  # places under the old version, and under the new
KINDS: tuple[MoveKind, ...] = ("stage", "lead_type", "tier", "threshold", "rule", "owner")


def plan(
    *,
    old: Treatment,
    new: Treatment,
    timezone: str,
    examples_max: int,
    assumptions: Assumptions,
) -> Plan:
    """What the new version changes. Both treat the same leads, one or more, in the same order.

    `timezone` says where days begin. Every interval is one of 90 %.
    """
    days = _Days(old, timezone=timezone, seed=assumptions.seed)
    of_rep = _places_by(old, new, lambda fate: fate.rep)
    of_team = _places_by(old, new, lambda fate: fate.team)
    return Plan(
        leads=len(old.leads),
        days=days.count,
        changed=sum(_differs(*pair) for pair in zip(old.leads, new.leads, strict=True)),
        old=_side(old, days),
        new=_side(new, days),
        mql=days.change((_mql_places(old), _mql_places(new))),
        moves=tuple(_moves(old, new, days=days, examples_max=examples_max)),
        reps=tuple(RepShare(rep, days.change(of_rep[rep])) for rep in sorted(of_rep)),
        teams=tuple(TeamShare(team, days.change(of_team[team])) for team in sorted(of_team)),
        breaches=_breaches(old, new, days=days, assumptions=assumptions),
    )


class _Days:
    """On which of the days with leads each lead was captured."""

    def __init__(self, treatment: Treatment, *, timezone: str, seed: int) -> None:
        zone = ZoneInfo(timezone)
        on = [lead.captured_at.astimezone(zone).date() for lead in treatment.leads]
        numbers: dict[date, int] = {day: number for number, day in enumerate(sorted(set(on)))}
        self._of_place = [numbers[day] for day in on]
        self.count = len(numbers)
        self.draws = Resampling(days=self.count, seed=seed)

    def series(self, places: Iterable[int]) -> list[int]:
        counts = [0] * self.count
        for place in places:
            counts[self._of_place[place]] += 1
        return counts

    def estimate(self, places: Iterable[int]) -> Estimate:
        return self.draws.estimate(self.series(places))

    def change(self, places: Sides) -> Change:
        return self.draws.change(self.series(places[0]), self.series(places[1]))


def _mql_places(treatment: Treatment) -> list[int]:
    return [place for place, lead in enumerate(treatment.leads) if lead.is_mql]


def _side(treatment: Treatment, days: _Days) -> Side:
    mql = _mql_places(treatment)
    leads = treatment.leads
    return Side(
        contract=treatment.contract,
        version=treatment.version,
        digest=treatment.digest,
        mql=days.estimate(mql),
        stages=_by(days, {place: lead.stage for place, lead in enumerate(leads)}),
        lead_types=_by(days, {place: leads[place].lead_type for place in mql}),
        tiers=_by(days, {place: leads[place].tier for place in mql}),
    )


def _by(days: _Days, named: Mapping[int, str]) -> dict[str, Estimate]:
    places: dict[str, list[int]] = {}
    for place, name in named.items():
        places.setdefault(name, []).append(place)
    return {name: days.estimate(places[name]) for name in sorted(places)}


def _differs(old: Treated, new: Treated) -> bool:
    return any(getattr(old, kind) != getattr(new, kind) for kind in KINDS)


def _moves(old: Treatment, new: Treatment, *, days: _Days, examples_max: int) -> list[Move]:
    """Most leads first, within each kind."""
    moves: list[Move] = []
    for kind in KINDS:
        places: dict[tuple[str | None, str | None], list[int]] = {}
        for place, (before, after) in enumerate(zip(old.leads, new.leads, strict=True)):
            pair = getattr(before, kind), getattr(after, kind)
            if pair[0] != pair[1]:
                places.setdefault(pair, []).append(place)
        ordered = sorted(places.items(), key=lambda item: (-len(item[1]), str(item[0])))
        moves += [
            _move(kind, pair, found, old=old, days=days, examples_max=examples_max)
            for pair, found in ordered
        ]
    return moves


def _move(
    kind: MoveKind,
    pair: tuple[str | None, str | None],
    places: list[int],
    *,
    old: Treatment,
    days: _Days,
    examples_max: int,
) -> Move:
    estimate = days.estimate(places)
    return Move(
        kind=kind,
        old=pair[0],
        new=pair[1],
        count=estimate.count,
        low=estimate.low,
        high=estimate.high,
        examples=tuple(old.leads[place].lead for place in places[:examples_max]),
    )


def _places_by(
    old: Treatment, new: Treatment, name_of: Callable[[Fate], str | None]
) -> dict[str, Sides]:
    """The places of assigned leads under either version, by rep or by team."""
    named: dict[str, Sides] = {}
    for side, treatment in enumerate((old, new)):
        for place, fate in treatment.fates.items():
            name = name_of(fate)
            if name is not None:
                named.setdefault(name, ([], []))[side].append(place)
    return named


def _breaches(old: Treatment, new: Treatment, *, days: _Days, assumptions: Assumptions) -> Breaches:
    late = _places_by(old, new, lambda fate: "late" if fate.breached else None)
    change = days.change(late.get("late", ([], [])))
    return Breaches(
        old=change.old,
        new=change.new,
        difference=change.difference,
        unstaffed={"old": _unstaffed(old), "new": _unstaffed(new)},
        assumptions=assumptions,
    )


def _unstaffed(side: Treatment) -> int:
    return sum(fate.rep is None for fate in side.fates.values())
