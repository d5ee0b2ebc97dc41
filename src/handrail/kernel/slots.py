"""Times that a buyer may choose: where rules, shifts, calendars and limits leave room.

One definition holds everything. A time that begins at `t` is offered with a rep when
- it lies no nearer than the notice and begins before the horizon,
- the wall clock in the rep's zone then stands on a step, counted from midnight,
- the rep works all through it, and so does the buyer where the buyer's hours are known,
- nothing that takes the rep's time lies in it, nor in the buffers around it (these need no working
  time: a meeting may begin with the shift),
- and the rep's local day has not its full number of meetings.
"""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta

import msgspec

from handrail.terms.hours import WorkingTime
from handrail.terms.people import Span
from handrail.terms.zones import Regime, regimes_within

HORIZON_MAX = timedelta(days=92)  # nobody books further ahead, and every search ends
SLOTS_MAX = 10_000  # a quarter of a year in steps of ten minutes, day and night

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND = timedelta(seconds=1)
_DAY = timedelta(days=1)
_DAY_S = 86_400
_NOTHING = timedelta()

_Stretch = tuple[int, int]  # seconds since the epoch, both ends included


class SlotRules(msgspec.Struct, frozen=True, kw_only=True):
    """What the contract says of times to meet. `step` divides a day."""

    length: timedelta
    step: timedelta
    before: timedelta = _NOTHING  # free time wanted between another meeting and this one
    after: timedelta = _NOTHING  # ... between this one and the next
    notice: timedelta = _NOTHING
    horizon: timedelta = timedelta(days=14)
    per_day: int | None = None  # meetings of one rep, on one of the rep's local days


class Diary(msgspec.Struct, frozen=True, kw_only=True):
    """One rep's days as they are known now. `hours`: shifts less holidays and every absence."""

    rep: str
    timezone: str
    hours: WorkingTime
    taken: tuple[Span, ...] = ()  # in any order, overlapping or not
    meetings: tuple[datetime, ...] = ()  # starts of those that count against `per_day`


class Slot(msgspec.Struct, frozen=True, order=True):
    """A time, and who could take it, in the order of the diaries."""

    from_at: datetime
    until_at: datetime
    reps: tuple[str, ...]


def slots_of(
    *,
    rules: SlotRules,
    diaries: Sequence[Diary],
    now: datetime,
    buyer: WorkingTime | None = None,
    limit: int = SLOTS_MAX,
) -> tuple[Slot, ...]:
    """The first `limit` times that at least one of the reps could take, earliest first."""
    assert 0 < limit <= SLOTS_MAX
    assert rules.length > _NOTHING and rules.horizon <= HORIZON_MAX
    assert rules.step > _NOTHING and not _DAY % rules.step, "steps are counted from midnight"
    window = Span(now + rules.notice, now + rules.horizon)
    if window.from_at >= window.until_at:
        return ()
    reps_at: dict[int, list[str]] = {}
    for diary in diaries:
        for start in _starts(rules=rules, diary=diary, window=window, buyer=buyer):
            reps_at.setdefault(start, []).append(diary.rep)
    return tuple(
        Slot(from_at=_instant(start), until_at=_instant(start) + rules.length, reps=tuple(reps))
        for start, reps in sorted(reps_at.items())[:limit]
    )


def who_can(
    *, rules: SlotRules, diaries: Sequence[Diary], from_at: datetime, now: datetime
) -> tuple[str, ...]:
    """Who of the reps could take exactly this time; nobody where it is none that is offered."""
    return tuple(
        diary.rep for diary in diaries if _can(rules=rules, diary=diary, from_at=from_at, now=now)
    )


def _can(*, rules: SlotRules, diary: Diary, from_at: datetime, now: datetime) -> bool:
    window = Span(max(now + rules.notice, from_at), min(now + rules.horizon, from_at + _SECOND))
    if window.from_at >= window.until_at:
        return False
    starts = _starts(rules=rules, diary=diary, window=window, buyer=None)
    return any(_instant(start) == from_at for start in starts)


def _starts(
    *, rules: SlotRules, diary: Diary, window: Span, buyer: WorkingTime | None
) -> Iterator[int]:
    """Starts of this rep's times within the window, ascending."""
    free = _room(diary.hours, length=rules.length, window=window)
    if buyer is not None:
        free = _both(free, _room(buyer, length=rules.length, window=window))
    free = _less(free, _barred(rules=rules, taken=diary.taken, window=window))
    regimes = regimes_within(diary.timezone, window.from_at - _DAY, window.until_at + _DAY)
    full = _full_days(rules=rules, diary=diary)
    step = rules.step // _SECOND
    for regime in regimes:
        offset = regime.offset // _SECOND
        for first, last in _within(free, regime):
            on_step = first + (-(first + offset)) % step
            for start in range(on_step, last + 1, step):
                if not full or (start + offset) // _DAY_S not in full:
                    yield start


def _room(hours: WorkingTime, *, length: timedelta, window: Span) -> list[_Stretch]:
    """Where a meeting of this length may begin so that all of it is working time."""
    size = length // _SECOND
    earliest, latest = _up(window.from_at), _up(window.until_at) - 1
    found = []
    for from_at, until_at in hours.periods(window.from_at, window.until_at + length):
        first, last = max(_up(from_at), earliest), min(_down(until_at) - size, latest)
        if first <= last:
            found.append((first, last))
    return found


def _barred(*, rules: SlotRules, taken: Iterable[Span], window: Span) -> list[_Stretch]:
    """Starts at which the meeting or its buffers would touch what is taken; merged, ascending."""
    ahead, behind = (rules.length + rules.after) // _SECOND, rules.before // _SECOND
    barred = sorted(
        (_down(span.from_at) - ahead + 1, _up(span.until_at) + behind - 1)
        for span in taken
        if span.from_at < span.until_at
        and span.until_at + rules.before > window.from_at
        and span.from_at - rules.length - rules.after < window.until_at
    )
    merged: list[_Stretch] = []
    for first, last in barred:
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    return merged


def _less(free: list[_Stretch], barred: list[_Stretch]) -> list[_Stretch]:
    """Both ascending, and neither overlaps itself."""
    left: list[_Stretch] = []
    at = 0
    for first, last in free:
        while at < len(barred) and barred[at][1] < first:
            at += 1
        begin, look = first, at
        while look < len(barred) and barred[look][0] <= last:
            if begin < barred[look][0]:
                left.append((begin, barred[look][0] - 1))
            begin = barred[look][1] + 1
            look += 1
        if begin <= last:
            left.append((begin, last))
    return left


def _both(ours: list[_Stretch], theirs: list[_Stretch]) -> list[_Stretch]:
    found = []
    at = 0
    for first, last in ours:
        while at < len(theirs) and theirs[at][1] < first:
            at += 1
        look = at
        while look < len(theirs) and theirs[look][0] <= last:
            found.append((max(first, theirs[look][0]), min(last, theirs[look][1])))
            look += 1
    return found


def _within(free: list[_Stretch], regime: Regime) -> Iterator[_Stretch]:
    begins, ends = _up(regime.from_at), _up(regime.until_at) - 1
    for first, last in free:
        if first <= ends and last >= begins:
            yield max(first, begins), min(last, ends)


def _full_days(*, rules: SlotRules, diary: Diary) -> frozenset[int]:
    """Local days (since the epoch) that have their number of meetings already."""
    if rules.per_day is None or len(diary.meetings) < rules.per_day:
        return frozenset()
    counts: dict[int, int] = {}
    for start in diary.meetings:
        day = local_day(start, timezone=diary.timezone).toordinal() - date(1970, 1, 1).toordinal()
        counts[day] = counts.get(day, 0) + 1
    return frozenset(day for day, count in counts.items() if count >= rules.per_day)


def local_day(at: datetime, *, timezone: str) -> date:
    """The date that the calendar on the wall shows."""
    return local_time(at, timezone=timezone).date()


def local_time(at: datetime, *, timezone: str) -> datetime:
    """What the clock on the wall shows, as a datetime labelled UTC."""
    return at + regimes_within(timezone, at, at + _SECOND)[0].offset


def _instant(seconds: int) -> datetime:
    return _EPOCH + timedelta(seconds=seconds)


def _down(at: datetime) -> int:
    return (at - _EPOCH) // _SECOND


def _up(at: datetime) -> int:
    return -((_EPOCH - at) // _SECOND)
