from datetime import UTC, datetime

from handrail.contract.roster import RosterFile, check_working_time, read_roster_text

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
SAMPLE = """\
roster: acme
teams:
  - {name: inbound, manager: ada, members: [ada, ben]}
  - {name: always, manager: ada, members: [ben]}
reps:
  - {id: ada, name: Ada, email: a@acme.example, timezone: UTC, shift: {sun: "09:00-17:00"},
     leave: [{from: 2026-01-01, until: 2027-06-01}]}
  - {id: ben, name: Ben, email: b@acme.example, timezone: UTC}
"""


def read(text: str) -> RosterFile:
    result = read_roster_text(text, name="roster.yaml")
    assert isinstance(result, RosterFile), result
    return result


def test_a_team_works_when_one_of_its_members_does() -> None:
    assert check_working_time(read(SAMPLE).roster, now=NOW) == ()


def test_a_team_that_never_works_is_told_where_it_stands() -> None:
    file = read(SAMPLE.replace("[ada, ben]", "[ada]"))
    (found,) = check_working_time(file.roster, now=NOW, places=file.places)
    assert (found.kind, found.severity, found.line, found.column) == ("value", "error", 3, 12)
    assert "nobody in team `inbound` works in the next 366 days" in found.message
    assert check_working_time(file.roster, now=NOW, teams={"always"}) == ()


def test_the_inactive_do_not_work() -> None:
    file = read(SAMPLE.replace("timezone: UTC}", "timezone: UTC, active: false}"))
    assert [one.marked for one in check_working_time(file.roster, now=NOW)] == ["inbound", "always"]
