"""A roster that serves every sound contract, and what can be wrong between the two."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from handrail.contract.checks import check_against_roster, check_coverage
from handrail.contract.findings import Finding
from handrail.contract.model import Contract
from handrail.contract.roster import RosterFile, read_roster_text
from handrail.engine.alone import facts_seen
from tests.proofs.sound import ALL_SOUND
from tests.proofs.written import SKILLS, TEAMS, Line, Written, marked, rule

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
WEEKS = 4


@dataclass(frozen=True)
class Staff:
    """Ada is in every team, works always and has every skill; Ben is in one team more."""

    teams: tuple[str, ...] = TEAMS
    skills: tuple[str, ...] = SKILLS
    nights: str = "ben"  # the members of one team more
    ben: str = ""  # more of Ben

    @property
    def text(self) -> str:
        teams = [f"{{name: {one}, manager: mo, members: [ada]}}" for one in self.teams]
        teams.append(f"{{name: nights, manager: mo, members: [{self.nights}]}}")
        has = f"skills: [{', '.join(self.skills)}]"
        ada = f"{{id: ada, name: Ada, email: ada@a.example, timezone: UTC, {has}}}"
        ben = f"{{id: ben, name: Ben, email: ben@a.example, timezone: UTC{self.ben}}}"
        lines = ["roster: staff", "teams:", *(f"  - {one}" for one in teams)]
        lines += ["reps:", f"  - {ada}", f"  - {ben}"]
        lines += ["people:", "  - {id: mo, name: Mo, email: mo@a.example, timezone: UTC}", ""]
        return "\n".join(lines)


def findings_with(contract: Contract, staff: Staff) -> list[Finding]:
    """What only the roster shows."""
    read = read_roster_text(staff.text, name="staff.yaml")
    assert isinstance(read, RosterFile), read
    return [
        *check_against_roster(contract, read.roster),
        *check_coverage(contract, read.roster, facts_seen, from_at=NOW, weeks=WEEKS),
    ]


@dataclass(frozen=True)
class StaffFault:
    name: str
    written: Written
    staff: Staff
    kind: str


Plant = Callable[[Written], Written]


def _routing(to: str, needs: str = "") -> Plant:
    line = marked(rule("planted", "account.seats > 3", f"team:{to}", needs))
    return lambda host: host.adding(line)


def _escalating(host: Written) -> Written:
    first = Line("    - {breach: 1, do: [reroute, assign team:inbuond]}", mark=True)
    return replace(host, escalation=(first, *host.escalation[1:]))


FAULTS: dict[str, tuple[Plant, Staff, str]] = {
    "a misspelt team": (_routing("est"), Staff(), "undefined"),
    "a team that the roster lacks": (_routing("south"), Staff(), "undefined"),
    "a misspelt team in the chain": (_escalating, Staff(), "undefined"),
    "a skill that works in the mornings only": (
        _routing("nights", "swahili"),
        Staff(nights="ben, ada", ben=", skills: [swahili], shift: {mon-fri: ['09:00-12:00']}"),
        "uncovered",
    ),
    "a skill that nobody has": (_routing("east", "finnish"), Staff(), "uncovered"),
    "a skill that only another team has": (_routing("nights", "german"), Staff(), "uncovered"),
    "a skill of somebody who has left": (
        _routing("nights", "german"),
        Staff(ben=", skills: [german], active: false"),
        "uncovered",
    ),
}


IN_BUSINESS_TIME = [one for one in ALL_SOUND if one.clock == "business"]


def staff_faults() -> list[StaffFault]:
    found = []
    for turn, (name, (plant, staff, kind)) in enumerate(FAULTS.items()):
        for number in (0, 1):
            host = IN_BUSINESS_TIME[(turn * 8 + number * 13) % len(IN_BUSINESS_TIME)]
            found.append(StaffFault(f"{name} in {host.name}", plant(host), staff, kind))
    return found
