"""What a conferencing system tells is brought to the booked meeting that it is about.

Conferences have no id of ours. A rep has one meeting at a time, so whose it is and when it was say
which; where the guest's address is known to us, that says it better.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from handrail.engine.conferencing.reading import ConferenceSeen
from handrail.engine.engine import Engine
from handrail.engine.items import Refused
from handrail.engine.ports import HandoffFilter
from handrail.engine.telephony.taking import rep_of
from handrail.kernel.decision import Case
from handrail.terms import command as cmd
from handrail.terms.handoff import Meeting
from handrail.terms.people import Roster

SYSTEM = "conferencing"  # of a rep's `ids`
EARLY = timedelta(minutes=15)  # people come before it begins
LATE = timedelta(hours=1)  # a conference outlasts its time
LOOKED_AT_MAX = 2_000  # open handoffs among which the meeting is looked for


class ConferenceTaken(msgspec.Struct, frozen=True):
    """`rep`: whose meeting; `handoff`: of which, None where none of ours is then; `who` came."""

    rep: str | None = None
    handoff: str | None = None
    who: str | None = None


async def take_conference(engine: Engine, seen: ConferenceSeen, *, source: str) -> ConferenceTaken:
    _, roster = await engine.in_force()
    rep = rep_of(seen.hosts, roster, system=SYSTEM) or rep_of(seen.who, roster, system=SYSTEM)
    if rep is None:
        return ConferenceTaken()
    now = engine.clock.now()
    at = min(seen.at or now, now)
    case = _which(await _cases(engine, rep, roster), rep=rep, seen=seen, at=at)
    if case is None or case.handoff is None:
        return ConferenceTaken(rep=rep)
    actor = f"hook:{source}"
    command: cmd.JoinMeeting | cmd.EndMeeting = cmd.EndMeeting(ended_at=at, by=actor)
    who: cmd.Attendee | None = None
    if seen.what == "joined":
        who = "rep" if _is_ours(seen, roster) else "buyer"
        command = cmd.JoinMeeting(who=who, joined_at=at, by=actor)
    try:
        await engine.command(case.handoff.id, command, actor=actor)
    except Refused:
        return ConferenceTaken(rep=rep)
    return ConferenceTaken(rep=rep, handoff=case.handoff.id, who=who)


def _is_ours(seen: ConferenceSeen, roster: Roster) -> bool:
    """Whoever is not of ours is the buyer's side: many come without an account or an address."""
    if set(seen.who) & set(seen.hosts) or rep_of(seen.who, roster, system=SYSTEM) is not None:
        return True
    people = {person.email.casefold() for person in roster.people.values()}
    return any(name.casefold() in people for name in seen.who)


async def _cases(engine: Engine, rep: str, roster: Roster) -> list[Case]:
    """With a meeting of the rep's, who mostly owns it."""
    queries = [HandoffFilter(owner=rep, limit=LOOKED_AT_MAX)]
    queries += [HandoffFilter(team=team, limit=LOOKED_AT_MAX) for team in roster.teams_of(rep)]
    found = {
        stored.case.lead.id: stored.case
        for query in queries
        for stored in await engine.store.cases_of(query)
    }
    return [case for _, case in sorted(found.items()) if _meeting(case, rep) is not None]


def _meeting(case: Case, rep: str) -> Meeting | None:
    meeting = case.handoff.meeting if case.handoff is not None else None
    return meeting if meeting is not None and meeting.rep == rep else None


def _which(cases: Iterable[Case], *, rep: str, seen: ConferenceSeen, at: datetime) -> Case | None:
    """The one whose guest it names; else the one that runs; else the next, else the last."""
    names = {name.casefold() for name in seen.who}
    found = []
    for case in cases:
        meeting = _meeting(case, rep)
        if meeting is None or not meeting.from_at - EARLY <= at <= meeting.until_at + LATE:
            continue
        is_named = case.lead.email is not None and case.lead.email.casefold() in names
        runs = meeting.from_at <= at < meeting.until_at
        place = (not is_named, not runs, meeting.from_at < at, abs(meeting.from_at - at))
        found.append((place, case.lead.id, case))
    return min(found, key=lambda one: one[:2])[2] if found else None
