"""The typed trees of conditions, taken apart: atoms, and what an atom looks at."""

from datetime import timedelta

from handrail.contract.cel.typed import (
    Chosen,
    Counted,
    FieldValue,
    Joined,
    Known,
    Not,
    Present,
    Seen,
    Term,
)
from handrail.contract.model import Condition, Field

_POSITIONS = frozenset({"start", "end"})


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


def variables_of(term: Term) -> frozenset[str]:
    """Names of fields, and `signal:NAME`."""
    return frozenset((*fields_in(term), *(f"signal:{name}" for name in periods_in(term))))


def key_of(term: object) -> object:
    """Equal for terms that say the same in different places."""
    if isinstance(term, tuple):
        return tuple(key_of(one) for one in term)
    if isinstance(term, Known):
        return "Known", term.sort, repr(term.value)
    if isinstance(term, Term):
        names = [name for name in term.__struct_fields__ if name not in _POSITIONS]
        return type(term).__name__, *(key_of(getattr(term, name)) for name in names)
    name = getattr(term, "name", None)  # a field or table by its name
    return repr(term) if name is None else name


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
