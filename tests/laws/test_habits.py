"""The order of times by the buyer's hours: what never happens, whatever was done when."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from handrail.kernel.decision import Case
from handrail.kernel.habits import DAY_HOURS, Habit, Hours, habit_of, in_order, learn, share
from handrail.kernel.slots import Slot, local_time
from handrail.terms.lead import Lead
from handrail.terms.signal import Signal

ZONES = ("America/New_York", "Europe/Berlin", "Asia/Kathmandu")
MONDAY = datetime(2026, 3, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)

# Few hours, so that levels meet; counts on both sides of what the level above weighs.
COUNTS = st.dictionaries(st.sampled_from([8, 9, 10, 13, 22]), st.sampled_from([1, 3, 8, 21, 60]))


def counted(counts: dict[int, int]) -> Hours:
    return tuple(counts.get(hour, 0) for hour in range(DAY_HOURS))


@st.composite
def habits(draw: st.DrawFn) -> Habit:
    return Habit(
        zone=draw(st.sampled_from(ZONES)),
        company=counted(draw(COUNTS)),
        segment=counted(draw(COUNTS)),
        everybody=counted(draw(COUNTS)),
    )


@st.composite
def times(draw: st.DrawFn) -> list[Slot]:
    """Over four days from a Monday, as a search gives them."""
    hours = draw(st.lists(st.integers(0, 4 * DAY_HOURS), unique=True, max_size=12))
    return [Slot(MONDAY + n * HOUR, MONDAY + (n + 1) * HOUR, ("ada",)) for n in sorted(hours)]


def with_one_more(habit: Habit, hour: int, *, also: tuple[bool, bool]) -> Habit:
    """Something more done in this hour by the company, and as those above it count it."""

    def more(hours: Hours, counts: bool) -> Hours:
        return tuple(n + (counts and at == hour) for at, n in enumerate(hours))

    return Habit(
        zone=habit.zone,
        company=more(habit.company, True),
        segment=more(habit.segment, also[0]),
        everybody=more(habit.everybody, also[1]),
    )


@given(
    habit=habits(),
    slots=times(),
    hour=st.sampled_from([8, 9, 10, 13, 22]),
    also=st.tuples(st.booleans(), st.booleans()),
)
def test_doing_more_in_an_hour_never_puts_its_times_later(
    habit: Habit, slots: list[Slot], hour: int, also: tuple[bool, bool]
) -> None:
    more = with_one_more(habit, hour, also=also)
    assert share(more, hour) >= share(habit, hour)
    before, after = in_order(slots, habit), in_order(slots, more)
    for slot in slots:
        if local_time(slot.from_at, timezone=habit.zone).hour == hour:
            assert after.index(slot) <= before.index(slot)


@given(habit=habits())
def test_the_shares_of_a_day_come_to_one_whole(habit: Habit) -> None:
    assert sum(share(habit, hour) for hour in range(DAY_HOURS)) == 1


@given(habit=habits(), slots=times())
def test_times_are_set_in_order_and_none_is_lost_or_made(habit: Habit, slots: list[Slot]) -> None:
    assert sorted(in_order(slots, habit)) == slots
    assert list(in_order(slots, None)) == slots


@settings(max_examples=50)
@given(data=st.data(), slots=times())
def test_the_order_of_history_changes_nothing(data: st.DataObject, slots: list[Slot]) -> None:
    cases = [
        Case(
            lead=Lead(
                id=f"l{number % 2}",  # some came twice
                captured_at=MONDAY,
                attributes={
                    "lead.timezone": data.draw(st.sampled_from(ZONES)),
                    "account.industry": data.draw(st.sampled_from(["software", "health"])),
                },
                signals=tuple(
                    Signal("pricing_view", MONDAY + n * HOUR)
                    for n in data.draw(st.lists(st.integers(0, 60), max_size=4))
                ),
            ),
            handoff=None,
        )
        for number in range(data.draw(st.integers(1, 4)))
    ]
    mixed = data.draw(st.permutations(cases))
    one, other = learn(cases, now=MONDAY), learn(mixed, now=MONDAY)
    assert one == other
    habit = habit_of(cases[0], one, now=MONDAY)
    assert in_order(slots, habit) == in_order(slots, habit_of(cases[0], other, now=MONDAY))
