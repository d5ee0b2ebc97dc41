"""Where people stand now: a fold of turns, loads and conditions, kept by each node.

A node's copy is fresh when its entry number equals the chain's head; else it reads what changed.
"""

from array import array
from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from statistics import median
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

from handrail.contract.model import Contract
from handrail.engine.ports import LoadRow, StandingDelta, Turn
from handrail.terms.evidence import RepConditions, RepLoad, TeamTally
from handrail.terms.hours import WorkingTime, leave_spans, union, working_time
from handrail.terms.people import Rep, Roster, Span

HANDLING_DEFAULT = 5  # minutes, until enough was observed
HANDLING_FROM = 20  # observations
HANDLING_KEPT = 101
TURNS_KEPT = timedelta(days=366)  # the longest fairness window

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_US = timedelta(microseconds=1)
_DAY = timedelta(days=1) // _US
CALENDAR_SEEN = timedelta(days=8)  # how far ahead decisions look into calendars
NO_CONDITIONS = RepConditions()


def micros(at: datetime) -> int:
    return (at - _EPOCH) // _US


class _KnownLoad(msgspec.Struct, frozen=True, gc=False):
    """A load, with all that it was worked out from. True from `from_` until `until`."""

    row: LoadRow
    count: int
    from_: int
    until: int
    load: RepLoad


class _KnownTally(msgspec.Struct, frozen=True, gc=False):
    start: int
    count: int
    credits: int
    tally: TeamTally


_NO_LOAD = LoadRow()
_NO_TURNS: "array[int]" = array("q")


class Standing:
    """Mutable, of one node; decisions see it through `StandingAt`, one instant of it."""

    def __init__(self, *, roster: Roster, seq: int = 0) -> None:
        self.seq = seq
        self.loads: dict[str, LoadRow] = {}
        self.conditions: dict[str, RepConditions] = {}
        self.handling: dict[str, list[int]] = {}
        self._by_team: dict[str, array[int]] = {}
        self._by_team_rep: dict[tuple[str, str], array[int]] = {}
        self._by_rep: dict[str, array[int]] = {}
        self._credits: dict[tuple[str, str], array[int]] = {}
        self._last: dict[tuple[str, str], datetime] = {}
        self._roster_hours: dict[str, WorkingTime] = {}
        self._hours: dict[str, WorkingTime] = {}
        self._pools: dict[str, WorkingTime] = {}
        self._absences: dict[str, tuple[tuple[int, int], ...]] = {}
        self._periods: dict[str, tuple[int, int, int, int, int]] = {}
        self._medians: dict[str, int] = {}
        self._near: dict[str, tuple[RepConditions, int, RepConditions]] = {}
        self._known_loads: dict[str, _KnownLoad] = {}
        self._known_tallies: dict[tuple[str, str], _KnownTally] = {}
        self.adopt(roster)

    def adopt(self, roster: Roster) -> None:
        """Another roster is in force: nobody's counts change, but where their days begin may."""
        self.roster = roster
        self._known_loads.clear()
        self._known_tallies.clear()
        for known in (self._roster_hours, self._hours, self._pools, self._absences, self._periods):
            known.clear()

    def apply(self, delta: StandingDelta, *, seq: int) -> None:
        """Catch up with what other nodes have written."""
        self.loads.update(delta.loads)
        for rep, conditions in delta.conditions.items():
            self.set_conditions(rep, conditions)
        for turn in delta.turns:
            self.add_turn(turn)
        for rep, minutes in delta.handling.items():
            self.handling[rep] = list(minutes)
            self._medians.pop(rep, None)
        self.seq = seq

    def know_last(self, last: Mapping[tuple[str, str], datetime]) -> None:
        for pair, at in last.items():
            if at > self._last.get(pair, _EPOCH):
                self._last[pair] = at

    def add_turn(self, turn: Turn) -> None:
        at = micros(turn.at)
        pair = (turn.team, turn.rep)
        if turn.kind == "credited":
            insort(self._credits.setdefault(pair, array("q")), at)
            return
        _append(self._by_team.setdefault(turn.team, array("q")), at)
        _append(self._by_team_rep.setdefault(pair, array("q")), at)
        if turn.kind == "given":
            _append(self._by_rep.setdefault(turn.rep, array("q")), at)
        if turn.at > self._last.get(pair, _EPOCH):
            self._last[pair] = turn.at

    def add_load(
        self, owner: str, *, open: int, unworked: int, timed: int, extra: int = 0
    ) -> LoadRow:
        row = self.loads.get(owner, LoadRow())
        row = LoadRow(
            open=row.open + open,
            unworked=row.unworked + unworked,
            timed=row.timed + timed,
            extra=row.extra + extra,
        )
        assert row.open >= 0 and row.unworked >= 0 and row.timed >= 0, (owner, row)
        assert row.extra > -100 * row.open or row.extra == 0, (owner, row)
        self.loads[owner] = row
        return row

    def observe(self, rep: str, minutes: int) -> None:
        seen = self.handling.setdefault(rep, [])
        seen.append(minutes)
        del seen[:-HANDLING_KEPT]
        self._medians.pop(rep, None)

    def set_conditions(self, rep: str, conditions: RepConditions) -> None:
        before = self.conditions.get(rep, NO_CONDITIONS)
        self.conditions[rep] = conditions
        if before.absent != conditions.absent:
            self._hours.pop(rep, None)
            self._absences.pop(rep, None)
            self._pools.clear()

    def near(self, rep: str, at: int) -> RepConditions:
        """The rep's day as decisions see it: of the calendars the coming week, in whole UTC days,
        so that evidence stays small and does not change by the hour."""
        known = self.conditions.get(rep, NO_CONDITIONS)
        if not known.calendar:
            return known
        day = at // _DAY
        seen = self._near.get(rep)
        if seen is None or seen[0] is not known or seen[1] != day:
            begin = _EPOCH + day * _DAY * _US
            end = begin + CALENDAR_SEEN
            spans = tuple(s for s in known.calendar if s.from_at < end and s.until_at > begin)
            seen = self._near[rep] = (known, day, replace(known, calendar=spans))
        return seen[2]

    def waiting(self, team: str) -> int:
        row = self.loads.get(f"team:{team}")
        return row.open if row is not None else 0

    # --- what decisions read

    def half_minutes(self, rep: str) -> int:
        """Twice the median handling time in minutes: whole, so that nothing is rounded too soon."""
        known = self._medians.get(rep)
        if known is None:
            seen = self.handling.get(rep, [])
            observed = median(seen) if len(seen) >= HANDLING_FROM else HANDLING_DEFAULT
            known = int(observed * 2)
            self._medians[rep] = known
        return known

    def hours(self, rep: str) -> WorkingTime:
        known = self._hours.get(rep)
        if known is None:
            leave = self.conditions.get(rep, NO_CONDITIONS).absent
            known = working_time(self.roster.reps[rep], leave=leave)
            self._hours[rep] = known
        return known

    def roster_hours(self, rep: str) -> WorkingTime:
        """Without leave that was announced since the roster was read."""
        known = self._roster_hours.get(rep)
        if known is None:
            known = working_time(self.roster.reps[rep])
            self._roster_hours[rep] = known
        return known

    def pool_hours(self, team: str) -> WorkingTime:
        known = self._pools.get(team)
        if known is None:
            found = self.roster.teams.get(team)
            members = found.members if found is not None else ()
            known = union([self.hours(member.rep) for member in members])
            self._pools[team] = known
        return known

    def periods(self, rep: str, at: int) -> tuple[int, int, int, int, int]:
        """Starts of the rep's local day, week and month at `at`, and the day's own bounds."""
        known = self._periods.get(rep)
        if known is None or not known[3] <= at < known[4]:
            known = _local_periods(self.roster.reps[rep].timezone, at)
            self._periods[rep] = known
        return known

    def turns_since(self, rep: str, start: int) -> int:
        turns = self._by_rep.get(rep)
        return len(turns) - bisect_left(turns, start) if turns is not None else 0

    def load(self, rep: str, at: int) -> RepLoad:
        """What the rep has and was given; worked out anew only when something of it changed."""
        row = self.loads.get(rep, _NO_LOAD)
        count = len(self._by_rep.get(rep, ()))
        half = self.half_minutes(rep)
        known = self._known_loads.get(rep)
        if known is not None and known.row is row and known.from_ <= at < known.until:
            if known.count == count and known.load.half_minutes == half:
                return known.load
        day, week, month, begin, end = self.periods(rep, at)
        load = RepLoad(
            open=row.open,
            unworked=row.unworked,
            timed=row.timed,
            day=self.turns_since(rep, day),
            week=self.turns_since(rep, week),
            month=self.turns_since(rep, month),
            half_minutes=half,
            extra=row.extra,
        )
        self._known_loads[rep] = _KnownLoad(row, count, begin, end, load)
        return load

    def tally(self, *, team: str, rep: str, start: int, now: int) -> TeamTally:
        pair = (team, rep)
        turns = self._by_team_rep.get(pair, _NO_TURNS)
        credited = self._credits.get(pair, _NO_TURNS)
        last_at = self._last.get(pair)
        absences = self.absences(rep)
        known = self._known_tallies.get(pair)
        if known is not None and not absences and known.start == start:
            if (known.count, known.credits) == (len(turns), len(credited)):
                if known.tally.last_at is last_at:
                    return known.tally
        had = len(turns) - bisect_left(turns, start)
        had -= len(credited) - bisect_left(credited, start)
        absent = sum(
            self._others(team, turns, max(begin, start), min(end, now))
            for begin, end in absences
            if end > start and begin < now
        )
        tally = TeamTally(had=had, absent=absent, last_at=last_at)
        self._known_tallies[pair] = _KnownTally(start, len(turns), len(credited), tally)
        return tally

    def _others(self, team: str, own: Sequence[int] | None, begin: int, end: int) -> int:
        """Leads that other members got in [begin, end)."""
        every = self._by_team.get(team)
        return _count(every, begin, end) - _count(own, begin, end)

    def absences(self, rep: str) -> tuple[tuple[int, int], ...]:
        """Merged periods before `joined` and on leave, in microseconds."""
        known = self._absences.get(rep)
        if known is None:
            known = _absences(self.roster.reps[rep], self.conditions.get(rep, NO_CONDITIONS).absent)
            self._absences[rep] = known
        return known


class StandingAt:
    """The standing at one instant, under one contract's fairness window: a `Staffing`."""

    __slots__ = ("_now", "_of", "_start", "_us")

    def __init__(self, *, of: Standing, contract: Contract, now: datetime) -> None:
        self._of = of
        self._now = now
        self._us = micros(now)
        self._start = window_start(window=contract.fairness_window, zone=contract.timezone, now=now)

    @property
    def roster(self) -> Roster:
        return self._of.roster

    def load(self, rep: str) -> RepLoad:
        return self._of.load(rep, self._us)

    def conditions(self, rep: str) -> RepConditions:
        return self._of.near(rep, self._us)

    def tally(self, team: str, rep: str) -> TeamTally:
        return self._of.tally(team=team, rep=rep, start=self._start, now=self._us)

    def hours(self, rep: str) -> WorkingTime:
        return self._of.hours(rep)

    def pool_hours(self, team: str) -> WorkingTime:
        return self._of.pool_hours(team)

    def is_absent(self, rep: str, at: datetime) -> bool:
        us = micros(at)
        return any(begin <= us < end for begin, end in self._of.absences(rep))

    def next_midnight(self, rep: str, at: datetime) -> datetime:
        return _EPOCH + self._of.periods(rep, micros(at))[4] * _US


_WINDOWS: dict[tuple[str, str], tuple[int, int]] = {}


def window_start(*, window: str, zone: str, now: datetime) -> int:
    """When the fairness window began, in the contract's zone; in microseconds."""
    us = micros(now)
    known = _WINDOWS.get((window, zone))
    if known is not None and known[0] <= us < known[1]:
        return known[0]
    local = now.astimezone(ZoneInfo(zone)).replace(hour=0, minute=0, second=0, microsecond=0)
    first, following = _window_days(window, local)
    bounds = (micros(first.astimezone(UTC)), micros(following.astimezone(UTC)))
    _WINDOWS[window, zone] = bounds
    return bounds[0]


def _window_days(window: str, day: datetime) -> tuple[datetime, datetime]:
    match window:
        case "day":
            return day, day + timedelta(days=1)
        case "week":
            first = day - timedelta(days=day.weekday())
            return first, first + timedelta(days=7)
        case "quarter":
            first = day.replace(month=day.month - (day.month - 1) % 3, day=1)
            return first, (first + timedelta(days=93)).replace(day=1)
        case "year":
            first = day.replace(month=1, day=1)
            return first, first.replace(year=first.year + 1)
        case _:
            first = day.replace(day=1)
            return first, (first + timedelta(days=32)).replace(day=1)


def _local_periods(zone: str, at: int) -> tuple[int, int, int, int, int]:
    local = (_EPOCH + at * _US).astimezone(ZoneInfo(zone))
    day = local.replace(hour=0, minute=0, second=0, microsecond=0, fold=0)
    week = day - timedelta(days=day.weekday())
    month = day.replace(day=1)
    following = day + timedelta(days=1)
    starts = [micros(when.astimezone(UTC)) for when in (day, week, month, following)]
    return starts[0], starts[1], starts[2], starts[0], starts[3]


def _absences(rep: Rep, announced: tuple[Span, ...]) -> tuple[tuple[int, int], ...]:
    spans = [*leave_spans(timezone=rep.timezone, leave=rep.leave), *announced]
    periods = [(micros(span.from_at), micros(span.until_at)) for span in spans]
    if rep.joined is not None:
        joined = datetime(
            rep.joined.year, rep.joined.month, rep.joined.day, tzinfo=ZoneInfo(rep.timezone)
        )
        periods.append((-(2**62), micros(joined.astimezone(UTC))))
    return tuple(_merged(periods))


def _merged(periods: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for begin, end in sorted(periods):
        if merged and begin <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((begin, end))
    return merged


def _append(turns: "array[int]", at: int) -> None:
    """Turns come in order save where two nodes' clocks differ."""
    if not turns or at >= turns[-1]:
        turns.append(at)
    else:
        turns.insert(bisect_right(turns, at), at)


def _count(turns: Sequence[int] | None, begin: int, end: int) -> int:
    if turns is None or end <= begin:
        return 0
    return bisect_left(turns, end) - bisect_left(turns, begin)
