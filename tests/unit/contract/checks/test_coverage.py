"""Roster coverage: which times it names, and which it leaves alone."""

from datetime import UTC, datetime

import pytest

from handrail.contract.checks import check_coverage, coverage
from handrail.contract.findings import Finding
from handrail.engine.alone import facts_seen
from tests.cast import CONTRACT, ROSTER, contract, roster

MONDAY = datetime(2026, 3, 2, 5, tzinfo=UTC)  # midnight in New York
OFFICE = 'shift: {mon-fri: ["09:00-17:00"]}'
NEEDS = ("to: [team:inbound]}", "to: [team:inbound], needs: [german]}")
ADA, BEN = (
    "ada@acme.example, timezone: America/New_York",
    "ben@acme.example, timezone: America/New_York",
)
WALL = ("clock: business", "clock: wall")
NOBODY_TOLD = ("do: [alert_manager, assign team:inbound]", "do: reroute")


def found(
    *contract_changes: tuple[str, str], ada: str = "", ben: str = "", weeks: int = 1
) -> list[Finding]:
    text, people = CONTRACT, ROSTER
    for old, new in contract_changes:
        assert old in text
        text = text.replace(old, new)
    for rep, given in ((ADA, ada), (BEN, ben)):
        if given:
            people = people.replace(rep, f"{rep}, {given}")
    of = contract(text)
    return list(coverage.find(of, roster(people), from_at=MONDAY, weeks=weeks))


def test_a_skill_that_is_off_while_its_team_works_is_uncovered() -> None:
    (one,) = found(
        NEEDS,
        ada=f"{OFFICE}, skills: [german]",
        ben='shift: {mon-fri: ["09:00-19:00"]}',
    )
    assert (one.kind, one.severity) == ("uncovered", "warning")
    assert "10 hours a week" in one.message and "german" in one.message
    assert "Mon 2026-03-02 17:00 until Mon 2026-03-02 19:00 (America/New_York)" in one.message
    line = CONTRACT[: CONTRACT.index("{name: everyone")].count("\n") + 1
    assert one.line == line


def test_nights_of_a_business_clock_are_covered_by_its_standing_still() -> None:
    assert found(NEEDS, ada=f"{OFFICE}, skills: [german]", ben=OFFICE) == []
    assert found(ada=OFFICE, ben=OFFICE) == []


def test_leave_and_a_first_day_count() -> None:
    on_leave = "skills: [german], leave: [{from: 2026-03-04, until: 2026-03-05}]"
    (one,) = found(NEEDS, ada=on_leave)
    assert "48 hours a week" in one.message and "Wed 2026-03-04 00:00" in one.message
    (new,) = found(NEEDS, ada="skills: [german], joined: 2026-03-03")
    assert "24 hours a week" in new.message and "Mon 2026-03-02 00:00" in new.message


def test_the_nights_of_a_wall_clock_need_somebody_who_is_told() -> None:
    assert found(WALL, ada=OFFICE, ben=OFFICE) == []
    silent = ("do: incident, repeat: 15m", "do: reroute")
    (one,) = found(WALL, NOBODY_TOLD, silent, ada=OFFICE, ben=OFFICE)
    assert "128 hours a week" in one.message


@pytest.mark.parametrize("weeks", [1, 4])
def test_hours_are_given_by_the_week(weeks: int) -> None:
    (one,) = found(
        NEEDS,
        ada=f"{OFFICE}, skills: [german]",
        ben='shift: {mon-fri: ["09:00-18:00"]}',
        weeks=weeks,
    )
    assert "for 5 hours a week" in one.message


def test_a_skill_that_nobody_has_is_said_once_elsewhere() -> None:
    assert found(NEEDS) == []


def test_the_hours_of_an_inactive_rep_run_a_clock_that_nobody_meets() -> None:
    (one,) = found(ada=OFFICE, ben="active: false")
    assert "128 hours a week" in one.message


AREAS = (
    "lead_types:\n",
    "territories:\n  - {name: us, when: 'lead.country == \"US\"'}\n"
    "  - {name: rest, when: 'true'}\nlead_types:\n",
)


def test_a_territory_whose_reps_are_off_is_uncovered_and_has_an_example() -> None:
    text = CONTRACT.replace(*AREAS)
    people = ROSTER.replace(ADA, f"{ADA}, {OFFICE}, territories: [us]").replace(
        BEN, f"{BEN}, territories: [rest]"
    )
    (one,) = check_coverage(contract(text), roster(people), facts_seen, from_at=MONDAY, weeks=1)
    assert "for the territory `us` works for 128 hours a week" in one.message
    assert one.example is not None
    assert one.example["lead.country"] == "US"


def test_a_territory_from_which_no_lead_can_come_to_a_rule_is_no_gap() -> None:
    text = CONTRACT.replace(*AREAS).replace(
        "routing:\n",
        "routing:\n  - {name: home, when: 'lead.country == \"US\"', to: [team:revops]}\n",
    )
    people = ROSTER.replace(ADA, f"{ADA}, {OFFICE}, territories: [us]").replace(
        BEN, f"{BEN}, territories: [rest]"
    )
    assert check_coverage(contract(text), roster(people), facts_seen, from_at=MONDAY, weeks=1) == ()
