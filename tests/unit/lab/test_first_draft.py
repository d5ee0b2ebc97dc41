"""First contracts: whatever is answered, they pass their own check."""

from collections.abc import Mapping

import pytest

from handrail.contract.definitions import read_definitions_text
from handrail.contract.model import TeamTarget
from handrail.contract.read import read_contract_text
from handrail.contract.roster import RosterFile, read_roster_text
from handrail.engine.alone import facts_seen
from handrail.lab.first_draft import (
    ASKS,
    TEMPLATES,
    Draft,
    FieldDraft,
    RouteDraft,
    Routes,
    Template,
    answers_for,
    draft_of,
    sound_pages,
)

NASTY = "Ümläut & Söhne: 'Ltd' # \"x\"\n- {a: b}"


def pages_of(draft: Draft) -> Mapping[str, str]:
    return sound_pages(draft, facts_seen)[1]


@pytest.mark.parametrize("template", TEMPLATES.values(), ids=lambda one: one.name)
@pytest.mark.parametrize("countries", [(), ("US", "CA", "DE")], ids=str)
@pytest.mark.parametrize("minutes", [1, 240])
def test_every_template_passes_its_own_check(
    template: Template, countries: tuple[str, ...], minutes: int
) -> None:
    answers = answers_for(asks=template.asks, countries=countries, minutes=minutes)
    assert "contract.yaml" in pages_of(draft_of(answers, template))


@pytest.mark.parametrize("ask", ASKS)
def test_one_way_of_asking_is_enough(ask: str) -> None:
    pages = pages_of(draft_of(answers_for(asks=(ask,)), TEMPLATES["minimal"]))
    contract = read_contract_text(pages["contract.yaml"]).contract
    assert contract is not None
    assert [kind.name for kind in contract.lead_types] == [ask, "other"]


def test_what_people_type_stays_a_word() -> None:
    answers = answers_for(
        company=NASTY, reps=("o'hara+x@acme.example", "null@a.example", "12@a.example")
    )
    pages = pages_of(draft_of(answers, TEMPLATES["enterprise"]))
    contract = read_contract_text(pages["contract.yaml"]).contract
    assert contract is not None and contract.governance.scope is not None
    assert " ".join(NASTY.split()) in contract.governance.scope


def test_people_of_one_address_are_one_and_of_one_name_two() -> None:
    answers = answers_for(
        owners=("dana@a.example", "mia@a.example", "sam@a.example"),
        reps=("sam@a.example", "SAM@a.example", "sam@b.example"),
    )
    pages = pages_of(draft_of(answers, TEMPLATES["minimal"]))
    roster = read_roster_text(pages["roster.yaml"], name="roster.yaml")
    assert isinstance(roster, RosterFile)
    assert set(roster.roster.reps) == {"sam", "sam-2", "dana"}
    assert roster.roster.teams["inbound"].manager == "sam"
    assert not roster.roster.people


def drafted(*rules: RouteDraft) -> Draft:
    fields = (FieldDraft("lead.size", "integer"), FieldDraft("lead.city", "string"))
    return draft_of(answers_for(), TEMPLATES["minimal"], Routes(rules, fields, fallback="rest"))


def test_a_rule_that_can_never_be_reached_is_told_instead_of_written() -> None:
    draft = drafted(
        RouteDraft("small", "lead.size < 50", "a"),
        RouteDraft("large", "lead.size >= 50", "b"),
        RouteDraft("hidden", "lead.size == 7", "c"),
    )
    sound, pages = sound_pages(draft, facts_seen)
    assert [rule.name for rule in sound.routes.rules] == ["small", "large"]
    (told,) = sound.routes.unsaid
    assert told.startswith("hidden: every lead")
    assert "# - hidden: every lead" in pages["contract.yaml"]


def test_a_condition_that_cannot_be_compiled_is_told_too() -> None:
    sound, _ = sound_pages(drafted(RouteDraft("odd", 'lead.size == "seven"', "a")), facts_seen)
    assert not sound.routes.rules
    assert "odd" in sound.routes.unsaid[0]


def test_teams_of_rules_stand_in_the_roster() -> None:
    draft = drafted(RouteDraft("small", "lead.size < 50", "revops-leads"))
    pages = pages_of(draft)
    contract = read_contract_text(pages["contract.yaml"]).contract
    assert contract is not None
    assert [rule.to[0] for rule in contract.routing[1:]] == [
        TeamTarget("revops-leads"),
        TeamTarget("rest"),
    ]
    roster = read_roster_text(pages["roster.yaml"], name="roster.yaml")
    assert isinstance(roster, RosterFile)
    assert {"rest", "revops-leads", "revops"} == set(roster.roster.teams)


def test_a_drafted_contract_stands_for_a_definition() -> None:
    """What `init` writes can go straight into the definitions audit."""
    read = read_definitions_text(pages_of(drafted())["contract.yaml"])
    assert not isinstance(read, tuple)
    assert set(read.stages) == {"mql"}
