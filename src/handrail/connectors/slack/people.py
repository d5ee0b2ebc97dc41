"""Who pressed: Slack's users as people of the roster, and what they may do. Pure."""

from datetime import datetime

import msgspec

from handrail.engine.presence import next_at
from handrail.terms.durations import parse_duration
from handrail.terms.handoff import Handoff
from handrail.terms.people import Presence, Roster

SYSTEM = "slack"


class Who(msgspec.Struct, frozen=True):
    """A person of the roster. `actor`: as the ledger names who asked."""

    id: str
    name: str
    timezone: str
    is_rep: bool

    @property
    def actor(self) -> str:
        return f"{'rep' if self.is_rep else 'person'}:{self.id}"


def who_is(user: str, *, roster: Roster, timezone: str = "UTC") -> Who | None:
    """By `ids: {slack: U...}`; nobody else is let in, whatever their name or address is, nor who
    shares an id with another. `timezone`: of people who have none."""
    found = [
        Who(id=rep.id, name=rep.name, timezone=rep.timezone, is_rep=True)
        for rep in roster.reps.values()
        if rep.ids.get(SYSTEM) == user
    ] + [
        Who(id=person.id, name=person.name, timezone=person.timezone or timezone, is_rep=False)
        for person in roster.people.values()
        if person.ids.get(SYSTEM) == user
    ]
    return found[0] if user and len(found) == 1 else None


def may_change(who: Who, *, handoff: Handoff, roster: Roster) -> bool:
    """Its owner, or the manager of the owner's team; of a pool, each of its members."""
    owner = handoff.owner
    if who.id == owner.rep:
        return True
    teams = {owner.team, *(roster.teams_of(owner.rep) if owner.rep is not None else ())}
    if any(name in roster.teams and roster.manager_of(name) == who.id for name in teams):
        return True
    return owner.rep is None and owner.team in roster.teams_of(who.id)


def may_look(who: Who, *, handoff: Handoff, roster: Roster) -> bool:
    """Whoever may change it, the owner's team, and everybody who manages a team."""
    owner = handoff.owner
    teams = {owner.team, *(roster.teams_of(owner.rep) if owner.rep is not None else ())}
    manages = any(team.manager == who.id for team in roster.teams.values())
    is_near = bool(teams & {*roster.teams_of(who.id)})
    return manages or is_near or may_change(who, handoff=handoff, roster=roster)


class Unclear(Exception):
    """What was typed says nothing that we know; the message says what does."""


def presence_of(text: str, *, who: Who, now: datetime) -> Presence:
    """`until 15:00` and `15:00`: the next one in the rep's zone; `2h`; `back`. Raises Unclear."""
    words = " ".join(text.lower().split())
    if words in ("back", "in"):
        return Presence()
    at = next_at(words.removeprefix("until "), timezone=who.timezone, now=now)
    if at is not None:
        return Presence(state="away", until=at)
    try:
        return Presence(state="away", until=now + parse_duration(words.removeprefix("for ")))
    except (ValueError, OverflowError):
        raise Unclear("Write `/out until 15:00`, `/out 2h`, or `/out back`.") from None
