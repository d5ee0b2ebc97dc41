from datetime import UTC, date, datetime, timedelta

import pytest

from handrail.terms.hours import (
    NoWorkingTime,
    is_holiday_code,
    leave_spans,
    union,
    working_time,
)
from handrail.terms.people import Leave, LocalSpan, Rep, Shift, Span
from handrail.terms.zones import is_timezone

DAY = LocalSpan(540, 1_020)
WEEK = Shift(((DAY,),) * 5 + ((), ()))
SPLIT = Shift(((LocalSpan(540, 720), LocalSpan(780, 1_020)),) * 5 + ((), ()))
NIGHTS = Shift(((LocalSpan(1_320, 1_800),),) * 7)
NOTHING = Shift(((),) * 7)


def rep(
    shift: Shift | None = WEEK,
    *,
    timezone: str = "UTC",
    holidays: tuple[str, ...] = (),
    off: tuple[date, ...] = (),
    leave: tuple[Leave, ...] = (),
) -> Rep:
    return Rep(
        "ada",
        "Ada",
        "ada@acme.example",
        timezone,
        shift=shift,
        holidays=holidays,
        holiday_dates=off,
        leave=leave,
    )


def at(day: int, hour: int = 0, minute: int = 0, *, month: int = 3) -> datetime:
    """An instant of 2026; 2 March is a Monday."""
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


def minutes(count: int) -> timedelta:
    return timedelta(minutes=count)


def test_the_shift_begins_at_its_first_instant_and_ends_before_its_last() -> None:
    hours = working_time(rep())
    moment = timedelta(microseconds=1)
    assert hours.contains(at(2, 9)) and hours.contains(at(2, 17) - moment)
    assert not hours.contains(at(2, 9) - moment) and not hours.contains(at(2, 17))


def test_time_that_ends_with_the_day_does_not_spill_into_the_next() -> None:
    assert working_time(rep()).add(at(2, 16, 30), minutes(30)) == at(2, 17)


def test_lunch_is_not_counted_and_does_not_end_the_day() -> None:
    hours = working_time(rep(SPLIT))
    assert hours.add(at(2, 11, 45), minutes(30)) == at(2, 13, 15)
    assert hours.day_end(at(2, 12, 30)) == at(2, 17)
    assert hours.day_end(at(2, 8)) == at(2, 17)
    assert hours.next_end(at(2, 9)) == at(2, 12)


def test_opening_exactly_at_the_end_counts_for_the_next_day() -> None:
    hours = working_time(rep())
    assert hours.day_end(at(2, 17)) == at(3, 17)
    assert hours.day_end(at(6, 17)) == at(9, 17)


def test_a_night_ends_on_the_next_morning() -> None:
    hours = working_time(rep(NIGHTS))
    assert hours.day_end(at(2, 23)) == hours.day_end(at(3, 5, 59)) == at(3, 6)
    assert hours.day_end(at(3, 6)) == at(4, 6)
    assert hours.between(at(2), at(3)) == minutes(8 * 60)


def test_a_holiday_takes_its_whole_local_day_out_of_both_nights_that_touch_it() -> None:
    hours = working_time(rep(NIGHTS, off=(date(2026, 3, 3),)))
    assert hours.day_end(at(2, 23)) == at(3)
    assert hours.next_start(at(3)) == at(4)
    assert hours.day_end(at(3, 12)) == at(4, 6)


def test_without_a_shift_the_day_ends_at_the_next_local_midnight() -> None:
    hours = working_time(rep(None, timezone="America/New_York"))
    assert hours.contains(at(1, 7))
    assert hours.day_end(at(2, 15)) == at(3, 5)
    assert hours.day_end(at(3, 5)) == at(4, 5)
    assert hours.day_end(at(8, 5)) == at(9, 4)  # the clock goes forward
    assert hours.next_end(at(2)) is None


def test_without_a_shift_holidays_and_leave_still_count() -> None:
    leave = Leave(at(2, 14), at(3, 10))
    hours = working_time(rep(None, off=(date(2026, 3, 5),), leave=(leave,)))
    assert not hours.contains(at(5, 12)) and not hours.contains(at(2, 14))
    assert hours.day_end(at(5, 12)) == at(7)
    assert hours.day_end(at(2, 12)) == at(3)
    assert hours.next_end(at(2)) == at(2, 14)


def test_leave_dates_are_whole_local_days_both_included() -> None:
    leave = Leave(date(2026, 3, 10), date(2026, 3, 11))
    hours = working_time(rep(leave=(leave,), timezone="America/New_York"))
    assert hours.next_start(at(9, 21)) == at(12, 13)
    spans = leave_spans((leave,), timezone="America/New_York")
    assert spans == (Span(at(10, 4), at(12, 4)),)


def test_leave_instants_are_exact_and_may_end_the_day() -> None:
    hours = working_time(rep(), leave=(Span(at(2, 14, 7), at(3, 10)),))
    assert hours.day_end(at(2, 10)) == at(2, 14, 7)
    assert hours.day_end(at(2, 14, 7)) == at(3, 17)
    assert hours.add(at(2, 14), minutes(8)) == at(3, 10, 1)


def test_leave_may_join_a_date_and_an_instant() -> None:
    spans = leave_spans((Leave(date(2026, 3, 2), at(3, 12)),), timezone="UTC")
    assert spans == (Span(at(2), at(3, 12)),)


def test_california_has_the_day_after_thanksgiving_off_and_the_country_has_not() -> None:
    friday = at(27, 12, month=11)
    assert working_time(rep(holidays=("US",))).contains(friday)
    assert not working_time(rep(holidays=("US-CA",))).contains(friday)


def test_a_holiday_observed_in_the_year_before_is_a_day_off() -> None:
    new_year = datetime(2021, 12, 31, 12, tzinfo=UTC)
    assert not working_time(rep(holidays=("US",))).contains(new_year)


def test_nobody_waits_for_ever_for_a_shift_without_working_time() -> None:
    hours = working_time(rep(NOTHING))
    assert hours.next_start(at(2)) is None and hours.next_end(at(2)) is None
    with pytest.raises(NoWorkingTime):
        hours.add(at(2), minutes(1))
    with pytest.raises(NoWorkingTime):
        hours.day_end(at(2))


def test_the_horizon_is_366_days_and_no_stretch_more() -> None:
    back = at(2) + timedelta(days=366)
    away = (Span(at(2), back + minutes(1)),)
    assert working_time(rep(None), leave=away).next_start(at(2)) is None
    assert working_time(rep(None), leave=away).next_start(at(2, 0, 1)) == back + minutes(1)
    with pytest.raises(NoWorkingTime):
        working_time(rep(None), leave=away).add(at(2), minutes(1))


def test_no_time_to_add_is_over_at_once() -> None:
    assert working_time(rep()).add(at(1, 3), timedelta()) == at(1, 3)
    assert working_time(rep()).between(at(3), at(2)) == timedelta()


def test_a_pool_goes_on_while_any_member_works() -> None:
    early = working_time(rep(Shift(((LocalSpan(480, 720),),) * 7)))
    late = working_time(rep(Shift(((LocalSpan(660, 900),),) * 7)))
    pool = union([early, late])
    assert pool.add(at(2, 11, 30), minutes(60)) == at(2, 12, 30)
    assert pool.between(at(2), at(3)) == minutes(7 * 60)
    assert pool.next_end(at(2, 8)) == at(2, 15)


def test_a_pool_ends_its_day_with_the_last_member_of_the_earliest_date() -> None:
    weekday = working_time(rep())
    longer = working_time(rep(Shift(((LocalSpan(600, 1_140),),) * 7)))
    pool = union([weekday, longer])
    assert pool.day_end(at(2, 10)) == at(2, 19)
    assert pool.day_end(at(2, 18)) == at(2, 19)
    assert pool.day_end(at(2, 19)) == at(3, 19)
    assert pool.day_end(at(7, 10)) == at(7, 19)
    assert pool.day_end(at(2, 10)) == at(2, 19)  # also when asked backwards


def test_a_pool_of_nobody_or_of_the_absent_has_no_day() -> None:
    for pool in (union([]), union([working_time(rep(NOTHING))])):
        assert not pool.contains(at(2, 12))
        with pytest.raises(NoWorkingTime):
            pool.day_end(at(2))


def test_a_pool_may_be_a_member_of_a_pool() -> None:
    inner = union([working_time(rep()), working_time(rep(NIGHTS))])
    outer = union([inner, working_time(rep(NOTHING))])
    assert outer.contains(at(2, 23)) and outer.contains(at(2, 12)) and not outer.contains(at(2, 20))
    assert outer.day_end(at(2, 12)) == inner.day_end(at(2, 12)) == at(3, 6)


def test_names_of_zones_and_holiday_codes_are_known_or_not() -> None:
    assert is_timezone("America/New_York") and is_timezone("UTC")
    assert not any(map(is_timezone, ("", "America", "New York", "localtime", "../etc/passwd")))
    assert all(map(is_holiday_code, ("US", "US-CA", "DE-BY")))
    assert not any(map(is_holiday_code, ("", "XX", "US-XX", "us", "US-", "-CA")))
