"""Roster files: YAML 1.2 or CSV -> RosterFile, or everything that is wrong with them."""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import msgspec

from handrail.contract.findings import Finding
from handrail.contract.model import Place
from handrail.contract.roster import fields as f
from handrail.contract.roster.reps import read_person, read_rep
from handrail.contract.roster.start import RepStart, read_state
from handrail.contract.roster.table import read_table
from handrail.contract.roster.teams import Staff, read_teams
from handrail.contract.roster.tree import Block, Items, Report, TooManyFaults, read_yaml
from handrail.terms.people import Roster

ROSTER_BYTES_MAX = 5_000_000  # 10,000 reps with everything said of each
ROSTER_KEYS = ("roster", "teams", "reps", "people", "state")

Findings = tuple[Finding, ...]


class RosterFile(msgspec.Struct, frozen=True):
    """A roster as read. `places` say where each team stands in the file."""

    roster: Roster
    state: Mapping[str, RepStart] = {}
    places: Mapping[str, Place] = {}


def read_roster(path: Path | str) -> RosterFile | Findings:
    """Read a file; `.csv` is a table, anything else YAML. Faults are findings, never raised."""
    try:
        with Path(path).open("rb") as file:
            content = file.read(ROSTER_BYTES_MAX + 1)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        return (_top("syntax", f"{path} cannot be read ({reason}); check the path"),)
    return _read(content, name=Path(path).name)


def read_roster_text(text: str, *, name: str) -> RosterFile | Findings:
    """Read a text as if it stood in a file of this name."""
    return _read(text.encode("utf-8", errors="surrogatepass"), name=name)


def _read(content: bytes, *, name: str) -> RosterFile | Findings:
    if len(content) > ROSTER_BYTES_MAX:
        return (_top("syntax", f"{name} has more than {ROSTER_BYTES_MAX:,} bytes; divide it"),)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = content[: error.start]
        line = before.count(b"\n") + 1
        column = error.start - (before.rfind(b"\n") + 1) + 1
        message = f"{name} is not UTF-8 here; save it as UTF-8"
        return (Finding("syntax", "error", line, column, message),)
    report = Report()
    digest = sha256(content).hexdigest()
    try:
        read = _read_tree(_tree(text, name=name, report=report), digest=digest, report=report)
    except TooManyFaults:
        return report.findings()
    return report.findings() if report or read is None else read


def _tree(text: str, *, name: str, report: Report) -> Block | None:
    path = Path(name)
    if path.suffix.lower() == ".csv":
        return read_table(text, name=path.stem, report=report)
    root = read_yaml(text, report=report)
    if root is not None and not isinstance(root, Block):
        report.error("type", root, "a roster is a mapping; it begins with `roster: NAME`")
    return root if isinstance(root, Block) else None


def _read_tree(root: Block | None, *, digest: str, report: Report) -> RosterFile | None:
    if root is None:
        return None
    given = f.Fields(root, what="a roster", keys=ROSTER_KEYS, report=report)
    staff = _read_staff(given, report)
    for key in ("teams", "reps"):
        given.need(key, f.as_items, None)
    teams_node = given.node("teams")
    nothing = Items(root.place, ())
    sound_teams = teams_node if isinstance(teams_node, Items) else nothing
    teams, places = read_teams(sound_teams, staff=staff, report=report)
    roster = Roster(
        name=given.need("roster", f.text, ""),
        teams=teams,
        reps=staff.reps,
        people=staff.people,
        digest=digest,
    )
    state = given.take("state", f.as_block, Block(root.place, ()))
    return RosterFile(roster, read_state(state, roster=roster, report=report), places)


def _read_staff(given: f.Fields, report: Report) -> Staff:
    staff = Staff()
    for rep, fields in given.take("reps", f.each(read_rep), ()):
        staff.add_rep(rep, fields, report)
    for person, fields in given.take("people", f.each(read_person), ()):
        staff.add_person(person, fields, report)
    staff.check_cover(report)
    return staff


def _top(kind: str, message: str) -> Finding:
    return Finding(kind, "error", 1, 1, message)
