"""Working time: shifts less holidays and leave, as half-open periods of UTC instants.

One definition holds everything: an instant is working time when the wall clock of the rep's zone
then stands in a span of the shift, on no holiday, in no leave. So an hour that the clock repeats
counts twice and an hour that it skips not at all, and every result is exact.

Periods are made in stretches of 16 days, when first asked for, and kept.
"""

from abc import ABC, abstractmethod
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache

import holidays
import msgspec

from handrail.terms.people import MINUTES_PER_DAY, Leave, LocalSpan, Rep, Shift, Span
from handrail.terms.zones import Period, Regime, day_of, instants, regimes_within

HORIZON = timedelta(days=366)  # every weekday and every holiday of a year lies within it
CALENDARS_MAX = 4_096  # kept patterns of zone, shift and holidays; a roster has a few dozen

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STRETCH_BITS = 4
_STRETCH = timedelta(days=1 << _STRETCH_BITS)
_DAY = timedelta(days=1)
_NOTHING = timedelta()
_ALL_DAY = (LocalSpan(0, MINUTES_PER_DAY),)
_ALWAYS = Shift((_ALL_DAY,) * 7)


class NoWorkingTime(Exception):
    """Nobody works within the horizon of 366 days."""


class WorkingTime(ABC):
    """When somebody, or a pool, works. All instants are aware; all answers are UTC."""

    def __init__(self) -> None:
        self._stretches: dict[int, _Stretch] = {}

    def contains(self, at: datetime) -> bool:
        stretch = self._stretch((at - _EPOCH).days >> _STRETCH_BITS)
        after = bisect_right(stretch.starts, at)
        return after > 0 and at < stretch.ends[after - 1]

    def add(self, start: datetime, amount: timedelta) -> datetime:
        """The first instant at which `amount` of working time has passed since `start`.

        30 minutes from 16:30 of a day that ends at 17:00 is 17:00, not the next morning.
        Raises NoWorkingTime when that lies more than 366 days after `start`.
        """
        assert amount >= _NOTHING, "working time is only added"
        if not amount:
            return start
        index = (start - _EPOCH).days >> _STRETCH_BITS
        stretch = self._stretch(index)
        left = amount + stretch.worked_until(start)
        while stretch.total < left:
            left -= stretch.total
            index += 1
            stretch = self._stretch(index)
            if stretch.from_at > start + HORIZON:
                raise _none_after(start)
        at = bisect_left(stretch.worked, left)
        result = stretch.ends[at] - (stretch.worked[at] - left)
        if result > start + HORIZON:
            raise _none_after(start)
        return result

    def between(self, from_at: datetime, until_at: datetime) -> timedelta:
        """Working time in [from_at, until_at); nothing when the period is empty."""
        if until_at <= from_at:
            return _NOTHING
        first = (from_at - _EPOCH).days >> _STRETCH_BITS
        last = (until_at - _EPOCH).days >> _STRETCH_BITS
        whole = sum((self._stretch(index).total for index in range(first, last)), _NOTHING)
        tail = self._stretch(last).worked_until(until_at)
        return whole + tail - self._stretch(first).worked_until(from_at)

    def periods(self, from_at: datetime, until_at: datetime) -> list[Period]:
        """The working periods within [from_at, until_at), in order; no two of them touch."""
        first = (from_at - _EPOCH).days >> _STRETCH_BITS
        last = (until_at - _EPOCH).days >> _STRETCH_BITS
        stretches = (self._stretch(index) for index in range(first, last + 1))
        return _merged(
            [
                (max(start, from_at), min(end, until_at))
                for stretch in stretches
                for start, end in stretch.periods
                if start < until_at and end > from_at
            ]
        )

    def day_end(self, at: datetime) -> datetime:
        """The end of the working day in which `at` falls, else of the next one; after `at`.

        A working day belongs to the local date on which its shift starts: a night ends on the next
        morning, a lunch ends nothing. Raises NoWorkingTime.
        """
        day = self._working_day(at)
        if day is None:
            raise _none_after(at)
        return day[1]

    def next_start(self, at: datetime) -> datetime | None:
        """The first working instant from `at` on; None when there is none in 366 days."""
        for stretch in self._from(at):
            after = bisect_right(stretch.starts, at)
            if after and at < stretch.ends[after - 1]:
                return at
            if after < len(stretch.starts):
                start = stretch.starts[after]
                return start if start <= at + HORIZON else None
        return None

    def next_end(self, at: datetime) -> datetime | None:
        """The end of the working period that contains `at` or follows it.

        None when no period starts, or the period does not end, within 366 days.
        """
        end = self.next_start(at)
        while end is not None and end <= at + HORIZON:
            stretch = self._stretch((end - _EPOCH).days >> _STRETCH_BITS)
            after = bisect_right(stretch.starts, end)
            if not after or end >= stretch.ends[after - 1]:
                return end
            end = stretch.ends[after - 1]  # it may go on in the next stretch
        return None

    def _working_day(self, at: datetime) -> "tuple[date, datetime] | None":
        """Local date and end of the first working day that ends after `at`."""
        for stretch in self._from(at):
            after = bisect_right(stretch.day_ends, at)
            if after < len(stretch.day_ends):
                end = stretch.day_ends[after]
                return (stretch.day_dates[after], end) if end <= at + HORIZON else None
        return None

    def _from(self, at: datetime) -> "Iterator[_Stretch]":
        first = (at - _EPOCH).days >> _STRETCH_BITS
        last = (at + HORIZON - _EPOCH).days >> _STRETCH_BITS
        for index in range(first, last + 1):
            yield self._stretch(index)

    def _stretch(self, index: int) -> "_Stretch":
        stretch = self._stretches.get(index)
        if stretch is None:
            stretch = self._stretches[index] = self._make(index)
        return stretch

    @abstractmethod
    def _make(self, index: int) -> "_Stretch":
        """Work out one stretch."""


def working_time(rep: Rep, *, leave: tuple[Span, ...] = ()) -> WorkingTime:
    """The rep's shifts less holidays, the roster's leave and the `leave` beside it.

    Without a shift the rep always works, and leave and holidays still count. Reps of one zone,
    shift and holidays share one calendar.
    """
    calendar = _calendar(rep.timezone, rep.shift, rep.holidays, rep.holiday_dates)
    away = leave_spans(rep.leave, timezone=rep.timezone) + leave
    return _LessLeave(calendar, away) if away else calendar


def union(members: Sequence[WorkingTime]) -> WorkingTime:
    """A pool: it works when any member does."""
    distinct = tuple(dict.fromkeys(members))
    return distinct[0] if len(distinct) == 1 else _Pool(distinct)


def leave_spans(leave: Iterable[Leave], *, timezone: str) -> tuple[Span, ...]:
    """Leave as UTC spans: dates are whole local days, both included; instants are exact."""
    return tuple(span for one in leave for span in _leave_spans(one, timezone))


def is_holiday_code(code: str) -> bool:
    """Whether `US`, `US-CA` or `DE-BY` is a country, or a part of one, whose holidays are known."""
    country, _, part = code.partition("-")
    parts = _countries().get(country)
    return parts is not None and (code == country or part in parts)


class _Stretch:
    """The working periods of one 16 days, and the working days that end in them."""

    __slots__ = (
        "day_dates",
        "day_ends",
        "ends",
        "from_at",
        "periods",
        "starts",
        "total",
        "until_at",
        "worked",
    )

    def __init__(self, index: int, periods: list[Period], days: "Iterable[_WorkingDay]") -> None:
        self.from_at, self.until_at = _bounds(index)
        self.periods = _merged(periods)
        self.starts = [start for start, _ in self.periods]
        self.ends = [end for _, end in self.periods]
        self.worked: list[timedelta] = []  # up to the end of each period
        self.total = _NOTHING
        for start, end in self.periods:
            self.total += end - start
            self.worked.append(self.total)
        ending = sorted(
            (day.end_at, day.date) for day in days if self.from_at <= day.end_at < self.until_at
        )
        self.day_ends = [end for end, _ in ending]
        self.day_dates = [on for _, on in ending]

    def worked_until(self, at: datetime) -> timedelta:
        """Working time of this stretch before `at`, which lies in it."""
        after = bisect_right(self.starts, at)
        if not after:
            return _NOTHING
        end = self.ends[after - 1]
        worked = self.worked[after - 1]
        return worked - (end - at) if at < end else worked


class _WorkingDay(msgspec.Struct, frozen=True):
    """What is left of one local date's shift. `open_ended`: it has no shift but the date itself."""

    date: date
    periods: tuple[Period, ...]
    end_at: datetime
    open_ended: bool


class _Calendar(WorkingTime):
    """Shifts less holidays, in one zone."""

    def __init__(self, timezone: str, shift: Shift | None, days_off: "_DaysOff") -> None:
        super().__init__()
        self._timezone = timezone
        self._days = (_ALWAYS if shift is None else shift).days
        self._open_ended = shift is None
        self._days_off = days_off

    def working_days(self, index: int) -> Iterator[_WorkingDay]:
        """Every working day that may touch the stretch, in order of date."""
        from_at, until_at = _bounds(index)
        # A shift may end two days after its date begins, and zones differ by up to 14 hours.
        regimes = regimes_within(self._timezone, from_at - 4 * _DAY, until_at + 4 * _DAY)
        for ordinal in range(from_at.toordinal() - 3, until_at.toordinal() + 2):
            day = self._working_day_of(date.fromordinal(ordinal), regimes)
            if day is not None:
                yield day

    def _working_day_of(self, on: date, regimes: list[Regime]) -> _WorkingDay | None:
        midnight = datetime(on.year, on.month, on.day, tzinfo=UTC)  # the wall's, see `Regime`
        periods: list[Period] = []
        for span in self._days[on.weekday()]:
            for from_wall, until_wall in self._less_days_off(on, midnight, span):
                periods += instants(from_wall, until_wall, regimes)
        if not periods:
            return None
        end_at = max(end for _, end in periods)
        return _WorkingDay(on, tuple(periods), end_at, self._open_ended)

    def _less_days_off(self, on: date, midnight: datetime, span: LocalSpan) -> Iterator[Period]:
        """Wall times of the span, without those of its dates that are off as a whole."""
        until = span.until_minute
        if span.from_minute < MINUTES_PER_DAY and on not in self._days_off:
            tonight = min(until, MINUTES_PER_DAY)
            yield (
                midnight + timedelta(minutes=span.from_minute),
                midnight + timedelta(minutes=tonight),
            )
        if until > MINUTES_PER_DAY and on + _DAY not in self._days_off:
            yield midnight + _DAY, midnight + timedelta(minutes=until)

    def _make(self, index: int) -> _Stretch:
        return _stretch_of(index, self.working_days(index))


class _LessLeave(WorkingTime):
    """A calendar without the leave of one rep."""

    def __init__(self, calendar: _Calendar, leave: tuple[Span, ...]) -> None:
        super().__init__()
        self._calendar = calendar
        self._leave = _merged([(span.from_at, span.until_at) for span in leave])

    def _make(self, index: int) -> _Stretch:
        from_at, until_at = _bounds(index)
        near = [
            span
            for span in self._leave
            if span[1] > from_at - 4 * _DAY and span[0] < until_at + 4 * _DAY
        ]
        days = (_less_leave(day, near) for day in self._calendar.working_days(index))
        return _stretch_of(index, (day for day in days if day is not None))


class _Pool(WorkingTime):
    """The union of its members' time."""

    def __init__(self, members: tuple[WorkingTime, ...]) -> None:
        super().__init__()
        self._members = members
        self._answer: tuple[datetime, datetime, tuple[date, datetime]] | None = None

    def _working_day(self, at: datetime) -> tuple[date, datetime] | None:
        """The earliest date on which a member still works, with that date's latest end.

        The answer stays the same until the first of the members' days has ended.
        """
        kept = self._answer
        if kept is not None and kept[0] <= at < kept[1]:
            return kept[2]
        days = [day for member in self._members if (day := member._working_day(at)) is not None]
        if not days:
            return None
        on = min(day[0] for day in days)
        answer = on, max(day[1] for day in days if day[0] == on)
        self._answer = at, min(day[1] for day in days), answer
        return answer

    def _make(self, index: int) -> _Stretch:
        periods = {period for member in self._members for period in member._stretch(index).periods}
        return _Stretch(index, list(periods), ())


class _DaysOff:
    """Dates on which nobody of this calendar works: listed ones and those of the codes."""

    def __init__(self, codes: tuple[str, ...], dates: tuple[date, ...]) -> None:
        self._codes = codes
        self._dates = frozenset(dates)

    def __contains__(self, on: date) -> bool:
        return on in self._dates or any(on in _holidays(code, on.year) for code in self._codes)


def _none_after(at: datetime) -> NoWorkingTime:
    return NoWorkingTime(f"no working time within {HORIZON.days} days after {at.isoformat()}")


def _bounds(index: int) -> Period:
    from_at = _EPOCH + index * _STRETCH
    return from_at, from_at + _STRETCH


def _stretch_of(index: int, days: Iterable[_WorkingDay]) -> _Stretch:
    from_at, until_at = _bounds(index)
    kept = list(days)
    periods: list[Period] = []
    for day in kept:
        for period in day.periods:
            start, end = period
            if from_at <= start and end <= until_at:
                periods.append(period)
            elif start < until_at and end > from_at:
                periods.append((max(start, from_at), min(end, until_at)))
    return _Stretch(index, periods, kept)


def _merged(periods: list[Period]) -> list[Period]:
    """In order, with those that overlap or touch made one."""
    merged: list[Period] = []
    for period in sorted(periods):
        if merged and period[0] <= merged[-1][1]:
            if period[1] > merged[-1][1]:
                merged[-1] = (merged[-1][0], period[1])
        elif period[0] < period[1]:
            merged.append(period)
    return merged


def _less_leave(day: _WorkingDay, leave: list[Period]) -> _WorkingDay | None:
    """The day without the leave; a day of a rep without shift still ends at local midnight."""
    periods = list(day.periods)
    for from_at, until_at in leave:
        periods = [
            piece
            for start, end in periods
            for piece in ((start, min(end, from_at)), (max(start, until_at), end))
            if piece[0] < piece[1]
        ]
    if not periods:
        return None
    end_at = day.end_at if day.open_ended else max(end for _, end in periods)
    return _WorkingDay(day.date, tuple(periods), end_at, day.open_ended)


def _leave_spans(leave: Leave, timezone: str) -> tuple[Span, ...]:
    from_, until = leave.from_, leave.until
    if isinstance(from_, datetime) and isinstance(until, datetime):
        return (Span(from_, until),) if from_ < until else ()
    first = from_ if isinstance(from_, datetime) else day_of(from_, timezone)[0][0]
    last = until if isinstance(until, datetime) else day_of(until, timezone)[-1][1]
    return (Span(first, last),) if first < last else ()


@lru_cache(maxsize=CALENDARS_MAX)
def _calendar(
    timezone: str, shift: Shift | None, codes: tuple[str, ...], dates: tuple[date, ...]
) -> _Calendar:
    return _Calendar(timezone, shift, _DaysOff(codes, dates))


@lru_cache(maxsize=CALENDARS_MAX)
def _holidays(code: str, year: int) -> frozenset[date]:
    country, _, part = code.partition("-")
    return frozenset(holidays.country_holidays(country, subdiv=part or None, years=year))


@lru_cache(maxsize=1)
def _countries() -> dict[str, list[str]]:
    return holidays.list_supported_countries()
