"""What a lead of a clause's own words shows, the solver says too."""

import pytest

from handrail.contract.proof import Possible, World
from handrail.contract.read import read_contract_text
from tests.proofs.faults import ALL_FAULTS
from tests.proofs.sound import ALL_SOUND
from tests.proofs.written import TABLES, Written

SOME = (*ALL_SOUND, *(one.written for one in ALL_FAULTS[::4]))
SECTIONS = ("routing", "territories", "lead_types")


@pytest.mark.parametrize("written", SOME, ids=lambda one: one.name)
def test_what_a_plain_lead_matches_a_lead_can_match(written: Written) -> None:
    contract = read_contract_text(written.text, tables=TABLES, proofs="none").partial
    assert contract is not None
    world = World([contract])
    lead = world.lead()
    for section in SECTIONS:
        clauses = {"routing": contract.routing, "territories": contract.territories}
        whens = [one.when for one in clauses.get(section, contract.lead_types)]
        plain = world.plain_leads(section)
        for number in range(len(whens)):
            for matching in plain.of(number):
                said = [
                    lead.holds(when) if place in matching else lead.fails(when)
                    for place, when in enumerate(whens)
                ]
                assert number in matching
                assert isinstance(world.ask(*said, shown=False), Possible), whens[number].text


def test_many_clauses_of_sound_contracts_need_no_solver() -> None:
    settled = 0
    clauses = 0
    for written in ALL_SOUND:
        contract = read_contract_text(written.text, tables=TABLES, proofs="none").contract
        assert contract is not None
        plain = World([contract]).plain_leads("routing")
        clauses += len(contract.routing)
        settled += sum(
            any(min(matching) == number for matching in plain.of(number))
            for number in range(len(contract.routing))
        )
    assert settled > clauses / 3
