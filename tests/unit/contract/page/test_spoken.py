"""Conditions in English: what two people read in one way only."""

import pytest

from handrail.contract.model import Condition, Place
from handrail.contract.page.spoken import say
from tests.unit.contract.cel.cast import compiled

SPOKEN = {
    "fit >= 40 && fit < 70": "fit is at least 40 and fit is less than 70",
    "40 <= fit": "fit is at least 40",
    "account.employees >= 1000": "the account has at least 1,000 employees",
    "account.employees == 7": "the account has exactly 7 employees",
    "account.employees < 10": "the account has fewer than 10 employees",
    "account.revenue > 0.5": "the account's revenue is more than 0.5",
    "account.revenue >= 10.0": "the account's revenue is at least 10",
    'lead.country in ["DE", "AT", "CH"]': "the lead's country is DE, AT or CH",
    '!(lead.country in ["DE", "AT"])': "the lead's country is none of DE or AT",
    'lead.name in ["OR"]': "the lead's name is “OR”",
    'lead_type == "demo"': "the lead type is “demo”",
    'lead_type != "demo"': "the lead type is not “demo”",
    '!(lead_type == "demo")': "the lead type is not “demo”",
    'seen("demo_request")': "“demo request” was seen",
    '!seen("demo_request")': "“demo request” was not seen",
    'seen("demo_request") || seen("pricing_view")': ("“demo request” or “pricing view” was seen"),
    'seen("demo_request") && seen("pricing_view")': ("“demo request” and “pricing view” were seen"),
    'count("pricing_view", "2h") >= 3': ("“pricing view” was seen at least 3 times within 2 hours"),
    'count("pricing_view", "1h30m") > 1': (
        "“pricing view” was seen more than once within 1 hour 30 minutes"
    ),
    "has(account.csm)": "the account's CSM is known",
    "!has(account.csm)": "the account's CSM is not known",
    'lead.country in table("named")': "the lead's country is in the table “named”",
    'lookup("zips", lead.name) == "us-west"': (
        "the table “zips” gives “us-west” for the lead's name"
    ),
    '"java" in account.technologies': "the account's technologies include “java”",
    '!("java" in account.technologies)': "the account's technologies do not include “java”",
    'lead.name.startsWith("A")': "the lead's name starts with A",
    "size(lead.name) > 3": "the length of the lead's name is more than 3",
    "lead.opted_in": "the lead's opted in is true",
    "!lead.opted_in": "the lead's opted in is not true",
    'lead.born < timestamp("2000-01-01T00:00:00Z")': "the lead's born is less than 2000-01-01",
    'lead.born < timestamp("2000-01-01T00:00:01Z")': (
        "the lead's born is less than 2000-01-01T00:00:01Z"
    ),
    "fit > 1 || fit < 5 && lead.opted_in": (
        "fit is more than 1 or (fit is less than 5 and the lead's opted in is true)"
    ),
    "(fit > 1 || fit < 5) && lead.opted_in": (
        "(fit is more than 1 or fit is less than 5) and the lead's opted in is true"
    ),
    "!(fit > 1 || lead.opted_in)": "not so: (fit is more than 1 or the lead's opted in is true)",
    "fit * 2 + 1 > 5": "(fit times 2) plus 1 is more than 5",
    "fit - (2 - fit) > 5": "fit minus (2 minus fit) is more than 5",
    "lead.opted_in ? fit > 1 : fit > 2": (
        "if the lead's opted in is true then fit is more than 1, otherwise fit is more than 2"
    ),
    "true": "always",
    "false": "never",
}


def spoken(text: str) -> str:
    made = compiled(text)
    return say(Condition(text, Place(1, 1), made.test, made.expression))


@pytest.mark.parametrize("text", SPOKEN)
def test_a_condition_reads_as_written_here(text: str) -> None:
    assert spoken(text) == SPOKEN[text]


def test_a_value_cannot_end_its_own_quotation() -> None:
    assert spoken('lead.name == "x” or fit is “y"') == "the lead's name is “x\\” or fit is \\“y”"
