"""iCalendar text as a server gives it -> the items that are kept: times, and nothing else.

What a rep's meetings are called, where they are and with whom is nobody's business here, and is
left out before anything is stored.
"""

import warnings
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

from icalendar import Calendar, Component, Event
from icalendar.error import GloballyUniqueTZIDGuessed

from handrail.engine.calendars.source import (
    OURS,
    Answer,
    CalendarFault,
    CalendarItem,
    OurEntry,
)
from handrail.terms.people import Span

EVENTS_MAX = 20_000  # of one calendar
ITEM_BYTES_MAX = 256_000  # one event with its exceptions and its zones
TIMES_IN_A_DAY_MAX = 24  # that one event may have
KEPT = (
    "UID",
    "SEQUENCE",
    "RECURRENCE-ID",
    "DTSTART",
    "DTEND",
    "DURATION",
    "RRULE",
    "RDATE",
    "EXDATE",
    "STATUS",
    "TRANSP",
    "X-MICROSOFT-CDO-BUSYSTATUS",
)
ANSWER = "X-HANDRAIL-ANSWER"  # the rep's own, to an invitation
ANSWERS: dict[str, Answer] = {"ACCEPTED": "accepted", "DECLINED": "declined"}
OFTEN = frozenset({"SECONDLY", "MINUTELY"})
# A zone like `/mozilla.org/.../Europe/Berlin` is taken by the end of its name: no line in the log.
warnings.filterwarnings("ignore", category=GloballyUniqueTZIDGuessed)


def items_of(text: bytes, *, own: frozenset[str]) -> tuple[CalendarItem, ...]:
    """One for each series: an event with all its exceptions. `own`: the rep's addresses, lower.

    Raises CalendarFault where it is no calendar.
    """
    calendar = _parse(text)
    by_uid: dict[str, list[Event]] = {}
    for event in islice(_events(calendar), EVENTS_MAX + 1):
        by_uid.setdefault(str(event.get("UID", "")), []).append(event)
    if sum(map(len, by_uid.values())) > EVENTS_MAX:
        raise CalendarFault("bad_answer", f"the calendar has more than {EVENTS_MAX:,} events")
    return tuple(
        CalendarItem(id=uid or f"without-uid-{number}", body=_body(calendar, events, own))
        for number, (uid, events) in enumerate(by_uid.items())
    )


def item_of(id: str, text: bytes, *, own: frozenset[str]) -> CalendarItem:
    """One resource of a CalDAV collection: a series under the server's own name for it."""
    calendar = _parse(text)
    return CalendarItem(id=id, body=_body(calendar, list(_events(calendar)), own))


def ours_in(text: bytes, *, own: frozenset[str]) -> tuple[OurEntry, ...]:
    """Of a resource that we wrote: what the rep, and a guest, have made of it since."""
    if OURS.encode() not in text:
        return ()
    return tuple(
        OurEntry(
            uid=str(part["UID"]),
            title=str(part.get("SUMMARY", "")),
            answer=_guests_answer(part, own),
            span=_span_of(part),
            sequence=_whole(part.get("SEQUENCE")),
            is_gone=_is_called_off(part),
        )
        for part in _parse(text).subcomponents
        if isinstance(part, Event) and str(part.get("UID", "")).endswith(OURS)
    )


def _span_of(event: Event) -> Span | None:
    """None of a series, of whole days, and of times that name no zone that is known."""
    if "RRULE" in event or "RECURRENCE-ID" in event:
        return None
    begins = getattr(event.get("DTSTART"), "dt", None)
    ends = getattr(event.get("DTEND"), "dt", None)
    lasts = getattr(event.get("DURATION"), "dt", None)
    if ends is None and isinstance(begins, datetime) and isinstance(lasts, timedelta):
        ends = begins + lasts
    if not (isinstance(begins, datetime) and isinstance(ends, datetime)):
        return None
    if begins.tzinfo is None or ends.tzinfo is None:
        return None
    return Span(from_at=begins.astimezone(UTC), until_at=ends.astimezone(UTC))


def _is_called_off(event: Event) -> bool:
    """The whole of it, not one time of a series."""
    is_all = "RECURRENCE-ID" not in event
    return is_all and str(event.get("STATUS", "")).upper() == "CANCELLED"


def _whole(value: object) -> int:
    return value if isinstance(value, int) and value >= 0 else 0


def _guests_answer(event: Event, own: frozenset[str]) -> Answer | None:
    """Of the first who is not the rep and has answered."""
    for guest in _guests(event):
        said = str(getattr(guest, "params", {}).get("PARTSTAT", "")).upper()
        if _address(guest) not in own and said in ANSWERS:
            return ANSWERS[said]
    return None


def _parse(text: bytes) -> Calendar:
    if b"\0" in text:
        raise CalendarFault("bad_answer", "the calendar holds a NUL: it is no iCalendar text")
    try:
        calendar = Calendar.from_ical(text)
    except (ValueError, KeyError, IndexError, TypeError, RecursionError) as fault:
        raise CalendarFault(
            "bad_answer", f"not readable as iCalendar: {str(fault)[:120]}"
        ) from None
    if not isinstance(calendar, Calendar):
        raise CalendarFault("bad_answer", "it is no VCALENDAR")
    _check_zones(calendar)
    return calendar


def _check_zones(calendar: Calendar) -> None:
    """A zone of the sender's own may change its clock by the year: by the second it is a trap."""
    for name in ("STANDARD", "DAYLIGHT"):
        for part in calendar.walk(name):
            given = part.get("RRULE", [])
            for rule in given if isinstance(given, list) else [given]:
                every = {str(one).upper() for one in rule.get("FREQ", [])}
                if every != {"YEARLY"} or any(one != 1 for one in rule.get("INTERVAL", [])):
                    raise CalendarFault(
                        "bad_answer", "a time zone changes more often than by the year"
                    )


def _events(calendar: Calendar) -> Iterator[Event]:
    for part in calendar.subcomponents:
        is_ours = str(part.get("UID", "")).endswith(OURS)  # known better than a calendar knows it
        if isinstance(part, Event) and "DTSTART" in part and not is_ours:
            yield part


def _body(calendar: Calendar, events: Iterable[Event], own: frozenset[str]) -> bytes:
    kept = Calendar()
    kept.add("VERSION", "2.0")
    kept.add("PRODID", "handrail")
    if "X-WR-TIMEZONE" in calendar:
        kept["X-WR-TIMEZONE"] = calendar["X-WR-TIMEZONE"]
    zones = [part for part in calendar.subcomponents if part.name == "VTIMEZONE"]
    stripped = [_stripped(event, own) for event in events]
    named = {zone for event in stripped for zone in _zones_of(event)}
    for zone in zones:
        if str(zone.get("TZID", "")) in named:
            kept.add_component(zone)
    for event in stripped:
        kept.add_component(event)
    body: bytes = kept.to_ical()
    if len(body) > ITEM_BYTES_MAX:
        raise CalendarFault("bad_answer", f"one event takes more than {ITEM_BYTES_MAX:,} bytes")
    return body


def _stripped(event: Event, own: frozenset[str]) -> Event:
    _check_rule(event)
    kept = Event()
    for name in KEPT:
        if name in event:
            kept[name] = event[name]
    answer = _answer(event, own)
    if answer is not None:
        kept.add(ANSWER, answer)
    return kept


def _answer(event: Event, own: frozenset[str]) -> str | None:
    for guest in _guests(event):
        if _address(guest) in own:
            return str(getattr(guest, "params", {}).get("PARTSTAT", "")).upper() or None
    return None


def _guests(event: Event) -> list[Any]:
    given = event.get("ATTENDEE", [])
    return given if isinstance(given, list) else [given]


def _address(guest: Any) -> str:
    return str(guest).lower().removeprefix("mailto:")


def _check_rule(event: Event) -> None:
    """A rule that fires every second is a trap for whoever unrolls it."""
    given = event.get("RRULE", [])
    for rule in given if isinstance(given, list) else [given]:
        often = {str(one).upper() for one in rule.get("FREQ", [])} & OFTEN
        times = 1
        for part in ("BYHOUR", "BYMINUTE", "BYSECOND"):
            times *= max(1, len(rule.get(part, [])))
        if often or times > TIMES_IN_A_DAY_MAX:
            raise CalendarFault(
                "bad_answer", "an event repeats more often than every hour: remove it there"
            )


def _zones_of(event: Component) -> Iterator[str]:
    for value in event.values():
        for one in value if isinstance(value, list) else [value]:
            zone = getattr(one, "params", {}).get("TZID")
            if zone is not None:
                yield str(zone)
