"""How soon a rep may be expected to act: their own history, shrunk towards the team's. Pure.

It is shown, and ranks nobody: `fastest` counts with the rep's median from twenty observations on.
"""

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction

import msgspec

SHRUNK_BY = 20  # observations of one's own that weigh as much as what the team shows


class Handling(msgspec.Struct, frozen=True):
    """`minutes` to the first action, from being assigned, rounded up. `observed`: of the rep's own;
    None where neither the rep nor the team was ever seen."""

    observed: int
    minutes: int | None = None


def handling_of(
    rep: str, *, teammates: Iterable[str], seen: Mapping[str, Sequence[int]]
) -> Handling:
    """A rep with few observations is expected to be like the others; with many, like themselves.

    Means, of each rep's latest observations: a team that answers late once in a while is to show.
    """
    own = seen.get(rep, ())
    others = [minutes for mate in set(teammates) - {rep} for minutes in seen.get(mate, ())]
    if not own and not others:
        return Handling(observed=0)
    if not others:
        expected = Fraction(sum(own), len(own))
    else:
        prior = Fraction(sum(others), len(others))
        expected = (sum(own) + SHRUNK_BY * prior) / (len(own) + SHRUNK_BY)
    return Handling(observed=len(own), minutes=-(-expected.numerator // expected.denominator))
