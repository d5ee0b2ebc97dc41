"""Scores as quantities: sums of what their rules add, with what signals may have added."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from handrail.contract.model import Contract, Score
from handrail.contract.proof.formula import Amount, Formula


class Clamped(NamedTuple):
    """`min(cap, max(floor, sum of amounts))`."""

    variable: str
    amounts: tuple[tuple[int, Amount | Formula], ...]
    floor: int
    cap: int | None
    reads: frozenset[str]


class Unfixed(NamedTuple):
    """A quantity of which only bounds are known: what the signals of a lead's past add up to."""

    variable: str
    least: int | None
    most: int | None
    reads: frozenset[str]


class Divided(NamedTuple):
    """The sum of amounts and `plus`, divided by `by`, toward zero as CEL does."""

    variable: str
    amounts: tuple[tuple[int, Amount], ...]
    plus: int
    by: int
    reads: frozenset[str]

    def of(self, known: Mapping[str, int]) -> int:
        total = self.plus + sum(factor * known[one.variable] for factor, one in self.amounts)
        quotient = abs(total) // abs(self.by)
        return quotient if (total < 0) == (self.by < 0) else -quotient


Quantity = Clamped | Unfixed | Divided


def names_of_scores(contracts: Sequence[Contract]) -> list[dict[str, str]]:
    """For each contract the variable of each score; scores made alike share one."""
    made: list[tuple[object, str]] = []
    found: list[dict[str, str]] = []
    for number, contract in enumerate(contracts):
        names: dict[str, str] = {}
        for score in contract.scores:
            content = (
                _rules(score),
                _past(score),
                score.floor,
                score.cap,
                contract.fields,
                contract.tables,
            )
            parts = tuple(names[part] for part in score.sum_of)
            names[score.name] = _name((*content, parts), made, f"{score.name}@{number}")
        found.append(names)
    return found


def names_of_pasts(contracts: Sequence[Contract]) -> list[dict[str, str]]:
    """For each contract the variable of what signals add to each score that has any."""
    made: list[tuple[object, str]] = []
    return [
        {
            score.name: _name((score.name, _past(score)), made, f"{score.name}~signals@{number}")
            for score in contract.scores
            if score.signals or score.idle is not None
        }
        for number, contract in enumerate(contracts)
    ]


def _name(content: object, made: list[tuple[object, str]], fresh: str) -> str:
    for known, name in made:
        if known == content:
            return name
    made.append((content, fresh))
    return fresh


def _rules(score: Score) -> tuple[tuple[str, int], ...]:
    return tuple((rule.when.text, rule.add) for rule in score.rules)


def _past(score: Score) -> object:
    return dict(score.signals), score.idle, score.reset_on


def past_of(score: Score, variable: str) -> Unfixed:
    """What signals can add: below nothing where none takes off, and a limit where all have one.

    A limit `ever` bounds what is kept since the last reset. Decay only brings points nearer to 0.
    """
    adds = [signal.add for signal in score.signals.values()]
    idle = 0 if score.idle is None else score.idle.add
    reads = frozenset(f"signal:{name}" for name in {*score.signals, *score.reset_on})
    least = None if idle < 0 else _reach(score, below=True)
    most = None if idle > 0 else _reach(score, below=False)
    assert adds or score.idle is not None
    return Unfixed(variable, least, most, reads | {score.name})


def _reach(score: Score, *, below: bool) -> int | None:
    total = 0
    for signal in score.signals.values():
        if (signal.add < 0) is not below or signal.add == 0:
            continue
        if signal.at_most is None or signal.at_most.period is not None:
            return None
        total += signal.add * signal.at_most.count
    return total
