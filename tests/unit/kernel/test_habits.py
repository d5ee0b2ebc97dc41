"""The order of times by what is known of the buyer's hours."""

from datetime import UTC, datetime, timedelta

import pytest

from handrail.kernel.decision import Case
from handrail.kernel.habits import (
    NO_HOURS,
    Habit,
    Habits,
    habit_of,
    in_order,
    learn,
    reason_of,
    share,
)
from handrail.kernel.slots import Slot
from handrail.terms.lead import Lead
from handrail.terms.signal import Signal
from handrail.terms.zones import zone_of_country

NOW = datetime(2026, 3, 9, 12, tzinfo=UTC)  # a Monday
BERLIN = "Europe/Berlin"
HALF = timedelta(minutes=30)


def slots(*hours: int, day: int = 10) -> list[Slot]:
    """Of a day in March, by the hour in UTC: an hour later in Berlin."""
    begins = [datetime(2026, 3, day, hour, tzinfo=UTC) for hour in hours]
    return [Slot(at, at + HALF, ("ada",)) for at in begins]


def hours(**counts: int) -> tuple[int, ...]:
    """`h9=7`: seven things in the hour from nine."""
    return tuple(counts.get(f"h{hour}", 0) for hour in range(24))


def lead(*at: datetime, id: str = "lena", **attributes: object) -> Case:
    known = {"lead.timezone": BERLIN, **{k.replace("__", "."): v for k, v in attributes.items()}}
    signals = tuple(Signal("pricing_view", one) for one in at)
    return Case(lead=Lead(id=id, captured_at=NOW, attributes=known, signals=signals), handoff=None)


def test_where_nothing_is_known_the_earliest_time_comes_first() -> None:
    known = lead(lead__timezone="Nowhere")
    assert habit_of(known, Habits(), now=NOW) is None
    assert list(in_order(slots(5, 9, 14), None)) == slots(5, 9, 14)
    assert reason_of(None) == "earliest first: nothing is known of their hours"


def test_the_buyers_working_day_comes_before_their_night() -> None:
    habit = habit_of(lead(), Habits(), now=NOW)
    assert list(in_order(slots(5, 9, 14, 20), habit)) == slots(9, 14, 5, 20)
    assert reason_of(habit) == "their working day first (Europe/Berlin)"


def test_at_night_a_time_is_proposed_only_to_who_was_seen_then_whatever_others_do() -> None:
    others = Habit(zone=BERLIN, everybody=hours(h3=400))
    assert list(in_order(slots(2, 6, 14), others)) == slots(6, 14, 2)
    own = Habit(zone=BERLIN, company=hours(h3=40))
    assert list(in_order(slots(2, 6, 14), own)) == slots(2, 14, 6)


def test_a_companys_own_hours_come_first_and_are_said() -> None:
    habit = Habit(zone=BERLIN, company=hours(h13=8, h14=6, h9=6))
    assert list(in_order(slots(7, 9, 12, 13), habit)) == slots(12, 13, 9, 7)
    assert reason_of(habit) == ("they are usually active between 13 and 15 their time: 14 of 20")


def test_a_company_of_which_little_is_known_is_taken_to_be_like_its_segment() -> None:
    habit = Habit(zone=BERLIN, company=hours(h20=1), segment=hours(h13=60), everybody=hours(h9=99))
    assert max(range(24), key=lambda hour: share(habit, hour)) == 13
    assert reason_of(habit).startswith("companies like theirs are usually active between 12 and 14")


def test_nobody_is_made_to_wait_days_for_a_good_hour() -> None:
    habit = Habit(zone=BERLIN, company=hours(h13=20))
    early, late = slots(7), slots(12, day=20)
    assert list(in_order([*early, *late], habit)) == [*early, *late]


def test_a_weekend_is_no_good_hour() -> None:
    habit = Habit(zone=BERLIN, company=hours(h13=20))
    saturday, monday = slots(12, day=14), slots(9, day=16)
    assert list(in_order([*saturday, *monday], habit)) == [*monday, *saturday]


def test_a_visit_of_many_pages_is_one_visit() -> None:
    at = datetime(2026, 3, 3, 9, 10, tzinfo=UTC)
    visit = lead(at, at + HALF, at + timedelta(minutes=2), at + timedelta(days=1))
    assert learn([visit], now=NOW).everybody == hours(h10=2)


def test_a_lead_that_came_twice_is_counted_once() -> None:
    at = datetime(2026, 3, 3, 9, tzinfo=UTC)
    habits = learn([lead(at), lead(at), lead(at, id="pat")], now=NOW)
    assert habits.everybody == hours(h10=2)


def test_hours_are_those_of_the_buyers_own_day() -> None:
    at = datetime(2026, 3, 3, 23, 30, tzinfo=UTC)
    cases = [lead(at), lead(at, id="pat", lead__timezone="Asia/Kathmandu")]
    assert learn(cases, now=NOW).everybody == hours(h0=1, h5=1)


def test_what_is_learned_is_kept_by_company_and_segment() -> None:
    at = datetime(2026, 3, 3, 9, tzinfo=UTC)
    cases = [
        lead(at, account__industry="Software"),
        lead(at, id="pat", account__industry=" software "),
    ]
    habits = learn(cases, now=NOW)
    assert habits.segments == {"software": hours(h10=2)}
    habit = habit_of(cases[0], habits, now=NOW)
    assert habit == Habit(
        zone=BERLIN, company=hours(h10=1), segment=hours(h10=2), everybody=hours(h10=2)
    )


@pytest.mark.parametrize(
    ("country", "zone"),
    [("DE", BERLIN), (" at", "Europe/Vienna"), ("US", None), ("ES", None), ("Germany", None)],
)
def test_a_country_says_the_zone_only_where_all_of_it_shows_the_same_time(
    country: str, zone: str | None
) -> None:
    assert zone_of_country(country, year=2026) == zone


def test_of_whom_only_the_country_is_known_its_zone_is_theirs() -> None:
    habit = habit_of(lead(lead__timezone=None, lead__country="AT"), Habits(), now=NOW)
    assert habit == Habit(zone="Europe/Vienna", company=NO_HOURS)
