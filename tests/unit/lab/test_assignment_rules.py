"""Exported assignment rules as routing: what can be said, and what is told."""

import pytest

from handrail.contract.facts import Facts
from handrail.contract.read import read_contract_text
from handrail.engine.alone import facts_seen
from handrail.lab.first_draft import (
    TEMPLATES,
    CannotReadRules,
    Routes,
    answers_for,
    draft_from_rules,
    draft_of,
    sound_pages,
)
from tests.cast import START

XML = """<?xml version="1.0" encoding="UTF-8"?>
<AssignmentRules xmlns="http://soap.sforce.com/2006/04/metadata">
  <assignmentRule><fullName>Old</fullName><active>false</active></assignmentRule>
  <assignmentRule><fullName>Now</fullName><active>true</active>{entries}</assignmentRule>
</AssignmentRules>"""


def item(field: str, operation: str, value: str) -> str:
    return (
        f"<criteriaItems><field>{field}</field><operation>{operation}</operation>"
        f"<value>{value}</value></criteriaItems>"
    )


def entry(*criteria: str, to: str = "Queue_A", type_: str = "Queue", filter_: str = "") -> str:
    boolean = f"<booleanFilter>{filter_}</booleanFilter>" if filter_ else ""
    return (
        f"<ruleEntry><assignedTo>{to}</assignedTo><assignedToType>{type_}</assignedToType>"
        f"{boolean}{''.join(criteria)}</ruleEntry>"
    )


def routes(*entries: str) -> Routes:
    return draft_from_rules(XML.format(entries="".join(entries)))


CASES = [
    (item("Lead.Country", "equals", "Germany"), {"lead.country": "Germany"}, True),
    (item("Lead.Country", "equals", "Germany,Austria"), {"lead.country": "Austria"}, True),
    (item("Lead.Country", "equals", ""), {}, True),
    (item("Lead.Country", "notEqual", "Germany"), {}, True),
    (item("Lead.Country", "notEqual", "Germany"), {"lead.country": "Germany"}, False),
    (item("Lead.Country", "notEqual", ""), {}, False),
    (item("Lead.NumberOfEmployees", "greaterOrEqual", "100"), {"account.employees": 100}, True),
    (item("Lead.NumberOfEmployees", "greaterThan", "100"), {"account.employees": 100}, False),
    (item("Lead.NumberOfEmployees", "lessThan", "100"), {}, False),
    (item("Lead.AnnualRevenue", "lessOrEqual", "1.5"), {"account.revenue": 1.5}, True),
    (item("Lead.Title", "contains", "VP,Chief"), {"lead.title": "the Chief"}, True),
    (item("Lead.Title", "notContain", "Intern"), {"lead.title": "Intern"}, False),
    (item("Lead.Title", "notContain", "Intern"), {}, True),
    (item("Lead.Title", "startsWith", "VP"), {"lead.title": "VP Sales"}, True),
    (item("Lead.Is_Partner__c", "equals", "True"), {"lead.is_partner": True}, True),
    (item("Lead.City", "equals", '"quoted" &amp; \\odd'), {"lead.city": "x"}, False),
]


@pytest.mark.parametrize(("criterion", "values", "wanted"), CASES, ids=str)
def test_a_criterion_means_what_it_meant_there(
    criterion: str, values: dict[str, str | int | float | bool], wanted: bool
) -> None:
    draft = draft_of(answers_for(), TEMPLATES["minimal"], routes(entry(criterion), entry(to="B")))
    sound, pages = sound_pages(draft, facts_seen)
    assert len(sound.routes.rules) == 1, sound.routes.unsaid
    contract = read_contract_text(pages["contract.yaml"]).contract
    assert contract is not None
    when = contract.routing[1].when
    assert (when.test(Facts(values=dict(values), signals=(), now=START)) is True) == wanted


@pytest.mark.parametrize(
    ("filter_", "wanted"),
    [
        ("", {7}),
        ("1 AND 2 AND 3", {7}),
        ("1 OR 2 AND 3", {1, 3, 5, 6, 7}),
        ("(1 OR 2) AND 3", {5, 6, 7}),
        ("1 AND NOT (2 OR 3)", {1}),
        ("not 1 and ((2))", {2, 6}),
    ],
)
def test_a_filter_joins_as_it_did_there(filter_: str, wanted: set[int]) -> None:
    criteria = [item(f"Lead.F{number}", "equals", "x") for number in (1, 2, 3)]
    found = routes(entry(*criteria, filter_=filter_), entry(to="B"))
    draft = draft_of(answers_for(), TEMPLATES["minimal"], found)
    contract = read_contract_text(sound_pages(draft, facts_seen)[1]["contract.yaml"]).contract
    assert contract is not None
    holding = set()
    for bits in range(8):
        values = {f"lead.f{n}": "x" if bits >> (n - 1) & 1 else "y" for n in (1, 2, 3)}
        facts = Facts(values=dict(values), signals=(), now=START)
        if contract.routing[1].when.test(facts) is True:
            holding.add(bits)
    assert holding == wanted


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("<ruleEntry><assignedTo>A</assignedTo><formula>x</formula></ruleEntry>", "a formula: x"),
        (entry(item("Lead.Regions__c", "includes", "DACH")), "includes of Lead.Regions__c"),
        (entry(item("Lead.Name", "greaterThan", "M")), "by order"),
        (entry(item("Lead.City", "equals", "x"), filter_="1 AND 2"), "cannot be read"),
        (entry(item("Lead.City", "equals", "x"), filter_="1 XOR 1"), "cannot be read"),
        (entry(item("Lead.City", "equals", "x"), filter_="("), "cannot be read"),
        (entry(item("Lead.City", "equals", "x"), to=""), "assigns to nobody"),
        (entry(item("Lead.9", "equals", "x")), "no name"),
        (entry(to="All") + entry(item("Lead.City", "equals", "x")), "takes every lead"),
    ],
)
def test_what_cannot_be_said_is_told(written: str, told: str) -> None:
    found = routes(written, entry(to="B"))
    assert any(told in line for line in found.unsaid), found.unsaid


def test_a_user_is_a_team_of_one_and_the_rule_that_takes_all_comes_last() -> None:
    city = item("Lead.City", "equals", "x")
    found = routes(entry(city, to="eve@acme.example", type_="User"), entry(to="Inside Sales"))
    assert [rule.team for rule in found.rules] == ["eve"]
    assert dict(found.members) == {"eve": ("eve@acme.example",)}
    assert found.fallback == "inside-sales"


def test_rules_come_from_a_csv_as_well() -> None:
    found = draft_from_rules(
        "rule,field,operation,value,assigned_to,type\n"
        'dach,country,in,"DE,AT",DACH,Queue\n'
        "dach,employees,>=,50,,\n"
        "rest,,,,Inside,Queue\n"
    )
    (rule,) = found.rules
    assert rule.when == 'lead.country in ["DE", "AT"] && account.employees >= 50'
    assert (rule.team, found.fallback) == ("dach", "inside")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "missing"),
        ("a,b\n1,2\n", "columns"),
        ("<a>", "not XML"),
        ("<a/>", "none of its 0"),
        ('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "document type"),
        (XML.format(entries=""), "no rule"),
    ],
)
def test_what_is_no_export_is_refused(text: str, message: str) -> None:
    with pytest.raises(CannotReadRules, match=message):
        draft_from_rules(text)
