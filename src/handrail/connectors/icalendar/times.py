"""Kept items -> when the rep is taken and when away, within a window."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar

from handrail.connectors.icalendar.reading import ANSWER
from handrail.engine.calendars.source import CalendarFault, CalendarItem, Times
from handrail.engine.calendars.taken import Kind, Taken, counted
from handrail.terms.people import Span

DAY = timedelta(days=1)
STEPS = {
    "HOURLY": timedelta(hours=1),
    "DAILY": DAY,
    "WEEKLY": 7 * DAY,
    "MONTHLY": 28 * DAY,
    "YEARLY": 365 * DAY,
}
YEARS = (2, 9998)  # that no zone takes out of the calendar; neither end is a leap year
STEPS_MAX = 50_000  # of a rule up to the window's end: daily for 136 years, hourly for five
OVERLAPS_MAX = 1_000  # times of one event that run at once
FREE = frozenset({"FREE", "WORKINGELSEWHERE"})


def times_of(items: Sequence[CalendarItem], *, zone: str, window: Span) -> Times:
    """`zone`: the rep's own; in it lie whole days, and times that name no zone that is known."""
    local = ZoneInfo(zone)
    return counted(_taken(items, local, window), window=window)


def _taken(items: Iterable[CalendarItem], local: ZoneInfo, window: Span) -> Iterator[Taken]:
    for item in items:
        for event in _occurrences(item, window):
            span, is_day = _span(event, local)
            yield Taken(span=span, kind=_kind(event), is_day=is_day)


def _occurrences(item: CalendarItem, window: Span) -> Iterable[Any]:
    try:
        calendar = Calendar.from_ical(item.body)
        for event in calendar.walk("VEVENT"):
            _check_effort(event, window)
        # A day more on either side: whole days and floating times lie in the rep's zone.
        found: list[Any] = recurring_ical_events.of(calendar).between(
            window.from_at - DAY, window.until_at + DAY
        )
        return found
    except (ValueError, KeyError, TypeError, OverflowError, AttributeError) as fault:
        raise CalendarFault(
            "bad_answer", f"an event's times cannot be worked out: {str(fault)[:120]}"
        ) from None


def _check_effort(event: Any, window: Span) -> None:
    """Whoever may send an invitation must not keep us busy: rules are unrolled from their begin."""
    given = event.get("RRULE", [])
    for rule in given if isinstance(given, list) else [given]:
        frequency = str(next(iter(rule.get("FREQ", [])), "")).upper()
        interval = int(next(iter(rule.get("INTERVAL", [])), 1))
        step = STEPS.get(frequency, DAY) * interval
        if interval < 1 or _behind(event, window) / step > STEPS_MAX:
            raise CalendarFault(
                "bad_answer", "an event repeats without end, or began too long ago: remove it there"
            )
        if _length(event) / step > OVERLAPS_MAX:
            raise CalendarFault(
                "bad_answer", "an event lasts far longer than until it repeats: remove it there"
            )


def _behind(event: Any, window: Span) -> timedelta:
    """How far its begin lies before the window's end, zones aside."""
    begins = event["DTSTART"].dt
    day = begins.date() if isinstance(begins, datetime) else begins
    return timedelta(days=(window.until_at.date() - day).days)


def _length(event: Any) -> timedelta:
    if "DTEND" in event:
        span, _ = _span(event, ZoneInfo("UTC"))
        return span.until_at - span.from_at
    lasts = event["DURATION"].dt if "DURATION" in event else timedelta(0)
    return lasts if isinstance(lasts, timedelta) else timedelta(0)


def _kind(event: Any) -> Kind:
    if str(event.get("STATUS", "")).upper() == "CANCELLED":
        return "free"
    if str(event.get(ANSWER, "")).upper() == "DECLINED":
        return "free"
    said = str(event.get("X-MICROSOFT-CDO-BUSYSTATUS", "")).upper()
    if said == "OOF":
        return "away"
    if said in FREE:
        return "free"
    if not said and str(event.get("TRANSP", "")).upper() == "TRANSPARENT":
        return "free"
    return "busy"


def _span(event: Any, local: ZoneInfo) -> tuple[Span, bool]:
    begins = event["DTSTART"].dt
    ends = event["DTEND"].dt if "DTEND" in event else begins
    is_day = not isinstance(begins, datetime)
    if is_day and ends == begins:
        ends = begins + DAY
    return Span(_instant(begins, local), _instant(ends, local)), is_day


def _instant(value: date | datetime, local: ZoneInfo) -> datetime:
    if not YEARS[0] <= value.year <= YEARS[1]:
        value = value.replace(year=min(max(value.year, YEARS[0]), YEARS[1]))
    if not isinstance(value, datetime):
        value = datetime.combine(value, time(), tzinfo=local)
    elif value.tzinfo is None:
        value = value.replace(tzinfo=local)
    return value.astimezone(UTC)
