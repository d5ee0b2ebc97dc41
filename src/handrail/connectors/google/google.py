"""Google Calendar v3: read as it changes, written, and pushed."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import msgspec

from handrail.connectors.google.reading import FIELDS, GoogleEvent, Page, item_of
from handrail.connectors.google.times import times_of
from handrail.connectors.google.wire import READ, GoogleWire
from handrail.connectors.google.writing import event_body, id_of
from handrail.engine.calendars.source import (
    Access,
    CalendarEvent,
    CalendarFault,
    CalendarItem,
    CalendarKind,
    Changes,
    Subscription,
    Times,
)
from handrail.terms.people import Span

PRIMARY = "primary"
PAGE = "2500"  # events asked for at a time: the most there is
PAGES_MAX = 20
FORGOTTEN = frozenset({410})
ABSENT = frozenset({404, 410})
GONE = frozenset({200, 204, 404, 410})
MADE = frozenset({200, 201, 409})
CHANNEL_BYTES = 16
LIFE_S = 7 * 24 * 3_600  # of a channel; Google grants no longer
NO_LETTERS = {"sendUpdates": "none"}  # the invitation is ours to send

Renew = Callable[[Access], Awaitable[Access]]


class Google:
    """A `WritableCalendar`, `PushingCalendar`, `RenewingCalendar` and `FindingCalendar`. The
    address is a calendar's id; empty for the own one of who signed in."""

    kind: CalendarKind = "google"

    def __init__(self, wire: GoogleWire, *, renew: Renew, chance: Callable[[int], bytes]) -> None:
        """`renew`: asks for a new token."""
        self._wire = wire
        self._renew = renew
        self._chance = chance

    async def find(self, access: Access) -> str:
        """Its id: for the own calendar the person's address."""
        id = quote(access.address or PRIMARY, safe="")
        found = await self._wire.ask(access, "GET", f"/calendars/{id}", query={"fields": "id"})
        return self._wire.read(found, _Named).id

    def expires_at(self, access: Access) -> datetime | None:
        return expires_at(access)

    async def renew(self, access: Access) -> Access:
        return await self._renew(access)

    # --- reading

    async def changes(self, access: Access, *, cursor: str | None, window: Span) -> Changes:
        """What changed since the sync token; all of the window where there is none, or where it
        is forgotten. Series come unrolled, their daylight saving reckoned by the server."""
        if cursor is not None:
            found = await self._round(access, {"syncToken": cursor})
            if found is not None:
                return _told(*found, is_whole=False)
        found = await self._round(
            access, {"timeMin": _told_at(window.from_at), "timeMax": _told_at(window.until_at)}
        )
        if found is None:
            raise CalendarFault("unreachable", f"{self._wire.place} forgot what it was telling")
        return _told(*found, is_whole=True)

    async def _round(
        self, access: Access, asked: Mapping[str, str]
    ) -> tuple[dict[str, GoogleEvent], str] | None:
        """The latest word on each event, and the next token; None for a forgotten one."""
        events: dict[str, GoogleEvent] = {}
        query = {"singleEvents": "true", "maxResults": PAGE, "fields": FIELDS, **asked}
        for _ in range(PAGES_MAX):
            answer = await self._wire.ask(
                access, "GET", f"{_calendar(access)}/events", query=query, wanted=READ | FORGOTTEN
            )
            if answer.status in FORGOTTEN:
                return None
            page = self._wire.read(answer, Page)
            events |= {event.id: event for event in page.items}
            if page.next_sync_token is not None:
                return events, page.next_sync_token
            if page.next_page_token is None:
                break
            query["pageToken"] = page.next_page_token
        raise CalendarFault("bad_answer", f"{self._wire.place} never ends telling changes")

    def times(self, items: Sequence[CalendarItem], *, zone: str, window: Span) -> Times:
        return times_of(items, zone=zone, window=window)

    # --- writing

    async def put(self, access: Access, event: CalendarEvent) -> None:
        """Under an id that follows from its `uid`; what was taken away comes back under it."""
        if await self._changed(access, event):
            return
        body = {**event_body(event), "id": id_of(event.uid)}
        made = await self._wire.ask(
            access,
            "POST",
            f"{_calendar(access)}/events",
            query=NO_LETTERS,
            body=body,
            wanted=MADE,
        )
        if made.status == 409 and not await self._changed(access, event):
            raise CalendarFault("unreachable", f"{self._wire.place} has not settled a meeting yet")

    async def _changed(self, access: Access, event: CalendarEvent) -> bool:
        """False where there is none."""
        answer = await self._wire.ask(
            access,
            "PUT",
            _event(access, event.uid),
            query=NO_LETTERS,
            body=event_body(event),
            wanted=READ | ABSENT,
        )
        return answer.status == 200

    async def remove(self, access: Access, *, uid: str) -> None:
        await self._wire.ask(access, "DELETE", _event(access, uid), query=NO_LETTERS, wanted=GONE)

    # --- being told of changes

    async def subscribe(self, access: Access, *, url: str, token: str) -> Subscription:
        body = {
            "id": self._chance(CHANNEL_BYTES).hex(),
            "type": "web_hook",
            "address": url,
            "token": token,
            "params": {"ttl": str(LIFE_S)},
        }
        answer = await self._wire.ask(
            access, "POST", f"{_calendar(access)}/events/watch", body=body
        )
        made = self._wire.read(answer, _Channel)
        lasts = timedelta(milliseconds=int(made.expiration))
        return Subscription(
            id=made.id,
            expires_at=datetime.fromtimestamp(0, UTC) + lasts,
            resource=made.resource_id,
        )

    async def unsubscribe(self, access: Access, subscription: Subscription) -> None:
        body = {"id": subscription.id, "resourceId": subscription.resource or ""}
        await self._wire.ask(access, "POST", "/channels/stop", body=body, wanted=GONE)


class _Named(msgspec.Struct, frozen=True):
    id: str


class _Channel(msgspec.Struct, frozen=True, rename="camel"):
    id: str
    resource_id: str
    expiration: str  # milliseconds since 1970


def expires_at(access: Access) -> datetime | None:
    """When its token runs out; None where nobody said."""
    text = access.secret.get("expires_at")
    return datetime.fromisoformat(text) if text else None


def _told(events: Mapping[str, GoogleEvent], token: str, *, is_whole: bool) -> Changes:
    items = [(event.id, item_of(event)) for event in events.values()]
    return Changes(
        items=tuple(item for _, item in items if item is not None),
        gone=() if is_whole else tuple(sorted(id for id, item in items if item is None)),
        cursor=token,
        is_whole=is_whole,
    )


def _calendar(access: Access) -> str:
    return f"/calendars/{quote(access.address or PRIMARY, safe='')}"


def _event(access: Access, uid: str) -> str:
    return f"{_calendar(access)}/events/{id_of(uid)}"


def _told_at(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
