"""The typed tree to Python closures.

A closure takes the facts and gives a value or a `Fault`; it raises nothing. Boolean parts give
exactly True, False or a Fault, so identity tells them apart. Frequent shapes (a field against a
constant, a field in a literal list) have closures of their own.
"""

import math
import operator
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any, assert_never, cast

from handrail.contract.cel.syntax import ArithmeticSign
from handrail.contract.cel.tokens import INTEGER_MAX, INTEGER_MIN
from handrail.contract.cel.typed import (
    NUMERIC,
    Chosen,
    Compared,
    Computed,
    Counted,
    FieldValue,
    InTable,
    Items,
    Joined,
    Known,
    ListSort,
    LookedUp,
    Negated,
    Not,
    Present,
    Seen,
    Sized,
    Sort,
    Term,
    TextTest,
    Within,
)
from handrail.contract.facts import Facts, Fault
from handrail.contract.model import Field

Test = Callable[[Facts], bool | Fault]
_Read = Callable[[Facts], Any]  # the value, of the sort that the checker found, or a Fault
_Two = Callable[[Any, Any], Any]

_OVERFLOW = Fault("the integer does not fit into 64 bits")
_DIVISION = Fault("division by zero")
_UNORDERED = Fault("what is not a number (0.0 / 0.0) has no order")
_RELATIONS: dict[str, _Two] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_TEXT_TESTS: dict[str, _Two] = {
    "startsWith": str.startswith,
    "endsWith": str.endswith,
    "contains": operator.contains,
}


def compile_term(term: Term) -> Test:
    """The test of a boolean term."""
    assert term.sort == "boolean"
    return _compile(term)


def _compile(term: Term) -> _Read:
    match term:
        case Known():
            return _constant(term.value)
        case FieldValue():
            return _field(term.field)
        case Items():
            return _tuple_of(term)
        case Not():
            return _negation(_compile(term.operand), operator.not_)
        case Negated():
            negate = _negate_integer if term.sort == "integer" else operator.neg
            return _negation(_compile(term.operand), negate)
        case Joined():
            return _joined(term)
        case Chosen():
            return _chosen(_compile(term.test), _compile(term.then), _compile(term.otherwise))
        case Compared():
            return _compared(term)
        case Computed():
            return _both(_arithmetic(term), _compile(term.left), _compile(term.right))
        case Within():
            return _within(term)
        case InTable():
            return _among(_compile(term.key), term.table.keys)
        case LookedUp():
            return _looked_up(term)
        case Present():
            return _present(term.field.name)
        case Seen():
            return _seen(term.signal)
        case Counted():
            return _counted(term.signal, term.period)
        case Sized():
            return _negation(_compile(term.operand), len)
        case TextTest():
            test = _TEXT_TESTS[term.name]
            return _both(test, _compile(term.subject), _compile(term.argument))
        case _:
            assert_never(term)


# Values


def _constant(value: object) -> _Read:
    def read(facts: Facts) -> object:
        return value

    return read


def _field(field: Field) -> _Read:
    match field.type:
        case "number":
            return _converted(field.name, to_double)
        case "date":
            return _converted(field.name, to_instant)
        case _:
            return _plain(field.name)


def _plain(name: str) -> _Read:
    missing = _missing(name)

    def read(facts: Facts) -> object:
        return facts.values.get(name, missing)

    return read


def _converted(name: str, convert: Callable[[Any], object]) -> _Read:
    missing = _missing(name)

    def read(facts: Facts) -> object:
        value = facts.values.get(name, missing)
        return missing if value is missing else convert(value)

    return read


def _missing(name: str) -> Fault:
    return Fault(f"{name} is missing", field=name)


def to_double(value: int | float) -> float:
    """The nearest double: how CEL compares an integer with a number."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def to_instant(value: date) -> datetime:
    """A bare date is its midnight in UTC, and so is an instant without a zone read."""
    if not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day, tzinfo=UTC)
    return value if value.tzinfo is not None else value.replace(tzinfo=UTC)


# Operators


def _negation(operand: _Read, turn: Callable[[Any], object]) -> _Read:
    def answer(facts: Facts) -> object:
        value = operand(facts)
        return value if type(value) is Fault else turn(value)

    return answer


def _both(combine: _Two, left: _Read, right: _Read) -> _Read:
    def answer(facts: Facts) -> object:
        first = left(facts)
        if type(first) is Fault:
            return first
        second = right(facts)
        return second if type(second) is Fault else combine(first, second)

    return answer


def _joined(term: Joined) -> _Read:
    tests = tuple(_compile(operand) for operand in term.operands)
    decisive = term.sign == "||"
    return _join_two(decisive, *tests) if len(tests) == 2 else _join_all(decisive, tests)


def _join_two(decisive: bool, left: _Read, right: _Read) -> _Read:
    """`decisive` settles the answer from either side; then the left fault comes first."""

    def answer(facts: Facts) -> object:
        first = left(facts)
        if first is decisive:
            return decisive
        second = right(facts)
        return first if second is not decisive and type(first) is Fault else second

    return answer


def _join_all(decisive: bool, tests: tuple[_Read, ...]) -> _Read:
    def answer(facts: Facts) -> object:
        so_far: object = not decisive
        for test in tests:
            found = test(facts)
            if found is decisive:
                return decisive
            if type(found) is Fault and type(so_far) is not Fault:
                so_far = found
        return so_far

    return answer


def _chosen(test: _Read, then: _Read, otherwise: _Read) -> _Read:
    def answer(facts: Facts) -> object:
        found = test(facts)
        if found is True:
            return then(facts)
        return otherwise(facts) if found is False else found

    return answer


def _compared(term: Compared) -> _Read:
    relate = _RELATIONS[term.sign]
    mixed = term.left.sort != term.right.sort and not isinstance(term.left.sort, ListSort)
    left, right = term.left, term.right
    if isinstance(left, FieldValue) and isinstance(right, Known) and _is_plain(left, right.sort):
        return _field_to_constant(relate, left.field.name, right.value)
    if "number" in (left.sort, right.sort) and term.sign not in ("==", "!="):
        relate = _ordered(relate)
    if mixed:
        return _both(relate, _as_double(left), _as_double(right))
    return _both(relate, _compile(left), _compile(right))


def _is_plain(term: FieldValue, other: Sort) -> bool:
    """Whether the field is compared as it lies in the facts."""
    return term.sort == other and term.sort in ("string", "integer", "boolean")


def _field_to_constant(relate: _Two, name: str, constant: object) -> _Read:
    missing = _missing(name)

    def answer(facts: Facts) -> object:
        value = facts.values.get(name, missing)
        return missing if value is missing else relate(value, constant)

    return answer


def _ordered(relate: _Two) -> _Two:
    """NaN equals nothing, but to order it is an error in CEL, not false as in IEEE 754."""

    def compare(left: float, right: float) -> bool | Fault:
        answer: bool = relate(left, right)
        return answer if left == left and right == right else _UNORDERED

    return compare


def _as_double(term: Term) -> _Read:
    if isinstance(term, Known):
        return _constant(to_double(cast(float, term.value)))
    read = _compile(term)
    return _negation(read, to_double) if term.sort == "integer" else read


# Arithmetic


def _arithmetic(term: Computed) -> _Two:
    return _INTEGER[term.sign] if term.sort == "integer" else _NUMBER[term.sign]


def _fit(value: int) -> int | Fault:
    return value if INTEGER_MIN <= value <= INTEGER_MAX else _OVERFLOW


def _negate_integer(value: int) -> int | Fault:
    return _fit(-value)


def _divide_integers(left: int, right: int) -> int | Fault:
    """Toward zero, as CEL does and Python does not."""
    if right == 0:
        return _DIVISION
    quotient = abs(left) // abs(right)
    return _fit(quotient if (left < 0) == (right < 0) else -quotient)


def _remainder(left: int, right: int) -> int | Fault:
    """With the dividend's sign. The quotient must fit as well: -2^63 % -1 is an overflow."""
    quotient = _divide_integers(left, right)
    return quotient if isinstance(quotient, Fault) else left - right * quotient


def _divide_numbers(left: float, right: float) -> float:
    """IEEE 754: by zero gives an infinity, zero by zero no number."""
    if right != 0:
        return left / right
    if left == 0 or math.isnan(left):
        return math.nan
    return math.copysign(math.inf, left) * math.copysign(1, right)


_INTEGER: dict[ArithmeticSign, _Two] = {
    "+": lambda left, right: _fit(left + right),
    "-": lambda left, right: _fit(left - right),
    "*": lambda left, right: _fit(left * right),
    "/": _divide_integers,
    "%": _remainder,
}
_NUMBER: dict[ArithmeticSign, _Two] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divide_numbers,
}


# Lists and tables


def _tuple_of(term: Items) -> _Read:
    if all(isinstance(item, Known) for item in term.items):
        return _constant(tuple(cast(Known, item).value for item in term.items))
    reads = tuple(_compile(item) for item in term.items)

    def read(facts: Facts) -> object:
        values = tuple(item(facts) for item in reads)
        return next((value for value in values if type(value) is Fault), values)

    return read


def _within(term: Within) -> _Read:
    item, items = term.item, term.items
    members = _members(items, item.sort)
    if members is None:
        holds = _in_numbers if item.sort in NUMERIC else _in_tuple
        return _both(holds, _compile(item), _compile(items))
    if isinstance(item, FieldValue) and _is_plain(item, item.sort):
        return _field_among(item.field.name, members)
    return _among(_compile(item), members)


def _members(items: Term, looked_for: Sort) -> frozenset[Any] | None:
    """A literal list as a set, unless what is looked for must first be made a double."""
    if not isinstance(items, Items) or not all(isinstance(one, Known) for one in items.items):
        return None
    values = frozenset(cast(Known, one).value for one in items.items)
    if looked_for == "number":
        return frozenset(to_double(cast(float, value)) for value in values)
    return values if all(one.sort == looked_for for one in items.items) else None


def _in_tuple(item: object, items: tuple[object, ...]) -> bool:
    return item in items


def _in_numbers(item: float, items: tuple[float, ...]) -> bool:
    """By equality alone, since Python's `in` finds a NaN that is the same object."""
    return any(_equal(item, one) for one in items)


def _equal(left: float, right: float) -> bool:
    if type(left) is type(right):
        return left == right
    return to_double(left) == to_double(right)


def _field_among(name: str, members: frozenset[Any]) -> _Read:
    missing = _missing(name)

    def answer(facts: Facts) -> object:
        value = facts.values.get(name, missing)
        return missing if value is missing else value in members

    return answer


def _among(item: _Read, members: frozenset[Any]) -> _Read:
    def answer(facts: Facts) -> object:
        value = item(facts)
        return value if type(value) is Fault else value in members

    return answer


def _looked_up(term: LookedUp) -> _Read:
    key, second = _compile(term.key), term.table.second
    what = term.key.field.name if isinstance(term.key, FieldValue) else "the key"
    absent = Fault(f'{what} is not in the table "{term.table.name}"')

    def answer(facts: Facts) -> object:
        value = key(facts)
        return value if type(value) is Fault else second.get(value, absent)

    return answer


# Facts


def _present(name: str) -> _Read:
    def answer(facts: Facts) -> bool:
        return name in facts.values

    return answer


def _seen(name: str) -> _Read:
    def answer(facts: Facts) -> bool:
        for signal in reversed(facts.signals):  # noqa: SIM110 - any() takes twice as long
            if signal.name == name:
                return True
        return False

    return answer


def _counted(name: str, period: timedelta) -> _Read:
    def answer(facts: Facts) -> int:
        now, count = facts.now, 0
        since = now - period
        for signal in reversed(facts.signals):
            if signal.at <= since:
                break
            count += signal.name == name and signal.at <= now
        return count

    return answer
