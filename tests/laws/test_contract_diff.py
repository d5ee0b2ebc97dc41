"""Laws of the difference between two versions: equivalent ones decide alike, examples do not.

Pairs are drawn from few clauses over few values, so that many are rewritten and mean the same.
"""

from datetime import timedelta
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handrail.contract.diff import diff
from handrail.contract.diff.treatment import KINDS, scores_of, treated
from handrail.contract.model import Contract
from handrail.contract.proof.now import NOW
from handrail.contract.read import read_contract_text
from handrail.engine.alone import facts_seen
from tests.cast import CONTRACT

LEADS = 1_000
ATOMS = (
    'lead.country == "US"',
    'lead.country != "US"',
    'lead.country in ["US", "DE"]',
    "has(lead.country)",
    "account.employees >= 1000",
    "account.employees > 999",
    "account.employees < 1000",
    "fit >= 40",
    "intent >= 25",
    'lead_type == "demo"',
    'seen("demo_request")',
    'tier == "B"',
    "true",
)
TARGETS = (
    "[team:inbound]",
    "[team:outbound]",
    "[account.owner, continue]",
    "[team:outbound, continue]",
)
LAST = "  - {name: everyone, when: 'true', to: [team:inbound]}\n"


@st.composite
def conditions(draw: st.DrawFn) -> str:
    first, second = draw(st.sampled_from(ATOMS)), draw(st.sampled_from(ATOMS))
    shape = draw(
        st.sampled_from(["{a}", "{a} && {b}", "{a} || {b}", "!({a})", "!(!({a}) || !({b}))"])
    )
    return shape.format(a=first, b=second)


@st.composite
def versions(draw: st.DrawFn) -> tuple[Contract, Contract]:
    """Two contracts that have most rules in common, in some order."""
    rules = draw(st.lists(st.tuples(conditions(), st.sampled_from(TARGETS)), max_size=4))
    changed = draw(st.permutations(rules))
    if changed and draw(st.booleans()):
        changed[0] = (draw(conditions()), changed[0][1])
    bounds = draw(st.sampled_from([("25", "25"), ("25", "26"), ("25", "30"), ("25", "24")]))
    return _contract(rules, bounds[0]), _contract(changed, bounds[1])


def _contract(rules: list[tuple[str, str]], bound: str) -> Contract:
    written = "".join(
        f"  - {{name: r{number}, when: '{when}', to: {to}}}\n"
        for number, (when, to) in enumerate(rules)
    )
    text = CONTRACT.replace("  - {name: everyone,", f"{written}  - {{name: everyone,")
    text = text.replace("when: intent >= 25", f"when: intent >= {bound}")
    read = read_contract_text(text, proofs="none")
    assert read.contract is not None, read.findings
    return read.contract


def _lead(chance: Random) -> dict[str, object]:
    line: dict[str, object] = {
        "id": "drawn",
        "email": "lena@acme.example",
        "captured_at": NOW.isoformat(),
    }
    if chance.random() < 0.7:
        line["lead.country"] = chance.choice(["US", "DE", "FR"])
    if chance.random() < 0.7:
        line["account.employees"] = chance.choice([0, 999, 1000, 1001])
    if chance.random() < 0.3:
        line["account.owner"] = "ada"
    names = ["demo_request", "pricing_view", "webinar_attended", "careers_view", "unsubscribe"]
    line["signals"] = [
        {
            "name": chance.choice(names),
            "at": (NOW - timedelta(days=chance.choice([0, 3, 9, 40]))).isoformat(),
        }
        for _ in range(chance.randrange(4))
    ]
    return line


def _made_of(contract: Contract, line: dict[str, object]) -> object:
    """All that is made of a lead; of routing, as far as it is MQL."""
    facts = facts_seen(contract, line)
    made = {kind: treated(kind, contract, facts).outcome for kind in KINDS}
    if made["mql"] != "MQL":
        made.pop("routing")
    return made, dict(scores_of(contract, facts))


@pytest.mark.long
@settings(max_examples=25)
@given(versions(), st.integers(0, 2**32))
def test_equivalent_versions_make_the_same_of_every_lead(
    pair: tuple[Contract, Contract], seed: int
) -> None:
    found = diff(*pair, evaluate=facts_seen)
    if found.equivalent:
        chance = Random(seed)
        for _ in range(LEADS):
            line = _lead(chance)
            assert _made_of(pair[0], line) == _made_of(pair[1], line)


@settings(max_examples=25)
@given(versions())
def test_every_example_is_treated_differently(pair: tuple[Contract, Contract]) -> None:
    for one in diff(*pair, evaluate=facts_seen).differences:
        assert one.example is not None
        assert _made_of(pair[0], one.example) != _made_of(pair[1], one.example)
