"""What a condition means: operators, functions, absence."""

from datetime import UTC, date, datetime, timedelta

import pytest

from handrail.contract.facts import Fault
from tests.unit.contract.cel.cast import NOW, answer, compiled, facts

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
MIN = "-9223372036854775808"
MAX = "9223372036854775807"


@pytest.mark.parametrize(
    "text",
    [
        "true",
        "!false",
        "!!true",
        "1 == 1",
        "1 == 1.0",
        "1.5 > 1",
        "1 in [1.0, 2.5]",
        "2.5 in [1, 2.5]",
        "2.0 in [1, 2]",
        "'a' < 'b'",
        '"B" < "a"',
        "1 + 2 * 3 == 7",
        "(1 + 2) * 3 == 9",
        "10 - 4 - 3 == 3",
        "-7 / 2 == -3",
        "7 / -2 == -3",
        "-7 % 2 == -1",
        "7 % -2 == 1",
        "-(1 + 1) == -2",
        "--1 == 1",
        "1 - -1 == 2",
        "0x1F == 31",
        "1e3 == 1000",
        ".5 + .5 == 1",
        "1.0 / 0.0 > 1e308",
        "-1.0 / 0.0 < 0",
        "!(0.0 / 0.0 == 0.0 / 0.0)",
        "!(0.0 / 0.0 in [0.0 / 0.0])",
        "0.0 / 0.0 != 0.0 / 0.0",
        f"{MIN} < {MAX}",
        f"{MAX} == 9223372036854775808.0",  # as CEL: the integer becomes the nearest double
        "true || false && false",
        "false ? false : true",
        "true ? true : false ? true : false",
        "1 == 1 == true",
        "1 < 2 && 2 <= 2 && 3 > 2 && 3 >= 3 && 1 != 2",
        "size('h\u00e9') == 2",
        "size([]) == 0",
        "size([1, 2,]) == 2",
        "!(1 in [])",
        "'abc'.startsWith('ab') && 'abc'.endsWith('bc') && 'abc'.contains('b')",
        "'' == \"\"",
        r"'\x41\u0042\103\U00000044' == 'ABCD'",
        r"r'\n' == '\\n'",
        r"'\'' == " + '"\'"',
        "timestamp('2026-01-01T00:00:00+01:00') == timestamp('2025-12-31T23:00:00Z')",
        "timestamp('2026-01-01T00:00:00.5Z') > timestamp('2026-01-01T00:00:00Z')",
        "true // the rest is for people",
        "true\n&& true",
    ],
)
def test_this_is_true(text: str) -> None:
    assert answer(text) is True


@pytest.mark.parametrize(
    "text",
    [
        "1 / 0 == 1",
        "1 % 0 == 1",
        f"{MAX} + 1 == 0",
        f"{MIN} - 1 == 0",
        f"{MAX} * 2 == 0",
        f"{MIN} / -1 == 0",
        f"{MIN} % -1 == 0",
        f"-({MIN}) == 0",
        "1 in [1, 1 / 0]",
        "0.0 / 0.0 < 1.0",
        "1 >= 0.0 / 0.0",
        "(1 / 0 == 1 ? true : false)",
    ],
)
def test_what_has_no_value_is_a_fault_without_a_field(text: str) -> None:
    found = answer(text)
    assert isinstance(found, Fault)
    assert found.field is None


T, F = "true", "false"
L, R = "lead.opted_in", "lead.name == 'x'"  # both are missing


@pytest.mark.parametrize(
    ("left", "sign", "right", "expected"),
    [
        (F, "&&", L, False),
        (L, "&&", F, False),
        (T, "&&", L, "lead.opted_in"),
        (L, "&&", T, "lead.opted_in"),
        (L, "&&", R, "lead.opted_in"),
        (R, "&&", L, "lead.name"),
        (T, "||", L, True),
        (L, "||", T, True),
        (F, "||", L, "lead.opted_in"),
        (L, "||", F, "lead.opted_in"),
        (L, "||", R, "lead.opted_in"),
        (R, "||", L, "lead.name"),
    ],
)
def test_a_decided_side_absorbs_a_fault_and_else_the_left_fault_stays(
    left: str, sign: str, right: str, expected: bool | str
) -> None:
    neutral = T if sign == "&&" else F
    for text in (f"{left} {sign} {right}", f"{left} {sign} {right} {sign} {neutral}"):
        found = answer(text)
        assert (found.field if isinstance(found, Fault) else found) == expected


@pytest.mark.parametrize(
    "text",
    [
        "lead.name == 'x'",
        "'x' == lead.name",
        "!(lead.name == 'x')",
        "lead.name in ['x']",
        "'x' in [lead.name, 'x']",
        "lead.name in table('named')",
        "lookup('zips', lead.name) == 'x'",
        "lead.name.contains('x')",
        "size(lead.name) == 1",
        "lead.name == 'x' ? true : true",
        "(true ? lead.name : 'x') == 'x'",
    ],
)
def test_an_absent_field_is_named_by_the_fault(text: str) -> None:
    assert answer(text) == Fault("lead.name is missing", field="lead.name")


@pytest.mark.parametrize(
    "text",
    [
        "account.revenue >= 1.0",
        "account.revenue in [1, 2]",
        "lead.born > timestamp('2026-01-01T00:00:00Z')",
        "-fit == 1",
        "fit + 1 == 2",
        "fit < 1.5",
        "'x' in account.technologies",
    ],
)
def test_every_sort_of_field_may_be_absent(text: str) -> None:
    assert isinstance(answer(text), Fault)


def test_the_branch_not_taken_is_not_looked_at() -> None:
    assert answer("true ? true : lead.opted_in") is True
    assert answer("false ? lead.opted_in : false") is False


def test_has_is_never_a_fault() -> None:
    assert answer("has(account.csm)") is False
    assert answer("has(account.csm)", facts({"account.csm": "ada"})) is True


def test_a_number_field_counts_as_a_double_even_if_it_holds_an_integer() -> None:
    given = facts({"account.revenue": 7})
    assert answer("account.revenue / 2.0 == 3.5", given) is True
    assert answer("account.revenue == 7 && account.revenue in [7]", given) is True
    assert answer("account.revenue > fit", facts({"account.revenue": 7, "fit": 6})) is True


def test_an_integer_too_large_for_a_double_compares_as_infinity() -> None:
    assert answer("account.revenue > 1e300", facts({"account.revenue": 10**400})) is True


@pytest.mark.parametrize(
    "born", [date(2026, 1, 2), datetime(2026, 1, 2), datetime(2026, 1, 2, tzinfo=UTC)]
)
def test_a_date_is_its_midnight_in_utc(born: date) -> None:
    given = facts({"lead.born": born})
    assert answer("lead.born == timestamp('2026-01-02T00:00:00Z')", given) is True
    assert answer("lead.born in [timestamp('2026-01-02T01:00:00+01:00')]", given) is True
    assert answer("lead.born < timestamp('2026-01-02T00:00:00Z')", given) is False


def test_a_list_field_holds_its_items_and_nothing_else() -> None:
    given = facts({"account.technologies": ("slack", "jira")})
    assert answer("'slack' in account.technologies", given) is True
    assert answer("'sla' in account.technologies", given) is False
    assert answer("account.technologies == ['slack', 'jira']", given) is True
    assert answer("account.technologies != []", given) is True


def test_lookup_gives_the_second_column_and_a_fault_for_an_unknown_key() -> None:
    assert answer("lookup('zips', lead.name) == 'us-west'", facts({"lead.name": "94105"})) is True
    found = answer("lookup('zips', lead.name) == 'us-west'", facts({"lead.name": "1"}))
    assert found == Fault('lead.name is not in the table "zips"')


def test_a_key_is_in_its_table_only() -> None:
    given = facts({"lead.name": "acme.example"})
    assert answer("lead.name in table('named')", given) is True
    assert answer("lead.name in table('zips')", given) is False


def test_seen_finds_a_signal_of_any_age() -> None:
    given = facts({}, ("demo_request", HOUR * 9_999), ("pricing_view", HOUR))
    assert answer("seen('demo_request')", given) is True
    assert answer("seen('demo_request')", facts({}, ("pricing_view", HOUR))) is False


def test_count_leaves_out_the_early_end_of_its_window_and_takes_in_now() -> None:
    ages = (2 * HOUR, 2 * HOUR - MINUTE, HOUR, 0 * HOUR, -MINUTE)
    given = facts({}, *(("pricing_view", age) for age in ages))
    assert answer("count('pricing_view', '2h') == 3", given) is True
    assert answer("count('pricing_view', '1h59m') == 2", given) is True
    assert answer("count('pricing_view', '2h1s') == 4", given) is True
    assert answer("count('demo_request', '1w') == 0", given) is True


def test_a_condition_knows_what_it_names() -> None:
    found = compiled(
        "has(account.csm) || fit > 1 && seen('demo_request') && lead.name in table('named')"
    )
    assert found.fields == {"account.csm", "fit", "lead.name"}
    assert found.signals == {"demo_request"}
    assert found.tables == {"named"}
    assert found.expression.start == 0


def test_now_is_an_argument() -> None:
    given = facts({}, ("pricing_view", HOUR))
    given.now = NOW + 2 * HOUR
    assert answer("count('pricing_view', '2h') == 0", given) is True
