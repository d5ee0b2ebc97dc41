"""Who may get a handoff when a person sets another owner."""

from handrail.terms.handoff import Handoff
from handrail.terms.people import Roster


def likely_owners(handoff: Handoff, *, roster: Roster) -> list[tuple[str, str]]:
    """Ids and names of who may get it: the owner's team first, then all others, then the pools."""
    team = roster.teams.get(handoff.owner.team)
    near = [member.rep for member in team.members] if team is not None else []
    ids = dict.fromkeys([*near, *sorted(roster.reps)])
    reps = [(id, roster.reps[id].name) for id in ids if id != handoff.owner.rep]
    return [*reps, *((f"team:{name}", f"{name} pool") for name in roster.teams)]
