"""What Google answers of events -> the items that are kept: times, and nothing else.

Titles, places and guests are not even asked for (`fields`).
"""

from datetime import UTC, date, datetime

import msgspec

from handrail.engine.calendars.source import CalendarFault, CalendarItem
from handrail.engine.calendars.taken import Kind

MINE = "handrail"  # a private property by which our own meetings are known
# https://developers.google.com/workspace/calendar/api/v3/reference/events/list: of `Event`, by
# Google's names.
FIELDS = (
    "nextPageToken,nextSyncToken,items(id,status,start(date,dateTime),end(date,dateTime),"
    "transparency,eventType,attendees(self,responseStatus),extendedProperties/private)"
)
FREE_TYPES = frozenset({"workingLocation", "birthday"})


class Moment(msgspec.Struct, frozen=True, rename="camel"):
    """A whole day, or an instant with its offset."""

    date: str | None = None
    date_time: str | None = None


class Guest(msgspec.Struct, frozen=True, rename="camel"):
    """`self`: the one whose calendar it is."""

    is_self: bool = msgspec.field(default=False, name="self")
    response_status: str | None = None


class Extended(msgspec.Struct, frozen=True):
    private: dict[str, str] = {}


class GoogleEvent(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Of what was cancelled only the id and that are told."""

    id: str
    status: str = "confirmed"
    start: Moment | None = None
    end: Moment | None = None
    transparency: str | None = None
    event_type: str | None = None
    attendees: tuple[Guest, ...] = ()
    extended_properties: Extended = Extended()


class Page(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    items: tuple[GoogleEvent, ...] = ()
    next_page_token: str | None = None
    next_sync_token: str | None = None


class Kept(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One event as it is stored: two instants, or two days of which the second is not in it."""

    kind: Kind
    from_at: datetime | None = None
    until_at: datetime | None = None
    from_day: date | None = None
    until_day: date | None = None


def item_of(event: GoogleEvent) -> CalendarItem | None:
    """None where nothing is left of it, and for what we have written ourselves: we know it better.
    Raises CalendarFault."""
    if event.status == "cancelled" or MINE in event.extended_properties.private:
        return None
    if event.start is None or event.end is None:
        raise CalendarFault("bad_answer", "an event has no times")
    if event.start.date is not None and event.end.date is not None:
        kept = Kept(
            kind=_kind(event), from_day=_day(event.start.date), until_day=_day(event.end.date)
        )
    else:
        kept = Kept(kind=_kind(event), from_at=_instant(event.start), until_at=_instant(event.end))
    return CalendarItem(id=event.id, body=msgspec.json.encode(kept))


def _kind(event: GoogleEvent) -> Kind:
    declined = any(one.is_self and one.response_status == "declined" for one in event.attendees)
    if declined or event.transparency == "transparent" or event.event_type in FREE_TYPES:
        return "free"
    return "away" if event.event_type == "outOfOffice" else "busy"


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise _unreadable(text) from None


def _instant(moment: Moment) -> datetime:
    text = moment.date_time or ""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise _unreadable(text) from None
    if at.tzinfo is None:
        raise _unreadable(text)
    return at.astimezone(UTC)


def _unreadable(text: str) -> CalendarFault:
    return CalendarFault("bad_answer", f"an event's time cannot be read: {text[:40]!r}")
