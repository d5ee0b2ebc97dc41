"""What proofs say of a lead is what the kernel says of it, for 20,000 leads near the boundaries."""

from random import Random

import pytest

from handrail.contract.proof import Encoding, disagreements
from handrail.contract.read import read_contract_text
from handrail.engine.alone import facts_seen
from handrail.trials.drawn import Drawing
from tests.proofs.sound import ALL_SOUND
from tests.proofs.written import TABLES, Written

LEADS = 20_000


@pytest.mark.parametrize("one", ALL_SOUND, ids=lambda one: one.name)
def test_the_encoding_and_the_evaluator_agree_on_every_drawn_lead(one: Written) -> None:
    contract = read_contract_text(one.text, tables=TABLES, proofs="none").contract
    assert contract is not None
    encoding, drawing = Encoding([contract]), Drawing(contract, Random(one.name))
    for number in range(LEADS // len(ALL_SOUND)):
        line = drawing.line(number)
        assert disagreements(encoding, facts_seen(contract, line)) == [], line
