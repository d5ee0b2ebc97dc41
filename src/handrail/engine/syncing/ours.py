"""What reps and guests write into the calendar entry of a booked meeting is taken at its word."""

import re
from collections.abc import Sequence

from handrail.engine.booking.events import event_for_rep, uid_of
from handrail.engine.calendars.source import OurEntry
from handrail.engine.engine import Engine
from handrail.engine.items import Refused
from handrail.engine.ports import HandoffFilter
from handrail.kernel.decision import Case
from handrail.terms import command as cmd
from handrail.terms.handoff import Handoff, Meeting
from handrail.terms.people import Roster

LOOKED_AT_MAX = 2_000  # open handoffs among which the meeting is looked for
_NO_SHOW = re.compile(r"\W*no[ -]?show\b", re.IGNORECASE)


async def heed(engine: Engine, rep: str, entries: Sequence[OurEntry], *, actor: str) -> None:
    """The rep writes "no-show" before the title: the buyer did not come. The guest answers the
    rep's invitation: they will come, or mean not to. Each is heeded once, however often it is read:
    what the buyer says elsewhere afterwards stands."""
    _, roster = await engine.in_force()
    for handoff, meeting, entry, case in await meetings_of(engine, rep, entries):
        command = _meant(engine, case, meeting, entry, roster)
        if command is None:
            continue
        try:
            await engine.command(handoff.id, command, actor=actor)
        except Refused:
            continue  # it has ended, or was moved meanwhile


async def meetings_of(
    engine: Engine, rep: str, entries: Sequence[OurEntry]
) -> list[tuple[Handoff, Meeting, OurEntry, Case]]:
    """The rep's booked meetings of which there are entries."""
    if not entries:
        return []
    _, roster = await engine.in_force()
    by_uid = {entry.uid: entry for entry in entries}
    found = []
    for case in await _cases(engine, rep, roster):
        handoff = case.handoff
        meeting = handoff.meeting if handoff is not None else None
        if handoff is None or meeting is None or meeting.rep != rep:
            continue
        entry = by_uid.get(uid_of(handoff=handoff.id, number=meeting.number))
        if entry is not None:
            found.append((handoff, meeting, entry, case))
    return found


def _meant(
    engine: Engine, case: Case, meeting: Meeting, entry: OurEntry, roster: Roster
) -> cmd.Command | None:
    now = engine.clock.now()
    ours = event_for_rep(case, roster=roster, meeting=meeting, sequence=0).title
    is_marked = _NO_SHOW.match(entry.title) is not None and _NO_SHOW.match(ours) is None
    if is_marked and not meeting.missed and not meeting.held and meeting.from_at <= now:
        return cmd.MissMeeting(by=f"rep:{meeting.rep}")
    if meeting.missed or meeting.from_at <= now:
        return None
    match entry.answer:
        case "accepted" if meeting.confirmed_at is None:
            return cmd.ConfirmMeeting(by=cmd.BUYER)
        case "declined" if meeting.declined_at is None:
            return cmd.DeclineMeeting(by=cmd.BUYER)
        case _:
            return None


async def _cases(engine: Engine, rep: str, roster: Roster) -> list[Case]:
    """Among which a meeting of the rep's is: their own, and those of their teams."""
    queries = [HandoffFilter(owner=rep, limit=LOOKED_AT_MAX)]
    queries += [HandoffFilter(team=team, limit=LOOKED_AT_MAX) for team in roster.teams_of(rep)]
    found = {
        stored.case.lead.id: stored.case
        for query in queries
        for stored in await engine.store.cases_of(query)
    }
    return [case for _, case in sorted(found.items())]
