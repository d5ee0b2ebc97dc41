"""What thousands of rules are made of is not followed step by step on Python's stack."""

from handrail.contract.proof import Possible, World
from handrail.contract.read import read_contract_text
from tests.cast import CONTRACT

RULES = 700


def test_a_list_with_many_values_that_are_asked_for_can_be_asked_about() -> None:
    rules = "".join(
        f"  - {{name: r{number}, when: '\"t{number}\" in lead.tags', to: [team:inbound]}}\n"
        for number in range(RULES)
    )
    text = CONTRACT.replace("  lead.country:", "  lead.tags: {type: list}\n  lead.country:")
    read = read_contract_text(
        text.replace("routing:\n", f"routing:\n{rules}"), tables={}, proofs="none"
    )
    assert read.partial is not None
    world = World([read.partial])
    assert isinstance(world.ask(world.lead().holds(read.partial.routing[0].when)), Possible)
