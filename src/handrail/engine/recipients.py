"""Who is behind the name that a message goes to."""

import msgspec

from handrail.engine.alerts import Recipient
from handrail.terms.people import Roster


def recipient_of(who: str, *, roster: Roster, zone: str = "UTC") -> Recipient | None:
    """The person behind an id; for a pool, the manager of its team, reached where the team is.
    `zone`: the contract's, of people who have none of their own."""
    if who.startswith("team:"):
        team = roster.teams.get(who.removeprefix("team:"))
        manager = recipient_of(team.manager, roster=roster, zone=zone) if team else None
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
        timezone=found.timezone or zone,
        ids=found.ids,
    )
