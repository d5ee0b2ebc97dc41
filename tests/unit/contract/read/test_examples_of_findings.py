"""Examples are whole lead lines, whatever conditions ask of dates and addresses."""

import pytest

from handrail.contract.read import read_contract_text
from handrail.engine.alone import facts_seen
from tests.unit.contract.read.acme import TABLES, TEXT

RULES = {
    "a date": "lead.trial_ends < account.renews_on",
    "the end of an address": 'lead.email.endsWith("@acme.example")',
    "the beginning of an address": 'lead.email.startsWith("info@")',
    "the end of a domain": 'lead.email_domain.endsWith(".edu")',
    "what no address has": 'lead.email.contains("a b")',
}


@pytest.mark.parametrize("evaluate", [None, facts_seen], ids=["plain", "evaluated"])
@pytest.mark.parametrize("what", RULES)
def test_a_condition_on_a_date_or_an_address_has_its_examples(what: str, evaluate: object) -> None:
    text = TEXT.replace(
        "  account.csm: ",
        "  lead.trial_ends: {type: date}\n  account.renews_on: {type: date}\n  account.csm: ",
    )
    new = f"  - {{name: new, when: '{RULES[what]}', to: [team:revops]}}\n"
    late = "  - {name: late, when: 'account.renews_on >= timestamp(\"2026-06-01T00:00:00Z\")'"
    text = text.replace(
        "  - {name: everyone else", f"{new}{late}, to: [team:inbound]}}\n  - {{name: everyone else"
    )
    assert callable(evaluate) or evaluate is None
    result = read_contract_text(text, tables=TABLES, evaluate=evaluate)
    assert result.contract is not None
    assert {one.kind for one in result.findings} == {"overlap", "redundant"}
