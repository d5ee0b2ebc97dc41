"""The tree that the checker makes: every name resolved, every part of a known sort.

Compiler and proofs read this one. There is no implicit conversion in it, save that an integer may
be compared with a number; then the integer counts as the nearest double, as in CEL.
"""

from datetime import datetime, timedelta
from typing import Literal

import msgspec

from handrail.contract.cel.syntax import ArithmeticSign, LogicalSign, RelationSign
from handrail.contract.model import Field, Table

Scalar = Literal["string", "integer", "number", "boolean", "date"]
TextTestName = Literal["startsWith", "endsWith", "contains"]


class ListSort(msgspec.Struct, frozen=True):
    """Sorts of the items: none for the empty list, two only for integers beside numbers."""

    of: frozenset[Scalar]


Sort = Scalar | ListSort
STRINGS = ListSort(frozenset(("string",)))
NUMERIC: frozenset[Sort] = frozenset(("integer", "number"))


class _Term(msgspec.Struct, frozen=True, kw_only=True):
    start: int
    end: int
    sort: Sort = "boolean"


class Known(_Term, frozen=True, kw_only=True):
    """A constant. Dates are aware UTC instants, numbers are floats."""

    value: str | int | float | bool | datetime


class FieldValue(_Term, frozen=True, kw_only=True):
    """A field, which may be missing: then it is a fault. A date is its UTC midnight."""

    field: Field


class Items(_Term, frozen=True, kw_only=True):
    items: tuple["Term", ...]


class Not(_Term, frozen=True, kw_only=True):
    operand: "Term"


class Negated(_Term, frozen=True, kw_only=True):
    operand: "Term"


class Joined(_Term, frozen=True, kw_only=True):
    """`&&`: false if any is false, else the first fault, else true. `||` is its mirror."""

    sign: LogicalSign
    operands: tuple["Term", ...]


class Chosen(_Term, frozen=True, kw_only=True):
    """Evaluates the test and one of the branches, never both."""

    test: "Term"
    then: "Term"
    otherwise: "Term"


class Compared(_Term, frozen=True, kw_only=True):
    sign: RelationSign
    left: "Term"
    right: "Term"


class Computed(_Term, frozen=True, kw_only=True):
    """Both sides have the sort of the result. Integers overflow at 64 bits into a fault."""

    sign: ArithmeticSign
    left: "Term"
    right: "Term"


class Within(_Term, frozen=True, kw_only=True):
    """`item in list`."""

    item: "Term"
    items: "Term"


class InTable(_Term, frozen=True, kw_only=True):
    """`key in table("NAME")`."""

    key: "Term"
    table: Table


class LookedUp(_Term, frozen=True, kw_only=True):
    """The table's second column; a key that is not in the table is a fault."""

    table: Table
    key: "Term"


class Present(_Term, frozen=True, kw_only=True):
    """`has(FIELD)`: never a fault."""

    field: Field


class Seen(_Term, frozen=True, kw_only=True):
    signal: str


class Counted(_Term, frozen=True, kw_only=True):
    """How often the signal came in (now - period, now]."""

    signal: str
    period: timedelta


class Sized(_Term, frozen=True, kw_only=True):
    """Code points of a string, or items of a list."""

    operand: "Term"


class TextTest(_Term, frozen=True, kw_only=True):
    name: TextTestName
    subject: "Term"
    argument: "Term"


Term = (
    Known
    | FieldValue
    | Items
    | Not
    | Negated
    | Joined
    | Chosen
    | Compared
    | Computed
    | Within
    | InTable
    | LookedUp
    | Present
    | Seen
    | Counted
    | Sized
    | TextTest
)


def sort_of_field(field: Field) -> Sort:
    """A rep is a string; a list is one of strings."""
    match field.type:
        case "list":
            return STRINGS
        case "rep":
            return "string"
        case _:
            return field.type


def in_words(sort: Sort) -> str:
    if not isinstance(sort, ListSort):
        return "an integer" if sort == "integer" else f"a {sort}"
    return f"a list of {' and '.join(sorted(f'{one}s' for one in sort.of))}" if sort.of else "[]"
