"""Whether each team of a roster ever works."""

from collections.abc import Collection, Mapping
from datetime import datetime

from handrail.contract.findings import Finding
from handrail.contract.model import Place
from handrail.terms.hours import HORIZON, union, working_time
from handrail.terms.people import Roster


def check_working_time(
    roster: Roster,
    *,
    now: datetime,
    teams: Collection[str] | None = None,
    places: Mapping[str, Place] | None = None,
) -> tuple[Finding, ...]:
    """An error for each team, of those named or all, in which nobody works in the next 366 days.

    For contracts under a business clock: there such a team's windows would never be due. `places`
    say where each team stands in its file (`RosterFile.places`). Inactive reps do not count.
    """
    known = places or {}
    return tuple(
        Finding(
            "value",
            "error",
            known.get(name, Place(1, 1)).line,
            known.get(name, Place(1, 1)).column,
            f"nobody in team `{name}` works in the next {HORIZON.days} days; "
            "change a shift or a leave, or add a member",
            marked=name,
        )
        for name in roster.teams
        if (teams is None or name in teams) and not _ever_works(roster, name, now)
    )


def _ever_works(roster: Roster, team: str, now: datetime) -> bool:
    reps = (roster.reps[member.rep] for member in roster.teams[team].members)
    pool = union([working_time(rep) for rep in reps if rep.active])
    return pool.next_start(now) is not None
