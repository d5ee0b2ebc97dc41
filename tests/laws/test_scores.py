"""Laws of scores: they depend on what is known of the lead, not on how it came in."""

import random
from datetime import timedelta
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from handrail.contract.facts import Facts
from handrail.contract.model import Frequency, Idle, Score, SignalScore
from handrail.kernel.score import score_lead
from handrail.terms.signal import Signal, in_order
from tests.cast import START, THE_CONTRACT

HOURS = st.sampled_from([0, 1, 23, 24, 25, 24 * 7 - 1, 24 * 7, 24 * 14, 24 * 30, 24 * 60])
NAMES = st.sampled_from(["demo_request", "pricing_view", "webinar_attended", "unsubscribe", "x"])
SIGNALS = st.lists(
    st.builds(
        lambda name, hours: Signal(name=name, at=START - timedelta(hours=hours)), NAMES, HOURS
    ),
    max_size=12,
)


def intent(signals: list[Signal], score: Score | None = None) -> int:
    of = THE_CONTRACT
    if score is not None:
        of = replace(THE_CONTRACT, scores=(score,))
    tally = score_lead(
        contract=of,
        facts=Facts(values={}, signals=(), now=START),
        signals=in_order(tuple(signals)),
        overrides={},
        now=START,
    )
    return tally.scores["intent"]


@given(signals=SIGNALS, seed=st.integers(0, 10))
def test_the_order_in_which_signals_came_in_does_not_matter(
    signals: list[Signal], seed: int
) -> None:
    shuffled = list(signals)
    random.Random(seed).shuffle(shuffled)
    assert intent(shuffled) == intent(signals)


@given(signals=SIGNALS)
def test_a_score_stays_between_its_floor_and_its_cap(signals: list[Signal]) -> None:
    assert 0 <= intent(signals) <= 300


@given(signals=SIGNALS)
def test_nothing_before_a_reset_counts(signals: list[Signal]) -> None:
    reset = Signal(name="unsubscribe", at=START - timedelta(hours=24))
    later = [s for s in signals if (s.at, s.name) > (reset.at, reset.name)]
    assert intent([*signals, reset]) == intent([*later, reset])


@given(ages=st.lists(HOURS, max_size=8), count=st.integers(1, 3), period=st.sampled_from([24, 168]))
def test_no_period_keeps_more_signals_than_its_limit(
    ages: list[int], count: int, period: int
) -> None:
    limit = Frequency(count=count, period=timedelta(hours=period))
    score = Score(name="intent", signals={"x": SignalScore(name="x", add=1, at_most=limit)})
    signals = [Signal(name="x", at=START - timedelta(hours=age)) for age in ages]
    assert intent(signals, score) == _kept(sorted(-age for age in ages), count, period)


def _kept(hours: list[int], count: int, period: int) -> int:
    """The rule as it is written: kept if fewer than N kept ones lie in (t - P, t]."""
    kept: list[int] = []
    for hour in hours:
        if sum(hour - period < other <= hour for other in kept) < count:
            kept.append(hour)
    return len(kept)


@given(add=st.sampled_from([-41, -40, -3, -1, 1, 3, 40, 41]), halvings=st.integers(0, 6))
def test_a_whole_number_of_half_lives_halves_exactly_and_rounds_half_away_from_zero(
    add: int, halvings: int
) -> None:
    rule = SignalScore(name="x", add=add, half_life=timedelta(days=14))
    score = Score(name="intent", signals={"x": rule}, floor=-1_000)
    signal = Signal(name="x", at=START - timedelta(days=14) * halvings)
    exact = Fraction(add, 2**halvings)
    rounded = int(abs(exact) + Fraction(1, 2)) * (1 if add > 0 else -1)
    assert intent([signal], score) == rounded


@given(gaps=st.lists(st.integers(0, 100), min_size=1, max_size=4))
def test_idle_time_is_charged_in_every_gap(gaps: list[int]) -> None:
    idle = Idle(after=timedelta(days=30), add=-10, every=timedelta(days=30))
    score = Score(name="intent", idle=idle, floor=-10_000)
    at = START - timedelta(days=sum(gaps))
    signals = []
    for gap in gaps:
        signals.append(Signal(name="x", at=at))
        at += timedelta(days=gap)
    assert intent(signals, score) == sum(-10 * (gap // 30) for gap in gaps)
