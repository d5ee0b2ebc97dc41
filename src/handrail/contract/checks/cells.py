"""The finitely many values of one variable that matter to a set of atoms.

A cell is one value, or one region of values that no atom tells apart. Between two numbers that
atoms name, any number stands for all; a string that no atom names stands for all such strings. So
the cells of a variable cover every value that it can have, and absence.
"""

import itertools
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from handrail.contract.cel.typed import (
    Compared,
    Counted,
    FieldValue,
    InTable,
    Items,
    Known,
    LookedUp,
    Seen,
    Sized,
    Term,
    TextTest,
    Within,
)
from handrail.contract.checks.formulas import parts_of
from handrail.contract.model import Field
from handrail.terms.lead import Value
from handrail.terms.signal import Signal

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)  # when the leads of examples are captured
CANDIDATES_MAX = 20_000  # values of one variable
LOOSE_MAX = 4  # tests such as startsWith on one field; each doubles the regions of strings
LIST_LITERALS_MAX = 8
COUNT_MAX = 50  # signals in one example
FRESH = "other"
INTEGER_MAX = 2**63 - 1


class Cell(NamedTuple):
    """Values by field name, or signals. `guessed` holds answers that no value here is known for."""

    values: dict[str, Value]
    signals: tuple[Signal, ...] = ()
    guessed: tuple[tuple[int, bool], ...] = ()  # (number of the atom, its answer)


def is_exact(atom: Term, field: Field) -> bool:
    """Whether the cells of the field decide the atom: it asks only which named value it has."""
    ordered = field.type in ("integer", "number", "date")
    return _is_exact(atom, ordered=ordered)


def _is_exact(term: Term, *, ordered: bool) -> bool:
    match term:
        case FieldValue():
            return term.sort == "boolean"
        case (
            Compared(sign=sign, left=FieldValue(), right=Known())
            | Compared(sign=sign, left=Known(), right=FieldValue())
        ):
            return ordered or sign in ("==", "!=")
        case Within(item=FieldValue(), items=Items(items=items)):
            return all(isinstance(item, Known) for item in items)
        case Within(item=Known(), items=FieldValue()):
            return True
        case InTable(key=FieldValue()) | LookedUp(key=FieldValue()):
            return True
        case _:
            children = (getattr(term, name) for name in term.__struct_fields__)
            return all(
                _is_exact(child, ordered=ordered) for child in _terms(children) if child is not term
            )


def is_guessable(atom: Term, field: Field) -> bool:
    """A test that looks inside an open string and is never a fault when there is one."""
    if field.type not in ("string", "rep"):
        return False
    match atom:
        case TextTest(subject=FieldValue(), argument=Known()):
            return True
        case Compared(left=Sized(operand=FieldValue()) | FieldValue(), right=Known()):
            return True
        case Compared(left=Known(), right=Sized(operand=FieldValue()) | FieldValue()):
            return True
        case _:
            return field.values is not None


def _terms(values: Iterable[object]) -> Iterator[Term]:
    for value in values:
        if isinstance(value, tuple):
            yield from _terms(value)
        elif isinstance(value, Term):
            yield value


def field_cells(field: Field, atoms: list[Term], *, may_miss: bool) -> list[Cell] | None:
    """None when there are too many. Absence comes first, save where a lead always has a value."""
    if field.type == "list":
        found = _lists(atoms)
    elif field.type in ("string", "rep"):
        found = _strings(field, atoms)
    else:
        found = _ordered_values(field, atoms)
    if found is None or len(found) > CANDIDATES_MAX:
        return None
    cells = [Cell({field.name: value}) for value in found]
    if field.type in ("string", "rep") and field.values is None:
        cells.extend(_guesses(field, atoms))
    return [Cell({}), *cells] if may_miss else cells


# Numbers, booleans, dates


def _ordered_values(field: Field, atoms: list[Term]) -> list[Value] | None:
    if field.type == "boolean":
        return [True, False]
    named = [part.value for part in _parts(atoms) if isinstance(part, Known)]
    if field.type == "date":
        return _dates([value for value in named if isinstance(value, datetime)])
    numbers = [float(v) for v in named if isinstance(v, int | float) and not isinstance(v, bool)]
    if field.type == "integer":
        return _integers(field, [v for v in named if isinstance(v, int | float)])
    return _numbers(field, numbers)


def _integers(field: Field, named: list[int | float]) -> list[Value]:
    low = -INTEGER_MAX - 1 if field.min is None else int(-(-field.min // 1))
    high = INTEGER_MAX if field.max is None else int(field.max // 1)
    found = {0, low, high}
    for value in named:
        if abs(value) < 2**62:
            found.update(int(value // 1) + step for step in (-1, 0, 1, 2))
    inside = sorted((v for v in found if low <= v <= high), key=lambda v: (abs(v), v))
    return list(inside)


def _numbers(field: Field, named: list[float]) -> list[Value]:
    low = -1e299 if field.min is None else field.min
    high = 1e299 if field.max is None else field.max
    points = sorted({value for value in named if low < value < high} | {low, high})
    between = [(a + b) / 2 for a, b in itertools.pairwise(points)]
    return [*sorted({*points, *between}, key=lambda v: (abs(v), v))]


def _dates(named: list[datetime]) -> list[Value]:
    days: set[date] = {NOW.date()}
    for instant in named:
        if timedelta(days=2) < instant - datetime.min.replace(tzinfo=UTC) and instant.year < 9999:
            days.update(instant.date() + timedelta(days=step) for step in (-1, 0, 1))
    instants = [value + step for value in named if 1 < value.year < 9999 for step in _AROUND]
    return [*sorted(days), *sorted(set(instants))]


_AROUND = (timedelta(microseconds=-1), timedelta(), timedelta(microseconds=1))


# Strings


def _strings(field: Field, atoms: list[Term]) -> list[Value] | None:
    if field.values is not None:
        return [*sorted(field.values)]
    named: dict[str, None] = {}
    for part in _parts(atoms):
        match part:
            case Known(value=str(value)):
                named[value] = None
            case InTable(table=table) | LookedUp(table=table):
                if len(table.keys) > CANDIDATES_MAX:
                    return None
                named.update(dict.fromkeys(sorted(table.keys)))
            case _:
                pass
    return [_fresh(field, named), *named, *_composed(atoms)]


def _fresh(field: Field, named: Iterable[str]) -> str:
    """A string that no atom names, of the look that the field has."""
    taken = set(named)
    stem, tail = FRESH, ""
    if field.name == "lead.email":
        stem, tail = "lena", "@fresh.example"
    elif field.name.endswith("domain"):
        stem, tail = "fresh", ".example"
    return next(
        text for number in itertools.count() if (text := f"{stem}{number or ''}{tail}") not in taken
    )


def _composed(atoms: list[Term]) -> list[str]:
    """Strings that pass several of startsWith, contains and endsWith at once."""
    tests = _text_tests(atoms)
    by_name: dict[str, list[str]] = {"startsWith": [""], "contains": [""], "endsWith": [""]}
    for name, argument in tests:
        by_name[name].append(argument)
    found = itertools.product(*(by_name[name][:6] for name in by_name))
    return ["".join(parts) for parts in found if any(parts)] if tests else []


def _text_tests(atoms: list[Term]) -> list[tuple[str, str]]:
    return [
        (atom.name, str(atom.argument.value))
        for atom in atoms
        if isinstance(atom, TextTest)
        and isinstance(atom.subject, FieldValue)
        and isinstance(atom.argument, Known)
    ]


def _guesses(field: Field, atoms: list[Term]) -> list[Cell]:
    """Unnamed strings: any answers to the tests that look inside a string, as far as they agree."""
    loose = [number for number, atom in enumerate(atoms) if not is_exact(atom, field)]
    if not loose:
        return []
    named = {str(part.value) for part in _parts(atoms) if isinstance(part, Known)}
    fresh: dict[str, Value] = {field.name: _fresh(field, named)}
    return [
        Cell(fresh, guessed=tuple(zip(loose, answers, strict=True)))
        for answers in itertools.product((False, True), repeat=len(loose))
        if _agree([atoms[number] for number in loose], answers)
    ]


def _agree(atoms: list[Term], answers: tuple[bool, ...]) -> bool:
    told = [(_told(atom), answer) for atom, answer in zip(atoms, answers, strict=True)]
    tests = [(name, text, answer) for (name, text), answer in told if name]
    return not any(_contradict(one, other) for one, other in itertools.permutations(tests, 2))


def _told(atom: Term) -> tuple[str, str]:
    return next(iter(_text_tests([atom])), ("", ""))


def _contradict(one: tuple[str, str, bool], other: tuple[str, str, bool]) -> bool:
    (name, text, answer), (other_name, other_text, other_answer) = one, other
    if not answer:
        return False
    if name == other_name == "startsWith":
        implied = text.startswith(other_text)
        barred = not implied and not other_text.startswith(text)
    elif name == other_name == "endsWith":
        implied = text.endswith(other_text)
        barred = not implied and not other_text.endswith(text)
    else:
        implied, barred = other_name == "contains" and other_text in text, False
    return (implied and not other_answer) or (barred and other_answer)


# Lists and signals


def _lists(atoms: list[Term]) -> list[Value] | None:
    named = sorted({str(part.value) for part in _parts(atoms) if isinstance(part, Known)})
    if len(named) > LIST_LITERALS_MAX:
        return None
    sizes = range(len(named) + 1)
    return [chosen for size in sizes for chosen in itertools.combinations(named, size)]


def is_exact_signal_test(atom: Term) -> bool:
    match atom:
        case Seen():
            return True
        case (
            Compared(left=Counted(), right=Known(value=bound))
            | Compared(left=Known(value=bound), right=Counted())
        ):
            return isinstance(bound, int) and bound <= COUNT_MAX
        case _:
            return False


def signal_cells(name: str, atoms: list[Term]) -> list[Cell] | None:
    """How often the signal came in each of the periods that atoms count, and before."""
    parts = _parts(atoms)
    periods = sorted({part.period for part in parts if isinstance(part, Counted)})
    bounds = {part.value for part in parts if isinstance(part, Known)}
    near = {int(b) + step for b in bounds if isinstance(b, int | float) for step in (-1, 0, 1)}
    counts = sorted({0, 1, *(count for count in near if 0 <= count <= COUNT_MAX + 1)})
    if len(counts) ** (len(periods) + 1) > CANDIDATES_MAX:
        return None
    cells = []
    for vector in itertools.combinations_with_replacement(counts, len(periods) + 1):
        ages = [timedelta(), *periods]
        newer = (0, *vector[:-1])
        cells.append(Cell({}, tuple(_signals(name, zip(ages, newer, vector, strict=True)))))
    return cells


def _signals(name: str, groups: Iterable[tuple[timedelta, int, int]]) -> list[Signal]:
    """Of each age as many as make the count of its period, oldest first."""
    found = [
        Signal(name, NOW - age) for age, before, total in groups for _ in range(total - before)
    ]
    return found[::-1]


def _parts(atoms: Iterable[Term]) -> list[Term]:
    return [part for atom in atoms for part in parts_of(atom)]
