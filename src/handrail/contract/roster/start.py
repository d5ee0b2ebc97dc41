"""Where things stand at the start of a decision or a rehearsal: the roster's `state`."""

from datetime import datetime
from typing import cast

import msgspec

from handrail.contract.roster import fields as f
from handrail.contract.roster.reps import leave_reader
from handrail.contract.roster.tree import Block, Node, Report
from handrail.terms.hours import leave_spans
from handrail.terms.people import PresenceState, Roster, Span

STATE_KEYS = (
    "presence",
    "until",
    "open",
    "unworked",
    "timed",
    "pipeline",
    "busy",
    "call_until",
    "leave",
    "calendar_stale",
    "assigned",
)


class RepStart(msgspec.Struct, frozen=True):
    """One rep's presence, load and calendar at the start. `leave` comes on top of the roster's."""

    presence: PresenceState = "available"
    presence_until: datetime | None = None
    open: int = 0
    unworked: int = 0
    timed: int = 0
    pipeline: int = 0
    busy: tuple[Span, ...] = ()
    call_until: datetime | None = None
    leave: tuple[Span, ...] = ()
    calendar_stale: bool = False
    # instants of assignment; a team of None stands for each of the rep's teams
    assigned: tuple[tuple[datetime, str | None], ...] = ()


def read_state(block: Block, *, roster: Roster, report: Report) -> dict[str, RepStart]:
    state: dict[str, RepStart] = {}
    for key, node in block.entries:
        if key.text not in roster.reps:
            remedy = f.did_you_mean(key.text, tuple(roster.reps))
            report.error("undefined", key, f"`{key.text}` is no rep{remedy}")
            continue
        start = _read_start(node, report, roster=roster, rep=key.text)
        if start is not None:
            state[key.text] = start
    return state


def _read_start(node: Node, report: Report, *, roster: Roster, rep: str) -> RepStart | None:
    block = f.as_block(node, report)
    if block is None:
        return None
    given = f.Fields(block, what="a rep's state", keys=STATE_KEYS, report=report)
    timezone = roster.reps[rep].timezone
    leave = given.take("leave", leave_reader(timezone), ())
    presence = given.take("presence", f.choice(PresenceState), "available")
    return RepStart(
        presence=cast(PresenceState, presence),
        presence_until=given.take("until", f.instant, None),
        open=given.take("open", f.whole(least=0), 0),
        unworked=given.take("unworked", f.whole(least=0), 0),
        timed=given.take("timed", f.whole(least=0), 0),
        pipeline=given.take("pipeline", f.whole(least=0), 0),
        busy=given.take("busy", f.one_or_each(_read_busy), ()),
        call_until=given.take("call_until", f.instant, None),
        leave=leave_spans(leave, timezone=timezone),
        calendar_stale=given.take("calendar_stale", f.flag, False),
        assigned=given.take("assigned", f.each(_assignment_reader(roster)), ()),
    )


def _read_busy(node: Node, report: Report) -> Span | None:
    block = f.as_block(node, report)
    if block is None:
        return None
    given = f.Fields(block, what="a busy time", keys=("from", "until"), report=report)
    from_at = given.need("from", f.instant, None)
    until_at = given.need("until", f.instant, None)
    if from_at is None or until_at is None:
        return None
    if until_at <= from_at:
        until = given.node("until") or node
        report.error(
            "value", until, "this busy time ends before it begins; exchange from and until"
        )
        return None
    return Span(from_at, until_at)


def _assignment_reader(roster: Roster) -> f.Read[tuple[datetime, str | None]]:
    """A reader of an instant, or of `{at, team}`."""

    def read(node: Node, report: Report) -> tuple[datetime, str | None] | None:
        if not isinstance(node, Block):
            bare = f.instant(node, report)
            return None if bare is None else (bare, None)
        given = f.Fields(node, what="an assignment", keys=("at", "team"), report=report)
        at = given.need("at", f.instant, None)
        team = given.take("team", f.name, None)
        if team is not None and team not in roster.teams:
            remedy = f.did_you_mean(team, tuple(roster.teams))
            report.error("undefined", given.node("team") or node, f"`{team}` is no team{remedy}")
        return None if at is None else (at, team)

    return read
