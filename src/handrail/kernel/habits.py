"""At which hours of their day buyers do something, as they did so far; times in that order.

Hierarchical Beta-Binomial: of the `n` things that a company did, `k` fell into an hour. Expected is
a share of (k + W·m) / (n + W), where `m` is what the level above expects of the hour: a company
with little history is taken to be like its segment, a segment like everybody, and everybody to be
there in the working day. Counts are whole and shares exact: the order of history changes nothing.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from fractions import Fraction

import msgspec

from handrail.kernel.decision import Case
from handrail.kernel.slots import Slot, local_time
from handrail.terms.zones import is_timezone, zone_of_country

DAY_HOURS = 24
SHRUNK_BY = 20  # things done that weigh as much as what the level above expects
WORKING = range(9, 17)
WAKING = range(7, 21)
SEEN_AT_NIGHT = 3  # things done in the hour
WORKING_WEIGHS = 3  # an hour of the working day, beside one of any other hour
LEVELS = (Fraction(1, 2), Fraction(1), Fraction(2), Fraction(4))  # of an even share of the day
NEAR = timedelta(days=3)  # no hour is worth a longer wait than this
SIGNALS_READ = 50  # of one lead, the latest
SAID_FROM = 5  # things done; fewer are no habit to speak of
SPAN_SAID = 2  # hours
SATURDAY = 5  # of the week, from Monday 0

Hours = tuple[int, ...]  # by hour of the buyer's own day: on how many days something was done in it
_Visit = tuple[date, int]  # an hour of one of the buyer's own days
NO_HOURS: Hours = (0,) * DAY_HOURS


class Habits(msgspec.Struct, frozen=True):
    """What was learned of everybody. Companies are named by domain, segments by industry."""

    everybody: Hours = NO_HOURS
    segments: Mapping[str, Hours] = {}
    companies: Mapping[str, Hours] = {}


class Habit(msgspec.Struct, frozen=True):
    """What is known of one buyer's hours: all that the order of their times follows from."""

    zone: str
    company: Hours = NO_HOURS
    segment: Hours = NO_HOURS
    everybody: Hours = NO_HOURS


def learn(cases: Iterable[Case], *, now: datetime) -> Habits:
    """From all that leads did whose zone is known. Several things of a lead in one hour of one day
    count once: a visit of twenty pages is one visit, and a second handoff no second one."""
    everybody: Counter[int] = Counter()
    segments: dict[str, Counter[int]] = {}
    companies: dict[str, Counter[int]] = {}
    visits: dict[tuple[str, str, str], set[_Visit]] = {}
    for case in cases:
        whose = (case.lead.id, _company(case), _segment(case))
        visits.setdefault(whose, set()).update(_visits_of(case, now=now))
    known: set[tuple[str, _Visit]] = set()
    for whose in sorted(visits):
        lead, company, segment = whose
        fresh = {one for one in visits[whose] if (lead, one) not in known}
        known.update((lead, one) for one in fresh)
        hours = [hour for _, hour in fresh]
        everybody.update(hours)
        companies.setdefault(company, Counter()).update(hours)
        if segment:
            segments.setdefault(segment, Counter()).update(hours)
    return Habits(
        everybody=_counted(everybody),
        segments={name: _counted(hours) for name, hours in segments.items()},
        companies={name: _counted(hours) for name, hours in companies.items()},
    )


def habit_of(case: Case, habits: Habits, *, now: datetime) -> Habit | None:
    """None where nobody knows in which zone the buyer lives: then nothing is known of their day."""
    zone = zone_of(case, now=now)
    if zone is None:
        return None
    return Habit(
        zone=zone,
        company=habits.companies.get(_company(case), NO_HOURS),
        segment=habits.segments.get(_segment(case), NO_HOURS),
        everybody=habits.everybody,
    )


def zone_of(case: Case, *, now: datetime) -> str | None:
    """The one in which the buyer chose a time, else that in which they are known to live, else the
    only one that their country has."""
    known = case.lead.attributes
    chosen = case.handoff.zone if case.handoff is not None else None
    for said in (chosen, known.get("lead.timezone")):
        if isinstance(said, str) and is_timezone(said):
            return said
    country = known.get("lead.country")
    return zone_of_country(country, year=now.year) if isinstance(country, str) else None


def in_order(slots: Sequence[Slot], habit: Habit | None) -> tuple[Slot, ...]:
    """The best time first, earliest first among those that are as good, and where nothing is known.

    Only the times of the first days are set in order: the later ones follow, earliest first.
    """
    if habit is None or not slots:
        return tuple(slots)
    near_until = min(slot.from_at for slot in slots) + NEAR
    near = [slot for slot in slots if slot.from_at < near_until]
    later = [slot for slot in slots if slot.from_at >= near_until]
    levels = tuple(_level(habit, hour) if _is_fit(habit, hour) else -1 for hour in range(DAY_HOURS))

    def place(slot: Slot) -> tuple[int, datetime]:
        wall = local_time(slot.from_at, timezone=habit.zone)
        is_weekend = wall.weekday() >= SATURDAY
        level = min(levels[wall.hour], 0) if is_weekend else levels[wall.hour]
        return (-level, slot.from_at)

    return (*sorted(near, key=place), *later)


def _is_fit(habit: Habit, hour: int) -> bool:
    """Whether the hour may be proposed before others: at night only to a company that was seen
    then, whatever others do."""
    return hour in WAKING or habit.company[hour] >= SEEN_AT_NIGHT


def _level(habit: Habit, hour: int) -> int:
    """How likely the buyer is there in this hour of their day, in steps of one doubling."""
    even = Fraction(1, DAY_HOURS)
    return sum(1 for times in LEVELS if share(habit, hour) >= times * even)


def share(habit: Habit, hour: int) -> Fraction:
    """Of the things that this company does, how many are expected in this hour of its day."""
    expected = _working(hour)
    for hours in (habit.everybody, habit.segment, habit.company):
        expected = (hours[hour] + SHRUNK_BY * expected) / (sum(hours) + SHRUNK_BY)
    return expected


def reason_of(habit: Habit | None) -> str:
    """Why times stand in this order, by the nearest level of which there is something to say."""
    if habit is None:
        return "earliest first: nothing is known of their hours"
    levels = (
        ("they are usually active", habit.company),
        ("companies like theirs are usually active", habit.segment),
        ("buyers are usually active", habit.everybody),
    )
    for who, hours in levels:
        if sum(hours) >= SAID_FROM:
            return f"{who} {_said(hours)}"
    return f"their working day first ({habit.zone})"


def _said(hours: Hours) -> str:
    """The busiest span of the day."""
    spans = {first: sum(hours[first : first + SPAN_SAID]) for first in range(DAY_HOURS - 1)}
    first = min(spans, key=lambda hour: (-spans[hour], hour))
    return f"between {first} and {first + SPAN_SAID} their time: {spans[first]} of {sum(hours)}"


def _working(hour: int) -> Fraction:
    """Before anything was seen."""
    whole = len(WORKING) * WORKING_WEIGHS + DAY_HOURS - len(WORKING)
    return Fraction(WORKING_WEIGHS if hour in WORKING else 1, whole)


def _visits_of(case: Case, *, now: datetime) -> set[_Visit]:
    zone = zone_of(case, now=now)
    if zone is None:
        return set()
    instants = [signal.at for signal in case.lead.signals[-SIGNALS_READ:]]
    handoff = case.handoff
    if handoff is not None and handoff.conversation_at is not None:
        instants.append(handoff.conversation_at)
    walls = (local_time(at, timezone=zone) for at in instants)
    return {(wall.date(), wall.hour) for wall in walls}


def _company(case: Case) -> str:
    """By its domain; who writes from a free address stands for themselves."""
    account = case.handoff.account if case.handoff is not None else None
    return account if account is not None else f"lead {case.lead.id}"


def _segment(case: Case) -> str:
    """Empty where it is not known."""
    said = case.lead.attributes.get("account.industry")
    return said.strip().casefold() if isinstance(said, str) else ""


def _counted(hours: Counter[int]) -> Hours:
    return tuple(hours[hour] for hour in range(DAY_HOURS))
