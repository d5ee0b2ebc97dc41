"""Names and sorts: the parsed tree becomes a typed one, or all its problems at once.

A part with a problem yields None, and what is built on it stays silent: one mistake, one problem.
"""

from collections.abc import Callable, Mapping
from typing import assert_never, cast, get_args

import msgspec

from handrail.contract.cel.literals import read_instant, read_period
from handrail.contract.cel.problem import Problem, suggest
from handrail.contract.cel.reports import Reports, comparable, remedy_for
from handrail.contract.cel.syntax import (
    ArithmeticSign,
    Binary,
    Call,
    Choose,
    Constant,
    Expr,
    ListOf,
    Logical,
    Name,
    RelationSign,
    Unary,
)
from handrail.contract.cel.typed import (
    NUMERIC,
    STRINGS,
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
    Scalar,
    Seen,
    Sized,
    Sort,
    Term,
    TextTest,
    TextTestName,
    Within,
    in_words,
    sort_of_field,
)
from handrail.contract.model import Field, Table

_ORDERED: frozenset[Sort] = frozenset(("string", "integer", "number", "date"))
_TEXT_TESTS = get_args(TextTestName)
_SORT_OF: dict[type, Scalar] = {bool: "boolean", int: "integer", float: "number", str: "string"}
_USAGE = {
    "has": "has(FIELD)",
    "seen": 'seen("SIGNAL")',
    "count": 'count("SIGNAL", "2h")',
    "table": 'table("NAME")',
    "lookup": 'lookup("NAME", KEY)',
    "size": "size(x)",
    "timestamp": 'timestamp("2026-03-02T15:00:00Z")',
    "startsWith": 'x.startsWith("...")',
    "endsWith": 'x.endsWith("...")',
    "contains": 'x.contains("...")',
}


class Names(msgspec.Struct, frozen=True):
    """What a condition may name. Built-ins (`lead_type`, `tier`, scores) are among the fields."""

    fields: Mapping[str, Field] = {}
    signals: frozenset[str] = frozenset()
    tables: Mapping[str, Table] = {}


class Checked(msgspec.Struct, frozen=True):
    term: Term
    fields: frozenset[str]
    signals: frozenset[str]
    tables: frozenset[str]


def check(expr: Expr, *, text: str, names: Names) -> Checked | tuple[Problem, ...]:
    """The typed tree of a condition, which must be a boolean, with all that it names."""
    checker = _Checker(text, names)
    term = checker.term(expr)
    if term is not None and term.sort != "boolean":
        checker.report_not_a_condition(term)
    if checker.problems:
        return tuple(sorted(checker.problems, key=lambda problem: (problem.start, problem.end)))
    assert term is not None
    return Checked(
        term, frozenset(checker.fields), frozenset(checker.signals), frozenset(checker.tables)
    )


class _Checker(Reports):
    def __init__(self, text: str, names: Names) -> None:
        super().__init__(text)
        self._names = names
        self.fields: set[str] = set()
        self.signals: set[str] = set()
        self.tables: set[str] = set()

    def term(self, expr: Expr) -> Term | None:
        match expr:
            case Constant():
                return _known(expr)
            case Name():
                return self._field_value(expr)
            case ListOf():
                return self._items(expr, like=None)
            case Unary():
                return self._not(expr) if expr.sign == "!" else self._negated(expr)
            case Logical():
                return self._joined(expr)
            case Choose():
                return self._chosen(expr)
            case Binary():
                return self._binary(expr)
            case Call():
                return self._call(expr)
            case _:
                assert_never(expr)

    # Names

    def _field_value(self, name: Name) -> Term | None:
        field = self._field(name)
        if field is None:
            return None
        return FieldValue(start=name.start, end=name.end, sort=sort_of_field(field), field=field)

    def _field(self, name: Name) -> Field | None:
        field = self._names.fields.get(name.name)
        if field is None:
            self.report("undefined", name.start, name.end, self._unknown_field(name.name))
            return None
        self.fields.add(name.name)
        return field

    def _unknown_field(self, name: str) -> str:
        if name in _USAGE:
            return f"{name} is a function: write {_USAGE[name]}."
        hint = suggest(name, self._names.fields)
        return f"{name} is not declared: declare it under fields, or quote a text.{hint}"

    def _signal(self, call: Call) -> str | None:
        signal = self._text_argument(call, 0)
        if signal is None:
            return None
        name = str(signal.value)
        if name not in self._names.signals:
            hint = suggest(name, self._names.signals)
            message = f"No score names the signal {name}: add it to its signals.{hint}"
            self.report("undefined", signal.start, signal.end, message)
            return None
        self.signals.add(name)
        return name

    def _table(self, call: Call) -> Table | None:
        argument = self._text_argument(call, 0)
        if argument is None:
            return None
        name = str(argument.value)
        table = self._names.tables.get(name)
        if table is None:
            hint = suggest(name, self._names.tables)
            message = f"There is no table {name}: declare it under tables.{hint}"
            self.report("undefined", argument.start, argument.end, message)
            return None
        self.tables.add(name)
        return table

    # Operators

    def _not(self, node: Unary) -> Term | None:
        operand = self._of_sort(node.operand, "boolean", "! turns true into false")
        if operand is None:
            return None
        return Not(start=node.start, end=node.end, operand=operand)

    def _negated(self, node: Unary) -> Term | None:
        operand = self.term(node.operand)
        if operand is None or not self._numeric(operand, "-"):
            return None
        return Negated(start=node.start, end=node.end, sort=operand.sort, operand=operand)

    def _joined(self, node: Logical) -> Term | None:
        found = [
            self._of_sort(operand, "boolean", f"{node.sign} joins conditions")
            for operand in node.operands
        ]
        operands = tuple(operand for operand in found if operand is not None)
        if len(operands) < len(found):
            return None
        return Joined(start=node.start, end=node.end, sign=node.sign, operands=operands)

    def _chosen(self, node: Choose) -> Term | None:
        test = self._of_sort(node.test, "boolean", "? asks a condition")
        then, otherwise = self.term(node.then), self.term(node.otherwise)
        if test is None or then is None or otherwise is None:
            return None
        if then.sort != otherwise.sort:
            self.report_mismatch(then, otherwise, "both branches of ? : must be of one type")
            return None
        return Chosen(
            start=node.start,
            end=node.end,
            sort=then.sort,
            test=test,
            then=then,
            otherwise=otherwise,
        )

    def _binary(self, node: Binary) -> Term | None:
        match node.sign:
            case "in":
                return self._membership(node)
            case "+" | "-" | "*" | "/" | "%":
                return self._computed(node, node.sign)
            case _:
                return self._compared(node, node.sign)

    def _compared(self, node: Binary, sign: RelationSign) -> Term | None:
        left, right = self.term(node.left), self.term(node.right)
        if left is None or right is None:
            return None
        if not comparable(left.sort, right.sort):
            self.report_mismatch(left, right, remedy_for(left, right))
            return None
        if not self._has_relation(left, sign):
            return None
        if sign in ("==", "!="):
            self.check_allowed(left, right)
            self.check_allowed(right, left)
        return Compared(start=node.start, end=node.end, sign=sign, left=left, right=right)

    def _has_relation(self, left: Term, sign: RelationSign) -> bool:
        if sign in ("==", "!=") and isinstance(left.sort, ListSort):
            return self._is_text_list(left)
        if sign in ("==", "!=") or left.sort in _ORDERED:
            return True
        message = f"This is {in_words(left.sort)} and has no order for {sign}: use == or !=."
        self.report("type", left.start, left.end, message)
        return False

    def _is_text_list(self, term: Term) -> bool:
        assert isinstance(term.sort, ListSort)
        if term.sort.of <= STRINGS.of:
            return True
        message = "Only lists of strings can be compared as a whole: use in for each item."
        self.report("type", term.start, term.end, message)
        return False

    def _computed(self, node: Binary, sign: ArithmeticSign) -> Term | None:
        left, right = self.term(node.left), self.term(node.right)
        if left is None or right is None:
            return None
        if not (self._numeric(left, sign) and self._numeric(right, sign)):
            return None
        if left.sort != right.sort:
            remedy = "nothing is converted here; a literal becomes a number as 2.0"
            self.report_mismatch(left, right, remedy)
            return None
        if sign == "%" and left.sort == "number":
            message = "% works on integers only: there is no remainder of numbers in CEL."
            self.report("type", left.start, left.end, message)
            return None
        return Computed(
            start=node.start, end=node.end, sort=left.sort, sign=sign, left=left, right=right
        )

    def _numeric(self, term: Term, sign: str) -> bool:
        if term.sort in NUMERIC:
            return True
        message = f"{sign} computes with integers and numbers, this is {in_words(term.sort)}."
        self.report("type", term.start, term.end, f"{message} Compare it instead.")
        return False

    # Lists and tables

    def _membership(self, node: Binary) -> Term | None:
        item = self.term(node.left)
        if isinstance(node.right, Call) and node.right.function == "table":
            return self._in_table(node, item, node.right)
        if isinstance(node.right, ListOf):
            items = self._items(node.right, like=item)
        else:
            items = self.term(node.right)
        if item is None or items is None or not self._can_hold(items, item):
            return None
        self.check_allowed(items, item)
        return Within(start=node.start, end=node.end, item=item, items=items)

    def _in_table(self, node: Binary, key: Term | None, call: Call) -> Term | None:
        table = self._table(call) if self._is_function(call) and self._fits(call, 1) else None
        if key is not None and key.sort != "string":
            message = f"The keys of a table are strings, this is {in_words(key.sort)}."
            self.report("type", key.start, key.end, f"{message} Use a field of type string.")
            return None
        if key is None or table is None:
            return None
        return InTable(start=node.start, end=node.end, key=key, table=table)

    def _can_hold(self, items: Term, item: Term) -> bool:
        if not isinstance(items.sort, ListSort):
            hint = " For a part of a text write x.contains(y)." if items.sort == "string" else ""
            message = f"in looks into a list or a table, this is {in_words(items.sort)}.{hint}"
            self.report("type", items.start, items.end, message)
            return False
        if all(comparable(item.sort, one) for one in items.sort.of):
            return not isinstance(item.sort, ListSort) or self._no_nested_list(item)
        self.report_mismatch(items, item, remedy_for(items, item))
        return False

    def _no_nested_list(self, item: Term) -> bool:
        message = "A list is in no list here: ask for one item at a time."
        self.report("type", item.start, item.end, message)
        return False

    def _items(self, node: ListOf, *, like: Term | None) -> Term | None:
        """The list; `like` is what is looked for in it, else all items are like the first."""
        found = [self.term(item) for item in node.items]
        items = tuple(item for item in found if item is not None)
        model = like if like is not None else next(iter(items), None)
        fitting = [self._fits_list(item, model) for item in items]
        if len(items) < len(found) or not all(fitting):
            return None
        sorts = frozenset(cast(Scalar, item.sort) for item in items)
        return Items(start=node.start, end=node.end, sort=ListSort(sorts), items=items)

    def _fits_list(self, item: Term, model: Term | None) -> bool:
        if isinstance(item.sort, ListSort):
            return self._no_nested_list(item)
        if model is None or isinstance(model.sort, ListSort):
            return True
        if not comparable(model.sort, item.sort):
            self.report_off(item, model, remedy_for(model, item))
            return False
        self.check_allowed(model, item)
        return True

    # Functions

    def _call(self, call: Call) -> Term | None:
        if not self._is_function(call):
            return None
        builders: dict[str, tuple[int, Callable[[Call], Term | None]]] = {
            "has": (1, self._present),
            "seen": (1, self._seen),
            "count": (2, self._counted),
            "table": (1, self._stray_table),
            "lookup": (2, self._looked_up),
            "size": (1, self._sized),
            "timestamp": (1, self._instant),
            **dict.fromkeys(_TEXT_TESTS, (1, self._text_test)),
        }
        arity, build = builders[call.function]
        return build(call) if self._fits(call, arity) else None

    def _is_function(self, call: Call) -> bool:
        known = call.function in _USAGE
        if known and (call.subject is not None) == (call.function in _TEXT_TESTS):
            return True
        if known:
            message = f"{call.function} is written {_USAGE[call.function]}."
        else:
            names = [name for name in _USAGE if (name in _TEXT_TESTS) == bool(call.subject)]
            hint = suggest(call.function, names)
            message = f"There is no function {call.function}: known are {', '.join(names)}.{hint}"
        self.report("undefined", call.function_start, call.function_end, message)
        return False

    def _fits(self, call: Call, arity: int) -> bool:
        if len(call.arguments) == arity:
            return True
        message = f"{call.function} takes {arity}, not {len(call.arguments)} arguments"
        usage = f"{message}: {_USAGE[call.function]}."
        self.report("type", call.function_start, call.function_end, usage)
        return False

    def _present(self, call: Call) -> Term | None:
        argument = call.arguments[0]
        if not isinstance(argument, Name):
            message = "has asks for a field by its bare name: has(lead.country)."
            self.report("type", argument.start, argument.end, message)
            return None
        field = self._field(argument)
        return None if field is None else Present(start=call.start, end=call.end, field=field)

    def _seen(self, call: Call) -> Term | None:
        signal = self._signal(call)
        return None if signal is None else Seen(start=call.start, end=call.end, signal=signal)

    def _counted(self, call: Call) -> Term | None:
        signal, period = self._signal(call), self._text_argument(call, 1)
        if period is None:
            return None
        length = read_period(str(period.value))
        if length is None:
            message = f'"{period.value}" is no period: write it like 2h, 7d or 1h30m.'
            self.report("value", period.start, period.end, message)
        if signal is None or length is None:
            return None
        return Counted(start=call.start, end=call.end, sort="integer", signal=signal, period=length)

    def _stray_table(self, call: Call) -> Term | None:
        self._table(call)
        message = 'table stands only on the right of in: KEY in table("NAME").'
        self.report("type", call.function_start, call.function_end, message)
        return None

    def _looked_up(self, call: Call) -> Term | None:
        table = self._table(call)
        key = self._of_sort(call.arguments[1], "string", "the keys of a table are strings")
        if table is not None and table.keys and not table.second:
            argument = call.arguments[0]
            message = f"The table {table.name} has no second column to look up: use in table(...)."
            self.report("value", argument.start, argument.end, message)
            return None
        if table is None or key is None:
            return None
        return LookedUp(start=call.start, end=call.end, sort="string", table=table, key=key)

    def _sized(self, call: Call) -> Term | None:
        operand = self.term(call.arguments[0])
        if operand is None:
            return None
        if operand.sort != "string" and not isinstance(operand.sort, ListSort):
            message = f"size measures strings and lists, this is {in_words(operand.sort)}."
            self.report("type", operand.start, operand.end, f"{message} Compare it directly.")
            return None
        return Sized(start=call.start, end=call.end, sort="integer", operand=operand)

    def _instant(self, call: Call) -> Term | None:
        argument = self._text_argument(call, 0)
        if argument is None:
            return None
        at = read_instant(str(argument.value))
        if at is None:
            message = f'"{argument.value}" is no instant: write it like 2026-03-02T15:00:00Z.'
            self.report("value", argument.start, argument.end, message)
            return None
        return Known(start=call.start, end=call.end, sort="date", value=at)

    def _text_test(self, call: Call) -> Term | None:
        assert call.subject is not None
        reason = f"{call.function} compares strings"
        subject = self._of_sort(call.subject, "string", reason)
        argument = self._of_sort(call.arguments[0], "string", reason)
        if subject is None or argument is None:
            return None
        name = cast(TextTestName, call.function)
        return TextTest(
            start=call.start, end=call.end, name=name, subject=subject, argument=argument
        )

    def _text_argument(self, call: Call, position: int) -> Constant | None:
        argument = call.arguments[position]
        if isinstance(argument, Constant) and isinstance(argument.value, str):
            return argument
        message = f"{call.function} takes a text in quotes here: {_USAGE[call.function]}."
        self.report("type", argument.start, argument.end, message)
        return None

    def _of_sort(self, expr: Expr, sort: Sort, reason: str) -> Term | None:
        term = self.term(expr)
        if term is None or term.sort == sort:
            return term
        message = f"This must be {in_words(sort)} and is {in_words(term.sort)}: {reason}."
        self.report("type", term.start, term.end, message)
        return None


def _known(constant: Constant) -> Known:
    value = constant.value
    return Known(start=constant.start, end=constant.end, sort=_SORT_OF[type(value)], value=value)
