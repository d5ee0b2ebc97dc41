"""Which signals of a buyer say more than was known."""

from datetime import timedelta

import pytest

from handrail.kernel.score import says_more
from handrail.terms.signal import Signal
from tests.cast import START, contract

DAY = timedelta(days=1)


def asked(name: str, *days_before: int) -> bool:
    now = Signal(name=name, at=START)
    earlier = [Signal(name=name, at=START - days * DAY) for days in days_before]
    signals = tuple(sorted((*earlier, now), key=lambda one: (one.at, one.name)))
    return says_more(now, contract=contract(), signals=signals)


@pytest.mark.parametrize(
    ("name", "days_before", "more"),
    [
        ("demo_request", (), True),
        ("demo_request", (0, 1, 2), True),  # each request is one
        ("pricing_view", (), True),
        ("pricing_view", (1,), False),  # one a week counts
        ("pricing_view", (7,), True),
        ("pricing_view", (1, 8), False),
        ("careers_view", (), False),  # it takes away
        ("unsubscribe", (), False),
        ("a_call_back", (1,), True),  # no score names it: people judge
    ],
)
def test_a_signal_says_more_when_a_score_counts_it(
    name: str, days_before: tuple[int, ...], more: bool
) -> None:
    assert asked(name, *days_before) == more
