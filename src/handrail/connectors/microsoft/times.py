"""Kept items -> when the rep is taken and when away, within a window."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

from handrail.connectors.microsoft.reading import Kept
from handrail.engine.calendars.source import CalendarItem, Times
from handrail.engine.calendars.taken import Taken, counted
from handrail.terms.people import Span

DAY = timedelta(days=1)
MIDNIGHT = time()

_read = msgspec.json.Decoder(Kept).decode


def times_of(items: Sequence[CalendarItem], *, zone: str, window: Span) -> Times:
    """`zone`: the rep's own; in it lie whole days, and times of a zone that nobody knows."""
    known = {item.id: _read(item.body) for item in items}
    return counted(_taken(known, ZoneInfo(zone)), window=window)


def _taken(known: Mapping[str, Kept], local: ZoneInfo) -> Iterator[Taken]:
    for event in known.values():
        if event.is_series:
            continue  # a plan: its times stand beside it
        told = known.get(event.series) if event.series is not None else event
        if told is None or told.kind is None:
            continue  # with its series, which is kept wherever it is needed, it was removed
        is_day = bool(told.is_day)
        span = _days(event, told, local) if is_day else None
        yield Taken(span=span or _instants(event, local), kind=told.kind, is_day=is_day)


def _instants(event: Kept, local: ZoneInfo) -> Span:
    return Span(_in_utc(event.from_at, local), _in_utc(event.until_at, local))


def _days(event: Kept, told: Kept, local: ZoneInfo) -> Span | None:
    """The same dates in the rep's zone; None where it has no midnights, and is taken as it is."""
    zone = event.zone or told.zone
    begins, ends = _date(event.from_at, zone), _date(event.until_at, zone)
    if begins is None or ends is None:
        return None
    ends = max(ends, begins + DAY)
    return Span(_midnight(begins, local), _midnight(ends, local))


def _date(at: datetime, zone: str | None) -> date | None:
    """The day that begins then: as the server tells it, else in the zone it was entered in."""
    if at.time() == MIDNIGHT:
        return at.date()
    if at.tzinfo is None or zone is None:
        return None
    there = ZoneInfo(zone)
    day = at.astimezone(there).date()
    return day if _midnight(day, there) == at else None  # also where the clock skips midnight


def _midnight(day: date, local: ZoneInfo) -> datetime:
    return datetime.combine(day, MIDNIGHT, tzinfo=local).astimezone(UTC)


def _in_utc(at: datetime, local: ZoneInfo) -> datetime:
    return (at.replace(tzinfo=local) if at.tzinfo is None else at).astimezone(UTC)
