"""Who is behind the name that a message goes to."""

import msgspec

from handrail.engine.alerts import Recipient
from handrail.terms.people import Roster


def recipient_of(who: str, *, roster: Roster) -> Recipient | None:
    """The person behind an id; for a pool, the manager of its team, reached where the team is."""
    if who.startswith("team:"):
        team = roster.teams.get(who.removeprefix("team:"))
        manager = recipient_of(team.manager, roster=roster) if team is not None else None
        if team is None or manager is None:
            return None
        return msgspec.structs.replace(manager, ids={**manager.ids, **team.ids})
    found = roster.reps.get(who) or roster.people.get(who)
    if found is None:
        return None
    return Recipient(
        id=who,
        name=found.name,
        email=found.email,
        timezone=found.timezone or "UTC",
        ids=found.ids,
    )
