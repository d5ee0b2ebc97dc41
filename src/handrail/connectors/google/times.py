"""Kept items -> when the rep is taken and when away, within a window."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec

from handrail.connectors.google.reading import Kept
from handrail.engine.calendars.source import CalendarItem, Times
from handrail.engine.calendars.taken import Taken, counted
from handrail.terms.people import Span

DAY = timedelta(days=1)

_read = msgspec.json.Decoder(Kept).decode


def times_of(items: Sequence[CalendarItem], *, zone: str, window: Span) -> Times:
    """`zone`: the rep's own; in it lie whole days."""
    return counted(_taken(items, ZoneInfo(zone)), window=window)


def _taken(items: Sequence[CalendarItem], local: ZoneInfo) -> Iterator[Taken]:
    for item in items:
        kept = _read(item.body)
        if kept.from_day is not None and kept.until_day is not None:
            until = max(kept.until_day, kept.from_day + DAY)
            span = Span(_midnight(kept.from_day, local), _midnight(until, local))
            yield Taken(span=span, kind=kept.kind, is_day=True)
        elif kept.from_at is not None and kept.until_at is not None:
            yield Taken(span=Span(kept.from_at, kept.until_at), kind=kept.kind, is_day=False)


def _midnight(day: date, local: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), tzinfo=local).astimezone(UTC)
