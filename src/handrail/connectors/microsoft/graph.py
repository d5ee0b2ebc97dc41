"""Microsoft 365 and Outlook.com: calendars that are read as they change, written, and pushed."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import quote, urlencode, urlsplit

import msgspec

from handrail.connectors.microsoft.reading import SELECTED, GraphEvent, Page, item_of, ours_of
from handrail.connectors.microsoft.times import times_of
from handrail.connectors.microsoft.wire import READ, GraphWire
from handrail.connectors.microsoft.writing import event_body, found_by, new_body
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

EVENTS_MAX = 20_000  # of one calendar
PAGE = 200  # events asked for at a time
PAGES_MAX = 500
SINGLE_MAX = 2_000  # events and series that are fetched by themselves, in one reading
AT_ONCE = 4  # requests to one mailbox; Graph refuses more
DEFAULT = frozenset({"", "primary"})  # of addresses: the person's own calendar
FORGOTTEN = frozenset({400, 410})
FORGOTTEN_CODES = frozenset({"syncstatenotfound", "syncstateinvalid", "resyncrequired"})
IDS = 'IdType="ImmutableId"'
PREFER = f'outlook.timezone="UTC", {IDS}'
PREFER_PAGES = f"{PREFER}, odata.maxpagesize={PAGE}"
MADE = frozenset({200, 201})
MADE_ALREADY = frozenset({200, 201, 409})
CHANGED_OR_GONE = frozenset({200, 404})
GONE = frozenset({204, 404, 410})
LIFE = timedelta(hours=60)  # of a subscription; Graph grants calendars at least 70 hours
CHANGES = "created,updated,deleted"

Renew = Callable[[Access], Awaitable[Access]]


class Graph:
    """A `WritableCalendar`, `PushingCalendar`, `ProlongingCalendar`, `RenewingCalendar`,
    `FindingCalendar` and `SharedCalendar`. The address is a calendar's id, empty for the own one of
    who signed in; or a person's address, `ada@acme.example`, whose own calendar an administrator
    lets us into.

    `is_let_in`: the organisation's administrator did so.
    """

    kind: CalendarKind = "microsoft"

    def __init__(
        self, wire: GraphWire, *, is_let_in: bool = False, renew: Renew | None = None
    ) -> None:
        """`renew`: asks for a new token, where people sign in."""
        self._wire = wire
        self._renew = renew
        self.is_let_in = is_let_in

    def expires_at(self, access: Access) -> datetime | None:
        """Of the token of who signed in; the application's is looked after elsewhere."""
        text = access.secret.get("expires_at")
        return datetime.fromisoformat(text) if text and self._renew is not None else None

    async def renew(self, access: Access) -> Access:
        assert self._renew is not None, "nothing runs out that nobody renews"
        return await self._renew(access)

    async def find(self, access: Access) -> str:
        """The id of the calendar, so that it stays the same when another becomes the default."""
        if _person(access) is not None:
            return access.address
        asked = f"{_calendar(access)}?$select=id"
        found = await self._wire.ask(access, "GET", asked)
        return self._wire.read(found, _Named).id

    # --- reading

    async def changes(self, access: Access, *, cursor: str | None, window: Span) -> Changes:
        """What changed since the delta token; all of the window where there is none, or where it
        is forgotten. Series come unrolled, their daylight saving reckoned by the server."""
        if cursor is not None:
            found = await self._round(access, cursor)
            if found is not None:
                return await self._told(access, *found, is_whole=False)
        found = await self._round(access, _whole(window))
        if found is None:
            raise CalendarFault("unreachable", f"{self._wire.place} forgot what it was telling")
        return await self._told(access, *found, is_whole=True)

    async def _round(self, access: Access, query: str) -> tuple[dict[str, GraphEvent], str] | None:
        """The latest word on each event, and what to ask with next; None for a forgotten token."""
        events: dict[str, GraphEvent] = {}
        for _ in range(PAGES_MAX):
            page = await self._page(access, query)
            if page is None:
                return None
            events |= {event.id: event for event in page.value}
            if len(events) > EVENTS_MAX:
                raise CalendarFault("bad_answer", f"the calendar has over {EVENTS_MAX:,} events")
            if page.delta_link is not None:
                return events, _query(page.delta_link)
            if page.next_link is None:
                break
            query = _query(page.next_link)
        raise CalendarFault("bad_answer", f"{self._wire.place} never ends telling changes")

    async def _page(self, access: Access, query: str) -> Page | None:
        path = f"{_view(access)}/delta?{query}"
        answer = await self._wire.ask(
            access, "GET", path, prefer=PREFER_PAGES, wanted=READ | FORGOTTEN
        )
        if answer.status in FORGOTTEN:
            if answer.status == 410 or answer.code.casefold() in FORGOTTEN_CODES:
                return None
            raise CalendarFault("bad_answer", f"{self._wire.place} answered 400 {answer.code}")
        return self._wire.read(answer, Page)

    async def _told(
        self, access: Access, events: Mapping[str, GraphEvent], token: str, *, is_whole: bool
    ) -> Changes:
        gone = {id for id, event in events.items() if event.removed is not None}
        known = {id: event for id, event in events.items() if id not in gone}
        partial = {id for id, event in known.items() if event.is_partial}
        series = {event.leans_on for event in known.values() if event.leans_on is not None}
        wanted = sorted(partial | (series - known.keys()))
        if len(wanted) > SINGLE_MAX:
            raise CalendarFault("bad_answer", f"the calendar has over {SINGLE_MAX:,} series")
        fetched = await self._these(access, wanted)
        gone |= set(wanted) - fetched.keys()
        whole = {**known, **fetched}
        items = [(event.id, item_of(event)) for id, event in whole.items() if id not in gone]
        gone |= {id for id, item in items if item is None}
        return Changes(
            items=tuple(item for _, item in items if item is not None),
            gone=tuple(sorted(gone)),
            cursor=token,
            is_whole=is_whole,
            ours=tuple(ours for ours in map(ours_of, whole.values()) if ours is not None),
        )

    async def _these(self, access: Access, ids: Iterable[str]) -> dict[str, GraphEvent]:
        """Those of them that are there, each as a whole."""
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(id: str) -> tuple[str, GraphEvent | None]:
            path = f"{_event(access, id)}?$select={SELECTED}"
            async with gate:
                found = await self._wire.ask(
                    access, "GET", path, prefer=PREFER, wanted=CHANGED_OR_GONE
                )
            event = self._wire.read(found, GraphEvent) if found.status == 200 else None
            return id, event if event is not None and not event.is_partial else None

        found = await asyncio.gather(*map(one, ids))
        return {id: event for id, event in found if event is not None}

    def times(self, items: Sequence[CalendarItem], *, zone: str, window: Span) -> Times:
        return times_of(items, zone=zone, window=window)

    # --- writing

    async def put(self, access: Access, event: CalendarEvent) -> None:
        """Found by its `uid` and changed, else made. A second one, of two nodes that wrote at the
        same time, is taken away again."""
        known = await self._holding(access, event.uid)
        for number, id in enumerate(known):
            changed = await self._change(access, id, event)
            if changed:
                await self._remove(access, known[number + 1 :])
                return
        path = f"{_calendar(access)}/events"
        made = await self._wire.ask(
            access, "POST", path, prefer=IDS, body=new_body(event), wanted=MADE_ALREADY
        )
        if made.status == 409:  # by a request of ours whose answer was lost
            await self._change_made(access, event)

    async def _change(self, access: Access, id: str, event: CalendarEvent) -> bool:
        """False where it is there no more."""
        answer = await self._wire.ask(
            access,
            "PATCH",
            _event(access, id),
            prefer=IDS,
            body=event_body(event),
            wanted=CHANGED_OR_GONE,
        )
        return answer.status != 404

    async def _change_made(self, access: Access, event: CalendarEvent) -> None:
        for id in await self._holding(access, event.uid):
            if await self._change(access, id, event):
                return
        raise CalendarFault("unreachable", f"{self._wire.place} has not settled a meeting yet")

    async def remove(self, access: Access, *, uid: str) -> None:
        await self._remove(access, await self._holding(access, uid))

    async def _remove(self, access: Access, ids: Iterable[str]) -> None:
        for id in ids:
            await self._wire.ask(access, "DELETE", _event(access, id), prefer=IDS, wanted=GONE)

    async def _holding(self, access: Access, uid: str) -> list[str]:
        query = urlencode({"$filter": found_by(uid), "$select": "id"}, quote_via=quote)
        path = f"{_calendar(access)}/events?{query}"
        found = await self._wire.ask(access, "GET", path, prefer=IDS)
        return sorted(one.id for one in self._wire.read(found, _NamedOnes).value)

    # --- being told of changes

    async def subscribe(self, access: Access, *, url: str, token: str) -> Subscription:
        """Graph asks at `url` at once whether it is ours, and names `token` whenever it tells
        something: of changes there, of the subscription itself at `url`/lifecycle."""
        resource = f"{_root(access)}/events"  # of the mailbox: all that Graph promises to tell of
        body = {
            "changeType": CHANGES,
            "notificationUrl": url,
            "lifecycleNotificationUrl": f"{url}/lifecycle",
            "resource": resource,
            "expirationDateTime": _told_at(self._wire.now() + LIFE),
            "clientState": token,
        }
        made = await self._wire.ask(access, "POST", "/subscriptions", body=body, wanted=MADE)
        found = self._wire.read(made, _Subscribed)
        return Subscription(id=found.id, expires_at=found.ends_at(), resource=resource)

    async def prolong(self, access: Access, subscription: Subscription) -> Subscription | None:
        """None where it is no more."""
        body = {"expirationDateTime": _told_at(self._wire.now() + LIFE)}
        path = f"/subscriptions/{quote(subscription.id, safe='')}"
        answer = await self._wire.ask(access, "PATCH", path, body=body, wanted=CHANGED_OR_GONE)
        if answer.status == 404:
            return None
        found = self._wire.read(answer, _Subscribed)
        return msgspec.structs.replace(subscription, expires_at=found.ends_at())

    async def unsubscribe(self, access: Access, subscription: Subscription) -> None:
        path = f"/subscriptions/{quote(subscription.id, safe='')}"
        await self._wire.ask(access, "DELETE", path, wanted=GONE)


class _Named(msgspec.Struct, frozen=True):
    id: str


class _NamedOnes(msgspec.Struct, frozen=True):
    value: tuple[_Named, ...]


class _Subscribed(msgspec.Struct, frozen=True, rename="camel"):
    id: str
    expiration_date_time: datetime

    def ends_at(self) -> datetime:
        at = self.expiration_date_time
        return (at if at.tzinfo is not None else at.replace(tzinfo=UTC)).astimezone(UTC)


def _person(access: Access) -> str | None:
    return access.address if "@" in access.address else None


def _root(access: Access) -> str:
    person = _person(access)
    return f"/users/{quote(person, safe='@')}" if person is not None else "/me"


def _has_own(access: Access) -> bool:
    return access.address in DEFAULT or _person(access) is not None


def _calendar(access: Access) -> str:
    if _has_own(access):
        return f"{_root(access)}/calendar"
    return f"/me/calendars/{quote(access.address, safe='')}"


def _view(access: Access) -> str:
    """The own calendar's view hangs on the person; Graph offers `delta` there."""
    return f"{_root(access) if _has_own(access) else _calendar(access)}/calendarView"


def _event(access: Access, id: str) -> str:
    return f"{_root(access)}/events/{quote(id, safe='')}"


def _whole(window: Span) -> str:
    return urlencode(
        {"startDateTime": _told_at(window.from_at), "endDateTime": _told_at(window.until_at)}
    )


def _query(link: str) -> str:
    """Of a link that Graph gave: its token. Where to ask, we know ourselves, so that no answer
    can send a person's token elsewhere."""
    query = urlsplit(link).query
    if not query:
        raise CalendarFault("bad_answer", "a link to further events holds no token")
    return query


def _told_at(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
