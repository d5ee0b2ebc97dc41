"""One signal: how often it came in each of the periods that are asked for, and at all.

A longer period holds the shorter ones, so that no count is below that of a shorter period.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta

from handrail.contract.cel.typed import Counted, Seen, Term
from handrail.contract.facts import Facts
from handrail.contract.proof.classes.ordered import Line, Span, comparison, cuts_of, spans_of
from handrail.contract.proof.classes.partition import (
    Answers,
    Atom,
    Placed,
    Shown,
    Variable,
    in_sets,
)
from handrail.contract.proof.classes.scales import Sizes
from handrail.contract.proof.formula import Any, Formula, Literal
from handrail.contract.proof.now import NOW
from handrail.contract.proof.terms import all_in
from handrail.terms.lead import SIGNALS_MAX
from handrail.terms.signal import Signal

PREFIX = "signal:"


class Counts:
    """All counts of one signal. The last line has no period: it counts what was ever seen."""

    def __init__(self, signal: str, atoms: Sequence[Atom], periods: Sequence[timedelta]) -> None:
        self._signal = signal
        self.name = f"{PREFIX}{signal}"
        self._sizes = Sizes(SIGNALS_MAX)
        self._periods: tuple[timedelta | None, ...] = (*sorted(set(periods)), None)
        spans = {atom.key: self._spans(atom) for atom in atoms}
        cuts = {1, *cuts_of(span for found in spans.values() for span in found)}
        self._lines = {
            period: Line(
                self.line_name(period), (self.name,), Span(0, SIGNALS_MAX), cuts, always=True
            )
            for period in self._periods
        }
        self.variables: tuple[Variable, ...] = tuple(one.variable for one in self._lines.values())
        self.constraints: tuple[Formula, ...] = tuple(self._grown())
        self.answers: Mapping[object, Answers] = {
            atom.key: self._answers(atom, spans[atom.key]) for atom in atoms
        }

    @staticmethod
    def decides(atom: Term) -> bool:
        return isinstance(atom, Seen) or comparison(atom, Counted) is not None

    def line_name(self, period: timedelta | None) -> str:
        return self.name if period is None else f"{self.name}#{period}"

    def _spans(self, atom: Atom) -> list[Span]:
        compared = comparison(atom.term, Counted)
        if compared is None:
            return [Span(1, SIGNALS_MAX)]
        return spans_of(compared, self._sizes)

    def _answers(self, atom: Atom, spans: list[Span]) -> Answers:
        period = next((one.period for one in all_in(atom.term) if isinstance(one, Counted)), None)
        line = self._lines[period]
        truth = line.classes_in(spans)
        return in_sets(line.variable.name, truth, line.variable.present & ~truth)

    def _grown(self) -> Iterator[Formula]:
        lines = [one.variable for one in self._lines.values()]
        for line in lines:
            yield Literal(line.name, line.present)
        for shorter, longer in itertools.pairwise(lines):
            for number in range(2, shorter.size):
                above = shorter.everything & ~((1 << number) - 1)
                no_less = (Literal(shorter.name, shorter.everything & ~above),)
                yield Any((*no_less, Literal(longer.name, above)))

    # Leads

    def place(self, facts: Facts) -> Iterator[Placed]:
        for period, line in self._lines.items():
            count = sum(
                one.name == self._signal and (period is None or one.at > facts.now - period)
                for one in facts.signals
            )
            yield Placed(line.variable.name, line.number(min(count, SIGNALS_MAX)), count)

    def show(self, chosen: Mapping[str, int], amounts: Mapping[str, int]) -> Shown | None:
        """Of each age as many as make the count of its period, oldest first."""
        found: list[Signal] = []
        age, total = timedelta(), 0
        for period, line in self._lines.items():
            span = line.span(chosen[line.variable.name])
            wanted = amounts.get(line.variable.name, span.low)
            count = max(total, min(max(wanted, span.low), span.high))
            found += [Signal(self._signal, NOW - age)] * (count - total)
            age, total = period or age, count
        return Shown(signals=tuple(found[::-1]))
