"""Working time against a minute counter that only knows what a wall clock shows.

Law: an instant is working time exactly when the local wall clock then stands in a span of the shift
(and on no day off), whatever the zone does with its clock.
"""

import random
from bisect import bisect_left
from datetime import UTC, date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handrail.terms.hours import WorkingTime, union, working_time
from handrail.terms.people import LocalSpan, Rep, Shift

ZONES = (
    "America/New_York",
    "Europe/Berlin",
    "Europe/Dublin",
    "Europe/London",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "America/St_Johns",
    "Pacific/Chatham",
    "Africa/Casablanca",
    "America/Sao_Paulo",
    "Asia/Tehran",
    "Pacific/Apia",
)
MINUTE = timedelta(minutes=1)
HALF_WINDOW = timedelta(hours=26)
DAY_SHIFT = Shift(((LocalSpan(90, 150), LocalSpan(540, 720), LocalSpan(780, 1_020)),) * 7)
NIGHT_SHIFT = Shift(((LocalSpan(150, 170), LocalSpan(1_310, 1_590)),) * 7)
LATE_WEEKEND = Shift(
    ((),) * 4 + ((LocalSpan(1_380, 2_820),), (LocalSpan(1_400, 1_441),), (LocalSpan(1, 1_440),))
)
SHIFTS = {"day": DAY_SHIFT, "night": NIGHT_SHIFT, "weekend": LATE_WEEKEND}
NINE_TO_FIVE = Shift(((LocalSpan(540, 1_020),),) * 5 + ((), ()))


def rep(*, timezone: str, shift: Shift | None, off: tuple[date, ...] = ()) -> Rep:
    return Rep("ada", "Ada", "ada@acme.example", timezone, shift=shift, holiday_dates=off)


@cache
def windows(timezone: str) -> tuple[datetime, ...]:
    """Starts of a window around each clock change of 2020-2030; one window where there is none."""
    zone = ZoneInfo(timezone)
    changes = []
    at, end = datetime(2020, 1, 1, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC)
    while at < end:
        hour = timedelta(hours=1)
        if at.astimezone(zone).utcoffset() != (at + hour).astimezone(zone).utcoffset():
            changes.append(at - HALF_WINDOW)
        at += hour
    return tuple(changes) or (datetime(2026, 3, 1, tzinfo=UTC),)


@cache
def walls(timezone: str, start: datetime) -> tuple[tuple[date, int, int], ...]:
    """Local date, weekday and minute of the day of each minute of the window."""
    zone = ZoneInfo(timezone)
    shown = [(start + n * MINUTE).astimezone(zone) for n in range(2 * HALF_WINDOW // MINUTE)]
    return tuple((at.date(), at.weekday(), at.hour * 60 + at.minute) for at in shown)


def counted(
    *, timezone: str, start: datetime, shift: Shift, off: tuple[date, ...] = ()
) -> list[bool]:
    table = [[False] * 1_440 for _ in range(7)]
    for weekday, spans in enumerate(shift.days):
        for span in spans:
            for minute in range(span.from_minute, span.until_minute):
                table[(weekday + minute // 1_440) % 7][minute % 1_440] = True
    return [
        table[weekday][minute] and on not in off for on, weekday, minute in walls(timezone, start)
    ]


def check_against(counter: list[bool], *, start: datetime, hours: WorkingTime, seed: str) -> None:
    wrong = [n for n, works in enumerate(counter) if hours.contains(start + n * MINUTE) != works]
    assert not wrong, f"{seed}: contains differs at {start + wrong[0] * MINUTE}"
    before = [0]
    for works in counter:
        before.append(before[-1] + works)
    chance = random.Random(seed)
    for _ in range(30):
        first, last = sorted(chance.choices(range(len(counter)), k=2))
        between = hours.between(start + first * MINUTE, start + last * MINUTE)
        assert between == (before[last] - before[first]) * MINUTE, (seed, first, last)
        amount = chance.randint(1, 600)
        if before[first] + amount <= before[-1]:
            reached = bisect_left(before, before[first] + amount)
            added = hours.add(start + first * MINUTE, amount * MINUTE)
            assert added == start + reached * MINUTE, (seed, first, amount)


@pytest.mark.parametrize("timezone", ZONES)
def test_working_time_is_what_the_wall_clock_shows_around_each_clock_change(timezone: str) -> None:
    for start in windows(timezone):
        for name, shift in SHIFTS.items():
            check_against(
                counted(timezone=timezone, start=start, shift=shift),
                start=start,
                hours=working_time(rep(timezone=timezone, shift=shift)),
                seed=f"{timezone} {start} {name}",
            )


@pytest.mark.parametrize("timezone", ZONES)
def test_a_day_off_has_no_minute_of_work_even_when_a_night_runs_into_it(timezone: str) -> None:
    for start in windows(timezone)[:8]:
        off = ((start + HALF_WINDOW).astimezone(ZoneInfo(timezone)).date(),)
        check_against(
            counted(timezone=timezone, start=start, shift=NIGHT_SHIFT, off=off),
            start=start,
            hours=working_time(rep(timezone=timezone, shift=NIGHT_SHIFT, off=off)),
            seed=f"{timezone} {start} off",
        )


@pytest.mark.parametrize("timezone", ZONES)
def test_a_pool_works_when_any_of_its_members_does(timezone: str) -> None:
    start = windows(timezone)[0]
    shifts = list(SHIFTS.values())
    counters = [counted(timezone=timezone, start=start, shift=shift) for shift in shifts]
    members = [working_time(rep(timezone=timezone, shift=shift)) for shift in shifts]
    anyone = [any(works) for works in zip(*counters, strict=True)]
    check_against(anyone, start=start, hours=union(members), seed=f"{timezone} pool")


def test_a_date_that_the_zone_skipped_has_no_working_time() -> None:
    hours = working_time(rep(timezone="Pacific/Apia", shift=DAY_SHIFT))
    apia = ZoneInfo("Pacific/Apia")
    before = datetime(2011, 12, 29, 17, tzinfo=apia).astimezone(UTC)
    after = datetime(2011, 12, 31, 1, 30, tzinfo=apia).astimezone(UTC)
    assert hours.between(before, after) == timedelta()
    assert hours.next_start(before) == after


@pytest.mark.parametrize("timezone", ZONES)
def test_saturday_quarter_to_five_and_ninety_minutes_is_monday_half_past_ten(timezone: str) -> None:
    zone = ZoneInfo(timezone)
    hours = working_time(rep(timezone=timezone, shift=NINE_TO_FIVE))
    saturday = datetime(2020, 1, 4, 16, 45)
    while saturday.year < 2031:
        start = saturday.replace(tzinfo=zone).astimezone(UTC)
        due_at = hours.add(start, timedelta(minutes=90)).astimezone(zone)
        monday = saturday.replace(hour=10, minute=30) + timedelta(days=2)
        assert due_at.replace(tzinfo=None) == monday
        saturday += timedelta(days=7)


instants = st.integers(0, 3_000_000).map(
    lambda minutes: datetime(2024, 1, 1, tzinfo=UTC) + minutes * MINUTE
)
amounts = st.integers(1, 20 * 86_400_000_000).map(lambda size: timedelta(microseconds=size))
kinds = st.tuples(st.sampled_from(ZONES), st.sampled_from(list(SHIFTS.values())))


@settings(max_examples=200, deadline=None, derandomize=True)
@given(kind=kinds, start=instants, amount=amounts)
def test_what_is_added_is_what_lies_between(
    kind: tuple[str, Shift], start: datetime, amount: timedelta
) -> None:
    hours = working_time(rep(timezone=kind[0], shift=kind[1]))
    end = hours.add(start, amount)
    assert hours.between(start, end) == amount
    assert hours.between(start, end - timedelta(microseconds=1)) < amount


@settings(max_examples=200, deadline=None, derandomize=True)
@given(kind=kinds, start=instants, amount=amounts, share=st.integers(0, 100))
def test_a_window_split_by_a_pause_of_no_length_is_due_when_it_was(
    kind: tuple[str, Shift], start: datetime, amount: timedelta, share: int
) -> None:
    hours = working_time(rep(timezone=kind[0], shift=kind[1]))
    due_at = hours.add(start, amount)
    paused_at = start + (due_at - start) * share // 100
    left = amount - hours.between(start, paused_at)
    if left:
        assert hours.add(paused_at, left) == due_at


@settings(max_examples=200, deadline=None, derandomize=True)
@given(kind=kinds, at=instants)
def test_the_next_start_is_at_once_or_nothing_lies_before_it(
    kind: tuple[str, Shift], at: datetime
) -> None:
    hours = working_time(rep(timezone=kind[0], shift=kind[1]))
    start, end = hours.next_start(at), hours.next_end(at)
    assert start is not None and end is not None
    assert hours.contains(start)
    assert hours.between(at, start) == timedelta()
    assert hours.between(start, end) == end - start
    assert not hours.contains(end)
    assert (start == at) == hours.contains(at)
