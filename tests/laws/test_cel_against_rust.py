"""Conditions against an independent CEL, the Rust one behind `common-expression-language`.

Law: a condition that we accept gives the same answer there, or a fault where that one raises.

Drawn from few values, with fields missing often, so that ties, zeros and absences meet. Where that
library itself leaves the language definition, the cases are listed in `DEVIATIONS` and not drawn.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

import cel
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handrail.contract.cel import Compiled, Names, compile_condition
from handrail.contract.facts import Facts, Fault
from handrail.contract.model import Field
from handrail.terms.lead import Value

NOW = datetime(2026, 3, 2, tzinfo=UTC)
MAX, MIN = 2**63 - 1, -(2**63)
INTEGERS = (-2, -1, 0, 1, 2, 3, 7, 2**53 + 1, MAX, MIN)
NUMBERS = (-1.5, -1.0, 0.0, 0.5, 1.0, 2.0, float(2**53), float(2**63))
STRINGS = ("", "a", "b", "ab", "ba", "A", "a'b", 'x"', "\\", "\n")
DATES = (NOW, datetime(2025, 12, 31, 23, tzinfo=UTC), datetime(2026, 3, 2, 0, 0, 1, tzinfo=UTC))
LISTS: tuple[tuple[str, ...], ...] = ((), ("a",), ("a", "b"), ("b", "a"))
VALUES: Mapping[str, tuple[Value, ...]] = {
    "lead.s": STRINGS,
    "lead.t": STRINGS,
    "lead.b": (True, False),
    "lead.c": (True, False),
    "lead.d": DATES,
    "account.i": INTEGERS,
    "account.j": INTEGERS,
    "account.n": NUMBERS,
    "account.m": NUMBERS,
    "account.l": LISTS,
}
FIELDS = (
    Field("lead.s", "string"),
    Field("lead.t", "rep"),
    Field("lead.b", "boolean"),
    Field("lead.c", "boolean"),
    Field("lead.d", "date"),
    Field("account.i", "integer"),
    Field("account.j", "integer"),
    Field("account.n", "number"),
    Field("account.m", "number"),
    Field("account.l", "list"),
)
NAMES = Names(fields={field.name: field for field in FIELDS})
RELATIONS = ("==", "!=", "<", "<=", ">", ">=")
Text = st.SearchStrategy[str]


def quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def one_of(*templates: str, **parts: Text) -> Text:
    """One of the templates, its parts drawn anew."""
    drawn = st.tuples(st.sampled_from(templates), st.fixed_dictionaries(parts))
    return drawn.map(lambda pair: pair[0].format(**pair[1]))


def instant(at: datetime) -> str:
    return f'timestamp("{at.isoformat()}")'


TEXTS = st.sampled_from(("lead.s", "lead.t", *map(quoted, STRINGS)))
MOMENTS = st.sampled_from(("lead.d", *map(instant, DATES)))
TEXT_LISTS = st.one_of(
    st.just("account.l"), st.lists(TEXTS, max_size=3).map(lambda items: f"[{', '.join(items)}]")
)
SMALL_INTEGERS = st.one_of(
    st.sampled_from(("account.i", "account.j", *map(str, INTEGERS))),
    TEXTS.map("size({})".format),
    TEXT_LISTS.map("size({})".format),
)
SMALL_NUMBERS = st.sampled_from(
    ("account.n", "account.m", *map(repr, NUMBERS), "(0.0 / 0.0)", "(-1.0 / 0.0)")
)
NEAR_ZERO = st.sampled_from(("-7", "-3", "-2", "-1", "0", "1", "2", "3", "account.i"))
LARGE = st.sampled_from((str(2**53 + 1), str(MAX), "account.i"))
LARGE_NUMBERS = st.sampled_from((repr(float(2**53)), repr(float(2**63)), "(0.0 / 0.0)"))


def integers() -> Text:
    return st.recursive(
        SMALL_INTEGERS,
        lambda inner: one_of(
            "({a} {sign} {b})",
            "({test} ? {a} : {b})",
            a=inner,
            b=inner,
            sign=st.sampled_from("+-*/%"),
            test=SMALL_TESTS,
        ),
        max_leaves=3,
    )


def numbers() -> Text:
    return st.recursive(
        SMALL_NUMBERS,
        lambda inner: one_of(
            "({a} {sign} {b})",
            "(-{a})",
            "({test} ? {a} : {b})",
            a=inner,
            b=inner,
            sign=st.sampled_from("+-*/"),
            test=SMALL_TESTS,
        ),
        max_leaves=3,
    )


SMALL_TESTS = st.sampled_from(("true", "false", "lead.b", "lead.c"))


def relations() -> Text:
    numeric = st.one_of(integers(), numbers())
    listed = st.lists(numeric, max_size=3).map(lambda items: f"[{', '.join(items)}]")
    literals = st.lists(st.sampled_from(tuple(map(str, INTEGERS))), max_size=4)
    ordered = {"sign": st.sampled_from(RELATIONS)}
    return st.one_of(
        SMALL_TESTS,
        one_of(
            "{a} {op} {b} {sign} {c}",
            a=NEAR_ZERO,
            op=st.sampled_from("/%"),
            b=NEAR_ZERO,
            c=NEAR_ZERO,
            **ordered,
        ),
        one_of(
            "{a} {op} {b} == {a} {op} (0 - {b})", a=NEAR_ZERO, op=st.sampled_from("/%"), b=NEAR_ZERO
        ),
        one_of("{a} {sign} {b}", "{b} {sign} {a}", a=LARGE, b=LARGE_NUMBERS, **ordered),
        one_of("{a} in [{b}]", "{b} in [{a}]", "{b} in [{b}]", a=LARGE, b=LARGE_NUMBERS),
        one_of("{a} {sign} {b}", a=numeric, b=numeric, **ordered),
        one_of("{a} {sign} {b}", a=TEXTS, b=TEXTS, **ordered),
        one_of("{a} {sign} {b}", a=MOMENTS, b=MOMENTS, **ordered),
        one_of("{a} == {b}", "{a} != {b}", a=SMALL_TESTS, b=SMALL_TESTS),
        one_of("{a} == {b}", "{a} != {b}", a=TEXT_LISTS, b=TEXT_LISTS),
        one_of("{a} in {b}", a=TEXTS, b=TEXT_LISTS),
        one_of("{a} in {b}", a=numeric, b=listed),
        one_of("{a} in [{b}]", a=numeric, b=literals.map(", ".join)),
        one_of("{a} in [{b}, {c}]", a=MOMENTS, b=MOMENTS, c=MOMENTS),
        one_of("{a}.startsWith({b})", "{a}.endsWith({b})", "{a}.contains({b})", a=TEXTS, b=TEXTS),
    )


CONDITIONS = st.recursive(
    relations(),
    lambda inner: one_of(
        "({a} && {b})",
        "({a} || {b})",
        "{a} && {b} && {c}",
        "{a} || {b} || {c}",
        "{a} && {b} || {c}",
        "!({a})",
        "({a} ? {b} : {c})",
        "({a}) == ({b})",
        a=inner,
        b=inner,
        c=inner,
    ).map(lambda text: f"({text})"),
    max_leaves=5,
)
ATTRIBUTES = st.fixed_dictionaries(
    {}, optional={name: st.sampled_from(values) for name, values in VALUES.items()}
)


@pytest.mark.long
def test_an_accepted_condition_means_what_cel_means() -> None:
    outcomes: set[object] = set()

    @settings(max_examples=2_000)
    @given(CONDITIONS, ATTRIBUTES)
    def check(text: str, values: dict[str, Value]) -> None:
        ours = our_answer(text, values)
        outcomes.add(ours)
        assert ours == their_answer(text, values)

    check()
    assert outcomes == {True, False, "error"}


def our_answer(text: str, values: dict[str, Value]) -> bool | str:
    condition = compile_condition(text, NAMES)
    assert isinstance(condition, Compiled), (text, condition)
    found = condition.test(Facts(values=values, signals=(), now=NOW))
    return "error" if isinstance(found, Fault) else found


def their_answer(text: str, values: Mapping[str, Value]) -> object:
    context: dict[str, dict[str, object]] = {"lead": {}, "account": {}}
    for name, value in values.items():
        room, _, key = name.partition(".")
        context[room][key] = list(value) if isinstance(value, tuple) else value
    try:
        return cel.evaluate(text, context)
    except (KeyError, TypeError, ValueError, RuntimeError, ArithmeticError):
        return "error"


# Each with what the language definition says. They are kept as tests, so that a corrected library
# is noticed; and so is a change of ours.
DEVIATIONS = [
    # "size: the number of Unicode code points"; the library counts bytes of UTF-8.
    ('size("\u00e9") == 1', True, False),
    # "-: integer negation; overflow is an error"; the library wraps around.
    (f"-({MIN}) == {MIN}", "error", True),
]


@pytest.mark.parametrize(("text", "ours", "theirs"), DEVIATIONS)
def test_where_the_library_leaves_the_definition_we_keep_to_it(
    text: str, ours: object, theirs: object
) -> None:
    assert our_answer(text, {}) == ours
    assert their_answer(text, {}) == theirs
