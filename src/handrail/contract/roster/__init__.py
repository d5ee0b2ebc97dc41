"""A roster's text -> teams, people and where they stand at the start, or findings."""

from handrail.contract.roster.coverage import check_working_time
from handrail.contract.roster.reading import (
    Findings,
    RosterFile,
    read_roster,
    read_roster_text,
)
from handrail.contract.roster.start import RepStart

__all__ = [
    "Findings",
    "RepStart",
    "RosterFile",
    "check_working_time",
    "read_roster",
    "read_roster_text",
]
