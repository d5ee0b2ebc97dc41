"""What is written to the buyer: invitations, reminders, times to choose from. Pure."""

from datetime import datetime
from typing import assert_never
from zoneinfo import ZoneInfo

import msgspec

from handrail.engine.booking.booking import Offer
from handrail.engine.booking.errands import Errand
from handrail.engine.booking.events import event_for_buyer
from handrail.engine.booking.ical import Method, text_of
from handrail.engine.calendars.source import CalendarEvent
from handrail.engine.views import name_of
from handrail.kernel.decision import Case
from handrail.kernel.habits import zone_of
from handrail.terms.handoff import Meeting
from handrail.terms.people import Roster

TIMES_TOLD = 5


class Invitation(msgspec.Struct, frozen=True):
    """A meeting for the buyer's calendar, inside a letter."""

    method: Method
    text: str


class Letter(msgspec.Struct, frozen=True):
    """One mail to a buyer. Each paragraph stands alone; `links` are addresses with what they do."""

    key: str
    to_name: str
    to_email: str
    subject: str
    paragraphs: tuple[str, ...]
    sent_at: datetime
    links: tuple[tuple[str, str], ...] = ()
    reply_name: str = ""
    reply_email: str = ""
    invitation: Invitation | None = None


class Told(msgspec.Struct, frozen=True):
    """What a letter is written from. `page`: the buyer's own booking page, if there is one."""

    key: str
    case: Case
    roster: Roster
    title: str  # of the meeting, as the contract calls it
    zone: str
    now: datetime
    page: str | None = None


def letter_about(errand: Errand, told: Told) -> Letter:
    """Of a meeting: booked, moved, called off, soon."""
    meeting = _meeting(errand)
    event = event_for_buyer(
        told.case,
        roster=told.roster,
        meeting=meeting,
        title=told.title,
        sequence=errand.sequence,
        page=told.page if errand.state != "cancelled" else None,
    )
    when = tell_time(meeting.from_at, zone=told.zone)
    said, text, method = _said(errand, event, when)
    letter = _letter(told, errand, subject=f"{said}: {event.title}, {when}", paragraphs=(text,))
    invitation = (
        Invitation(method=method, text=text_of(event, method=method, now=told.now))
        if method is not None
        else None
    )
    links = ((_ways(errand), told.page),) if told.page is not None else ()
    return msgspec.structs.replace(letter, links=links, invitation=invitation)


def _ways(errand: Errand) -> str:
    if errand.what == "reminder":
        return "Say that you will come, move or cancel it"
    return "Choose another time" if errand.state == "cancelled" else "Move or cancel it"


def _said(errand: Errand, event: CalendarEvent, when: str) -> tuple[str, str, Method | None]:
    if errand.what == "reminder":
        return "Soon", f"{event.title}: {when}. We look forward to talking to you.", None
    match errand.state:
        case "booked" | None:
            return "Booked", f"{event.title}: {when}. It is booked.", "REQUEST"
        case "moved":
            return "Moved", f"{event.title} has a new time: {when}.", "REQUEST"
        case "cancelled":
            return "Cancelled", f"{event.title} at {when} is cancelled.", "CANCEL"
        case _:
            assert_never(errand.state)


def letter_with_times(errand: Errand, told: Told, offer: Offer) -> Letter:
    """For who asked and has not chosen, or has not come."""
    best = sorted(offer.slots[:TIMES_TOLD])  # as they follow each other in a week
    times = [tell_time(slot.from_at, zone=told.zone) for slot in best]
    rep = told.roster.reps.get(offer.handoff.owner.rep or "")
    who = rep.name if rep is not None else "our team"
    said = f"You asked to hear from us. These times with {who} are free:"
    if errand.what == "new_times":
        said = f"We missed you, and would still like to talk. These times with {who} are free:"
    letter = _letter(told, errand, subject=f"Times to talk with {who}", paragraphs=(said, *times))
    assert told.page is not None
    return msgspec.structs.replace(letter, links=(("Choose a time", told.page),))


def _letter(told: Told, errand: Errand, *, subject: str, paragraphs: tuple[str, ...]) -> Letter:
    lead, handoff = told.case.lead, told.case.handoff
    owner = handoff.owner.rep if handoff is not None else None
    rep = told.roster.reps.get(errand.rep or owner or "")
    assert lead.email is not None, "who has no address gets no letter"
    return Letter(
        key=told.key,
        to_name=name_of(told.case) or "",
        to_email=lead.email,
        subject=subject,
        paragraphs=paragraphs,
        sent_at=told.now,
        reply_name=rep.name if rep is not None else "",
        reply_email=rep.email if rep is not None else "",
    )


def _meeting(errand: Errand) -> Meeting:
    """As the errand says, which for one that is called off no handoff knows any more."""
    assert errand.rep is not None
    assert errand.from_at is not None
    assert errand.until_at is not None
    return Meeting(
        rep=errand.rep, from_at=errand.from_at, until_at=errand.until_at, number=errand.number
    )


def tell_time(at: datetime, *, zone: str) -> str:
    return f"{at.astimezone(ZoneInfo(zone)):%A, %-d %B %Y, %H:%M} ({zone})"


def zone_for(case: Case, *, roster: Roster, rep: str | None, default: str, now: datetime) -> str:
    """The buyer's, where it is known; else the rep's, whose day the meeting is in."""
    known = zone_of(case, now=now)
    if known is not None:
        return known
    return roster.reps[rep].timezone if rep in roster.reps else default
