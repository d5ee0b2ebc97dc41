"""Conditions in plain English, from the typed tree, so that the words say what is decided.

Brackets stay where the order of `and` and `or` matters: a short sentence that two people read in
two ways would be signed by both and meant by one.
"""

from datetime import datetime

from handrail.contract.cel.syntax import ArithmeticSign, RelationSign
from handrail.contract.cel.typed import (
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
    Term,
    TextTest,
    Within,
)
from handrail.contract.model import Condition
from handrail.contract.page.document import Said
from handrail.contract.page.phrases import (
    duration,
    field_name,
    is_plural,
    listed,
    number,
    quoted,
    spaced,
    times,
)
from handrail.terms.durations import format_instant

_RELATIONS: dict[RelationSign, str] = {
    "==": "",
    "!=": "not ",
    "<": "less than ",
    "<=": "at most ",
    ">": "more than ",
    ">=": "at least ",
}
_MIRRORED: dict[RelationSign, RelationSign] = {
    "==": "==",
    "!=": "!=",
    "<": ">",
    "<=": ">=",
    ">": "<",
    ">=": "<=",
}
_SIGNS: dict[ArithmeticSign, str] = {
    "+": "plus",
    "-": "minus",
    "*": "times",
    "/": "divided by",
    "%": "modulo",
}
_OUR_WORDS = frozenset({"AND", "OR", "NOT", "IF"})  # Oregon's code is one
_TEXT_TESTS = {
    "startsWith": ("starts with", "does not start with"),
    "endsWith": ("ends with", "does not end with"),
    "contains": ("contains", "does not contain"),
}


def say(condition: Condition) -> str:
    """The condition as a clause without capital or full stop; `always` for one that is true."""
    term = condition.expression
    assert isinstance(term, Term)
    if isinstance(term, Known):
        return "always" if term.value is True else "never"
    return _clause(term)


def tell(condition: Condition, *, always: str) -> Said:
    """The clause beside its exact text; `always` for a condition that every lead meets."""
    if is_always(condition):
        return Said(always)
    return Said(say(condition), condition.text)


def is_always(condition: Condition) -> bool:
    term = condition.expression
    return isinstance(term, Known) and term.value is True


# --- clauses: what is true or false


def _clause(term: Term) -> str:
    match term:
        case Joined():
            return _joined(term)
        case Not(operand=operand):
            return _denied(operand)
        case Chosen(test=test, then=then, otherwise=otherwise):
            return f"if {_part(test)} then {_part(then)}, otherwise {_part(otherwise)}"
        case Compared(sign=sign, left=left, right=right):
            return _compared(sign, left, right)
        case Known(value=value):
            return "always" if value is True else "never"
        case _:
            return _told(term, denied=False)


def _part(term: Term) -> str:
    """A clause inside another: in brackets where it has parts of its own."""
    said = _clause(term)
    is_whole = not isinstance(term, Joined | Chosen) and not said.startswith("not so:")
    return said if is_whole else f"({said})"


def _joined(term: Joined) -> str:
    word = "and" if term.sign == "&&" else "or"
    parts: list[str] = []
    seen: list[str] = []
    for operand in term.operands:
        if isinstance(operand, Seen):
            seen.append(quoted(spaced(operand.signal)))
            continue
        parts += _seen(seen, word)
        seen = []
        parts.append(_part(operand))
    return f" {word} ".join(parts + _seen(seen, word))


def _seen(signals: list[str], word: str) -> list[str]:
    """Neighbours of one kind share a verb: "a" or "b" was seen."""
    if not signals:
        return []
    verb = "were" if word == "and" and len(signals) > 1 else "was"
    return [f"{listed(signals, word)} {verb} seen"]


def _denied(term: Term) -> str:
    match term:
        case Compared(sign="==", left=left, right=right):
            return _compared("!=", left, right)
        case Present() | Seen() | Within() | InTable() | TextTest() | FieldValue():
            return _told(term, denied=True)
        case _:
            return f"not so: {_part(term)}"


def _told(term: Term, *, denied: bool) -> str:
    no = "not " if denied else ""
    match term:
        case Present(field=field):
            return f"{field_name(field.name)} {_is(field.name)} {no}known"
        case Seen(signal=signal):
            return f"{quoted(spaced(signal))} was {no}seen"
        case InTable(key=key, table=table):
            return f"{_thing(key)} {_be(key)} {no}in the table {quoted(table.name)}"
        case Within(item=item, items=items):
            return _within(item, items, denied=denied)
        case TextTest(name=name, subject=subject, argument=argument):
            return f"{_thing(subject)} {_TEXT_TESTS[name][denied]} {_thing(argument)}"
        case _:
            return f"{_thing(term)} {_be(term)} {no}true"


def _within(item: Term, items: Term, *, denied: bool) -> str:
    if not isinstance(items, Items):
        verb = "do not include" if denied else "include"
        if not _is_plural(items):
            verb = "does not include" if denied else "includes"
        return f"{_thing(items)} {verb} {_thing(item)}"
    choices = [_thing(one) for one in items.items]
    if not choices:
        return f"{_thing(item)} {_be(item)} {'not ' if denied else ''}one of none"
    no = {False: "", True: "not " if len(choices) == 1 else "none of "}[denied]
    return f"{_thing(item)} {_be(item)} {no}{listed(choices, 'or')}"


# --- comparisons


def _compared(sign: RelationSign, left: Term, right: Term) -> str:
    if isinstance(left, Known) and not isinstance(right, Known):
        sign, left, right = _MIRRORED[sign], right, left
    if isinstance(left, Counted) and isinstance(right, Known):
        return _counted(sign, left, right)
    if _is_headcount(left) and isinstance(right, Known):
        assert isinstance(left, FieldValue)
        head, _, tail = left.field.name.partition(".")
        few = _RELATIONS[sign].replace("less", "fewer") or "exactly "
        few = few.replace("not ", "other than ")
        return f"the {spaced(head)} has {few}{_thing(right)} {spaced(tail)}"
    if isinstance(left, LookedUp):
        verb = "gives" if sign == "==" else f"gives {_RELATIONS[sign].strip()}"
        return f"the table {quoted(left.table.name)} {verb} {_thing(right)} for {_thing(left.key)}"
    return f"{_thing(left)} {_be(left)} {_RELATIONS[sign]}{_thing(right)}"


def _counted(sign: RelationSign, left: Counted, right: Known) -> str:
    assert isinstance(right.value, int)
    signal, span = quoted(spaced(left.signal)), duration(left.period)
    how_often = (_RELATIONS[sign] or "exactly ") + times(right.value)
    return f"{signal} was seen {how_often} within {span}"


def _is_headcount(term: Term) -> bool:
    """The account has at least 100 employees: a whole number of things with a plain name."""
    if not isinstance(term, FieldValue) or term.field.type != "integer":
        return False
    _, dot, tail = term.field.name.partition(".")
    return bool(dot) and "_" not in tail and "." not in tail and is_plural(tail)


# --- things: what has a value


def _thing(term: Term) -> str:
    match term:
        case Known(value=value):
            return _value(value)
        case FieldValue(field=field):
            return field_name(field.name)
        case Items(items=items):
            return f"the list [{', '.join(_thing(one) for one in items)}]"
        case Negated(operand=operand):
            return f"minus {_bracketed(operand)}"
        case Computed(sign=sign, left=left, right=right):
            return f"{_bracketed(left)} {_SIGNS[sign]} {_bracketed(right)}"
        case LookedUp(table=table, key=key):
            return f"what the table {quoted(table.name)} gives for {_bracketed(key)}"
        case Counted(signal=signal, period=period):
            return f"the count of {quoted(spaced(signal))} within {duration(period)}"
        case Sized(operand=operand):
            what = "number of items" if isinstance(operand.sort, ListSort) else "length"
            return f"the {what} of {_bracketed(operand)}"
        case Chosen(test=test, then=then, otherwise=otherwise):
            return f"({_thing(then)} if {_part(test)}, otherwise {_thing(otherwise)})"
        case _:
            return f"whether ({_clause(term)})"


def _bracketed(term: Term) -> str:
    said = _thing(term)
    return f"({said})" if isinstance(term, Computed | Negated) else said


def _value(value: str | int | float | bool | datetime) -> str:
    match value:
        case bool():
            return "true" if value else "false"
        case str():
            return _quoted_value(value)
        case datetime():
            said = format_instant(value)
            return said.removesuffix("T00:00:00Z")  # a date field is its midnight
        case _:
            return number(value)


def _quoted_value(text: str) -> str:
    """A value of one capital word, such as a country, stands bare; others are quoted."""
    is_code = text.isascii() and text.isalnum() and text.isupper() and text not in _OUR_WORDS
    return text if is_code else quoted(text)


def _is(name: str) -> str:
    return "are" if is_plural(name) and "." in name else "is"


def _is_plural(term: Term) -> bool:
    return isinstance(term, FieldValue) and _is(term.field.name) == "are"


def _be(term: Term) -> str:
    return "are" if _is_plural(term) else "is"
