"""How sure a count is: a block bootstrap over days.

Leads come in bursts, and weekends differ from weekdays. So whole blocks of days that follow each
other are drawn again, round the end of the file, and the middle 90 % of the totals are given.
"""

from collections.abc import Sequence
from itertools import accumulate

import msgspec

from handrail.lab.plan.chance import below

RESAMPLES = 500
BLOCK_DAYS = 7
DAYS_MIN = 5  # of fewer days nothing can be said
DAYS_FOR_BLOCKS = 28  # below, each day is a block of its own
OUTSIDE = RESAMPLES // 20  # totals left out at each end


class Estimate(msgspec.Struct, frozen=True):
    """What was counted, and the 90 % interval of it; None where the days are too few."""

    count: int
    low: int | None
    high: int | None


class Change(msgspec.Struct, frozen=True):
    """The interval of the difference is its own: both versions saw the same days."""

    old: Estimate
    new: Estimate
    difference: Estimate


class Resampling:
    """The same drawn days for every figure, so that figures can be compared."""

    def __init__(self, *, days: int, seed: int) -> None:
        assert days > 0, "a plan needs leads"
        self._days = days
        self._block = BLOCK_DAYS if days >= DAYS_FOR_BLOCKS else 1
        blocks = -(-days // self._block)
        self._starts = [
            [below(days, seed, draw, block) for block in range(blocks)]
            for draw in range(RESAMPLES if days >= DAYS_MIN else 0)
        ]
        self._drawn_days = blocks * self._block

    def estimate(self, by_day: Sequence[int]) -> Estimate:
        """`by_day` has one count for each day."""
        assert len(by_day) == self._days
        count = sum(by_day)
        if not self._starts:
            return Estimate(count, None, None)
        sums = self._block_sums(by_day)
        totals = sorted(sum(map(sums.__getitem__, starts)) for starts in self._starts)
        low, high = totals[OUTSIDE], totals[-OUTSIDE - 1]
        return Estimate(count, self._of_all_days(low), self._of_all_days(high))

    def change(self, old: Sequence[int], new: Sequence[int]) -> Change:
        difference = [after - before for before, after in zip(old, new, strict=True)]
        return Change(self.estimate(old), self.estimate(new), self.estimate(difference))

    def _block_sums(self, by_day: Sequence[int]) -> list[int]:
        """The sum of the block that begins on each day; after the last day comes the first."""
        before = [0, *accumulate([*by_day, *by_day[: self._block]])]
        return [before[day + self._block] - before[day] for day in range(self._days)]

    def _of_all_days(self, total: int) -> int:
        """Blocks drawn cover up to six days more than there are: brought back, and rounded."""
        return round(total * self._days / self._drawn_days)
