"""A booked meeting as it stands in calendars: the rep's, and the buyer's own. Pure."""

import hashlib

from handrail.engine.calendars.source import OURS, CalendarEvent
from handrail.engine.views import company_of, name_of
from handrail.kernel.decision import Case
from handrail.terms.handoff import Meeting
from handrail.terms.people import Roster

UID_CHARACTERS = 32
TITLE_CHARACTERS_MAX = 200


def uid_of(*, handoff: str, number: int) -> str:
    """The same for the whole life of the meeting; it tells nobody which lead it is."""
    digest = hashlib.sha256(f"handrail meeting {handoff} {number}".encode()).hexdigest()
    return f"{digest[:UID_CHARACTERS]}{OURS}"


def event_for_buyer(
    case: Case,
    *,
    roster: Roster,
    meeting: Meeting,
    title: str,
    sequence: int,
    page: str | None = None,
) -> CalendarEvent:
    """`page`: where it can be moved and called off."""
    rep = roster.reps.get(meeting.rep)
    ways = f"To move or cancel it: {page}" if page is not None else ""
    return CalendarEvent(
        uid=_uid(case, meeting),
        sequence=sequence,
        from_at=meeting.from_at,
        until_at=meeting.until_at,
        title=f"{title} with {rep.name if rep is not None else 'our team'}",
        description=ways,
        organiser_name=rep.name if rep is not None else "",
        organiser_email=rep.email if rep is not None else "",
        guest_name=name_of(case) or "",
        guest_email=case.lead.email or "",
    )


def event_for_rep(case: Case, *, roster: Roster, meeting: Meeting, sequence: int) -> CalendarEvent:
    """Without a guest: some servers would invite them, and the invitation is ours to send."""
    rep = roster.reps.get(meeting.rep)
    who = name_of(case) or case.lead.email or "a buyer"
    company = company_of(case)
    told = [
        who,
        company or "",
        case.lead.email or "",
        str(case.lead.attributes.get("lead.phone", "")),
    ]
    return CalendarEvent(
        uid=_uid(case, meeting),
        sequence=sequence,
        from_at=meeting.from_at,
        until_at=meeting.until_at,
        title=f"{who}, {company}"[:TITLE_CHARACTERS_MAX] if company else who[:TITLE_CHARACTERS_MAX],
        description="\n".join(part for part in told if part),
        organiser_name=rep.name if rep is not None else "",
        organiser_email=rep.email if rep is not None else "",
    )


def _uid(case: Case, meeting: Meeting) -> str:
    assert case.handoff is not None
    return uid_of(handoff=case.handoff.id, number=meeting.number)
