"""Read-only feeds: one address that answers with the whole calendar."""

import asyncio
import hashlib
from collections.abc import Sequence

from handrail.connectors.icalendar.reading import items_of
from handrail.connectors.icalendar.times import times_of
from handrail.connectors.icalendar.wire import Wire
from handrail.engine.calendars.source import (
    Access,
    CalendarItem,
    CalendarKind,
    Changes,
    Times,
)
from handrail.terms.people import Span

ACCEPT = "text/calendar, text/plain;q=0.5"


class Feed:
    """A `CalendarSource`. The address is the secret; `webcal:` means https."""

    kind: CalendarKind = "ics"

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    async def changes(self, access: Access, *, cursor: str | None, window: Span) -> Changes:
        """Whole whenever it has changed. The cursor is the server's tag, or else our own hash."""
        url = access.address.replace("webcal://", "https://", 1)
        tag = cursor.partition(" ")[2] if cursor is not None else ""
        headers = {"accept": ACCEPT}
        if tag.startswith(('"', "W/")):
            headers["if-none-match"] = tag
        answer = await self._wire.ask("GET", url, headers=headers, wanted=frozenset({200, 304}))
        if answer.status == 304:
            return Changes(items=(), cursor=cursor)
        digest = hashlib.sha256(answer.body).hexdigest()[:32]
        following = f"{digest} {answer.headers.get('etag', '')}".strip()
        if cursor is not None and cursor.partition(" ")[0] == digest:
            return Changes(items=(), cursor=following)
        items = await asyncio.to_thread(items_of, answer.body, own=own_addresses(access))
        return Changes(items=items, cursor=following, is_whole=True)

    def times(self, items: Sequence[CalendarItem], *, zone: str, window: Span) -> Times:
        return times_of(items, zone=zone, window=window)


def own_addresses(access: Access) -> frozenset[str]:
    """By which the rep is known among the guests of a meeting."""
    named = (access.secret.get(key, "") for key in ("email", "username"))
    return frozenset(one.lower() for one in named if one)
