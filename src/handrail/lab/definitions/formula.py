"""Conditions over many leads at once: each part is held against every lead, one bit a lead.

A whole number is a set of leads: bit n stands for the nth. A part is true on some leads, false on
others, and a fault on the rest; `&&` and `||` absorb faults as CEL does. Once the parts are
counted, the answer to "what if this part were dropped" costs no evaluation.
"""

from collections.abc import Callable, Iterator
from typing import Literal, assert_never, cast

import msgspec

from handrail.contract.cel.compile import compile_term
from handrail.contract.cel.typed import Joined, Term
from handrail.contract.facts import Facts, Fault
from handrail.contract.model import Condition

Leads = int  # a set of leads, by their positions
Part = int  # one part of one team's definition of one stage, by its number


class Leaf(msgspec.Struct, frozen=True):
    part: Part
    text: str
    true: Leads
    false: Leads


class Joint(msgspec.Struct, frozen=True):
    part: Part
    text: str
    sign: Literal["&&", "||"]
    below: tuple["Formula", ...]


Formula = Leaf | Joint


class Column:
    """A test held against lead after lead."""

    def __init__(self, test: Callable[[Facts], bool | Fault]) -> None:
        self._test = test
        self._true, self._false = bytearray(), bytearray()

    def look(self, facts: Facts) -> bool:
        answer = self._test(facts)
        self._true.append(_ONE if answer is True else _ZERO)
        self._false.append(_ONE if answer is False else _ZERO)
        return answer is True

    @property
    def true(self) -> Leads:
        return _as_leads(self._true)

    @property
    def false(self) -> Leads:
        return _as_leads(self._false)


_ZERO, _ONE = b"01"


def _as_leads(column: bytearray) -> Leads:
    return int(column[::-1].decode() or "0", 2)


class Sheet:
    """One condition taken apart at `&&` and `||`, with a column for each part below them."""

    def __init__(self, condition: Condition, first: Part) -> None:
        self._condition = condition
        self._columns: dict[Part, Column] = {}
        self._whole = Column(condition.test)
        self._shape = self._taken_apart(cast(Term, condition.expression), first)
        self.parts = range(first, self._next(self._shape))

    def look(self, facts: Facts) -> bool:
        """Whether the condition holds on this lead; every part is looked at."""
        for column in self._columns.values():
            column.look(facts)
        return self._whole.look(facts)

    def formula(self) -> Formula:
        made = self._filled(self._shape)
        assert holds(made)[0] == self._whole.true, "taken apart it means something else"
        return made

    def _taken_apart(self, term: Term, part: Part) -> Formula:
        """The shape, its columns still empty."""
        text = self._condition.text
        if not isinstance(term, Joined):
            self._columns[part] = Column(compile_term(term))
            return Leaf(part, _text_of(term, text), 0, 0)
        below: list[Formula] = []
        following = part + 1
        for operand in term.operands:
            below.append(self._taken_apart(operand, following))
            following = self._next(below[-1])
        return Joint(part, _text_of(term, text), term.sign, tuple(below))

    def _next(self, formula: Formula) -> Part:
        return max(one.part for one in walk(formula)) + 1

    def _filled(self, shape: Formula) -> Formula:
        match shape:
            case Leaf(part=part, text=text):
                column = self._columns[part]
                return Leaf(part, text, column.true, column.false)
            case Joint(part=part, text=text, sign=sign, below=below):
                return Joint(part, text, sign, tuple(self._filled(one) for one in below))
            case _:
                assert_never(shape)


def _text_of(term: Term, text: str) -> str:
    """As written, with the brackets that the tree does not keep."""
    start, end = term.start, term.end
    while start > 0 and text.count(")", start, end) > text.count("(", start, end):
        start -= 1
    while end < len(text) and text.count("(", start, end) > text.count(")", start, end):
        end += 1
    return text[start:end].strip()


def walk(formula: Formula) -> Iterator[Formula]:
    """The formula and every part below it, from the top."""
    yield formula
    if isinstance(formula, Joint):
        for one in formula.below:
            yield from walk(one)


def holds(formula: Formula, dropped: frozenset[Part] = frozenset()) -> tuple[Leads, Leads]:
    """Where it is true and where it is false, when the dropped operands are as if not written."""
    match formula:
        case Leaf(true=true, false=false):
            return true, false
        case Joint(sign=sign, below=below):
            sides = [holds(one, dropped) for one in below if one.part not in dropped]
            if sign == "&&":
                return _joined(sides)
            false, true = _joined([(false, true) for true, false in sides])
            return true, false
        case _:
            assert_never(formula)


def _joined(sides: list[tuple[Leads, Leads]]) -> tuple[Leads, Leads]:
    """`&&`: true where all are, false where any is. `||` is its mirror."""
    true, false = -1, 0
    for one_true, one_false in sides:
        true &= one_true
        false |= one_false
    return true, false
