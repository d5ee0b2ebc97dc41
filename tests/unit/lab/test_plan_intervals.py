"""How sure a plan's counts are."""

import pytest

from handrail.lab.plan.intervals import Resampling


def test_days_that_are_all_alike_leave_no_doubt() -> None:
    found = Resampling(days=35, seed=1).estimate([3] * 35)
    assert (found.count, found.low, found.high) == (105, 105, 105)


def test_uneven_days_leave_doubt_around_the_count() -> None:
    found = Resampling(days=60, seed=1).estimate([0, 10] * 30)
    wild = Resampling(days=60, seed=1).estimate([0] * 50 + [30] * 10)
    assert found.count == wild.count == 300
    assert found.low is not None and found.high is not None
    assert wild.low is not None and wild.high is not None
    assert wild.low < found.low <= 300 <= found.high < wild.high


def test_of_few_days_nothing_is_said() -> None:
    found = Resampling(days=4, seed=1).estimate([1, 2, 3, 4])
    assert (found.count, found.low, found.high) == (10, None, None)


def test_a_change_is_surer_than_its_two_sides() -> None:
    days = [day % 7 * 5 for day in range(20)]
    change = Resampling(days=20, seed=1).change(days, [count + 1 for count in days])
    assert change.old.low != change.old.high
    assert (change.difference.low, change.difference.high) == (20, 20)
    assert change.new.count - change.old.count == change.difference.count == 20


@pytest.mark.long
def test_the_interval_holds_the_true_mean_about_nine_times_in_ten() -> None:
    """Each day is heads or tails, evenly: 30 of 60 are to be expected."""
    from random import Random

    chance = Random(7)
    held = 0
    for seed in range(200):
        found = Resampling(days=60, seed=seed).estimate([chance.randrange(2) for _ in range(60)])
        assert found.low is not None and found.high is not None
        held += found.low <= 30 <= found.high
    assert 150 <= held <= 195  # short files and few blocks make it somewhat too sure
