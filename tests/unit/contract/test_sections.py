"""Which sections differ between two versions: what decides who signs."""

import pytest

from handrail.contract.diff import changed_sections
from handrail.contract.diff.sections import SECTIONS
from handrail.contract.model import Contract
from handrail.contract.read import read_contract_text
from handrail.contract.read.keys import SECTIONS as KEYS
from tests import cast

EVERYTHING = (
    cast.CONTRACT
    + """\
sources: [web]
tables: {named: named.csv}
exclude: [{when: 'account.domain in table("named")', because: named}]
territories: [{name: all, when: 'true'}]
fairness: {window: week}
alerts: {stalled: {after: 7d}}
governance: {scope: B2B}
"""
)
TABLES = {"named.csv": "domain,owner\nacme.example,ada\n"}


def read(text: str, tables: dict[str, str] | None = None) -> Contract:
    found = read_contract_text(text, tables=tables or TABLES)
    assert found.contract is not None, found.findings
    return found.contract


BEFORE = read(EVERYTHING)
CHANGES = [
    ("contract: cast", "contract: caste", "contract"),
    ("America/New_York", "America/Chicago", "timezone"),
    ("sam@acme", "eve@acme", "owners"),
    ("sources: [web]", "sources: [web, fair]", "sources"),
    ("values: [US, DE]", "values: [US, DE, FR]", "fields"),
    ("demo_request: {add: 100}", "demo_request: {add: 99}", "scores"),
    ("{A: 70", "{A: 71", "tiers"),
    ("because: named", "because: known", "exclude"),
    ("{name: all", "{name: every", "territories"),
    ("first_action: 5m", "first_action: 6m", "lead_types"),
    ("shows intent now", "shows intent", "mql"),
    ("premature: {then: recycle, after: 90d}", "premature: {then: recycle}", "sal"),
    ("require: [problem, next_step_at]", "require: [next_step_at]", "sql"),
    ("name: everyone", "name: all", "routing"),
    ("window: week", "window: day", "fairness"),
    ("warn_at: 60%", "warn_at: 61%", "sla"),
    ("revops, within: 4h", "revops, within: 5h", "triage"),
    ("after: 7d", "after: 8d", "alerts"),
    ("scope: B2B", "scope: all", "governance"),
]


@pytest.mark.parametrize(("old", "new", "section"), CHANGES, ids=[row[2] for row in CHANGES])
def test_a_change_is_of_its_section_and_of_no_other(old: str, new: str, section: str) -> None:
    assert old in EVERYTHING
    assert changed_sections(BEFORE, read(EVERYTHING.replace(old, new))) == {section}


def test_a_row_of_a_table_is_a_change_of_tables() -> None:
    after = read(EVERYTHING, {"named.csv": TABLES["named.csv"] + "other.example,ben\n"})
    assert changed_sections(BEFORE, after) == {"tables"}


def test_places_comments_and_the_number_are_no_change() -> None:
    after = read("# why\n\n" + EVERYTHING.replace("version: 1", "version: 2   # next"))
    assert after.digest != BEFORE.digest
    assert changed_sections(BEFORE, after) == frozenset()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("'account.domain in table", "'(account.domain)  in  table"),
        ("[{name: all, when: 'true'}]", "[{when: 'true', name: all}]"),
        ("named.csv}", "others.csv}"),
    ],
)
def test_another_layout_is_no_change(old: str, new: str) -> None:
    assert old in EVERYTHING
    after = read(EVERYTHING.replace(old, new), {**TABLES, "others.csv": TABLES["named.csv"]})
    assert changed_sections(BEFORE, after) == frozenset()


def test_every_key_of_a_contract_is_compared() -> None:
    assert set(KEYS) - set(SECTIONS) == {"version"}
