"""Laws of reading a contract: no text raises, every place lies in the text, every claim holds."""

import itertools
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from handrail.contract.checks import check_rules
from handrail.contract.facts import Facts
from handrail.contract.model import Contract
from handrail.contract.proof.now import NOW
from handrail.contract.read import ReadResult, read_contract_text, render_finding
from handrail.contract.text.source import Source
from handrail.kernel.assess import assess
from handrail.terms.evidence import AccountHistory
from handrail.terms.lead import Lead
from handrail.terms.signal import Signal
from tests.unit.contract.read.acme import TABLES, TEXT, read

FUZZ = settings(deadline=None, max_examples=120, suppress_health_check=list(HealthCheck))
LINES = TEXT.splitlines(keepends=True)
MARKS = ":{}[],'\"&*!|>#%@`~-?\n\t \x00\x85\ud800\ufeff"
WORDS = ["- ", ": ", "when: ", "'true'", "&a ", "*a", "<<: *a", "---\n", "9" * 400, "[" * 60]
PIECES = st.sampled_from([*MARKS, *WORDS, "{a: " * 60, "5m", "team:x", "continue", "\\u0041"])


def check_places(text: str, result: ReadResult) -> None:
    lines = len(Source(text)._starts)
    assert (result.contract is None) == any(one.severity == "error" for one in result.findings)
    assert result.findings or result.contract is not None
    for finding in result.findings:
        assert 1 <= finding.line <= lines
        assert finding.column >= 1
        assert finding.message
        render_finding(finding, text, "c.yaml")


@FUZZ
@given(text=st.text(max_size=200))
def test_no_text_raises(text: str) -> None:
    check_places(text, read_contract_text(text))


@pytest.mark.long
@FUZZ
@given(
    at=st.integers(0, len(TEXT) - 1), length=st.integers(0, 60), piece=st.one_of(PIECES, st.text())
)
def test_no_damaged_contract_raises(at: int, length: int, piece: str) -> None:
    text = TEXT[:at] + piece + TEXT[at + length :]
    check_places(text, read(text))


@FUZZ
@given(
    lines=st.lists(st.sampled_from(LINES), max_size=60),
    start=st.integers(0, len(LINES)),
    csv=st.text(max_size=80),
)
def test_no_shuffled_contract_raises(lines: list[str], start: int, csv: str) -> None:
    text = "".join(LINES[:start] + lines)
    check_places(text, read_contract_text(text, tables={**TABLES, "named.csv": csv}))


# Claims about rules

ATOMS = (
    'lead.country == "US"',
    'lead.country in ["US", "DE"]',
    "account.employees >= 10",
    "account.employees < 11",
    "account.employees == 10",
    "has(lead.country)",
    'seen("demo_request")',
    'count("pricing_view", "2h") >= 2',
    'count("pricing_view", "1h") >= 2',
    'lead.source_campaign.startsWith("s")',
    'lead.source_campaign == "spring"',
    'account.employees > 5 ? lead.country == "US" : has(account.owner)',
)
CONDITIONS = st.recursive(
    st.sampled_from(ATOMS),
    lambda inner: st.one_of(
        inner.map(lambda one: f"!({one})"),
        st.tuples(inner, st.sampled_from(["&&", "||"]), inner).map(
            lambda three: f"({three[0]}) {three[1]} ({three[2]})"
        ),
    ),
    max_leaves=4,
)
COUNTRIES = (None, "US", "DE", "AT")
SIZES = (None, 5, 6, 9, 10, 11)
CAMPAIGNS = (None, "spring", "s", "autumn")
VIEWS = ((0, 0), (1, 1), (0, 2), (2, 0))


def every_lead() -> list[Facts]:
    found = []
    for country, size, campaign, demo, (new, old), owner in itertools.product(
        COUNTRIES, SIZES, CAMPAIGNS, (0, 1), VIEWS, (None, "ada")
    ):
        values = {
            "lead.country": country,
            "account.employees": size,
            "lead.source_campaign": campaign,
            "account.owner": owner,
        }
        signals = [Signal("pricing_view", NOW - timedelta(minutes=90))] * old
        signals += [Signal("pricing_view", NOW)] * new + [Signal("demo_request", NOW)] * demo
        found.append(Facts({k: v for k, v in values.items() if v is not None}, tuple(signals), NOW))
    return found


EVERY_LEAD = every_lead()
ROUTING = TEXT.index("routing:")
FAIRNESS = TEXT.index("fairness:")


def with_rules(conditions: list[str]) -> str:
    rules = [
        f"  - {{name: rule {number}, when: '{text}', to: [team:t{number}]}}\n"
        for number, text in enumerate(conditions)
    ]
    return f"{TEXT[:ROUTING]}routing:\n{''.join(rules)}{TEXT[FAIRNESS:]}"


def facts_by_kernel(contract: Contract, line: dict[str, object]) -> Facts:
    signals = [
        Signal(one, NOW)
        if isinstance(one, str)
        else Signal(one["name"], NOW.fromisoformat(one["at"]))
        for one in line["signals"]
    ]
    lead = Lead(
        id=str(line["id"]),
        captured_at=NOW,
        email=str(line["email"]),
        attributes={name: value for name, value in line.items() if "." in name},
        signals=tuple(sorted(signals, key=lambda one: (one.at, one.name))),
    )
    return assess(contract=contract, lead=lead, account=AccountHistory(), now=NOW).facts


@pytest.mark.long
@settings(FUZZ, max_examples=25)
@given(conditions=st.lists(CONDITIONS, min_size=1, max_size=4), closed=st.booleans())
def test_a_claim_is_made_exactly_when_no_lead_speaks_against_it(
    conditions: list[str], closed: bool
) -> None:
    text = with_rules([*conditions, *(["true"] if closed else [])])
    found = read_contract_text(text, tables=TABLES, evaluate=facts_by_kernel)
    tests = rules_of(text)
    first = text[: text.index("routing:")].count("\n") + 2
    by_line = {(one.line - first, one.kind): one for one in found.findings}
    last = len(tests) - 1
    for number in range(len(tests)):
        alive = any(
            tests[number](facts) is True and not any(test(facts) is True for test in tests[:number])
            for facts in EVERY_LEAD
        )
        assert alive != ((number, "dead_rule") in by_line)
    always = all(tests[last](facts) is True for facts in EVERY_LEAD)
    assert always != ((last, "unrouted") in by_line)
    for finding in found.findings:
        check_example(finding.kind, finding.line - first, tests, finding.example, text)


def rules_of(text: str) -> list:
    """The tests of the rules, whatever is wrong with them together."""
    readable = text.replace("fairness:", "  - {name: end, when: 'true', to: [team:end]}\nfairness:")
    contract = draft(readable)
    return [rule.when.test for rule in contract.routing[:-1]]


def draft(text: str) -> Contract:
    """The contract with its conditions, even when rules in it are dead."""
    seen: list[Contract] = []

    def keep(contract: Contract, line: dict[str, object]) -> Facts:
        seen.append(contract)
        return facts_by_kernel(contract, line)

    broken = text.replace("to: [team:end]", "to: [account.owner]")
    read_contract_text(broken, tables=TABLES, evaluate=keep)
    if seen:
        return seen[0]
    contract = read_contract_text(text, tables=TABLES).contract
    assert contract is not None
    return contract


def check_example(
    kind: str, number: int, tests: list, example: dict[str, object] | None, text: str
) -> None:
    if kind == "dead_rule" and example is None:
        assert not any(tests[number](facts) is True for facts in EVERY_LEAD)
    if kind == "unrouted" and example is None:
        assert all(any(test(facts) is True for test in tests) for facts in EVERY_LEAD)
    if kind == "overlap":
        assert example is not None
    if example is None:
        return
    facts = facts_by_kernel(draft(text), example)
    answers = [test(facts) is True for test in tests]
    match kind:
        case "unrouted":
            assert not any(answers)
        case "dead_rule":
            assert answers[number] and any(answers[:number])
        case _:
            assert answers[number] and any(answers[:number])


def test_claims_about_scores_have_leads_that_are_routed() -> None:
    rules = ['tier == "A"', 'fit >= 80 && lead_type == "demo"', "intent < 50"]
    text = with_rules(rules)
    found = read_contract_text(text, tables=TABLES, evaluate=facts_by_kernel)
    by_kind = {one.kind: one.example for one in found.findings}
    assert set(by_kind) == {"dead_rule", "unrouted", "overlap"}
    contract, tests = draft(text), rules_of(text)
    dead, unrouted, overlap = (
        facts_by_kernel(contract, by_kind[kind] or {})
        for kind in ("dead_rule", "unrouted", "overlap")
    )
    assert tests[0](dead) is True and tests[1](dead) is True
    assert not any(test(unrouted) is True for test in tests)
    assert tests[2](overlap) is True
    for facts in (dead, unrouted):
        assert any(way.when.test(facts) is True for way in contract.mql.any)


def test_the_sample_is_clean_and_checked_in_no_time() -> None:
    result = read(TEXT)
    assert result.contract is not None
    assert result.findings == ()
    assert check_rules(result.contract, facts_by_kernel) == ()
