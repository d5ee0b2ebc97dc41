"""Times to meet, against a reader who tries every minute and asks of it what the rules say.

The clock is real where it is awkward: each case lies around a change of some zone's clock.
"""

from datetime import datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from handrail.kernel.slots import Diary, Slot, SlotRules, slots_of, who_can
from handrail.terms.hours import working_time
from handrail.terms.people import LocalSpan, Rep, Shift, Span
from tests.laws.test_hours_on_the_wall_clock import DAY_SHIFT, MINUTE, NIGHT_SHIFT, windows

ZONES = ("America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu")
OFFICE = Shift(((LocalSpan(540, 720), LocalSpan(780, 1_020)),) * 7)
ALL_DAY = Shift(((LocalSpan(0, 1_440),),) * 7)
SHIFTS = {"office": OFFICE, "day": DAY_SHIFT, "night": NIGHT_SHIFT, "always": ALL_DAY}
LOOKED_AT = timedelta(hours=48)
AHEAD = LOOKED_AT // MINUTE

# Few values, so that edges meet: spans that touch, buffers as long as gaps, notices on a step.
MINUTES = st.sampled_from([0, 5, 15, 30, 60])
LENGTHS = st.sampled_from([15, 30, 45, 60])
STEPS = st.sampled_from([10, 15, 30, 60])
EDGES = st.integers(0, AHEAD // 15).map(lambda quarters: quarters * 15)


@st.composite
def diaries(draw: st.DrawFn, start: datetime, rep: str) -> Diary:
    timezone = draw(st.sampled_from(ZONES))
    shift = SHIFTS[draw(st.sampled_from(sorted(SHIFTS)))]
    person = Rep(rep, rep, f"{rep}@acme.example", timezone, shift=shift)
    taken = []
    for _ in range(draw(st.integers(0, 4))):
        first = start + draw(EDGES) * MINUTE
        taken.append(Span(first, first + draw(st.sampled_from([0, 5, 30, 240])) * MINUTE))
    meetings = tuple(start + draw(EDGES) * MINUTE for _ in range(draw(st.integers(0, 3))))
    return Diary(
        rep=rep,
        timezone=timezone,
        hours=working_time(person),
        taken=tuple(taken),
        meetings=meetings,
    )


@st.composite
def rules(draw: st.DrawFn) -> SlotRules:
    return SlotRules(
        length=draw(LENGTHS) * MINUTE,
        step=draw(STEPS) * MINUTE,
        before=draw(MINUTES) * MINUTE,
        after=draw(MINUTES) * MINUTE,
        notice=draw(MINUTES) * MINUTE,
        horizon=draw(st.sampled_from([24, 36, 48])) * 60 * MINUTE,
        per_day=draw(st.sampled_from([None, 1, 2])),
    )


@st.composite
def starts(draw: st.DrawFn) -> datetime:
    """Near a change of the clock in one of the zones."""
    return draw(st.sampled_from([at for zone in ZONES for at in windows(zone)]))


@cache
def walls(timezone: str, start: datetime) -> tuple[datetime, ...]:
    """What the wall shows at each minute."""
    zone = ZoneInfo(timezone)
    return tuple((start + n * MINUTE).astimezone(zone) for n in range(AHEAD + 61))


def is_free(*, of: SlotRules, diary: Diary, start: datetime, minute: int) -> bool:
    """The definition, minute by minute."""
    wall = walls(diary.timezone, start)[minute]
    at, length = start + minute * MINUTE, of.length // MINUTE
    if at < start + of.notice or at >= start + of.horizon:
        return False
    if (wall.hour * 60 + wall.minute) % (of.step // MINUTE):
        return False
    if not all(diary.hours.contains(at + n * MINUTE) for n in range(length)):
        return False
    until = at + of.length
    for span in diary.taken:
        if max(span.from_at, at - of.before) < min(span.until_at, until + of.after):
            return False
    if of.per_day is None:
        return True
    zone = ZoneInfo(diary.timezone)
    same = [m for m in diary.meetings if m.astimezone(zone).date() == wall.date()]
    return len(same) < of.per_day


def tried(*, of: SlotRules, given: list[Diary], start: datetime) -> tuple[Slot, ...]:
    found = []
    for minute in range(AHEAD):
        able = [d.rep for d in given if is_free(of=of, diary=d, start=start, minute=minute)]
        if able:
            at = start + minute * MINUTE
            found.append(Slot(from_at=at, until_at=at + of.length, reps=tuple(able)))
    return tuple(found)


@settings(max_examples=60)
@given(data=st.data(), start=starts(), of=rules())
def test_exactly_the_times_are_offered_that_the_rules_leave(
    data: st.DataObject, start: datetime, of: SlotRules
) -> None:
    given_ = [data.draw(diaries(start, "ada")), data.draw(diaries(start, "ben"))]
    assert slots_of(rules=of, diaries=given_, now=start) == tried(of=of, given=given_, start=start)


@settings(max_examples=60)
@given(data=st.data(), start=starts(), of=rules())
def test_a_time_can_be_booked_exactly_where_it_is_offered(
    data: st.DataObject, start: datetime, of: SlotRules
) -> None:
    diary = data.draw(diaries(start, "ada"))
    offered = {slot.from_at for slot in slots_of(rules=of, diaries=[diary], now=start)}
    looked_at = [start + data.draw(EDGES) * MINUTE for _ in range(20)] + sorted(offered)[:5]
    for at in looked_at:
        can = who_can(rules=of, diaries=[diary], from_at=at, now=start)
        assert bool(can) == (at in offered)


@settings(max_examples=60)
@given(data=st.data(), start=starts(), of=rules())
def test_more_that_is_taken_never_frees_a_time(
    data: st.DataObject, start: datetime, of: SlotRules
) -> None:
    diary = data.draw(diaries(start, "ada"))
    first = start + data.draw(EDGES) * MINUTE
    more = Diary(
        rep=diary.rep,
        timezone=diary.timezone,
        hours=diary.hours,
        taken=(*diary.taken, Span(first, first + 30 * MINUTE)),
        meetings=diary.meetings,
    )
    before = {slot.from_at for slot in slots_of(rules=of, diaries=[diary], now=start)}
    after = {slot.from_at for slot in slots_of(rules=of, diaries=[more], now=start)}
    assert after <= before


@settings(max_examples=40)
@given(data=st.data(), start=starts(), of=rules(), zone=st.sampled_from(ZONES))
def test_a_time_lies_in_the_hours_of_both(
    data: st.DataObject, start: datetime, of: SlotRules, zone: str
) -> None:
    diary = data.draw(diaries(start, "ada"))
    hours = working_time(Rep("lena", "Lena", "lena@acme.example", zone, shift=OFFICE))
    alone = slots_of(rules=of, diaries=[diary], now=start)
    wanted = [
        slot
        for slot in alone
        if all(
            hours.contains(slot.from_at + n * MINUTE)
            for n in range((slot.until_at - slot.from_at) // MINUTE)
        )
    ]
    assume(alone)
    assert list(slots_of(rules=of, diaries=[diary], now=start, buyer=hours)) == wanted
