"""Leads that show a difference: what z3 says can be, put through the real conditions of both."""

import itertools
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

import msgspec

from handrail.contract.checks.examples import Evaluate
from handrail.contract.facts import Facts
from handrail.contract.model import Contract
from handrail.contract.proof import Possible, World
from handrail.contract.proof.lines import Lead, Unwritable, lead_line, with_signals
from handrail.contract.proof.now import NOW
from handrail.terms.signal import Signal

TRIES_MAX = 1_000  # leads evaluated for one difference
TOGETHER_MAX = 2  # kinds of signals added at once
COUNTS = (1, 3, 8)
AGES = tuple(timedelta(days=days) for days in (0, 10, 45, 100))


class Shown(msgspec.Struct, frozen=True):
    """A lead line with its facts under both versions."""

    line: Lead
    old: Facts
    new: Facts


class Witnesses:
    def __init__(self, world: World, contracts: tuple[Contract, Contract], evaluate: Evaluate):
        self._world = world
        self._contracts = contracts
        self._evaluate = evaluate

    def find(self, found: Possible, shows: Callable[[Shown], bool]) -> Shown | None:
        """A lead as the solver found it, if need be with signals added, that shows the claim."""
        for line in itertools.islice(self._candidates(found), TRIES_MAX):
            shown = Shown(line, *(self._evaluate(one, line) for one in self._contracts))
            if shows(shown):
                return shown
        return None

    def _candidates(self, found: Possible) -> Iterator[Lead]:
        """Signals of which the solver has its own are left as they are."""
        classes, amounts = found.classes.get("lead", {}), found.amounts.get("lead", {})
        line = lead_line(self._world.encoding, classes, amounts)
        if not isinstance(line, Unwritable):
            for extra in _signals_added(self._contracts):
                yield with_signals(line, extra)


def _signals_added(contracts: Sequence[Contract]) -> Iterator[tuple[Signal, ...]]:
    """None; then signals that scores look at, one name at some ages and counts, then two names."""
    adds: dict[str, int] = {}
    for score in [score for contract in contracts for score in contract.scores]:
        for name, signal in score.signals.items():
            adds[name] = max(adds.get(name, 0), abs(signal.add))
        adds |= {name: adds.get(name, 0) for name in score.reset_on}
    names = sorted(adds, key=lambda name: (-adds[name], name))
    yield ()
    for size in range(1, TOGETHER_MAX + 1):
        for chosen in itertools.combinations(names, size):
            for ages in itertools.product(AGES, repeat=size):
                for counts in itertools.product(COUNTS if size == 1 else (1, 3), repeat=size):
                    yield tuple(
                        Signal(name, NOW - age)
                        for name, age, count in zip(chosen, ages, counts, strict=True)
                        for _ in range(count)
                    )
