"""What the classes of one field or signal are, and what each atom about it says of them.

Class 0 is absence. The classes cover every value that there can be, so that what holds in no class
cannot happen.
"""

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import NamedTuple

import msgspec

from handrail.contract.cel.compile import Test, compile_term
from handrail.contract.cel.typed import Term
from handrail.contract.facts import Facts, Fault
from handrail.contract.proof.formula import Any, Formula, Literal, Not
from handrail.terms.lead import Value
from handrail.terms.signal import Signal

MISSING = 0b1  # the set of the class of absence


class Variable(msgspec.Struct, frozen=True):
    """A name with the number of its classes.

    `starts`: where each class but the first begins, when they cut a line of integers; the line
    ends at `end`. `reads`: the fields and signals (`signal:NAME`) that it tells something of.
    """

    name: str
    size: int
    reads: tuple[str, ...]
    starts: tuple[int, ...] = ()
    end: int = 0
    usual: int = 0  # the class of a lead of which nothing is said

    @property
    def everything(self) -> int:
        return (1 << self.size) - 1

    @property
    def present(self) -> int:
        return self.everything & ~MISSING


class Answers(NamedTuple):
    """Where an atom is true and where it is false; elsewhere it is a fault."""

    truth: Formula
    falsity: Formula


class Atom:
    """One boolean part of conditions, with the key under which it is known."""

    def __init__(self, key: object, term: Term) -> None:
        self.key = key
        self.term = term

    @cached_property
    def test(self) -> Test:
        return compile_term(self.term)


class Placed(NamedTuple):
    """Where a lead lies: the class of a variable, and its quantity where it has one."""

    variable: str
    number: int
    amount: int | None = None


class Shown(msgspec.Struct, frozen=True):
    """What a lead line says in order to lie in the chosen classes."""

    values: Mapping[str, Value] = {}
    signals: tuple[Signal, ...] = ()


def in_sets(variable: str, truth: int, falsity: int) -> Answers:
    return Answers(Literal(variable, truth), Literal(variable, falsity))


def answered(test: Callable[[Facts], bool | Fault], facts: Facts) -> bool | None:
    """None is a fault."""
    answer = test(facts)
    return answer if isinstance(answer, bool) else None


def undecided(
    name: str, reads: tuple[str, ...], present: Formula, *, may_fault: bool
) -> "Undecided":
    """An atom that the classes do not decide: it may be anything, a fault where it is absent."""
    variable = Variable(name, 3, reads)
    constraints: list[Formula] = [Any((present, Literal(name, MISSING)))]
    if not may_fault:
        constraints.append(Any((Not(present), Literal(name, 0b110))))
    return Undecided(variable, tuple(constraints), in_sets(name, 0b010, 0b100))


class Undecided(NamedTuple):
    variable: Variable
    constraints: tuple[Formula, ...]
    answers: Answers


UNDECIDED_CLASS: Mapping[bool | None, int] = {None: 0, True: 1, False: 2}
