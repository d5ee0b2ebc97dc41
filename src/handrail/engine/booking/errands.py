"""What a booking asks to be done outside, committed with it: mail to the buyer, the rep's calendar.

An errand names ids and instants only, like a message. What is carried out follows from the handoff
as it is then: an errand that says nothing true any more is dropped.
"""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from handrail.contract.model import Contract
from handrail.engine.ledger import encode
from handrail.engine.notices import Notices
from handrail.engine.ports import Delivery
from handrail.kernel.decision import Case
from handrail.terms.command import BUYER
from handrail.terms.effect import ArrangeMeeting, Effect, MeetingChange, OfferTimes
from handrail.terms.handoff import Handoff

INVITATION = "invitation"
CALENDAR = "calendar"
CHANNELS = (INVITATION, CALENDAR)
OFFER_AFTER = timedelta(minutes=15)  # a buyer who has not chosen by then gets the times by mail
OFFER_AGAIN_AFTER = timedelta(minutes=5)  # after a no-show: the rep may have been wrong

What = Literal["invitation", "reminder", "times_offered", "new_times", "calendar_entry"]


class Errand(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One thing to carry out. Its first fields are those that every delivery's body has.

    `number`: which of the handoff's meetings; `rep`: whose calendar; `from_rep`: whose it was
    before; `sequence`: of the invitation, which grows with each change.
    """

    what: What
    to: str  # the buyer, or the rep
    at: datetime
    seq: int
    lead: str
    handoff: str
    number: int = 0
    sequence: int = 0
    state: MeetingChange | None = None
    rep: str | None = None
    from_rep: str | None = None
    from_at: datetime | None = None
    until_at: datetime | None = None


_decode = msgspec.json.Decoder(Errand).decode


def read_errand(body: bytes) -> Errand:
    return _decode(body)


class WithErrands:
    """A `Notices` that asks for errands too, on those channels that are set up. Pure."""

    def __init__(self, notices: Notices, *, channels: Sequence[str]) -> None:
        assert set(channels) <= set(CHANNELS)
        self._notices = notices
        self._channels = tuple(channels)

    @property
    def at_once(self) -> bool:
        return self._notices.at_once

    @property
    def personal(self) -> tuple[str, ...]:
        return self._notices.personal

    def deliveries(
        self,
        *,
        case: Case,
        effects: Sequence[Effect],
        contract: Contract,
        seq: int,
        now: datetime,
    ) -> list[Delivery]:
        told = self._notices.deliveries(
            case=case, effects=effects, contract=contract, seq=seq, now=now
        )
        asked = _errands(case=case, effects=effects, contract=contract, seq=seq, now=now)
        return [*told, *(row for row in asked if row.channel in self._channels)]

    def apart(
        self, *, what: str, to: str, about: str, reason: str, seq: int, now: datetime
    ) -> list[Delivery]:
        return self._notices.apart(what=what, to=to, about=about, reason=reason, seq=seq, now=now)


def _errands(
    *, case: Case, effects: Sequence[Effect], contract: Contract, seq: int, now: datetime
) -> Iterator[Delivery]:
    handoff = case.handoff
    if handoff is None:
        return
    for place, effect in enumerate(effects):
        if isinstance(effect, ArrangeMeeting):
            yield from _arranged(effect, contract, handoff, stem=f"{seq}-{place}", seq=seq, now=now)
        elif isinstance(effect, OfferTimes):
            errand = _errand("new_times", handoff, seq=seq, at=now + OFFER_AGAIN_AFTER)
            again = msgspec.structs.replace(errand, number=effect.number)
            yield _row(again, key=f"{seq}-{place}-new-times")
    if contract.booking is not None and _has_just_begun(handoff, now):
        at = now + OFFER_AFTER
        yield _row(_errand("times_offered", handoff, seq=seq, at=at), key=f"{seq}-times")


def _has_just_begun(handoff: Handoff, now: datetime) -> bool:
    begins = handoff.opened_at == now or handoff.qualified_at == now
    return handoff.is_open and handoff.stage != "triage" and begins and handoff.meeting is None


def _arranged(
    effect: ArrangeMeeting,
    contract: Contract,
    handoff: Handoff,
    *,
    stem: str,
    seq: int,
    now: datetime,
) -> Iterator[Delivery]:
    invitation = _about(effect, _errand("invitation", handoff, seq=seq, at=now))
    yield _row(invitation, key=f"{stem}-{INVITATION}")
    entry = msgspec.structs.replace(invitation, what="calendar_entry", to=effect.rep)
    yield _row(entry, key=f"{stem}-{CALENDAR}")
    if effect.state == "cancelled" or contract.booking is None:
        return
    for before in contract.booking.reminders:
        at = effect.from_at - before
        if at > now:
            reminder = msgspec.structs.replace(invitation, what="reminder", at=at)
            yield _row(reminder, key=f"{stem}-reminder-{int(before.total_seconds())}")


def _errand(what: What, handoff: Handoff, *, seq: int, at: datetime) -> Errand:
    return Errand(what=what, to=BUYER, at=at, seq=seq, lead=handoff.lead, handoff=handoff.id)


def _about(effect: ArrangeMeeting, errand: Errand) -> Errand:
    return msgspec.structs.replace(
        errand,
        number=effect.number,
        sequence=effect.sequence,
        state=effect.state,
        rep=effect.rep,
        from_rep=effect.from_rep,
        from_at=effect.from_at,
        until_at=effect.until_at,
    )


def _row(errand: Errand, *, key: str) -> Delivery:
    return Delivery(
        key=key,
        lead=errand.lead,
        handoff=errand.handoff,
        channel=CALENDAR if errand.what == "calendar_entry" else INVITATION,
        body=encode(errand),
        due_at=errand.at,
    )


def stale(errand: Errand, *, handoff: Handoff | None) -> str | None:
    """Why there is nothing left to tell the buyer; None while it is true."""
    if handoff is None or handoff.id != errand.handoff:
        return "the lead has another handoff"
    if errand.what == "times_offered":
        return _needs_no_times(handoff)
    if errand.what == "new_times":
        return _needs_no_new_times(errand, handoff)
    if errand.state == "cancelled":
        return None  # what was sent must be taken back, whatever came after
    meeting = handoff.meeting
    if meeting is None or meeting.number != errand.number:
        return "the meeting was cancelled"
    if (meeting.from_at, meeting.rep) != (errand.from_at, errand.rep):
        return "the meeting was moved"
    if errand.what == "reminder" and (meeting.missed or not handoff.is_open):
        return "nothing is to be reminded of"
    return None


def _needs_no_new_times(errand: Errand, handoff: Handoff) -> str | None:
    meeting = handoff.meeting
    if not handoff.is_open:
        return "the handoff has ended"
    if meeting is None or meeting.number != errand.number or not meeting.missed:
        return "there is another meeting"
    if handoff.conversation_at is not None and handoff.conversation_at > meeting.from_at:
        return "the buyer is being talked to"
    return None


def _needs_no_times(handoff: Handoff) -> str | None:
    if not handoff.is_open:
        return "the handoff has ended"
    if handoff.meetings_booked:
        return "the buyer has booked"
    if handoff.conversation_at is not None:
        return "the buyer is being talked to"
    return None
