"""How events count, whatever kind of calendar they stand in. Pure."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Literal

import msgspec

from handrail.engine.calendars.source import CalendarFault, Times
from handrail.terms.people import Span

AWAY_FROM = timedelta(hours=8)  # out of office so long is an absence; for less one is in a meeting
SPANS_MAX = 20_000

Kind = Literal["free", "busy", "away"]


class Taken(msgspec.Struct, frozen=True):
    """One event, or one time of a series. `is_day`: it takes whole days."""

    span: Span
    kind: Kind
    is_day: bool


def counted(events: Iterable[Taken], *, window: Span) -> Times:
    """What takes the rep's time and what is an absence. Raises CalendarFault over `SPANS_MAX`."""
    busy: list[Span] = []
    away: list[Span] = []
    for event in events:
        lasts = event.span.until_at - event.span.from_at
        if event.kind == "free" or lasts <= timedelta(0):
            continue
        is_away = event.kind == "away" and (event.is_day or lasts >= AWAY_FROM)
        (away if is_away else busy).append(event.span)
        if len(busy) + len(away) > SPANS_MAX:
            raise CalendarFault("bad_answer", f"the calendar has more than {SPANS_MAX:,} meetings")
    return Times(busy=_merged(busy, window=window), away=_merged(away, window=window))


def _merged(spans: Iterable[Span], *, window: Span) -> tuple[Span, ...]:
    """Ascending, none touching another, cut at the window's ends."""
    found: list[Span] = []
    for span in sorted(spans):
        begins, ends = max(span.from_at, window.from_at), min(span.until_at, window.until_at)
        if begins >= ends:
            continue
        if found and begins <= found[-1].until_at:
            found[-1] = Span(found[-1].from_at, max(ends, found[-1].until_at))
        else:
            found.append(Span(begins, ends))
    return tuple(found)
