"""Integers, numbers and dates: the line, cut wherever an atom changes its answer.

A cut is found from the atom itself (`>= 250` cuts before 250), never by trying values, so that a
thousand rules with bounds of their own make a thousand cuts and no more.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from handrail.contract.cel.typed import Compared, FieldValue, Items, Known, Present, Term, Within
from handrail.contract.facts import Facts
from handrail.contract.model import Field
from handrail.contract.proof.classes.partition import (
    Answers,
    Atom,
    Placed,
    Shown,
    Variable,
    in_sets,
)
from handrail.contract.proof.classes.scales import Scale, scale_of
from handrail.contract.proof.formula import Formula
from handrail.terms.lead import Value

MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}


class Span(NamedTuple):
    """From `low` to `high`, both included; empty when they are crossed."""

    low: int
    high: int


class Compare(NamedTuple):
    """A comparison of something with constants, the constants on the right."""

    sign: str  # a relation, or `in`
    constants: tuple[object, ...]


def comparison(atom: Term, kind: type[Term] | tuple[type[Term], ...]) -> Compare | None:
    """How the atom compares one term of the kind with constants; None when it does not."""
    match atom:
        case Compared(sign=sign, left=left, right=Known(value=value)) if isinstance(left, kind):
            return Compare(sign, (value,))
        case Compared(sign=sign, left=Known(value=value), right=right) if isinstance(right, kind):
            return Compare(MIRRORED[sign], (value,))
        case Within(item=item, items=Items(items=items)) if isinstance(item, kind):
            values = tuple(one.value for one in items if isinstance(one, Known))
            return Compare("in", values) if len(values) == len(items) else None
        case _:
            return None


def spans_of(compared: Compare, scale: Scale) -> list[Span]:
    """Where on the line the comparison is true."""
    low, high = scale.low, scale.high
    spans = []
    for constant in compared.constants:
        first, beyond = scale.bounds(constant)
        match compared.sign:
            case "<":
                spans.append(Span(low, first - 1))
            case "<=":
                spans.append(Span(low, beyond - 1))
            case ">":
                spans.append(Span(beyond, high))
            case ">=":
                spans.append(Span(first, high))
            case "!=":
                spans += [Span(low, first - 1), Span(beyond, high)]
            case _:
                spans.append(Span(first, beyond - 1))
    return [Span(max(one.low, low), min(one.high, high)) for one in spans]


class Line:
    """A line of integers cut into classes; class 0 is absence."""

    def __init__(
        self,
        name: str,
        reads: tuple[str, ...],
        span: Span,
        cuts: Iterable[int],
        *,
        always: bool = False,
    ) -> None:
        inside = {cut for cut in cuts if span.low < cut <= span.high}
        self.starts = (span.low, *sorted(inside))
        self.variable = Variable(
            name, len(self.starts) + 1, reads, self.starts, span.high, usual=int(always)
        )

    def classes_in(self, spans: Iterable[Span]) -> int:
        found = 0
        for low, high in spans:
            if low <= high:
                found |= (2 << self.number(high)) - (1 << self.number(low))
        return found

    def number(self, place: int) -> int:
        """The class in which a place lies."""
        return bisect_right(self.starts, place)

    def span(self, number: int) -> Span:
        last = number == len(self.starts)
        end = self.variable.end if last else self.starts[number] - 1
        return Span(self.starts[number - 1], end)


def cuts_of(spans: Iterable[Span]) -> Iterator[int]:
    for low, high in spans:
        yield low
        yield high + 1


class Ordered:
    """One field of integers, numbers or dates. Contracts may give it different bounds."""

    def __init__(self, name: str, atoms: Sequence[Atom], reads: Iterable[Field]) -> None:
        self._name = name
        self._scales = {field: scale_of(field) for field in reads}
        whole = [Span(scale.low, scale.high) for scale in self._scales.values()]
        bounds = Span(min(one.low for one in whole), max(one.high for one in whole))
        spans = {atom.key: self._spans(atom) for atom in atoms}
        cuts = [cut for found in (*spans.values(), whole) for cut in cuts_of(found)]
        self._line = Line(name, (name,), bounds, cuts)
        self.variables: tuple[Variable, ...] = (self._line.variable,)
        self.constraints: tuple[Formula, ...] = ()
        self.answers: Mapping[object, Answers] = {
            atom.key: self._answers(atom, spans[atom.key]) for atom in atoms
        }
        self._scale = next(iter(self._scales.values()))

    @staticmethod
    def decides(atom: Term) -> bool:
        return isinstance(atom, Present) or comparison(atom, FieldValue) is not None

    def _spans(self, atom: Atom) -> list[Span]:
        compared = comparison(atom.term, FieldValue)
        return [] if compared is None else spans_of(compared, self._scales[field_of(atom.term)])

    def _answers(self, atom: Atom, spans: list[Span]) -> Answers:
        scale = self._scales[field_of(atom.term)]
        here = self._line.classes_in([Span(scale.low, scale.high)])
        if isinstance(atom.term, Present):
            return in_sets(self._name, here, self._line.variable.everything & ~here)
        truth = self._line.classes_in(spans)
        return in_sets(self._name, truth, here & ~truth)

    def present(self, field: Field) -> int:
        scale = self._scales[field]
        return self._line.classes_in([Span(scale.low, scale.high)])

    def number(self, value: Value) -> int:
        """The class in which a value lies."""
        return self._line.number(self._scale.at(value))

    def place(self, facts: Facts) -> Iterator[Placed]:
        value = facts.values.get(self._name)
        if value is None:
            yield Placed(self._name, 0, 0)
        else:
            at = self._scale.at(value)
            yield Placed(self._name, self._line.number(at), at)

    def show(self, chosen: Mapping[str, int], amounts: Mapping[str, int]) -> Shown | None:
        number = chosen[self._name]
        if number == 0:
            return Shown()
        low, high = self._line.span(number)
        at = amounts.get(self._name)
        if at is not None and low <= at <= high:
            low = high = at
        value = self._scale.plainest(low, high)
        return None if value is None else Shown({self._name: value})


def field_of(atom: Term) -> Field:
    """The one field that a deciding atom looks at."""
    match atom:
        case Present(field=field) | FieldValue(field=field):
            return field
        case Compared(left=FieldValue(field=field)) | Compared(right=FieldValue(field=field)):
            return field
        case Within(item=FieldValue(field=field)):
            return field
        case _:
            raise AssertionError("the atom compares no field")
