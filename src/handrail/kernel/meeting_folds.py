"""What each event about a meeting makes of a handoff."""

from collections.abc import Callable
from datetime import datetime
from typing import Any, assert_never

import msgspec

from handrail.terms import event as ev
from handrail.terms.command import BUYER
from handrail.terms.handoff import Handoff, HeldAlert, Meeting
from handrail.terms.risk import Shown
from handrail.terms.sla import Clock, ClockKind

SHOWN_MAX = 20  # of one handoff

replace = msgspec.structs.replace


def _meeting_booked(handoff: Handoff, event: ev.MeetingBooked, at: datetime) -> Handoff:
    return replace(
        handoff,
        meeting=Meeting(
            rep=event.rep,
            from_at=event.from_at,
            until_at=event.until_at,
            booked_at=at,
            judge_at=event.judge_at,
            arranged=event.arranged,
            number=handoff.meetings_booked + 1,
            by_buyer=event.by == BUYER,
        ),
        meetings_booked=handoff.meetings_booked + 1,
        zone=event.zone or handoff.zone,
        held=without_held(handoff.held, "follow_up", "unbooked", *_ABOUT_A_MEETING),
        met_at=handoff.met_at or at,
        clocks=without(handoff.clocks, "first_action"),
        active_at=at,
        stall_at=event.stall_at,
    )


def _meeting_moved(handoff: Handoff, event: ev.MeetingMoved, at: datetime) -> Handoff:
    meeting = handoff.meeting
    assert meeting is not None
    is_step = handoff.next_step_at == meeting.from_at
    return replace(
        handoff,
        next_step_at=event.from_at if is_step else handoff.next_step_at,
        zone=event.zone or handoff.zone,
        meeting=replace(
            meeting,
            rep=event.rep,
            from_at=event.from_at,
            until_at=event.until_at,
            booked_at=at if event.by == BUYER else meeting.booked_at,
            judge_at=event.judge_at,
            heard=meeting.heard or event.by == BUYER,
            changes=meeting.changes + 1,
            by_buyer=meeting.by_buyer or event.by == BUYER,
            confirmed_at=meeting.confirmed_at if event.from_at == meeting.from_at else None,
            declined_at=meeting.declined_at if event.from_at == meeting.from_at else None,
            risk=None,
            signs=(),
            rep_joined_at=None,
            buyer_joined_at=None,
        ),
        held=without_held(handoff.held, *_ABOUT_A_MEETING),
        active_at=at,
        stall_at=event.stall_at,
    )


def _meeting_cancelled(handoff: Handoff, event: ev.MeetingCancelled, at: datetime) -> Handoff:
    return replace(
        handoff,
        meeting=None,
        held=without_held(handoff.held, *_ABOUT_A_MEETING),
        active_at=at,
        stall_at=event.stall_at,
    )


_ABOUT_A_MEETING = ("no_show_risk", "meeting_booked", "meeting_moved")


def _no_show_judged(handoff: Handoff, event: ev.NoShowJudged, at: datetime) -> Handoff:
    meeting = handoff.meeting
    if meeting is None:
        return handoff
    judged = replace(meeting, judge_at=None, risk=event.risk, signs=event.signs)
    return replace(handoff, meeting=judged)


def _meeting_confirmed(handoff: Handoff, event: ev.MeetingConfirmed, at: datetime) -> Handoff:
    meeting = handoff.meeting
    return replace(
        handoff,
        meeting=replace(meeting, confirmed_at=at, heard=True) if meeting is not None else None,
        held=without_held(handoff.held, "no_show_risk"),
        active_at=at,
    )


def _meeting_declined(handoff: Handoff, event: ev.MeetingDeclined, at: datetime) -> Handoff:
    meeting = handoff.meeting
    declined = replace(meeting, declined_at=at, heard=False) if meeting is not None else None
    return replace(handoff, meeting=declined, active_at=at)


def _page_revoked(handoff: Handoff, event: ev.PageRevoked, at: datetime) -> Handoff:
    return replace(handoff, pages_revoked=handoff.pages_revoked + 1)


def _left_unbooked(handoff: Handoff, event: ev.LeftUnbooked, at: datetime) -> Handoff:
    return replace(handoff, unbooked_at=at)


def _meeting_joined(handoff: Handoff, event: ev.MeetingJoined, at: datetime) -> Handoff:
    meeting = handoff.meeting
    if meeting is None:
        return handoff
    match event.who:
        case "rep":
            return replace(handoff, meeting=replace(meeting, rep_joined_at=event.joined_at))
        case "buyer":
            joined = replace(meeting, buyer_joined_at=event.joined_at, heard=True)
            held = without_held(handoff.held, "no_show_risk")
            return replace(handoff, meeting=joined, held=held, active_at=at)
        case _:
            assert_never(event.who)


def shown(handoff: Handoff, *, missed: bool) -> tuple[Shown, ...]:
    """With how the present meeting ended, where its risk was judged."""
    meeting = handoff.meeting
    if meeting is None or meeting.risk is None or meeting.missed or meeting.held:
        return handoff.shown
    one = Shown(risk=meeting.risk, signs=meeting.signs, missed=missed)
    return (*handoff.shown, one)[-SHOWN_MAX:]


def _meeting_missed(handoff: Handoff, event: ev.MeetingMissed, at: datetime) -> Handoff:
    meeting = handoff.meeting
    missed = replace(meeting, missed=True) if meeting is not None else None
    return replace(
        handoff,
        meeting=missed,
        shown=shown(handoff, missed=True),
        no_shows=handoff.no_shows + 1,
        held=without_held(handoff.held, "no_show_risk"),
        active_at=at,
    )


def is_being_held(meeting: Meeting, *, at: datetime) -> bool:
    """Whether a conversation at that instant is the meeting: it has begun, or both are there."""
    both = meeting.rep_joined_at is not None and meeting.buyer_joined_at is not None
    return not meeting.missed and (both or at >= meeting.from_at)


def heard(meeting: Meeting | None, *, is_held: bool) -> Meeting | None:
    return replace(meeting, heard=True, held=meeting.held or is_held) if meeting else None


def without(clocks: tuple[Clock, ...], kind: ClockKind) -> tuple[Clock, ...]:
    return tuple(clock for clock in clocks if clock.kind != kind)


def without_held(held: tuple[HeldAlert, ...], *kinds: str) -> tuple[HeldAlert, ...]:
    return tuple(alert for alert in held if alert.kind not in kinds)


MEETING_FOLDS: dict[type, Callable[[Handoff, Any, datetime], Handoff]] = {
    ev.MeetingBooked: _meeting_booked,
    ev.MeetingMoved: _meeting_moved,
    ev.MeetingCancelled: _meeting_cancelled,
    ev.NoShowJudged: _no_show_judged,
    ev.MeetingConfirmed: _meeting_confirmed,
    ev.MeetingDeclined: _meeting_declined,
    ev.MeetingJoined: _meeting_joined,
    ev.PageRevoked: _page_revoked,
    ev.LeftUnbooked: _left_unbooked,
    ev.MeetingMissed: _meeting_missed,
}
