"""What can be and what cannot, asked of small contracts."""

import pytest

from handrail.contract.proof import Budget, Impossible, Possible, Unknown, World
from handrail.contract.proof.formula import negated
from handrail.contract.read import read_contract_text
from tests.unit.contract.proof.contracts import contract_with
from tests.unit.contract.read.acme import TABLES, TEXT

CANNOT_BOTH = (
    ("account.employees >= 250", "account.employees < 250"),
    ('lead.country == "US"', 'lead.country == "DE"'),
    ('lead.country == "US"', "!has(lead.country)"),
    ('lead.persona in ["student"]', 'lead.persona in ["executive", "other"]'),
    ('count("pricing_view", "2h") >= 3', 'count("pricing_view", "7d") < 3'),
    ('count("pricing_view", "2h") >= 1', '!seen("pricing_view")'),
    ('lead.source_campaign.startsWith("ab")', '!lead.source_campaign.startsWith("a")'),
    ('lead.source_campaign.startsWith("ab")', 'lead.source_campaign.startsWith("b")'),
    ('"aws" in account.technologies', "size(account.technologies) == 0"),
    ('account.technologies == ["aws", "gcp"]', '!("gcp" in account.technologies)'),
    ('lookup("zips", lead.postal_code) == "us-west"', 'lead.postal_code == "nowhere"'),
    ("account.employees * 2 > 100", "account.employees <= 50"),
    ("account.employees % 2 == 0", "account.employees in [7, 9]"),
    ("account.employees / 10 == 3", "account.employees % 10 == 4 && account.employees != 34"),
    ("account.employees % 5 >= 5", "true"),
    ('tier == "A"', "fit < 70"),
    ('tier == "B"', "fit == 70"),
    ("fit >= 95", "account.employees < 1000"),
    ('lead_type == "demo"', '!seen("demo_request") && count("pricing_view", "2h") < 3'),
    ('territory == "us-west"', 'account.domain in table("named")'),
    ("intent > 300", "true"),
)
CAN_BOTH = (
    ("account.employees / -10 == -3", "account.employees % -10 == 4"),
    ("(0 - account.employees) / 10 == -3", "(0 - account.employees) % 10 == -9"),
    ("account.employees >= 250", "account.employees < 251"),
    ('lead.source_campaign.startsWith("ab")', 'lead.source_campaign.endsWith("b")'),
    ('count("pricing_view", "2h") < 3', 'count("pricing_view", "7d") >= 3'),
    ("!(account.employees >= 250)", "!(lead.country == 'US')"),
    ("account.employees + 1 > 9223372036854775806", "true"),
    ('tier == "A"', "fit == 70"),
    ("fit == 70", 'lead.persona == "executive"'),
    ("intent >= 30", '!seen("demo_request")'),
)


@pytest.mark.parametrize(("one", "other"), CANNOT_BOTH)
def test_contradictions_are_impossible(one: str, other: str) -> None:
    contract = contract_with([one, other])
    world = World([contract])
    lead = world.lead()
    both = [lead.holds(rule.when) for rule in contract.routing[:2]]
    assert isinstance(world.ask(*both), Impossible)


@pytest.mark.parametrize(("one", "other"), CAN_BOTH)
def test_what_can_be_is_possible(one: str, other: str) -> None:
    contract = contract_with([one, other])
    world = World([contract])
    lead = world.lead()
    both = [lead.holds(rule.when) for rule in contract.routing[:2]]
    assert isinstance(world.ask(*both), Possible)


def test_a_score_that_a_person_set_may_be_anything() -> None:
    contract = contract_with(["fit > 100"])
    world = World([contract])
    above = world.lead().holds(contract.routing[0].when)
    assert isinstance(world.ask(above), Impossible)
    assert isinstance(world.ask(above, overridden=True), Possible)


def test_a_lead_like_another_differs_only_where_it_is_apart() -> None:
    contract = contract_with(['lead.country == "US"', "fit >= 70"])
    country, fit = (rule.when for rule in contract.routing[:2])
    world = World([contract])
    one = world.lead("one")
    other = world.lead("other", like=one, apart_from=frozenset({"lead.country"}))
    third = world.lead("third", like=other, apart_from=frozenset({"account.employees"}))
    assert isinstance(world.ask(one.holds(country), negated(other.holds(country))), Possible)
    assert isinstance(world.ask(one.holds(fit), negated(other.holds(fit))), Impossible)
    assert isinstance(world.ask(other.holds(country), negated(third.holds(country))), Impossible)
    assert isinstance(world.ask(one.holds(fit), negated(third.holds(fit))), Possible)


def test_contracts_with_other_words_for_a_field_share_its_values() -> None:
    rule = ['lead.country == "US"']
    one = contract_with(rule)
    wider = contract_with(rule, changes={"[US, CA, DE, AT, CH]": "[US, CA, DE, AT, CH, FR]"})
    world = World([one, wider])
    lead = world.lead()
    here, there = lead.has("lead.country", 0), lead.has("lead.country", 1)
    assert isinstance(world.ask(here, negated(there)), Impossible)
    assert isinstance(world.ask(there, negated(here)), Possible)
    differs = [lead.holds(one.routing[0].when, 0), lead.fails(wider.routing[0].when, 1)]
    assert isinstance(world.ask(*differs), Impossible)


def test_a_field_of_another_type_in_the_other_contract_may_be_anything() -> None:
    rule = ["has(lead.postal_code)", "true"]
    one = contract_with(rule)
    other = contract_with(
        ["lead.source_campaign > 3", *rule],
        changes={"lead.source_campaign: {type: string}": "lead.source_campaign: {type: integer}"},
    )
    world = World([one, other])
    assert isinstance(world.ask(world.lead().holds(other.routing[0].when, 1)), Possible)


def test_a_spent_budget_proves_nothing() -> None:
    contract = contract_with([f"account.employees * 7 == fit * {n} + 3" for n in range(1, 6)])
    world = World([contract], budget=Budget(question=10))
    lead = world.lead()
    verdict = world.ask(*(lead.fails(rule.when) for rule in contract.routing))
    assert isinstance(verdict, Unknown)
    assert verdict.reason


def test_the_same_questions_have_the_same_answers() -> None:
    contract = contract_with(["fit >= 40 && intent >= 30", 'tier == "B" || seen("demo_request")'])
    shown = []
    for _ in range(2):
        world = World([contract])
        lead = world.lead()
        answers = [world.ask(lead.rule_is(index)) for index in range(3)]
        shown.append([one.classes for one in answers if isinstance(one, Possible)])
    assert shown[0] == shown[1]


def test_a_rule_that_continues_takes_nobody() -> None:
    contract = contract_with(
        ["has(account.csm)", "has(account.csm)"], changes={"[team:t0]": "[account.csm, continue]"}
    )
    world = World([contract])
    lead = world.lead()
    assert isinstance(world.ask(lead.rule_is(0), lead.rule_is(1)), Possible)
    assert isinstance(world.ask(lead.rule_is(1), lead.rule_is(2)), Impossible)
    assert isinstance(world.ask(lead.unrouted()), Impossible)


def test_conditions_that_cannot_be_read_may_each_be_anything() -> None:
    text = TEXT.replace('lead.country in ["DE", "AT", "CH"]', "lead.county", 1)
    text = text.replace("has(account.csm)", "lead.county", 1)
    contract = read_contract_text(text, tables=TABLES, proofs="none").partial
    assert contract is not None
    one, other = (rule.when for rule in contract.routing if not rule.when.readable)
    world = World([contract])
    lead = world.lead()
    assert isinstance(world.ask(lead.holds(one), lead.fails(other)), Possible)
    assert isinstance(world.ask(lead.fails(one), lead.holds(other)), Possible)
