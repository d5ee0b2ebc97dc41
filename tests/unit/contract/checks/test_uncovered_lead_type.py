"""A lead that matches no lead type is given the last one; the check shows such a lead."""

import pytest

from handrail.contract.read import read_contract_text
from handrail.engine.alone import facts_seen
from tests.unit.contract.read.acme import TABLES, TEXT, only

LAST = "  - {name: content,     when: 'true', first_action: same_day, strategy: fair}\n"
OF_EVERYBODY = [
    "account.employees >= 10 || !has(account.employees) || account.employees < 10",
    '!seen("webinar_registered")',  # the type above takes those who registered
]


def test_without_a_lead_type_for_the_rest_a_lead_that_matches_none_is_shown() -> None:
    assert LAST in TEXT
    note = only(read_contract_text(TEXT.replace(LAST, ""), tables=TABLES, evaluate=facts_seen))
    assert (note.kind, note.severity) == ("uncovered_lead_type", "note")
    assert "taken for `hand_raiser`" in note.message
    assert note.example is not None
    whole = read_contract_text(TEXT, tables=TABLES, proofs="none").contract
    assert whole is not None
    seen = facts_seen(whole, note.example)
    assert seen.values["lead_type"] == "content", "neither of the two that are left"


@pytest.mark.parametrize("when", OF_EVERYBODY)
def test_lead_types_that_together_match_everybody_leave_nothing_to_say(when: str) -> None:
    text = TEXT.replace("content,     when: 'true'", f"content,     when: '{when}'")
    assert text != TEXT
    assert not read_contract_text(text, tables=TABLES, evaluate=facts_seen).findings
