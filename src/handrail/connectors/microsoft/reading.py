"""What Graph answers of events -> the items that are kept: times, and nothing else.

Titles are looked at of what we have written ourselves, and kept of nothing; places and guests are
not even taken out of the answer.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from handrail.connectors.microsoft.zones import UTC_ZONE, iana
from handrail.engine.calendars.source import OURS, CalendarFault, CalendarItem, OurEntry
from handrail.engine.calendars.taken import Kind
from handrail.terms.people import Span

SERIES = "seriesMaster"
OCCURRENCE = "occurrence"
DIGITS = 6  # of a sequence
FREE = frozenset({"free", "workingElsewhere"})
EARLIEST = datetime(1970, 1, 2, tzinfo=UTC)  # what lies before or after is as good as for ever
LATEST = datetime(9998, 12, 31, tzinfo=UTC)
# What is asked for where a single event is fetched: `GraphEvent`, by Graph's names.
SELECTED = (
    "id,type,subject,seriesMasterId,start,end,isAllDay,isCancelled,showAs,responseStatus,"
    "originalStartTimeZone,transactionId"
)


class Moment(msgspec.Struct, frozen=True, rename="camel"):
    """`time_zone`: a Windows name or an IANA one; UTC as we ask for it, where the server heeds."""

    date_time: str
    time_zone: str | None = None


class Answered(msgspec.Struct, frozen=True, rename="camel"):
    """What the calendar's owner said to an invitation."""

    response: str | None = None


class GraphEvent(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Of an occurrence of a series `delta` tells when it is and no more; the rest stands in the
    series. `removed`: all else is absent."""

    id: str
    type: str | None = None
    series_master_id: str | None = None
    start: Moment | None = None
    end: Moment | None = None
    is_all_day: bool | None = None
    is_cancelled: bool | None = None
    show_as: str | None = None
    response_status: Answered | None = None
    original_start_time_zone: str | None = None
    transaction_id: str | None = None
    subject: str | None = None
    removed: Mapping[str, Any] | None = msgspec.field(default=None, name="@removed")

    @property
    def leans_on(self) -> str | None:
        """The series without which it cannot be said how it counts."""
        is_bare = self.show_as is None and self.start is not None and self.end is not None
        return self.series_master_id if is_bare and self.type in (OCCURRENCE, None) else None

    @property
    def is_partial(self) -> bool:
        """An update that tells what has changed only."""
        if self.removed is not None or self.leans_on is not None:
            return False
        return self.start is None or self.end is None or self.show_as is None


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """One answer of a list, or of `delta`."""

    value: tuple[GraphEvent, ...]
    next_link: str | None = msgspec.field(default=None, name="@odata.nextLink")
    delta_link: str | None = msgspec.field(default=None, name="@odata.deltaLink")


class Kept(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One event as it is stored. Instants are UTC; naive where nobody knows the zone.

    `zone`: in which whole days have their midnights. None in `kind` and `is_day`: as `series` says.
    """

    from_at: datetime
    until_at: datetime
    zone: str | None = None
    kind: Kind | None = None
    is_day: bool | None = None
    series: str | None = None
    is_series: bool = False


def item_of(event: GraphEvent) -> CalendarItem | None:
    """None for what we have written ourselves: we know it better. Raises CalendarFault."""
    if (event.transaction_id or "").endswith(OURS):
        return None
    assert event.start is not None
    assert event.end is not None
    leans_on = event.leans_on
    kept = Kept(
        from_at=_instant(event.start),
        until_at=_instant(event.end),
        zone=_zone_of(event),
        kind=None if leans_on is not None else _kind(event),
        is_day=None if leans_on is not None else bool(event.is_all_day),
        series=leans_on,
        is_series=event.type == SERIES,
    )
    return CalendarItem(id=event.id, body=msgspec.json.encode(kept))


def ours_of(event: GraphEvent) -> OurEntry | None:
    """A meeting that we wrote, as the rep has it now. Its sequence is that with which it was made:
    what we have moved since is not taken for a wish of the rep's."""
    made, _, uid = (event.transaction_id or "").partition("-")
    if not uid.endswith(OURS) or not (made.isascii() and made.isdecimal()) or len(made) > DIGITS:
        return None
    return OurEntry(
        uid=uid,
        title=event.subject or "",
        span=_span(event),
        sequence=int(made),
        is_gone=bool(event.is_cancelled),
    )


def _span(event: GraphEvent) -> Span | None:
    """None of a series, of whole days, and of times that name no zone that is known."""
    if event.start is None or event.end is None or event.is_all_day:
        return None
    begins, ends = _instant(event.start), _instant(event.end)
    is_single = event.type in ("singleInstance", None)
    is_known = begins.tzinfo is not None and ends.tzinfo is not None
    return Span(begins, ends) if is_single and is_known else None


def _kind(event: GraphEvent) -> Kind:
    if event.is_cancelled:
        return "free"
    answered = event.response_status.response if event.response_status is not None else None
    if answered == "declined" or event.show_as in FREE:
        return "free"
    return "away" if event.show_as == "oof" else "busy"


def _zone_of(event: GraphEvent) -> str | None:
    """Where the event's own midnight is: of the time itself, unless that is told in UTC."""
    assert event.start is not None
    zone = iana(event.start.time_zone)
    return zone if zone not in (None, UTC_ZONE) else iana(event.original_start_time_zone)


def _instant(moment: Moment) -> datetime:
    try:
        at = datetime.fromisoformat(moment.date_time)
    except ValueError:
        raise CalendarFault(
            "bad_answer", f"an event's time cannot be read: {moment.date_time[:40]!r}"
        ) from None
    if not EARLIEST <= at.replace(tzinfo=UTC) <= LATEST:
        return EARLIEST if at.replace(tzinfo=UTC) < EARLIEST else LATEST
    if at.tzinfo is None:
        zone = iana(moment.time_zone) if moment.time_zone is not None else UTC_ZONE
        if zone is None:
            return at
        at = at.replace(tzinfo=ZoneInfo(zone))
    return at.astimezone(UTC)
