"""Sound contracts with a roster that serves them, and faults between contract and roster."""

import pytest

from handrail.contract.model import Contract
from handrail.contract.read import read_contract_text
from tests.proofs.sound import ALL_SOUND
from tests.proofs.staffed import Staff, StaffFault, findings_with, staff_faults
from tests.proofs.written import TABLES, Written


def contract_of(written: Written) -> Contract:
    contract = read_contract_text(written.text, tables=TABLES, proofs="none").contract
    assert contract is not None
    return contract


@pytest.mark.parametrize("one", ALL_SOUND, ids=lambda one: one.name)
def test_a_sound_contract_with_its_roster_has_no_finding(one: Written) -> None:
    assert findings_with(contract_of(one), Staff()) == []


@pytest.mark.parametrize("fault", staff_faults(), ids=lambda fault: fault.name)
def test_what_the_roster_lacks_is_said_at_the_clause_that_asks_for_it(fault: StaffFault) -> None:
    found = findings_with(contract_of(fault.written), fault.staff)
    places = {(one.kind, one.line) for one in found}
    assert places == {(fault.kind, fault.written.marked_line)}, found
