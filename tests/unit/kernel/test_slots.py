"""Times to meet, by examples that a person can check on a wall calendar."""

from datetime import UTC, datetime, timedelta

from handrail.kernel.slots import Diary, SlotRules, slots_of
from handrail.terms.hours import working_time
from handrail.terms.people import LocalSpan, Rep, Shift, Span

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
MORNING = Shift(((LocalSpan(540, 720),),) * 7)  # 9 to 12
NIGHT = Shift(((LocalSpan(0, 240),),) * 7)  # midnight to 4
RULES = SlotRules(length=HOUR, step=HOUR, horizon=timedelta(days=1))


def diary(
    rep: str = "ada",
    *,
    timezone: str = "America/New_York",
    shift: Shift = MORNING,
    taken: tuple[Span, ...] = (),
    meetings: tuple[datetime, ...] = (),
) -> Diary:
    person = Rep(rep, rep, f"{rep}@acme.example", timezone, shift=shift)
    return Diary(
        rep=rep, timezone=timezone, hours=working_time(person), taken=taken, meetings=meetings
    )


def hours_of(*given: Diary, rules: SlotRules = RULES, now: datetime) -> list[str]:
    slots = slots_of(rules=rules, diaries=given, now=now)
    return [f"{slot.from_at:%d %H:%M} {'+'.join(slot.reps)}" for slot in slots]


def test_a_team_offers_the_times_of_all_and_says_who_could_take_each() -> None:
    now = datetime(2026, 3, 3, 0, tzinfo=UTC)
    at_ten = datetime(2026, 3, 3, 15, tzinfo=UTC)
    ben = diary("ben", taken=(Span(at_ten, at_ten + HOUR),))
    assert hours_of(diary(), ben, now=now) == [
        "03 14:00 ada+ben",
        "03 15:00 ada",
        "03 16:00 ada+ben",
    ]


def test_an_hour_that_the_clock_skips_is_never_offered() -> None:
    now = datetime(2026, 3, 8, 5, tzinfo=UTC)  # midnight in New York; 2:00 is 3:00 that night
    assert hours_of(diary(shift=NIGHT), now=now, rules=RULES) == [
        "08 05:00 ada",
        "08 06:00 ada",
        "08 07:00 ada",
        "09 04:00 ada",
    ]


def test_an_hour_that_the_clock_repeats_is_offered_twice() -> None:
    now = datetime(2026, 11, 1, 4, tzinfo=UTC)  # midnight in New York; 1:00 comes twice
    offered = hours_of(diary(shift=NIGHT), now=now)
    assert offered[:5] == [f"01 {hour:02}:00 ada" for hour in (4, 5, 6, 7, 8)]


def test_a_day_with_its_number_of_meetings_is_full_by_the_rep_s_own_date() -> None:
    now = datetime(2026, 3, 3, 0, tzinfo=UTC)
    late = datetime(2026, 3, 4, 3, tzinfo=UTC)  # still the third in New York
    full = diary(meetings=(late,))
    rules = SlotRules(length=HOUR, step=HOUR, horizon=timedelta(days=2), per_day=1)
    assert hours_of(full, rules=rules, now=now) == ["04 14:00 ada", "04 15:00 ada", "04 16:00 ada"]


def test_a_buffer_may_lie_outside_the_shift() -> None:
    now = datetime(2026, 3, 3, 0, tzinfo=UTC)
    rules = SlotRules(length=HOUR, step=HOUR, before=30 * MINUTE, after=30 * MINUTE)
    assert hours_of(diary(), rules=rules, now=now)[:3] == [
        "03 14:00 ada",
        "03 15:00 ada",
        "03 16:00 ada",
    ]


def test_a_notice_beyond_the_horizon_leaves_nothing() -> None:
    now = datetime(2026, 3, 3, 0, tzinfo=UTC)
    rules = SlotRules(length=HOUR, step=HOUR, notice=48 * HOUR, horizon=24 * HOUR)
    assert hours_of(diary(), rules=rules, now=now) == []
