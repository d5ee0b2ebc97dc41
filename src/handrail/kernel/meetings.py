"""A time with the buyer: booked, moved, called off, missed."""

from datetime import datetime, timedelta

from handrail.contract.model import NoShow
from handrail.kernel import clockwork, no_show
from handrail.kernel.decision import Refusal
from handrail.kernel.draft import Draft
from handrail.kernel.working import accept_by, claim, close_incident, converse, unknown_rep
from handrail.terms import command as cmd
from handrail.terms import event as ev
from handrail.terms.effect import OfferTimes
from handrail.terms.handoff import Meeting

WAITED = timedelta(minutes=10)  # for who is late; who leaves sooner says nothing of the buyer
NONE_BOOKED = Refusal(code="bad_value", message="there is no booked meeting")


def book(draft: Draft, command: cmd.BookMeeting) -> Refusal | None:
    """A meeting with a rep: it stops the first-action clock, and may be acceptance."""
    refused = _refuse_times(draft, command)
    if refused is not None:
        return refused
    clockwork.run_clocks(draft, acted_at=draft.now)
    draft.emit(
        ev.MeetingBooked(
            rep=command.rep,
            from_at=command.from_at,
            until_at=command.until_at,
            stall_at=draft.stall_at(planned_until=command.until_at),
            judge_at=no_show.judge_at(draft, from_at=command.from_at),
            arranged=command.arranged,
            by=command.by,
            zone=command.zone,
        )
    )
    close_incident(draft, reason="meeting_booked")
    if draft.handoff.owner.rep is None and draft.handoff.stage != "triage":
        claim(draft, rep=command.rep, reason="meeting_booked")
    accept_by(draft, "meeting_booked")
    _tell(draft, kind="meeting_booked", by=command.by, until_at=command.from_at)
    no_show.judge(draft)
    return None


def move(draft: Draft, command: cmd.MoveMeeting) -> Refusal | None:
    """To another time. Another rep than before owns the handoff from now on."""
    meeting = _live(draft)
    if meeting is None:
        return NONE_BOOKED
    refused = _refuse_times(draft, command)
    if refused is not None:
        return refused
    if command.until_at <= draft.now:
        return Refusal(code="bad_time", message="a meeting cannot be moved into the past")
    clockwork.run_clocks(draft, acted_at=draft.now)
    draft.emit(
        ev.MeetingMoved(
            rep=command.rep,
            from_at=command.from_at,
            until_at=command.until_at,
            by=command.by,
            from_rep=meeting.rep,
            stall_at=draft.stall_at(planned_until=command.until_at),
            judge_at=no_show.judge_at(draft, from_at=command.from_at),
            zone=command.zone,
        )
    )
    if command.rep != meeting.rep and draft.handoff.owner.rep != command.rep:
        claim(draft, rep=command.rep, reason="meeting_moved")
        accept_by(draft, "meeting_booked")
    _tell(draft, kind="meeting_moved", by=command.by, until_at=command.from_at)
    no_show.judge(draft)
    return None


def pass_on(draft: Draft, *, rep: str, to: str, by: str) -> None:
    """With the handoff that it belongs to: at the same time, with another rep."""
    meeting = _live(draft)
    if meeting is None or meeting.rep != rep or meeting.from_at <= draft.now:
        return
    draft.emit(
        ev.MeetingMoved(
            rep=to,
            from_at=meeting.from_at,
            until_at=meeting.until_at,
            by=by,
            from_rep=rep,
            stall_at=draft.stall_at(planned_until=meeting.until_at),
            judge_at=no_show.judge_at(draft, from_at=meeting.from_at),
        )
    )
    no_show.judge(draft)


def cancel(draft: Draft, command: cmd.CancelMeeting) -> Refusal | None:
    """It is off. Whoever owns the handoff is to offer another time."""
    meeting = _live(draft)
    if meeting is None:
        return NONE_BOOKED
    clockwork.run_clocks(draft, acted_at=draft.now)
    draft.emit(
        ev.MeetingCancelled(
            rep=meeting.rep,
            by=command.by,
            stall_at=draft.stall_at(),
            personal=command.personal,
        )
    )
    _tell(draft, kind="meeting_cancelled", by=command.by, until_at=None)
    return None


def confirm(draft: Draft, command: cmd.ConfirmMeeting) -> Refusal | None:
    """The buyer will come. Nothing is told: that is what was expected."""
    meeting = _live(draft)
    if meeting is None:
        return NONE_BOOKED
    if meeting.until_at <= draft.now:
        return Refusal(code="bad_time", message="the meeting is over")
    draft.emit(ev.MeetingConfirmed(rep=meeting.rep, by=command.by))
    return None


def decline(draft: Draft, command: cmd.DeclineMeeting) -> Refusal | None:
    """It stands until a person moves it or calls it off: an answer of a program is no decision."""
    meeting = _live(draft)
    if meeting is None:
        return NONE_BOOKED
    if meeting.from_at <= draft.now:
        return Refusal(code="bad_time", message="the meeting has begun")
    draft.emit(ev.MeetingDeclined(rep=meeting.rep, by=command.by))
    no_show.ask_after_decline(draft)
    return None


def note_unbooked(draft: Draft, command: cmd.NoteUnbooked) -> Refusal | None:
    """Noted once. Told where it leads to an act: nobody has reached the buyer yet."""
    handoff = draft.handoff
    if handoff.meetings_booked or handoff.unbooked_at is not None or handoff.stage == "triage":
        return None
    draft.emit(ev.LeftUnbooked(mailed=command.mailed))
    if handoff.owner.rep is not None and handoff.met_at is None and not draft.is_barred:
        said = "they have the times by mail" if command.mailed else "no times could be mailed"
        draft.alert(kind="unbooked", to=handoff.owner.rep, reason=said)
    return None


def revoke_page(draft: Draft, command: cmd.RevokePage) -> Refusal | None:
    """What is booked stays booked."""
    if draft.contract.booking is None:
        return Refusal(code="bad_value", message="its contract lets nobody book: it has no page")
    draft.emit(ev.PageRevoked(by=command.by, personal=command.personal))
    return None


def join(draft: Draft, command: cmd.JoinMeeting) -> Refusal | None:
    """Somebody is there. Both: that is a conversation, whoever forgets to say so."""
    meeting = draft.handoff.meeting
    if meeting is None:
        return NONE_BOOKED
    there = {"rep": meeting.rep_joined_at, "buyer": meeting.buyer_joined_at}
    if there[command.who] is not None:
        return None  # people leave and come back
    draft.emit(
        ev.MeetingJoined(
            rep=meeting.rep, who=command.who, joined_at=command.joined_at, by=command.by
        )
    )
    joined = draft.handoff.meeting
    assert joined is not None
    if joined.rep_joined_at is not None and joined.buyer_joined_at is not None:
        return converse(draft, cmd.LogConversation(rep=meeting.rep))
    return None


def end(draft: Draft, command: cmd.EndMeeting) -> Refusal | None:
    """Nobody came though the rep was there and waited: the buyer missed it. Where the rep was not
    there either, or not long enough, nobody knows."""
    meeting = _live(draft)
    if meeting is None:
        return NONE_BOOKED
    came = meeting.buyer_joined_at is not None or meeting.held
    if came or meeting.rep_joined_at is None:
        return None
    waited_from = max(meeting.from_at, meeting.rep_joined_at)
    if command.ended_at - waited_from < WAITED:
        return None
    return miss(draft, cmd.MissMeeting(by=command.by))


def miss(draft: Draft, command: cmd.MissMeeting) -> Refusal | None:
    """The buyer did not come."""
    meeting = draft.handoff.meeting
    if meeting is None or meeting.missed:
        return Refusal(code="bad_value", message="there is no booked meeting that was missed")
    rule = draft.contract.booking.no_show if draft.contract.booking is not None else NoShow()
    owner = draft.handoff.owner
    is_theirs = owner.rep == meeting.rep and meeting.number == 1
    draft.emit(
        ev.MeetingMissed(
            rep=meeting.rep,
            credit=rule.credit and is_theirs,
            team=owner.team if rule.credit and is_theirs else None,
            by=command.by,
        )
    )
    if rule.offer and meeting.arranged:
        draft.effects.append(OfferTimes(number=meeting.number))
    draft.alert(kind="no_show", to=str(draft.handoff.owner), reason="offer a new time")
    return None


def _live(draft: Draft) -> Meeting | None:
    meeting = draft.handoff.meeting
    return meeting if meeting is not None and not meeting.missed else None


def _refuse_times(draft: Draft, command: cmd.BookMeeting | cmd.MoveMeeting) -> Refusal | None:
    if command.until_at <= command.from_at:
        return Refusal(code="bad_time", message="a meeting must end after it begins")
    if command.rep not in draft.staffing.roster.reps:
        return unknown_rep(command.rep)
    return None


def _tell(draft: Draft, *, kind: str, by: str | None, until_at: datetime | None) -> None:
    """The owner, of what somebody else did."""
    owner = draft.handoff.owner
    if by is not None and owner.rep is not None and by != f"rep:{owner.rep}":
        said = "by the buyer" if by == cmd.BUYER else "by a colleague"
        draft.alert(kind=kind, to=owner.rep, reason=said, until_at=until_at)
