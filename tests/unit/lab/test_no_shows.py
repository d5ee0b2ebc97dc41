"""Risks of missed meetings: learned from what happened, and held against what happened later.

The meetings are made: each is missed with a chance that is known, worked out from weights that are
not those that learning begins with, and with two signs that strengthen each other, which the model
cannot say.
"""

from math import exp
from random import Random

import pytest

from handrail.kernel.no_show import weigh
from handrail.lab.no_shows import learn_weights, report_of_risks
from handrail.terms.risk import FIRST_WEIGHTS, RiskWeights, Shown, Sign

TRUE = RiskWeights(
    start=-1_700,
    signs={
        "days_1": 200,
        "days_3": 500,
        "days_7": 900,
        "missed_1": 900,
        "missed_2": 1_500,
        "silent": 800,
        "confirmed": -1_600,
        "declined": 2_500,
        "by_buyer": -500,
    },
)
TOGETHER = 400  # thousandths more where who missed one before is silent too


def meetings(count: int, *, seed: int, judged_by: RiskWeights = FIRST_WEIGHTS) -> list[Shown]:
    chance = Random(seed)
    found = []
    for _ in range(count):
        signs = _signs(chance)
        odds = TRUE.start + sum(TRUE.signs[sign] for sign in signs)
        odds += TOGETHER if {"missed_1", "silent"} <= set(signs) else 0
        missed = chance.random() < 1 / (1 + exp(-odds / 1_000))
        found.append(Shown(risk=weigh(signs, judged_by), signs=signs, missed=missed))
    return found


def _signs(chance: Random) -> tuple[Sign, ...]:
    signs: list[Sign] = []
    ahead: Sign | None = chance.choice([None, "days_1", "days_3", "days_7"])
    before: Sign | None = chance.choices([None, "missed_1", "missed_2"], weights=(85, 11, 4))[0]
    signs += [one for one in (ahead, before) if one is not None]
    answer: Sign | None = chance.choices([None, "silent", "confirmed"], weights=(40, 40, 20))[0]
    signs += [answer] if answer is not None else []
    return (*signs, "by_buyer") if chance.random() < 0.6 else tuple(signs)


def judged_again(seen: list[Shown], weights: RiskWeights) -> list[Shown]:
    return [
        Shown(risk=weigh(one.signs, weights), signs=one.signs, missed=one.missed) for one in seen
    ]


def test_without_a_meeting_the_estimates_stand() -> None:
    learned = learn_weights([])
    assert (learned.start, learned.signs) == (FIRST_WEIGHTS.start, FIRST_WEIGHTS.signs)
    assert learned.learned_from == 0


def test_risks_learned_from_meetings_are_true_of_later_ones() -> None:
    learned = learn_weights(meetings(2_000, seed=1))
    report = report_of_risks(judged_again(meetings(4_000, seed=2), learned), weights=learned)
    assert report.brier < report.brier_of_mean
    full = [band for band in report.bands if band.meetings >= 100]
    assert len(full) >= 4
    for band in full:  # a band has risks of a width of ten, and signs that the model cannot say
        assert band.low - 40 <= band.expected <= band.high + 40, band


def test_learned_risks_are_better_than_the_estimates() -> None:
    later = meetings(4_000, seed=2)
    before = report_of_risks(later, weights=FIRST_WEIGHTS)
    learned = learn_weights(meetings(2_000, seed=1))
    assert report_of_risks(judged_again(later, learned), weights=learned).brier < before.brier


@pytest.mark.parametrize("seed", range(5))
def test_learning_from_thirty_meetings_does_no_harm(seed: int) -> None:
    later = meetings(4_000, seed=99)
    before = report_of_risks(later, weights=FIRST_WEIGHTS)
    learned = learn_weights(meetings(30, seed=seed))
    assert report_of_risks(judged_again(later, learned), weights=learned).brier <= before.brier + 3


def test_a_few_meetings_move_the_weights_a_little() -> None:
    all_missed = [Shown(risk=10, signs=("by_buyer",), missed=True)] * 3
    learned = learn_weights(all_missed)
    assert FIRST_WEIGHTS.start < learned.start < FIRST_WEIGHTS.start + 250
    assert 0 < learned.signs["by_buyer"] < 250
    assert learned.signs["silent"] == FIRST_WEIGHTS.signs["silent"]


def test_the_order_of_meetings_changes_nothing() -> None:
    seen = meetings(300, seed=3)
    mixed = list(seen)
    Random(4).shuffle(mixed)
    assert learn_weights(seen) == learn_weights(mixed)


def test_what_was_never_missed_gets_no_weight_without_end() -> None:
    never = [Shown(risk=10, signs=("confirmed",), missed=False)] * 5_000
    assert -6_000 <= learn_weights(never).signs["confirmed"] < FIRST_WEIGHTS.signs["confirmed"]


def test_a_report_of_nothing_is_empty() -> None:
    report = report_of_risks([], weights=FIRST_WEIGHTS)
    assert (report.meetings, report.bands, report.brier) == (0, (), 0)
