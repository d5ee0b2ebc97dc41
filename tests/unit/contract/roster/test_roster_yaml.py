"""Rosters in YAML. In the faulty ones `@@` stands before the token that is to blame."""

import random
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path

import pytest

from handrail.contract.findings import Finding
from handrail.contract.roster import RepStart, RosterFile, read_roster, read_roster_text
from handrail.terms.people import Caps, Leave, LocalSpan, Member, Span

SAMPLE = """\
roster: acme
teams:
  - {name: enterprise-na, manager: mo, members: [ada, {id: ben, weight: 300}]}
  - {name: inbound, manager: dana, members: [cy, ben]}
reps:
  - id: ada
    name: Ada Adler
    email: ada@acme.example
    timezone: America/New_York
    shift: {mon-fri: ["09:00-12:00", "13:00-17:00"], sat-sun: "22:00-24:00"}
    holidays: [US-CA, 2026-12-24]
    territories: [NO, us-west]
    skills: [on]
    conflicts: [Rival.Example]
    weight: 100
    tier: high
    caps: {open: 12, day: 20, week: 80, month: 250}
    joined: 2026-01-15
    leave: [{from: 2026-03-10, until: 2026-03-15}]
    cover: ben
    ids: {slack: U123, salesforce: "005xx", hubspot: 0077}
  - {id: ben, name: Ben Brook, email: ben@acme.example, timezone: America/New_York}
  - {id: cy, name: Cy Cole, email: cy@acme.example, timezone: Europe/Berlin, ramp: 50%}
  - {id: dana, name: Dana Dale, email: dana@acme.example, timezone: UTC, active: false, cover: null}
people:
  - {id: mo, name: Mo Malik, email: mo@acme.example}
state:
  cy:
    presence: away
    until: 2026-03-02T15:30:00Z
    open: 3
    unworked: 1
    timed: 0
    busy: [{from: 2026-03-02T15:10:00Z, until: 2026-03-02T16:00:00Z}]
    leave: [{from: 2026-03-10, until: 2026-03-10}]
    assigned: [2026-03-02T14:05:00Z, {at: 2026-03-02T14:20:00Z, team: inbound}]
"""


def read(text: str) -> RosterFile:
    result = read_roster_text(text, name="roster.yaml")
    assert isinstance(result, RosterFile), result
    return result


def faults(text: str, *, name: str = "roster.yaml") -> tuple[Finding, ...]:
    result = read_roster_text(text, name=name)
    assert not isinstance(result, RosterFile), "nothing was found"
    return result


def instant(day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


def test_the_roster_of_the_design_is_read_as_written() -> None:
    roster = read(SAMPLE).roster
    assert list(roster.teams) == ["enterprise-na", "inbound"]
    assert roster.teams["enterprise-na"].members == (Member("ada"), Member("ben", 300))
    assert (roster.manager_of("inbound"), roster.people["mo"].timezone) == ("dana", None)
    ada = roster.reps["ada"]
    assert ada.shift is not None
    assert ada.shift.days[0] == (LocalSpan(540, 720), LocalSpan(780, 1_020))
    assert ada.shift.days[6] == (LocalSpan(1_320, 1_440),)
    assert (ada.holidays, ada.holiday_dates) == (("US-CA",), (date(2026, 12, 24),))
    assert ada.caps == Caps(open=12, day=20, week=80, month=250, timed=1)
    assert ada.leave == (Leave(date(2026, 3, 10), date(2026, 3, 15)),)
    assert (ada.tier, ada.joined, ada.cover) == ("high", date(2026, 1, 15), "ben")
    assert ada.conflicts == {"rival.example"}
    assert (roster.reps["cy"].ramp, roster.reps["dana"].active) == (50, False)


def test_no_and_on_stay_words_and_numbers_of_other_systems_keep_their_zeros() -> None:
    ada = read(SAMPLE).roster.reps["ada"]
    assert ada.territories == ("NO", "us-west")
    assert ada.skills == {"on"}
    assert ada.ids == {"slack": "U123", "salesforce": "005xx", "hubspot": "0077"}


def test_what_is_left_out_has_its_default() -> None:
    ben = read(SAMPLE).roster.reps["ben"]
    assert (ben.weight, ben.tier, ben.ramp, ben.caps) == (100, "medium", 100, Caps())
    assert (ben.shift, ben.territories, ben.holidays, ben.active) == (None, None, (), True)


def test_the_state_says_where_things_stand() -> None:
    assert read(SAMPLE).state == {
        "cy": RepStart(
            presence="away",
            presence_until=instant(2, 15, 30),
            open=3,
            unworked=1,
            busy=(Span(instant(2, 15, 10), instant(2, 16)),),
            leave=(Span(instant(9, 23), instant(10, 23)),),
            assigned=((instant(2, 14, 5), None), (instant(2, 14, 20), "inbound")),
        )
    }


def test_a_night_runs_into_the_next_day_and_a_range_over_the_week_end() -> None:
    text = SAMPLE.replace('sat-sun: "22:00-24:00"', 'sun: ["22:00-04:00"]')
    shift = read(text).roster.reps["ada"].shift
    assert shift is not None and shift.days[6] == (LocalSpan(1_320, 1_680),)
    text = SAMPLE.replace("mon-fri:", "tue-fri:").replace("sat-sun:", "sat-mon:")
    shift = read(text).roster.reps["ada"].shift
    assert shift is not None
    assert [len(spans) for spans in shift.days] == [1, 2, 2, 2, 2, 1, 1]


def test_the_digest_is_that_of_the_bytes(tmp_path: Path) -> None:
    path = tmp_path / "roster.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + SAMPLE.encode())
    result = read_roster(path)
    assert isinstance(result, RosterFile)
    assert result.roster.digest == sha256(path.read_bytes()).hexdigest()
    assert read(SAMPLE).roster.digest == sha256(SAMPLE.encode()).hexdigest()


def test_an_anchor_may_stand_for_a_shift() -> None:
    text = SAMPLE.replace("shift: {", "shift: &nine {").replace("ramp: 50%", "shift: *nine")
    reps = read(text).roster.reps
    assert reps["cy"].shift == reps["ada"].shift


CASES = [
    # what is written, what it becomes, kind, what the message says
    ("roster: acme", "roster: acme\n@@reeps: []", "undefined", "did you mean `reps`"),
    ("    weight: 100", "    @@wieght: 100", "undefined", "did you mean `weight`"),
    ("weight: 100", "weight: @@heavy", "type", "whole number"),
    ("weight: 100", "weight: @@0", "value", "1 to"),
    ("weight: 300", "weight: @@-1", "value", "1 to"),
    ("weight: 100", "weight: @@1.5", "type", "whole number"),
    ("weight: 100", 'weight: @@"100"', "type", "whole number"),
    ("name: Ben Brook", "name: @@77", "type", "quotes"),
    ("name: Ben Brook", 'name: @@""', "value", "1 to"),
    ("name: Ben Brook", "name: @@[Ben]", "type", "a list"),
    ("- {id: ben, name: Ben Brook,", "- @@{id: ben,", "value", "needs `name`"),
    ("email: ben@acme.example", "email: @@ben", "value", "ada@acme.example"),
    ("id: cy,", "id: @@c y,", "value", "space"),
    ("timezone: Europe/Berlin", "timezone: @@Europe/Berln", "value", "Europe/Berlin"),
    ("timezone: Europe/Berlin", "timezone: @@../../etc/passwd", "value", "IANA"),
    ("[US-CA, 2026-12-24]", "[@@UX, 2026-12-24]", "value", "US-CA"),
    ("[US-CA, 2026-12-24]", "[US-CA, @@2026-02-30]", "value", "like 2026-03-02"),
    ("[US-CA, 2026-12-24]", "@@{US: CA}", "type", "a text"),
    ("territories: [NO, us-west]", "territories: @@named", "type", "a list"),
    ("skills: [on]", "skills: [@@7]", "type", "quotes"),
    ("day: 20", "day: @@-20", "value", "0 to"),
    ("day: 20", "@@dya: 20", "undefined", "did you mean `day`"),
    ("caps: {open: 12, day: 20, week: 80, month: 250}", "caps: @@12", "type", "a mapping"),
    ("ramp: 50%", "ramp: @@150%", "value", "0 to 100"),
    ("ramp: 50%", "ramp: @@half", "type", "0 to 100"),
    ("tier: high", "tier: @@hihg", "value", "did you mean `high`"),
    ("active: false", "active: @@no", "type", "true or false"),
    ("joined: 2026-01-15", "joined: @@2026-01-15T00:00:00Z", "value", "without a time"),
    ("joined: 2026-01-15", "joined: @@0001-01-01", "value", "year"),
    ("until: 2026-03-15}", "until: @@2026-03-09}", "value", "ends before"),
    (
        "from: 2026-03-10, until: 2026-03-15",
        "from: 2026-03-10T09:00:00Z, until: @@2026-03-09",
        "value",
        "ends before",
    ),
    ("[{from: 2026-03-10, until: 2026-03-15}]", "[@@{from: 2026-03-10}]", "value", "`until`"),
    ("ids: {slack: U123,", "ids: {slack: @@[U123],", "type", "a text"),
    ("mon-fri", "@@mon-fir", "undefined", "`fir` is no day; did you mean `fri`"),
    ("mon-fri", "@@mon-mon", "value", "write `mon`"),
    ('"22:00-24:00"', '@@"22:00-25:00"', "value", "time of day"),
    ('"22:00-24:00"', '@@"24:00-06:00"', "value", "time of day"),
    ('"22:00-24:00"', '@@"9-17"', "value", "time of day"),
    ('"22:00-24:00"', "@@nights", "value", "09:00-17:00"),
    ('"22:00-24:00"', '@@"22:00-22:00"', "value", "equal ends"),
    ('"13:00-17:00"', '@@"11:00-17:00"', "value", "overlaps"),
    ('"22:00-24:00"', '@@"22:00-09:01"', "value", "sun 22:00-09:01 overlaps mon 09:00-12:00"),
    ('sat-sun: "22:00-24:00"', 'fri: @@"16:00-18:00"', "value", "overlaps"),
    (
        '{mon-fri: ["09:00-12:00", "13:00-17:00"], sat-sun: "22:00-24:00"}',
        "@@{}",
        "value",
        "always",
    ),
    (
        '{mon-fri: ["09:00-12:00", "13:00-17:00"], sat-sun: "22:00-24:00"}',
        "@@{mon: []}",
        "value",
        "always",
    ),
    ("cover: ben", "cover: @@bne", "undefined", "did you mean `ben`"),
    ("cover: ben", "cover: @@mo", "undefined", "take no leads"),
    ("cover: ben", "cover: @@ada", "value", "ada -> ada"),
    ("manager: mo", "manager: @@om", "undefined", "neither a rep"),
    ("[cy, ben]", "[cy, @@bne]", "undefined", "did you mean `ben`"),
    ("[cy, ben]", "[cy, @@mo]", "undefined", "take no leads"),
    ("[cy, ben]", "[cy, @@cy]", "value", "twice"),
    ("[cy, ben]", "@@[]", "value", "a roster without a rep for team `inbound`"),
    ("name: inbound", "name: @@enterprise-na", "value", "twice, first in line 3"),
    ("id: cy,", "id: @@ben,", "value", "twice, first in line 22"),
    ("id: mo, name", "id: @@ada, name", "value", "twice, first in line 6"),
    ("presence: away", "presence: @@asleep", "value", "available"),
    ("  cy:", "  @@cyy:", "undefined", "did you mean `cy`"),
    ("open: 3", "@@opne: 3", "undefined", "did you mean `open`"),
    ("open: 3", "open: @@-3", "value", "0 to"),
    ("team: inbound}", "team: @@inbuond}", "undefined", "did you mean `inbound`"),
    ("[2026-03-02T14:05:00Z,", "[@@2026-03-02T14:05:00,", "value", "zone"),
    ("[2026-03-02T14:05:00Z,", "[@@2026-03-02,", "value", "an instant"),
    ("until: 2026-03-02T16:00:00Z", "until: @@2026-03-02T15:10:00Z", "value", "before"),
    ("tier: high", "tier: high\n    @@tier: low", "syntax", "twice"),
    ("tier: high", "tier: @@*nobody", "syntax", "comes before `*nobody`"),
    ("tier: high", "tier: @@!!str high", "syntax", "tags"),
    ("roster: acme", "roster: acme\n@@\tteams: []", "syntax", "not YAML"),
]


@pytest.mark.parametrize(
    ("old", "new", "kind", "said"), CASES, ids=[case[1][:50] for case in CASES]
)
def test_a_fault_is_told_at_its_place_with_its_remedy(
    old: str, new: str, kind: str, said: str
) -> None:
    assert old in SAMPLE
    marked = SAMPLE.replace(old, new, 1)
    before = marked[: marked.index("@@")]
    place = (before.count("\n") + 1, len(before) - before.rfind("\n"))
    found = [
        finding
        for finding in faults(marked.replace("@@", ""))
        if (finding.line, finding.column) == place and finding.kind == kind
    ]
    assert found and said in found[0].message, faults(marked.replace("@@", ""))
    assert found[0].severity == "error"


def test_all_faults_are_told_at_once_in_the_order_of_the_file() -> None:
    text = SAMPLE.replace("tier: high", "tier: top").replace("open: 3", "open: -3")
    text = text.replace("manager: mo", "manager: om").replace("ramp: 50%", "ramp: 101")
    assert [finding.marked for finding in faults(text)] == ["om", "top", "101", "-3"]


def test_cover_that_goes_round_is_refused_once() -> None:
    text = SAMPLE.replace("cover: null", "cover: ada").replace(
        "timezone: America/New_York}", "timezone: America/New_York, cover: dana}"
    )
    assert [finding.message for finding in faults(text)] == [
        "cover goes round: ada -> ben -> dana -> ada; take one of them out"
    ]


def test_one_who_is_covered_by_somebody_in_a_circle_is_not_to_blame() -> None:
    text = SAMPLE.replace("cover: null", "cover: ada").replace(
        "timezone: America/New_York}", "timezone: America/New_York, cover: ben}"
    )
    assert [finding.message for finding in faults(text)] == [
        "cover goes round: ben -> ben; take one of them out"
    ]


def test_a_rep_that_an_alias_repeats_stands_twice() -> None:
    text = SAMPLE.replace("- {id: ben,", "- &ben {id: ben,").replace("people:", "  - *ben\npeople:")
    assert ["twice" in finding.message for finding in faults(text)] == [True]


def test_after_a_thousand_faults_the_rest_is_not_looked_at() -> None:
    text = SAMPLE.replace("[cy, ben]", f"[{', '.join(f'nobody{n}' for n in range(5_000))}]")
    assert len(faults(text)) == 1_000


@pytest.mark.parametrize("key", ["roster: acme\n", "teams:\n", "reps:\n"])
def test_what_a_roster_needs_is_missed(key: str) -> None:
    name = key.split(":")[0]
    text = SAMPLE.replace("\n" + key, "\nstatee:\n") if name != "roster" else SAMPLE[len(key) :]
    assert any(f"needs `{name}`" in finding.message for finding in faults(text))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing",
        "- a list",
        "a word",
        "roster: [",
        "a: 1\n--- \nb: 2",
        "a: &a [*a]",
        "[" * 2_000,
        "a: \x00",
        '"\\xZZ"',
        "%YAML 9.9.9\n---\na",
        "{[a]: b}",
        "? {a: b}\n: c",
        "&a a: *a",
        "\ud800: a",
        "bombs: [&a [1,1,1,1,1,1,1,1,1,1], &b [*a,*a,*a,*a,*a,*a,*a,*a,*a,*a],"
        "&c [*b,*b,*b,*b,*b,*b,*b,*b,*b,*b],"
        "&d [*c,*c,*c,*c,*c,*c,*c,*c,*c,*c,*c], &e [*d,*d,*d,*d,*d,*d,*d,*d,*d,*d,*d,*d],"
        "&f [*e,*e,*e,*e,*e,*e,*e,*e,*e,*e], &g [*f,*f,*f,*f,*f,*f,*f,*f,*f,*f,*f,*f,*f,*f]]",
    ],
    ids=range(16),
)
def test_what_is_no_roster_is_told_and_never_raised(text: str) -> None:
    assert faults(text)


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    latin = tmp_path / "latin.yaml"
    latin.write_bytes(b"roster: acme\nteams: \xe4")
    large = tmp_path / "large.yaml"
    large.write_bytes(b"#" * 5_000_001)
    for path, said in (
        (tmp_path / "none.yaml", "check the path"),
        (tmp_path, "check the path"),
        (latin, "UTF-8"),
        (large, "5,000,000 bytes"),
    ):
        found = read_roster(path)
        assert not isinstance(found, RosterFile) and said in found[0].message
    found = read_roster(latin)
    assert not isinstance(found, RosterFile) and (found[0].line, found[0].column) == (2, 8)


def test_no_roster_however_broken_raises_anything() -> None:
    chance = random.Random(7)
    for _ in range(200):
        text = list(SAMPLE)
        for _ in range(chance.randint(1, 4)):
            text[chance.randrange(len(text))] = chance.choice("{}[]:,-&*!%@\"'\n\t 0zé\x07")
        read_roster_text("".join(text), name=chance.choice(["r.yaml", "r.csv"]))
