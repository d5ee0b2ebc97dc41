"""The typed trees of conditions, taken apart: atoms, and what an atom looks at."""

from datetime import timedelta

from handrail.contract.cel.typed import (
    Chosen,
    Counted,
    FieldValue,
    Joined,
    Not,
    Present,
    Seen,
    Term,
)
from handrail.contract.model import Condition, Field


def term_of(condition: Condition) -> Term:
    term = condition.expression
    assert isinstance(term, Term), "only conditions that were compiled are proved"
    return term


def atoms_of(term: Term) -> list[Term]:
    """The boolean parts that logic does not take apart further."""
    match term:
        case Not(operand=operand):
            return atoms_of(operand)
        case Joined(operands=operands):
            return [atom for operand in operands for atom in atoms_of(operand)]
        case Chosen(test=test, then=then, otherwise=otherwise) if term.sort == "boolean":
            return [*atoms_of(test), *atoms_of(then), *atoms_of(otherwise)]
        case _:
            return [term]


def all_in(term: object) -> list[Term]:
    """The term and all terms in it."""
    found: list[Term] = []
    waiting: list[object] = [term]
    while waiting:
        one = waiting.pop()
        if isinstance(one, tuple):
            waiting.extend(one)
        elif isinstance(one, Term):
            found.append(one)
            waiting.extend(getattr(one, name) for name in one.__struct_fields__)
    return found


def is_strict(term: Term) -> bool:
    """Whether the term is a fault as soon as a part of it is."""
    return not any(isinstance(part, Chosen | Joined | Present) for part in all_in(term))


def fields_in(term: Term) -> dict[str, Field]:
    """The fields that the term reads or asks for, by name."""
    return {
        part.field.name: part.field
        for part in all_in(term)
        if isinstance(part, FieldValue | Present)
    }


def periods_in(term: Term) -> dict[str, set[timedelta]]:
    """The signals that the term asks for, with the periods in which it counts them."""
    found: dict[str, set[timedelta]] = {}
    for part in all_in(term):
        match part:
            case Seen(signal=signal):
                found.setdefault(signal, set())
            case Counted(signal=signal, period=period):
                found.setdefault(signal, set()).add(period)
            case _:
                pass
    return found
