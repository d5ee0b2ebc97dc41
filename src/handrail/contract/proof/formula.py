"""Formulas over variables whose values fall into finitely many classes.

A literal says that its variable lies in a set of classes (a bit each), so that a condition's three
answers are set operations: an atom is true in one set, false in another and a fault in the rest.
What compares quantities is a sum of amounts. Formulas are shared: two are the same only when they
are one object, which makes memos over them cheap and chains of thousands of rules possible.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import assert_never

import msgspec


class Literal(msgspec.Struct, frozen=True, eq=False):
    """The variable lies in one of the classes, the bits of `classes`."""

    variable: str
    classes: int


class All(msgspec.Struct, frozen=True, eq=False):
    parts: "tuple[Formula, ...]"


class Any(msgspec.Struct, frozen=True, eq=False):
    parts: "tuple[Formula, ...]"


class Not(msgspec.Struct, frozen=True, eq=False):
    part: "Formula"


class Amount(msgspec.Struct, frozen=True, eq=False):
    """The quantity of a variable: the value of an integer field, a count, a score."""

    variable: str


class AtLeast(msgspec.Struct, frozen=True, eq=False):
    """The sum of factor times amount reaches `least`. A formula counts 1 where it holds."""

    amounts: "tuple[tuple[int, Amount | Formula], ...]"
    least: int


class Named(msgspec.Struct, frozen=True, eq=False):
    """The same as its part, by a name of its own: the links of long chains are short."""

    part: "Formula"


class Of(msgspec.Struct, frozen=True, eq=False):
    """The formula, said of one lead of several."""

    lead: str
    part: "Formula"


Formula = Literal | All | Any | Not | AtLeast | Named | Of
TRUE: Formula = All(())
FALSE: Formula = Any(())

Classes = Mapping[str, int]  # the class of each variable, by its number
Amounts = Mapping[str, int]  # the quantity of each variable that has one


def is_true(formula: Formula) -> bool:
    return isinstance(formula, All) and not formula.parts


def is_false(formula: Formula) -> bool:
    return isinstance(formula, Any) and not formula.parts


def every(parts: Iterable[Formula]) -> Formula:
    """All of the parts, without those that say nothing."""
    kept: list[Formula] = []
    for part in parts:
        if is_false(part):
            return FALSE
        if not is_true(part):
            kept.append(part)
    return kept[0] if len(kept) == 1 else All(tuple(kept)) if kept else TRUE


def some(parts: Iterable[Formula]) -> Formula:
    """Any of the parts, without those that cannot be."""
    kept: list[Formula] = []
    for part in parts:
        if is_true(part):
            return TRUE
        if not is_false(part):
            kept.append(part)
    return kept[0] if len(kept) == 1 else Any(tuple(kept)) if kept else FALSE


def negated(formula: Formula) -> Formula:
    if is_true(formula):
        return FALSE
    if is_false(formula):
        return TRUE
    return formula.part if isinstance(formula, Not) else Not(formula)


def at_least(variable: str, least: int) -> Formula:
    return AtLeast(((1, Amount(variable)),), least)


def between(variable: str, least: int, most: int) -> Formula:
    return All((at_least(variable, least), Not(at_least(variable, most + 1))))


def parts_of(formula: Formula) -> tuple[Formula, ...]:
    match formula:
        case All(parts) | Any(parts):
            return parts
        case Not(part) | Named(part):
            return (part,)
        case AtLeast(amounts):
            return tuple(one for _, one in amounts if not isinstance(one, Amount))
        case Literal() | Of():
            return ()
        case _:
            assert_never(formula)


def leaves_first(formula: Formula, *, known: Callable[[Formula], bool]) -> Iterator[Formula]:
    """The formula and what is in it, parts before wholes, without what is `known`.

    Without recursion: rule 3,000 is nested as deep, since it holds what no rule before it took.
    """
    waiting = [formula]
    while waiting:
        one = waiting[-1]
        if known(one):
            waiting.pop()
            continue
        unknown = [part for part in parts_of(one) if not known(part)]
        if unknown:
            waiting.extend(unknown)
        else:
            waiting.pop()
            yield one


class Reading:
    """What formulas say of one lead whose classes and amounts are known."""

    def __init__(self, classes: Classes, amounts: Amounts) -> None:
        self._classes = classes
        self._amounts = amounts
        self._said: dict[Formula, bool] = {}

    def says(self, formula: Formula) -> bool:
        said = self._said
        for one in leaves_first(formula, known=said.__contains__):
            said[one] = self._answer(one)
        return said[formula]

    def _answer(self, formula: Formula) -> bool:
        match formula:
            case Literal(variable, classes):
                return bool(classes >> self._classes[variable] & 1)
            case All(parts):
                return all(self._said[part] for part in parts)
            case Any(parts):
                return any(self._said[part] for part in parts)
            case Not(part):
                return not self._said[part]
            case Named(part):
                return self._said[part]
            case Of(part=part):
                return self.says(part)
            case AtLeast(amounts, least):
                return sum(factor * self._amount(one) for factor, one in amounts) >= least
            case _:
                assert_never(formula)

    def _amount(self, one: Amount | Formula) -> int:
        return self._amounts[one.variable] if isinstance(one, Amount) else int(self._said[one])
