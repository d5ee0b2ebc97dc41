"""Comparisons of integers that are added, subtracted, multiplied and divided by constants.

They are encoded as they are, overflow included: a result that does not fit into 64 bits is a fault.
Two numbers or two dates are compared by their places on the line.
"""

from collections.abc import Callable
from typing import NamedTuple

from handrail.contract.cel.syntax import RelationSign
from handrail.contract.cel.tokens import INTEGER_MAX, INTEGER_MIN
from handrail.contract.cel.typed import (
    Compared,
    Computed,
    Counted,
    FieldValue,
    Known,
    Negated,
    Sized,
    Term,
)
from handrail.contract.proof.classes.partition import Answers
from handrail.contract.proof.formula import Amount, AtLeast, Formula, Not, every, some


class Quantity(NamedTuple):
    """A variable with an amount, and the formula that says that it is there."""

    variable: str
    present: Formula


class Sum(NamedTuple):
    """Factors by variable, and a constant."""

    factors: dict[str, int]
    constant: int

    def plus(self, other: "Sum", factor: int = 1) -> "Sum":
        factors = dict(self.factors)
        for name, times in other.factors.items():
            factors[name] = factors.get(name, 0) + factor * times
        return Sum(factors, self.constant + factor * other.constant)

    def amounts(self) -> tuple[tuple[int, Amount], ...]:
        return tuple((times, Amount(name)) for name, times in self.factors.items() if times)

    def at_least(self, least: int) -> Formula:
        return AtLeast(self.amounts(), least - self.constant)


Quantities = Callable[[Term], Quantity | None]
Divide = Callable[[tuple[tuple[int, Amount], ...], int, int], str]
"""Amounts and a constant, divided by a constant -> the variable of the quotient."""


def linear_answers(atom: Term, quantity_of: Quantities, divide: Divide) -> Answers | None:
    """None when the atom is no such comparison."""
    if not isinstance(atom, Compared) or not _is_in_one_order(atom):
        return None
    reading = _Reading(quantity_of, divide)
    left, right = reading.sum(atom.left), reading.sum(atom.right)
    if left is None or right is None:
        return None
    related = _related(atom.sign, left.plus(right, -1))
    there = tuple(reading.conditions)
    return Answers(every((*there, related)), every((*there, Not(related))))


def _is_in_one_order(atom: Compared) -> bool:
    if atom.left.sort == atom.right.sort == "integer":
        return True
    both = (atom.left, atom.right)
    alike = atom.left.sort == atom.right.sort and atom.left.sort in ("number", "date")
    return alike and all(isinstance(side, FieldValue) for side in both)


def _related(sign: RelationSign, difference: Sum) -> Formula:
    """How the difference of both sides stands to zero."""
    not_below = difference.at_least(0)
    above = difference.at_least(1)
    match sign:
        case ">=":
            return not_below
        case ">":
            return above
        case "<=":
            return Not(above)
        case "<":
            return Not(not_below)
        case "==":
            return every((not_below, Not(above)))
        case "!=":
            return some((Not(not_below), above))


class _Reading:
    """Sums of terms; `conditions` gathers what must hold so that none of them is a fault."""

    def __init__(self, quantity_of: Quantities, divide: Divide) -> None:
        self._quantity_of = quantity_of
        self._divide = divide
        self.conditions: list[Formula] = []

    def sum(self, term: Term) -> Sum | None:
        match term:
            case Known(value=int(value)):
                return Sum({}, value)
            case FieldValue() | Counted() | Sized():
                return self._quantity(term)
            case Negated(operand=operand):
                found = self.sum(operand)
                return None if found is None else self._fitting(Sum({}, 0).plus(found, -1))
            case Computed():
                return self._computed(term)
            case _:
                return None

    def _quantity(self, term: Term) -> Sum | None:
        quantity = self._quantity_of(term)
        if quantity is None:
            return None
        self.conditions.append(quantity.present)
        return Sum({quantity.variable: 1}, 0)

    def _computed(self, term: Computed) -> Sum | None:
        left, right = self.sum(term.left), self.sum(term.right)
        if left is None or right is None:
            return None
        match term.sign:
            case "+":
                return self._fitting(left.plus(right))
            case "-":
                return self._fitting(left.plus(right, -1))
            case "*" if not left.factors or not right.factors:
                many, times = (right, left) if not left.factors else (left, right)
                return self._fitting(Sum({}, 0).plus(many, times.constant))
            case "/" | "%" if not right.factors and right.constant:
                return self._divided(left, right.constant, quotient=term.sign == "/")
            case _:
                return None

    def _divided(self, found: Sum, by: int, *, quotient: bool) -> Sum:
        """Toward zero; the remainder has the sign of what is divided. Both want a quotient."""
        whole = self._fitting(Sum({self._divide(found.amounts(), found.constant, by): 1}, 0))
        return whole if quotient else found.plus(whole, -by)

    def _fitting(self, found: Sum) -> Sum:
        self.conditions += [found.at_least(INTEGER_MIN), Not(found.at_least(INTEGER_MAX + 1))]
        return found
