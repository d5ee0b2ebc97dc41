"""How far two answers agree beyond chance."""

import msgspec

from handrail.lab.proportion import wilson


class Kappa(msgspec.Struct, frozen=True):
    """Cohen's kappa with a 95 % interval, each rounded to three places."""

    value: float
    low: float
    high: float


def kappa(*, both: int, neither: int, only_one: int, only_other: int) -> Kappa | None:
    """Cohen's kappa (1960): 1 all agree, 0 as chance would, below 0 worse.

    The interval is Wilson's for the part that agrees, with the agreement that chance would give
    taken as known: so thirty leads of one mind still leave a doubt, which the usual standard error
    does not show. None when nothing was compared, or both always gave the same single answer.
    """
    count = both + neither + only_one + only_other
    if count == 0:
        return None
    yes_one, yes_other = both + only_one, both + only_other
    by_chance = yes_one * yes_other + (count - yes_one) * (count - yes_other)
    if by_chance == count * count:
        return None
    chance = by_chance / count**2
    agreed = (both + neither) / count
    low, high = wilson(agreed, count)
    value, least, most = ((part - chance) / (1 - chance) for part in (agreed, low, high))
    return Kappa(round(value, 3), round(max(-1.0, least), 3), round(min(1.0, most), 3))
