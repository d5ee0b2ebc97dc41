"""Messages: what is committed with the events for each who must be told, and when it is stale.

What is committed names ids and instants only. The buyer's name and address are looked up when it
is sent, so that the outbox holds nothing of a person who has been erased.
"""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from handrail.engine.alerts.kinds import kind_of
from handrail.kernel.decision import Case
from handrail.terms.effect import Effect, NotifyRep, Telling, TellPerson, WarnOwner
from handrail.terms.handoff import Handoff
from handrail.terms.sla import Clock

# About no lead. What each is about stands where messages name their lead.
ACTIVATION_DENIED = "activation_denied"  # name and version of a contract
CALENDAR_LOST = "calendar_lost"  # the rep whose calendar it is
CALENDAR_BACK = "calendar_back"
APART = frozenset({ACTIVATION_DENIED, CALENDAR_LOST, CALENDAR_BACK})
DIGEST = "digest"  # about the leads of the messages that it has taken


class Message(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one delivery says, without personal values.

    `what`: assigned, sla_warned, or the kind of an alert. `turn_at` is the instant of the
    assignment that it speaks of; `also`: who else is told by the same entry; `until_at`: the end of
    the act's window, where a fact sets it that is no clock.
    """

    what: str
    to: str  # a rep, a person, or team:ID for a pool (its manager is told)
    at: datetime
    seq: int
    lead: str
    handoff: str | None = None
    owner: str | None = None
    stage: str | None = None
    clock: str | None = None
    due_at: datetime | None = None
    reason: str | None = None
    turn_at: datetime | None = None
    until_at: datetime | None = None
    also: tuple[str, ...] = ()
    contract: str | None = None  # the version under which the handoff runs
    was_held: bool = False  # through quiet hours: it goes out with others that were


def read_message(body: bytes) -> Message:
    return _decoder.decode(body)


_decoder = msgspec.json.Decoder(Message)


def messages_of(effects: Sequence[Effect], *, case: Case, seq: int, now: datetime) -> list[Message]:
    """One for each that tells somebody, in their order."""
    tellings = [effect for effect in effects if isinstance(effect, Telling)]
    told = tuple(dict.fromkeys(effect.to for effect in tellings))
    return [_message(effect, told, case=case, seq=seq, now=now) for effect in tellings]


def _message(
    effect: Telling, told: tuple[str, ...], *, case: Case, seq: int, now: datetime
) -> Message:
    what, reason, until_at = _kind_of(effect)
    handoff = case.handoff
    message = Message(
        what=what,
        to=effect.to,
        at=now,
        seq=seq,
        lead=case.lead.id,
        reason=reason,
        until_at=until_at,
        was_held=isinstance(effect, TellPerson) and effect.was_held,
        also=tuple(one for one in told if one != effect.to),
    )
    return message if handoff is None else _about(message, handoff)


def _kind_of(effect: Telling) -> tuple[str, str | None, datetime | None]:
    match effect:
        case NotifyRep():
            return "assigned", None, None
        case WarnOwner():
            return "sla_warned", None, None
        case TellPerson(kind=kind, reason=reason, until_at=until_at):
            return kind, reason, until_at


def _about(message: Message, handoff: Handoff) -> Message:
    clock = next_clock(handoff) if message.what != "sla_breached" else None  # the next one's
    return msgspec.structs.replace(
        message,
        handoff=handoff.id,
        owner=str(handoff.owner),
        stage=handoff.stage,
        clock=clock.kind if clock is not None else None,
        due_at=clock.due_at if clock is not None else None,
        until_at=message.until_at or _paged_again_at(message, handoff),
        turn_at=handoff.assigned_at,
        contract=handoff.contract,
    )


def _paged_again_at(message: Message, handoff: Handoff) -> datetime | None:
    """A page is worth something until the next one."""
    incident = handoff.incident
    return incident.page_at if message.what == "incident" and incident is not None else None


def next_clock(handoff: Handoff) -> Clock | None:
    """The clock that is due first."""
    return min(handoff.clocks, key=lambda clock: (clock.due_at, clock.kind), default=None)


def is_stale(message: Message, *, handoff: Handoff | None) -> str | None:
    """Why the message says nothing true any more, or None while it does."""
    if message.handoff is None:
        return None
    if handoff is None or handoff.id != message.handoff or not handoff.is_open:
        return "the handoff has ended"
    if message.what == "incident" and handoff.incident is None:
        return "the incident is closed"
    if not kind_of(message.what).to_owner or message.to != message.owner:
        return None
    if str(handoff.owner) != message.to:
        return "the owner has changed"
    if message.what == "assigned" and handoff.assigned_at != message.turn_at:
        return "it was assigned again since"
    if message.what == "sla_warned" and not _runs(message, handoff):
        return "the clock has stopped"
    if message.what == "follow_up" and handoff.asked_attempt <= handoff.attempts:
        return "the attempt was made"
    if message.what == "no_show_risk" and not _is_at_risk(message, handoff):
        return "the meeting was moved or confirmed"
    if message.what == "unbooked" and handoff.met_at is not None:
        return "the buyer was reached, or has booked"
    if message.what in ("meeting_booked", "meeting_moved") and not _stands(message, handoff):
        return "the meeting was moved or cancelled"
    if message.what == "meeting_cancelled" and handoff.meeting is not None:
        return "there is a new time"
    return None


def _is_at_risk(message: Message, handoff: Handoff) -> bool:
    meeting = handoff.meeting
    return _stands(message, handoff) and meeting is not None and not meeting.heard


def _stands(message: Message, handoff: Handoff) -> bool:
    meeting = handoff.meeting
    return meeting is not None and not meeting.missed and meeting.from_at == message.until_at


def _runs(message: Message, handoff: Handoff) -> bool:
    return any(
        clock.kind == message.clock and clock.due_at == message.due_at for clock in handoff.clocks
    )
