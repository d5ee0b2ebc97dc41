"""What is said when two sorts do not meet, and of literals that a field never holds."""

from typing import cast

from handrail.contract.cel.problem import Problem, ProblemKind, enumerate_values, suggest
from handrail.contract.cel.typed import (
    NUMERIC,
    Compared,
    FieldValue,
    Items,
    Known,
    ListSort,
    Sort,
    Term,
    in_words,
)
from handrail.contract.model import Field


class Reports:
    """Gathers the problems of one condition, in the order in which they are met."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.problems: list[Problem] = []

    def report(self, kind: ProblemKind, start: int, end: int, message: str) -> None:
        self.problems.append(Problem(kind, start, end, message))

    def report_not_a_condition(self, term: Term) -> None:
        start = len(self._text) - len(self._text.lstrip())
        message = (
            f"A condition is true or false, this is {in_words(term.sort)}: "
            "compare it with something."
        )
        self.report("type", start, len(self._text.rstrip()), message)

    def report_mismatch(self, left: Term, right: Term, remedy: str) -> None:
        """Points at the literal where one side is one, else at the right side."""
        if _is_literal(left) and not _is_literal(right):
            self.report_off(left, right, remedy)
        else:
            self.report_off(right, left, remedy)

    def report_off(self, off: Term, model: Term, remedy: str) -> None:
        message = (
            f"{self._words_of(off)} is {in_words(off.sort)}, but {self._words_of(model)} is "
            f"{in_words(model.sort)}: {remedy}."
        )
        self.report("type", off.start, off.end, message)

    def check_allowed(self, model: Term, literal: Term) -> None:
        """A literal that a field never holds makes a condition that is never (or always) true."""
        if not isinstance(model, FieldValue) or not isinstance(literal, Known):
            return
        field, value = model.field, literal.value
        if isinstance(value, str) and field.values is not None and value not in field.values:
            allowed = f"it is one of {enumerate_values(field.values)}"
            message = f'{field.name} is never "{value}": {allowed}.{suggest(value, field.values)}'
            self.report("value", literal.start, literal.end, message)
        elif literal.sort in NUMERIC and not _in_range(cast(float, value), field):
            message = f"{field.name} is never {value}: it is {_range_in_words(field)}."
            self.report("value", literal.start, literal.end, message)

    def _words_of(self, term: Term) -> str:
        return " ".join(self._text[term.start : term.end].split())


def comparable(left: Sort, right: Sort) -> bool:
    if isinstance(left, ListSort) and isinstance(right, ListSort):
        return left.of == right.of or not left.of or not right.of
    return left == right or (left in NUMERIC and right in NUMERIC)


def _is_literal(term: Term) -> bool:
    return isinstance(term, Known) or (
        isinstance(term, Items) and all(isinstance(item, Known) for item in term.items)
    )


def _in_range(value: float, field: Field) -> bool:
    above = field.min is None or value >= field.min
    return above and (field.max is None or value <= field.max)


def _range_in_words(field: Field) -> str:
    bounds = (("at least", field.min), ("at most", field.max))
    return " and ".join(f"{words} {bound:g}" for words, bound in bounds if bound is not None)


def remedy_for(left: Term, right: Term) -> str:
    """What to write instead, where a literal meets something of another sort."""
    sorts = _scalars(left.sort) | _scalars(right.sort)
    if "date" in sorts and "string" in sorts:
        return 'write timestamp("2026-03-02T15:00:00Z")'
    if isinstance(left, Compared) or isinstance(right, Compared):
        return "to compare twice write a < b && b < c"
    if "string" in sorts and sorts & NUMERIC:
        return "put a text in quotes and a number without"
    if "string" in sorts and "boolean" in sorts:
        return "write true or false without quotes"
    if isinstance(left.sort, ListSort) or isinstance(right.sort, ListSort):
        return "ask ITEM in LIST"
    return "compare values of one type"


def _scalars(sort: Sort) -> frozenset[Sort]:
    return frozenset(sort.of) if isinstance(sort, ListSort) else frozenset((sort,))
