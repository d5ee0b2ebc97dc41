"""What the risk of a missed meeting is worked out from: signs, and what each of them weighs."""

from typing import Literal

import msgspec

Sign = Literal[
    "days_1",
    "days_3",
    "days_7",
    "missed_1",
    "missed_2",
    "silent",
    "confirmed",
    "declined",
    "by_buyer",
]
"""Booked at least so many days ahead (the greatest alone) · missed one, or more, before · nothing
heard since it was booked · the buyer said last that they will come, or not · the buyer chose the
time."""


class RiskWeights(msgspec.Struct, frozen=True):
    """Thousandths of log-odds that the buyer stays away: `start` for any meeting, more or less for
    each sign. `learned_from`: how many meetings had a say; none, and they are first estimates."""

    start: int
    signs: dict[Sign, int]
    learned_from: int = 0


class Shown(msgspec.Struct, frozen=True, gc=False):
    """A meeting whose risk was judged, and what then happened."""

    risk: int  # per cent
    signs: tuple[Sign, ...]
    missed: bool


FIRST_WEIGHTS = RiskWeights(
    start=-2_197,
    signs={
        "days_1": 462,
        "days_3": 811,
        "days_7": 1_350,
        "missed_1": 1_578,
        "missed_2": 2_603,
        "silent": 442,
        "confirmed": -1_100,
        "declined": 3_000,
        "by_buyer": 0,
    },
)
"""10 % of meetings of the same day, 30 % of those booked a week ahead, 35 % where one was missed
before, 60 % where more were; silence makes half as many again, a word of theirs a third."""
