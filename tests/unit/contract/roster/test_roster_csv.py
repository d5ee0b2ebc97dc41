"""Rosters in CSV: one row a rep."""

from datetime import date
from itertools import pairwise

import pytest

from handrail.contract.findings import Finding
from handrail.contract.roster import RosterFile, read_roster_text
from handrail.terms.people import Caps, Leave, Member, Person

SAMPLE = """\
id,name,email,timezone,teams,manager,kind,shift,holidays,skills,caps.day,ramp,leave,ids
ada,"Adler, Ada",ada@acme.example,America/New_York,enterprise-na,mo,,\
"{""mon-fri"": [""09:00-17:00""]}",US;2026-12-24,german;on,20,50%,\
"[{""from"": ""2026-03-10"", ""until"": ""2026-03-15""}]","{""slack"": ""U1""}"
ben,Ben Brook,ben@acme.example,America/New_York,enterprise-na;inbound:300,mo;l@x.example,rep,,,,,,,

cy,Cy Cole,cy@acme.example,Europe/Berlin,inbound,,,,,,,,,
mo,Mo Malik,mo@acme.example,,,,person,,,,,,,
"""


def read(text: str) -> RosterFile:
    result = read_roster_text(text, name="acme.csv")
    assert isinstance(result, RosterFile), result
    return result


def fault(text: str) -> Finding:
    result = read_roster_text(text, name="acme.csv")
    assert not isinstance(result, RosterFile)
    assert len(result) == 1, result
    return result[0]


def test_a_table_is_read_as_the_same_roster_in_yaml_is() -> None:
    roster = read(SAMPLE).roster
    assert roster.name == "acme"
    assert list(roster.reps) == ["ada", "ben", "cy"]
    ada = roster.reps["ada"]
    assert (ada.name, ada.ramp) == ("Adler, Ada", 50)
    assert ada.skills == {"german", "on"}
    assert (ada.holidays, ada.holiday_dates) == (("US",), (date(2026, 12, 24),))
    assert ada.caps == Caps(day=20)
    assert ada.leave == (Leave(date(2026, 3, 10), date(2026, 3, 15)),)
    assert ada.ids == {"slack": "U1"}
    assert ada.shift is not None and len(ada.shift.days[4]) == 1


def test_teams_have_their_members_in_the_order_of_the_rows() -> None:
    roster = read(SAMPLE).roster
    assert roster.teams["enterprise-na"].members == (Member("ada"), Member("ben"))
    assert roster.teams["inbound"].members == (Member("ben", 300), Member("cy"))


def test_a_manager_may_be_an_address_without_a_row() -> None:
    roster = read(SAMPLE).roster
    assert roster.manager_of("enterprise-na") == "mo"
    lee = "l@x.example"
    assert roster.people[roster.manager_of("inbound")] == Person(lee, lee, lee)


def test_lines_may_end_as_other_systems_end_them() -> None:
    assert read(SAMPLE.replace("\n", "\r\n")).roster.reps == read(SAMPLE).roster.reps
    assert read("\ufeff" + SAMPLE.rstrip("\n")).roster.teams == read(SAMPLE).roster.teams


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("id,name", "id,@@nam", "did you mean `name`"),
        ("caps.day", "@@name", "twice"),
        ("cy@acme.example", "@@cy", "no address"),
        ("ada,", "@@ada,,", "15 cells"),
        ("US;2026-12-24", "US; @@UX", "`UX`"),
        ("inbound:300", "@@inbound:0", "out of range"),
        ("person", "@@persn", "rep or person"),
        ('"{""mon-fri"": [""09:00-17:00""]}"', '@@"{""mon-fri"": [""09:00""]}"', "no span"),
        ('"{""mon-fri"": [""09:00-17:00""]}"', "@@{mon-fri: [", "not YAML"),
        ("Berlin,inbound,,", "Berlin,inbound,@@mo,", "has the manager `l@x.example`"),
        ("Berlin,inbound,,", "Berlin,inbound,@@a;b,", "one for each"),
        ("mo;l@x.example", "mo;@@lee", "neither a rep"),
    ],
)
def test_a_fault_of_a_cell_is_told_at_its_place(old: str, new: str, said: str) -> None:
    """`@@` stands before the token that is to blame."""
    assert old in SAMPLE
    marked = SAMPLE.replace(old, new, 1)
    before = marked[: marked.index("@@")]
    place = (before.count("\n") + 1, len(before) - before.rfind("\n"))
    result = read_roster_text(marked.replace("@@", "", 1), name="acme.csv")
    assert not isinstance(result, RosterFile)
    assert any((one.line, one.column) == place and said in one.message for one in result), result


def test_a_team_without_a_manager_is_refused() -> None:
    found = fault("id,name,email,timezone,teams\nada,Ada,ada@acme.example,UTC,inbound\n")
    assert (found.line, found.column) == (2, 30)
    assert "needs `manager`" in found.message


def test_a_quote_that_does_not_end_is_told() -> None:
    assert "quote without its end" in fault('id,name\nada,"Ada').message


def test_an_empty_table_is_told() -> None:
    assert "nothing here" in fault("").message


def test_findings_come_in_the_order_of_the_file() -> None:
    found = read_roster_text(SAMPLE.replace("@acme.example", ""), name="acme.csv")
    assert not isinstance(found, RosterFile)
    assert all(
        (one.line, one.column) <= (after.line, after.column) for one, after in pairwise(found)
    )
