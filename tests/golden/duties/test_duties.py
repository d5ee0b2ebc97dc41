"""Cases as data: what of the sample, changed, is not as `never_use` and the SLA promise."""

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from handrail.contract.checks import interference, slower_sla
from handrail.contract.findings import Finding
from handrail.contract.model import Contract
from handrail.contract.read import read_contract_text
from handrail.contract.text.source import Source
from handrail.engine.alone import facts_seen
from tests.unit.contract.read.acme import TABLES, TEXT

CASES = {
    case["case"]: case
    for case in YAML(typ="safe", pure=True).load(Path(__file__).with_name("cases.yaml"))
}
FIELDS = "  lead.gender: {type: string, values: [f, m]}\n  lead.age: {type: integer, min: 0}\n"
PLAIN = TEXT.replace("  lead.persona:", f"{FIELDS}  lead.persona:", 1)


def found_in(contract: Contract, independent: str | None) -> list[Finding]:
    asked = interference.check_independence(
        contract, [independent] if independent else [], "interference", facts_seen
    )
    return [
        *interference.find(contract, facts_seen),
        *asked.findings,
        *slower_sla.find(contract, facts_seen),
    ]


@pytest.mark.parametrize("name", CASES)
def test_a_duty_that_is_not_kept_is_named_at_its_place(name: str) -> None:
    case = CASES[name]
    assert case["old"] in PLAIN
    text = PLAIN.replace(case["old"], case["new"], 1)
    read = read_contract_text(text, tables=TABLES)
    assert read.partial is not None, read.findings
    found = found_in(read.partial, case.get("independent"))
    assert [one.kind for one in found] == [one["kind"] for one in case["findings"]], found
    for one, wanted in zip(found, case["findings"], strict=True):
        start = text.index("lead_types:" if one.kind == "slower_sla" else "scores:")
        place = Source(text).place(text.index(wanted["at"], start))
        assert (one.line, one.column) == (place.line, place.column), one
        assert wanted["says"] in one.message, one


def test_never_use_names_fields_with_and_without_their_thing() -> None:
    read = read_contract_text(PLAIN, tables=TABLES)
    assert read.partial is not None
    assert interference.never_used(read.partial) == ["lead.gender", "lead.age"]


def test_what_is_proved_is_said_once() -> None:
    read = read_contract_text(PLAIN, tables=TABLES)
    assert read.partial is not None
    asked = ["lead.gender", "lead.source_campaign", "lead.gender"]
    found = interference.check_independence(read.partial, asked, "interference", facts_seen)
    assert found.proved == ("lead.gender", "lead.source_campaign")
    assert found.findings == ()
