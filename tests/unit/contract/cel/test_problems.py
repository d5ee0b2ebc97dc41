"""What is refused, where the finger points, and what is advised."""

import pytest

from handrail.contract.cel import DEPTH_MAX, LENGTH_MAX, LIST_MAX, Compiled, compile_condition
from tests.unit.contract.cel.cast import NAMES, problems

# The marks « and » stand around the offending token.
CASES = [
    # syntax
    ("syntax", "fit >«»", "too early"),
    ("syntax", "fit > «)»", "does not fit"),
    ("syntax", "(fit > 1«»", "Write )"),
    ("syntax", "fit «5»", "operator"),
    ("syntax", "fit «=» 5", "write =="),
    ("syntax", "fit > 5 «&» true", "write &&"),
    ("syntax", "fit > 5 «and» true", "Write &&"),
    ("syntax", "fit > 5 «OR» true", "Write ||"),
    ("syntax", "«not» lead.opted_in", "Write !"),
    ("syntax", "lead.name «is» 'x'", "Write =="),
    ("syntax", "fit > 5 «#» why", "remove it"),
    ("syntax", "lead.name == «'abc»", "closing quote"),
    ("syntax", "lead.name == «“»abc”", "straight"),
    ("syntax", "lead.name == '«\\q»'", "backslash"),
    ("syntax", "lead.name == '«\\ud800»'", "no escape"),
    ("syntax", "lead.name == «'''»abc'''", "Triple"),
    ("syntax", "lead.name == «b»'abc'", "Bytes"),
    ("syntax", "fit == «5u»", "Unsigned"),
    ("syntax", "fit == 5«m»", "does not fit"),
    ("syntax", "fit == «null»", "has(FIELD)"),
    ("syntax", "lead.name == «{»'a': 1}", "Maps"),
    ("syntax", "account.technologies«[»0] == 'x'", "Indexing"),
    ("syntax", "account.technologies.«exists»(t, t == 'x')", "Macros"),
    ("syntax", "[1].«all»(t, t > 1)", "Macros"),
    ("syntax", "lead.name.«matches»('x')", "Patterns"),
    ("syntax", "«matches»(lead.name, 'x')", "Patterns"),
    ("syntax", "«int»(lead.name) == 1", "Conversions"),
    ("syntax", "lead.born.«getFullYear»() == 2026", "timestamp"),
    ("syntax", "lead.name.«size»() == 1", "size(x)"),
    ("syntax", "«while» == 1", "reserved"),
    ("syntax", "«.»lead.name == 'x'", "dot"),
    ("syntax", "'x'.«y» == 'x'", "fields"),
    ("syntax", "lead.«in» == 'x'", "does not fit"),
    ("syntax", "«`»lead`.name == 'x'", "backticks"),
    ("syntax", "true ? true «?» true : true : true", "Write :"),
    ("syntax", "seen('demo_request'«»", "Write , or )"),
    ("syntax", "size('x',«)» == 1", "does not fit"),
    # type
    ("type", "«fit»", "compare it"),
    ("type", "«(fit + 1)»", "compare it"),
    ("type", "«'true'»", "compare it"),
    ("type", "«account.technologies»", "list of strings"),
    ("type", "lead.name == «5»", "quotes"),
    ("type", "«5» == lead.name", "quotes"),
    ("type", "account.employees == «'5'»", "without"),
    ("type", "account.employees >= «lead.name»", "without"),
    ("type", "lead.opted_in == «'true'»", "without quotes"),
    ("type", "lead.opted_in == «1»", "one type"),
    ("type", "account.csm == «1»", "quotes"),
    ("type", "lead.born > «'2026-01-01'»", "timestamp"),
    ("type", "«lead.opted_in» < true", "no order"),
    ("type", "«account.technologies» < ['x']", "no order"),
    ("type", "account.technologies == «'x'»", "ITEM in LIST"),
    ("type", "«[1]» == [1]", "Only lists of strings"),
    ("type", "fit == [«[1]»]", "no list"),
    ("type", "1 < fit < «3»", "a < b && b < c"),
    ("type", "fit + «1.0» > 2.0", "2.0"),
    ("type", "account.revenue * «2» > 1.0", "2.0"),
    ("type", "«lead.name» + 'x' == 'y'", "integers and numbers"),
    ("type", "-«lead.name» == 'y'", "integers and numbers"),
    ("type", "«account.revenue» % 2.0 == 1.0", "integers only"),
    ("type", "!«fit»", "boolean"),
    ("type", "fit > 1 && «fit»", "boolean"),
    ("type", "«fit» || fit > 1", "boolean"),
    ("type", "«fit» ? true : false", "boolean"),
    ("type", "(true ? 1 : «'a'») == 1", "one type"),
    ("type", "lead.name in ['x', «5»]", "quotes"),
    ("type", "fit in [1, «'a'», 2.5]", "quotes"),
    ("type", "size(['a', «1»]) == 1", "quotes"),
    ("type", "'x' in «lead.name»", "contains"),
    ("type", "«1» in account.technologies", "quotes"),
    ("type", "«account.technologies» in []", "one item"),
    ("type", "«fit» in table('named')", "string"),
    ("type", "lookup('zips', «fit») == 'x'", "string"),
    ("type", "«table»('named')", "right of in"),
    ("type", "has(«'lead.name'»)", "bare name"),
    ("type", "seen(«demo_request»)", 'seen("SIGNAL")'),
    ("type", "«count»('pricing_view') > 1", 'count("SIGNAL", "2h")'),
    ("type", "size(«fit») == 1", "strings and lists"),
    ("type", "«fit».startsWith('a')", "strings"),
    ("type", "lead.name.startsWith(«1»)", "strings"),
    ("type", "lead.born > timestamp(«lead.name»)", "text in quotes"),
    # value
    ("value", "lead.country == «'DEU'»", "Did you mean DE?"),
    ("value", "«'UK'» != lead.country", '"AT", "CA", "CH", "DE", "US"'),
    ("value", "lead.country in ['US', «'UK'»]", "one of"),
    ("value", "lead_type == «'dmo'»", "Did you mean demo?"),
    ("value", "account.employees == «-1»", "at least 0 and at most 1e+06"),
    ("value", "account.revenue in [1, «-0.5»]", "at least 0"),
    ("value", "count('pricing_view', «'2 hours'») > 1", "2h"),
    ("value", "count('pricing_view', «''») > 1", "2h"),
    ("value", "count('pricing_view', «'0m'») > 1", "2h"),
    ("value", "count('pricing_view', «'99999999999d'») > 1", "2h"),
    ("value", "lead.born > timestamp(«'2026-01-01'»)", "2026-03-02T15:00:00Z"),
    ("value", "lead.born > timestamp(«'2026-02-30T00:00:00Z'»)", "no instant"),
    ("value", "lead.born > timestamp(«'0001-01-01T00:00:00+01:00'»)", "no instant"),
    ("value", "fit < «9223372036854775808»", "64 bits"),
    ("value", "fit < -«9223372036854775809»", "64 bits"),
    ("value", "fit < «1e999»", "double"),
    ("value", "lookup(«'named'», lead.name) == 'x'", "second column"),
    # undefined
    ("undefined", "«lead.contry» == 'DE'", "Did you mean lead.country?"),
    ("undefined", "«country» == 'DE'", "Did you mean lead.country?"),
    ("undefined", "lead.country == «US»", "quote a text"),
    ("undefined", "has(«lead.nme»)", "Did you mean lead.name?"),
    ("undefined", "«seen» == 1", 'seen("SIGNAL")'),
    ("undefined", "seen(«'demo_requst'»)", "Did you mean demo_request?"),
    ("undefined", "count(«'x'», '2h') > 1", "signals"),
    ("undefined", "lead.name in table(«'namd'»)", "Did you mean named?"),
    ("undefined", "lookup(«'zip'», lead.name) == 'x'", "Did you mean zips?"),
    ("undefined", "«sen»('demo_request')", "Did you mean seen?"),
    ("undefined", "lead.name.«startswith»('x')", "Did you mean startsWith?"),
    ("undefined", "lead.name.«has»('x')", "has(FIELD)"),
    ("undefined", "«contains»(lead.name, 'x')", "x.contains"),
]


@pytest.mark.parametrize(("kind", "marked", "advice"), CASES, ids=[case[1] for case in CASES])
def test_the_offending_token_is_pointed_at(kind: str, marked: str, advice: str) -> None:
    text = marked.replace("«", "").replace("»", "")
    start = marked.index("«")
    (found,) = problems(text)
    assert (found.kind, found.start, found.end) == (kind, start, marked.index("»") - 1), found
    assert advice in found.message


@pytest.mark.parametrize("text", ["", "  ", "\n", "// nothing"])
def test_an_empty_condition_is_a_syntax_problem(text: str) -> None:
    (found,) = problems(text)
    assert (found.kind, found.start) == ("syntax", 0)


def test_all_problems_come_at_once_in_the_order_of_the_text() -> None:
    found = problems("lead.contry == 'DE' && (fit == 'x' || lead.country == 'UK') && !fit")
    assert [one.kind for one in found] == ["undefined", "type", "value", "type"]


def test_one_mistake_is_one_problem() -> None:
    assert len(problems("(lead.contry + 1) * 2 == 'x' && fit > 1")) == 1


def test_order_is_asked_beyond_a_range_without_complaint() -> None:
    assert isinstance(compile_condition("account.employees > -1", NAMES), Compiled)


HOSTILE = [
    "(" * 1_900 + "true" + ")" * 1_900,
    "!" * 3_900 + "true",
    "-" * 3_900 + "1 == 1",
    "[" * 3_900,
    "size(" * 700,
    "true ? " * 500,
    "true ? true : " * 280 + "true",
    "1" + "+1" * 1_900 + " == 1",
    "1" + "<1" * 1_900,
    "fit" + ".x" * 1_900,
    ("(1" + "+1" * 40) * 40 + ")" * 40 + " == 1",
]


@pytest.mark.parametrize("text", HOSTILE, ids=[text[:12] for text in HOSTILE])
def test_depth_ends_in_a_problem_and_never_in_a_recursion(text: str) -> None:
    assert len(problems(text)) == 1


def test_what_is_nested_as_deep_as_allowed_still_compiles() -> None:
    assert isinstance(
        compile_condition("(" * DEPTH_MAX + "true" + ")" * DEPTH_MAX, NAMES), Compiled
    )
    (found,) = problems("(" * (DEPTH_MAX + 1) + "true" + ")" * (DEPTH_MAX + 1))
    assert "nested" in found.message


def test_a_long_chain_of_conditions_is_not_deep() -> None:
    assert isinstance(compile_condition(" || ".join(["fit > 1"] * 300), NAMES), Compiled)


def test_a_condition_over_the_length_limit_is_refused() -> None:
    (found,) = problems("true" + " " * LENGTH_MAX)
    assert (found.start, found.end) == (LENGTH_MAX, LENGTH_MAX + 4)


def test_a_list_over_its_limit_is_refused_at_the_first_item_too_many() -> None:
    items = ", ".join("1" for _ in range(LIST_MAX + 1))
    text = f"fit in [{items}]"
    (found,) = problems(text)
    assert (found.kind, found.start) == ("syntax", len(text) - 2)
    assert isinstance(compile_condition(f"fit in [{items[3:]}]", NAMES), Compiled)
