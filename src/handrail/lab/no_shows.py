"""What foretells that a buyer stays away, learned from meetings; and how true the risks were.

The weights are those of a logistic model, the likeliest ones given the meetings and the estimates
that they begin with: each estimate counts as much as some meetings of its own do, so that a few
meetings move it a little and many settle it. Worked out in floats, in one order whatever the order
of the meetings, and rounded to whole thousandths before anything is decided by them.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import pairwise
from math import exp

import msgspec

from handrail.lab.proportion import wilson
from handrail.terms.risk import FIRST_WEIGHTS, RiskWeights, Shown, Sign

HELD_BY = 16.0  # precision of each estimate: about a hundred meetings of its own settle it
ROUNDS_MAX = 50
CLOSE = 1e-9
STEP_MAX = 2.0  # of log-odds in one round: no weight runs away
WEIGHT_MAX = 6.0
BANDS = (0, 10, 20, 30, 40, 50, 60, 80, 101)  # per cent, of the table

_Signs = tuple[Sign, ...]
_Groups = list[
    tuple[tuple[int, ...], int, int]
]  # which weights, how many meetings, how many missed


class RiskBand(msgspec.Struct, frozen=True, kw_only=True):
    """Meetings judged from `from_` to less than `until` per cent. `expected` and `missed` in
    thousandths; `low` and `high`: within which the true share lies 95 times in 100."""

    from_: int = msgspec.field(name="from")
    until: int
    meetings: int
    expected: int
    missed: int
    low: int
    high: int


class RiskReport(msgspec.Struct, frozen=True):
    """How the risks that were told compare with what then happened.

    `brier`: the mean squared error of the risks, in thousandths of its unit; `brier_of_mean`: of
    somebody who always says the share that was missed. Below it the risks are worth something.
    """

    meetings: int
    missed: int
    brier: int
    brier_of_mean: int
    bands: tuple[RiskBand, ...]
    weights: RiskWeights


def learn_weights(seen: Iterable[Shown], *, first: RiskWeights = FIRST_WEIGHTS) -> RiskWeights:
    """`first`: what is held for likely before anything was seen."""
    names = tuple(sorted(first.signs))
    groups = _groups(seen, names)
    prior = [first.start / 1_000, *(first.signs[name] / 1_000 for name in names)]
    found = _likeliest(groups, prior)
    rounded = [round(1_000 * max(-WEIGHT_MAX, min(WEIGHT_MAX, one))) for one in found]
    return RiskWeights(
        start=rounded[0],
        signs=dict(zip(names, rounded[1:], strict=True)),
        learned_from=sum(count for _, count, _ in groups),
    )


def _groups(seen: Iterable[Shown], names: Sequence[Sign]) -> _Groups:
    """Meetings with the same signs together, in the order of their signs."""
    counts: Counter[_Signs] = Counter()
    missed: Counter[_Signs] = Counter()
    for one in seen:
        signs = tuple(sorted(one.signs))
        counts[signs] += 1
        missed[signs] += one.missed
    place = {name: number for number, name in enumerate(names, start=1)}
    return [
        ((0, *(place[sign] for sign in signs if sign in place)), counts[signs], missed[signs])
        for signs in sorted(counts)
    ]


def _likeliest(groups: _Groups, prior: Sequence[float]) -> list[float]:
    """By Newton's steps: the function has one summit, and each step is bounded."""
    found = list(prior)
    size = len(prior)
    for _ in range(ROUNDS_MAX):
        slope = [HELD_BY * (found[n] - prior[n]) for n in range(size)]
        bend = [[HELD_BY if n == m else 0.0 for m in range(size)] for n in range(size)]
        for places, count, missed in groups:
            share = 1 / (1 + exp(-sum(found[n] for n in places)))
            off, spread = count * share - missed, count * share * (1 - share)
            for n in places:
                slope[n] += off
                for m in places:
                    bend[n][m] += spread
        steps = _solved(bend, slope)
        found = [
            one - max(-STEP_MAX, min(STEP_MAX, step))
            for one, step in zip(found, steps, strict=True)
        ]
        if max(map(abs, steps)) < CLOSE:
            break
    return found


def _solved(rows: list[list[float]], right: Sequence[float]) -> list[float]:
    """Gauss; `rows` is symmetric and positive, so nothing has to be exchanged."""
    size = len(right)
    whole = [[*row, value] for row, value in zip(rows, right, strict=True)]
    for n in range(size):
        for m in range(n + 1, size):
            factor = whole[m][n] / whole[n][n]
            for k in range(n, size + 1):
                whole[m][k] -= factor * whole[n][k]
    found = [0.0] * size
    for n in reversed(range(size)):
        rest = sum(whole[n][k] * found[k] for k in range(n + 1, size))
        found[n] = (whole[n][size] - rest) / whole[n][n]
    return found


def report_of_risks(seen: Iterable[Shown], *, weights: RiskWeights) -> RiskReport:
    """`seen`: with the risks as they were judged, before anybody knew; `weights`: those of now."""
    known = list(seen)
    missed = sum(one.missed for one in known)
    return RiskReport(
        meetings=len(known),
        missed=missed,
        brier=_brier((one.risk / 100, one.missed) for one in known),
        brier_of_mean=_brier((missed / len(known), one.missed) for one in known),
        bands=tuple(
            band
            for low, high in pairwise(BANDS)
            if (band := _band([one for one in known if low <= one.risk < high], low, high))
        ),
        weights=weights,
    )


def _band(known: list[Shown], from_: int, until: int) -> RiskBand | None:
    if not known:
        return None
    share = sum(one.missed for one in known) / len(known)
    low, high = wilson(share, len(known))
    return RiskBand(
        from_=from_,
        until=min(until, 100),
        meetings=len(known),
        expected=round(sum(one.risk for one in known) * 10 / len(known)),
        missed=round(1_000 * share),
        low=round(1_000 * low),
        high=round(1_000 * high),
    )


def _brier(pairs: Iterable[tuple[float, bool]]) -> int:
    squares = [(said - missed) ** 2 for said, missed in pairs]
    return round(1_000 * sum(squares) / len(squares)) if squares else 0
