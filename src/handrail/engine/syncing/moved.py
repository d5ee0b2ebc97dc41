"""What reps do in their own calendar with a meeting that we wrote there is followed.

Our own write is none of their doing. The times in it are those of the meeting; and an entry that is
older than the meeting, or that we are about to write, says nothing of what the rep wants.
"""

from collections.abc import Sequence
from datetime import datetime

import structlog

from handrail.engine.arranging.carrying import Calendars
from handrail.engine.booking.errands import CALENDAR
from handrail.engine.booking.events import event_for_rep
from handrail.engine.calendars.source import CalendarFault, OurEntry
from handrail.engine.engine import Engine
from handrail.engine.items import Refused
from handrail.engine.ports import RefusedOverlap
from handrail.engine.syncing.ours import meetings_of
from handrail.kernel.decision import Case
from handrail.terms import command as cmd
from handrail.terms.handoff import Handoff, Meeting

ACTOR = "calendar"

log = structlog.get_logger()


async def follow(
    engine: Engine, rep: str, entries: Sequence[OurEntry], *, calendars: Calendars
) -> None:
    """Of the calendar into which the rep's meetings are written. What cannot be followed (a time
    that is over, or is another meeting's) is undone there: what the buyer was promised stands."""
    for handoff, meeting, entry, case in await meetings_of(engine, rep, entries):
        command = _meant(meeting, entry, now=engine.clock.now())
        if command is None or await _is_being_written(engine, handoff):
            continue

        def still(now: Case, seen: Meeting = meeting) -> None:
            if now.handoff is None or now.handoff.meeting != seen:
                raise Refused("changed", "the meeting is another by now")

        try:
            await engine.command(handoff.id, command, actor=ACTOR, only_if=still)
        except (Refused, RefusedOverlap) as fault:
            log.warning("calendar_move_not_followed", handoff=handoff.id, reason=str(fault))
            await _write_back(engine, case, meeting, calendars=calendars)


def _meant(meeting: Meeting, entry: OurEntry, *, now: datetime) -> cmd.Command | None:
    """None where it is as we wrote it, or older than the meeting, or was tidied away after it."""
    by = f"rep:{meeting.rep}"
    if not meeting.arranged or meeting.missed or meeting.held:
        return None
    if entry.is_gone:
        return cmd.CancelMeeting(by=by) if meeting.from_at > now else None
    if entry.span is None or entry.sequence < meeting.changes:
        return None
    begins, ends = entry.span.from_at, entry.span.until_at
    if (begins, ends) == (meeting.from_at, meeting.until_at):
        return None
    return cmd.MoveMeeting(rep=meeting.rep, from_at=begins, until_at=ends, by=by)


async def _is_being_written(engine: Engine, handoff: Handoff) -> bool:
    rows = await engine.store.deliveries_of(handoff.lead)
    return any(row.channel == CALENDAR and row.state == "waiting" for row in rows)


async def _write_back(
    engine: Engine, case: Case, meeting: Meeting, *, calendars: Calendars
) -> None:
    _, roster = await engine.in_force()
    event = event_for_rep(case, roster=roster, meeting=meeting, sequence=meeting.changes)
    try:
        found = await calendars.writable(meeting.rep)
        if found is not None:
            source, access = found
            await source.put(access, event)
    except CalendarFault as fault:
        log.warning("calendar_not_written_back", rep=meeting.rep, reason=str(fault))
