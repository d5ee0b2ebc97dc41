"""What was decided here beside what the CRM shows: counts that reconcile, lead by lead."""

from datetime import datetime, timedelta

import pytest

from handrail.lab.observed import Sighting, compare_seen
from tests.cast import MINUTE, START, THE_ROSTER, roster
from tests.cast import ROSTER as TEXT

DUE = START + 5 * MINUTE


def seen(
    name: str = "l1",
    *,
    owner: str = "ada",
    crm: str | None = "ada",
    later: int | None = 0,
    acted: int | None = 1,
) -> Sighting:
    def after(minutes: int | None) -> datetime | None:
        return START + minutes * MINUTE if minutes is not None else None

    return Sighting(
        lead=name,
        handoff=f"{name}-1",
        owner=owner,
        opened_at=START,
        assigned_at=START if not owner.startswith("team:") else None,
        due_at=DUE,
        crm_owner=crm,
        crm_assigned_at=after(later),
        crm_first_action_at=after(acted),
    )


@pytest.mark.parametrize(
    ("owner", "crm", "kind"),
    [
        ("ada", "ada", "same"),
        ("ada", " ADA@acme.example ", "same"),
        ("ada", "ben", "other"),
        ("ada", "0055x", "unknown"),
        ("team:inbound", "ben", "in_pool"),
        ("team:inbound", "cy", "other"),
        ("team:inbound", "team:inbound", "same"),
    ],
)
def test_an_owner_is_the_same_by_whatever_name_the_crm_has(owner: str, crm: str, kind: str) -> None:
    report = compare_seen([seen(owner=owner, crm=crm)], roster=THE_ROSTER, now=START)
    assert {name for name, count in report.owners.items() if count} == {kind}


def test_a_rep_is_known_by_their_id_in_the_crm() -> None:
    known = roster(TEXT.replace("- {id: ada,", '- {id: ada, ids: {salesforce: "005A"},'))
    assert compare_seen([seen(crm="005a")], roster=known, now=START).owners["same"] == 1


@pytest.mark.parametrize(
    ("acted", "now", "verdict"),
    [
        (4, START, "kept"),
        (5, START, "breached"),
        (None, DUE - MINUTE, "open"),
        (None, DUE, "breached"),
    ],
)
def test_an_act_at_the_due_instant_is_late_and_none_is_late_when_it_has_passed(
    acted: int | None, now: datetime, verdict: str
) -> None:
    report = compare_seen([seen(acted=acted)], roster=THE_ROSTER, now=now)
    assert {name for name, count in report.sla.items() if count} == {verdict}


def test_counts_reconcile_and_lateness_has_its_middle() -> None:
    sightings = [
        seen("a", later=0, acted=1),
        seen("b", later=10, acted=15, crm="ben"),
        seen("c", later=30, acted=35, crm="ben"),
        seen("d", later=-2, acted=None),
        seen("e", crm=None),
    ]
    now = START + timedelta(hours=1)
    report = compare_seen(sightings, roster=THE_ROSTER, now=now)
    assert (report.handoffs, report.in_crm) == (5, 4)
    assert sum(report.owners.values()) == sum(report.sla.values()) == 4
    assert report.pairs == {"ada -> ben": 2}
    assert (report.slower.count, report.slower.median, report.slower.p90) == (2, 1_200, 1_800)
    assert (report.sooner.count, report.sooner.median) == (1, 120)
    assert (report.late.count, report.late.median) == (3, 1_800)
    assert [one.lead for one in report.examples] == ["b", "c", "d"]
    assert compare_seen(sightings[::-1], roster=THE_ROSTER, now=now) == report
