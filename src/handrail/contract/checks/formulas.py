"""Conditions as formulas over atoms, each atom about one variable: what the search works on.

A variable is a field, or one signal with all its counts. Its values fall into finitely many classes
that no atom tells apart; a class is a bit. A literal says that the variable lies in a set of
classes, so negation and three-valued logic are set operations: an atom has a set where it is true,
one where it is false, and is a fault in the rest. What looks at two variables at once becomes a
free variable of its own: that allows more than can happen, so `cannot happen` stays true.
"""

from typing import NamedTuple

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

_POSITIONS = frozenset({"start", "end"})


class Literal(NamedTuple):
    variable: str
    classes: int


class All(NamedTuple):
    parts: "tuple[Formula, ...]"


class Any(NamedTuple):
    parts: "tuple[Formula, ...]"


Formula = Literal | All | Any
TRUE: Formula = All(())
FALSE: Formula = Any(())


def negated(formula: Formula, full: dict[str, int]) -> Formula:
    """`full` gives each variable's set of all classes."""
    match formula:
        case Literal(variable, classes):
            return Literal(variable, full[variable] & ~classes)
        case All(parts):
            return Any(tuple(negated(part, full) for part in parts))
        case Any(parts):
            return All(tuple(negated(part, full) for part in parts))


def is_atom(term: Term) -> bool:
    return not isinstance(term, Not | Joined) and not (
        isinstance(term, Chosen) and term.sort == "boolean"
    )


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


def parts_of(term: object) -> list[Term]:
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


def variables_of(term: Term) -> frozenset[str]:
    """Names of fields, and `signal:NAME`."""
    found = set()
    for part in parts_of(term):
        match part:
            case FieldValue(field=field) | Present(field=field):
                found.add(field.name)
            case Seen(signal=signal) | Counted(signal=signal):
                found.add(f"signal:{signal}")
            case _:
                pass
    return frozenset(found)


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
