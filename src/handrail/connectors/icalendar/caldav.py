"""CalDAV servers: calendars that are read as they change, and into which meetings are written."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import quote, unquote

import httpx
from icalendar import Calendar, Event, vCalAddress

from handrail.connectors.icalendar import dav
from handrail.connectors.icalendar.feed import own_addresses
from handrail.connectors.icalendar.reading import item_of, ours_in
from handrail.connectors.icalendar.times import times_of
from handrail.connectors.icalendar.wire import Answer, Wire
from handrail.engine.calendars.source import (
    OURS,
    Access,
    CalendarEvent,
    CalendarFault,
    CalendarItem,
    CalendarKind,
    Changes,
    OurEntry,
    Times,
)
from handrail.engine.targets import host_of
from handrail.terms.people import Span

AT_ONCE = 50  # events asked for in one request
ROUNDS_MAX = 50  # of a server that tells its changes in parts
WHOLE = frozenset({400, 403, 404, 405, 409, 410, 412, 415, 501, 507})
MULTISTATUS = frozenset({207})
WRITTEN = frozenset({200, 201, 204})
GONE = frozenset({200, 204, 404, 410})
_Read = tuple[tuple[CalendarItem, ...], tuple[OurEntry, ...]]
XML = "application/xml; charset=utf-8"


class CalDav:
    """A `WritableCalendar`. The address is that of one calendar: see `find`."""

    kind: CalendarKind = "caldav"

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    # --- finding

    async def find(self, access: Access) -> str:
        """The address of the calendar: the one given, else the first of the person's own that
        holds events. Raises CalendarFault, with what to write instead."""
        places = [access.address, _joined(access.address, "/.well-known/caldav")]
        for place in places:
            found = await self._of_place(access, place)
            if found is not None:
                return found
        raise CalendarFault(
            "refused",
            "no calendar was found there; give the address of the calendar itself, as the "
            "server's own page shows it",
        )

    async def _of_place(self, access: Access, place: str) -> str | None:
        asked = dav.propfind("d:resourcetype", "d:current-user-principal", "c:calendar-home-set")
        try:
            url, found = await self._list(access, place, asked, depth="0")
        except CalendarFault as fault:
            if fault.code == "bad_answer":
                return None
            raise
        for one in found.resources:
            if one.has_type(f"{dav.CALDAV}calendar"):
                return _joined(url, one.href)
            home = one.inner_href(f"{dav.CALDAV}calendar-home-set")
            principal = one.inner_href(f"{dav.DAV}current-user-principal")
            if home is None and principal is not None:
                home = await self._home(access, _joined(url, principal))
            if home is not None:
                return await self._first(access, _joined(url, home))
        return None

    async def _home(self, access: Access, principal: str) -> str | None:
        url, found = await self._list(
            access, principal, dav.propfind("c:calendar-home-set"), depth="0"
        )
        for one in found.resources:
            home = one.inner_href(f"{dav.CALDAV}calendar-home-set")
            if home is not None:
                return _joined(url, home)
        return None

    async def _first(self, access: Access, home: str) -> str | None:
        asked = dav.propfind("d:resourcetype", "c:supported-calendar-component-set")
        url, found = await self._list(access, home, asked, depth="1")
        for one in found.resources:
            kinds = one.found.get(f"{dav.CALDAV}supported-calendar-component-set")
            events = kinds is None or any(kind.get("name") == "VEVENT" for kind in kinds)
            if events and one.has_type(f"{dav.CALDAV}calendar"):
                return _joined(url, one.href)
        return None

    # --- reading

    async def changes(self, access: Access, *, cursor: str | None, window: Span) -> Changes:
        """What changed since the sync token; all from the window on where there is none."""
        kind, _, token = (cursor or "").partition(" ")
        if kind == "sync":
            found = await self._since(access, token)
            if found is not None:
                return found
        now = await self._state(access)
        if cursor is not None and now is not None and now == cursor and kind == "ctag":
            return Changes(items=(), cursor=cursor)
        _, answered = await self._list(access, access.address, dav.events_from(window.from_at))
        items, ours = await asyncio.to_thread(self._items, answered, access)
        return Changes(items=items, cursor=now, is_whole=True, ours=ours)

    async def _state(self, access: Access) -> str | None:
        """The server's word for how the calendar stands, asked before it is read."""
        _, found = await self._list(
            access, access.address, dav.propfind("d:sync-token", "cs:getctag"), depth="0"
        )
        for one in found.resources:
            token = one.text(f"{dav.DAV}sync-token")
            tag = one.text(f"{dav.CALENDARSERVER}getctag")
            if token is not None:
                return f"sync {token}"
            if tag is not None:
                return f"ctag {tag}"
        return None

    async def _since(self, access: Access, token: str) -> Changes | None:
        """None where the server does not know the token, or no tokens at all."""
        changed: dict[str, bool] = {}
        for _ in range(ROUNDS_MAX):
            answer = await self._report(
                access, dav.changed_since(token), wanted=MULTISTATUS | WHOLE
            )
            if answer.status in WHOLE:
                return None
            found = dav.read(answer.body, place=host_of(access.address))
            if found.sync_token is None:
                return None
            for one in found.resources:
                changed[one.href] = one.is_gone
            if not found.is_cut or found.sync_token == token:
                token = found.sync_token
                break
            token = found.sync_token
        gone = [href for href, is_gone in changed.items() if is_gone]
        there = [href for href, is_gone in changed.items() if not is_gone]
        items, ours = await self._these(access, there)
        lost = set(there) - {item.id for item in items}
        return Changes(
            items=items,
            gone=(*gone, *sorted(lost)),
            cursor=f"sync {token}",
            ours=(*ours, *_ours_gone(gone)),
        )

    async def _these(self, access: Access, hrefs: list[str]) -> _Read:
        items: list[CalendarItem] = []
        ours: list[OurEntry] = []
        for begin in range(0, len(hrefs), AT_ONCE):
            asked = dav.these(hrefs[begin : begin + AT_ONCE])
            _, answered = await self._list(access, access.address, asked)
            read = await asyncio.to_thread(self._items, answered, access)
            items += read[0]
            ours += read[1]
        return tuple(items), tuple(ours)

    def _items(self, answered: dav.Multistatus, access: Access) -> _Read:
        own = own_addresses(access)
        items, ours = list[CalendarItem](), list[OurEntry]()
        for one in answered.resources:
            text = one.text(f"{dav.CALDAV}calendar-data")
            if text is not None:
                items.append(item_of(one.href, text.encode(), own=own))
                ours += ours_in(text.encode(), own=own)
        return tuple(items), tuple(ours)

    def times(self, items: Sequence[CalendarItem], *, zone: str, window: Span) -> Times:
        return times_of(items, zone=zone, window=window)

    # --- writing

    async def put(self, access: Access, event: CalendarEvent) -> None:
        """The name of the resource follows from `uid`, so that a repeat writes the same again."""
        await self._wire.ask(
            "PUT",
            _resource(access, event.uid),
            headers={"content-type": "text/calendar; charset=utf-8"},
            body=event_text(event),
            auth=_password(access),
            wanted=WRITTEN,
        )

    async def remove(self, access: Access, *, uid: str) -> None:
        await self._wire.ask("DELETE", _resource(access, uid), auth=_password(access), wanted=GONE)

    # --- the wire

    async def _list(
        self, access: Access, url: str, body: bytes, *, depth: str | None = None
    ) -> tuple[str, dav.Multistatus]:
        """PROPFIND where `depth` is given, else REPORT; with the address after redirects."""
        method = "REPORT" if depth is None else "PROPFIND"
        answer = await self._wire.ask(
            method,
            url,
            headers={"content-type": XML, "depth": depth or "1"},
            body=body,
            auth=_password(access),
            wanted=MULTISTATUS,
        )
        return answer.url, dav.read(answer.body, place=host_of(url))

    async def _report(self, access: Access, body: bytes, *, wanted: frozenset[int]) -> Answer:
        return await self._wire.ask(
            "REPORT",
            access.address,
            headers={"content-type": XML, "depth": "0"},
            body=body,
            auth=_password(access),
            wanted=wanted,
        )


def event_text(event: CalendarEvent) -> bytes:
    """As it stands in the rep's own calendar: the server is to invite nobody, we do."""
    calendar = Calendar()
    calendar.add("PRODID", "-//Handrail//EN")
    calendar.add("VERSION", "2.0")
    entry = Event()
    entry.add("UID", event.uid)
    entry.add("SEQUENCE", event.sequence)
    entry.add("DTSTAMP", event.from_at)
    entry.add("DTSTART", event.from_at)
    entry.add("DTEND", event.until_at)
    entry.add("SUMMARY", event.title)
    if event.description:
        entry.add("DESCRIPTION", event.description)
    if event.location:
        entry.add("LOCATION", event.location)
    if event.guest_email and event.organiser_email:
        entry.add("ORGANIZER", _person(event.organiser_name, event.organiser_email), encode=False)
        entry.add("ATTENDEE", _person(event.guest_name, event.guest_email), encode=False)
    calendar.add_component(entry)
    text: bytes = calendar.to_ical()
    return text


def _person(name: str, address: str) -> vCalAddress:
    person = vCalAddress(f"mailto:{address}")
    if name:
        person.params["CN"] = name
    person.params["SCHEDULE-AGENT"] = "CLIENT"
    return person


def _resource(access: Access, uid: str) -> str:
    return f"{access.address.rstrip('/')}/{quote(uid, safe='-._')}.ics"


def _ours_gone(hrefs: Iterable[str]) -> Iterator[OurEntry]:
    """Of those that are gone the meetings that we wrote, by the names that we gave them."""
    for href in hrefs:
        uid = unquote(href.rpartition("/")[2]).removesuffix(".ics")
        if uid.endswith(OURS):
            yield OurEntry(uid=uid, is_gone=True)


def _password(access: Access) -> tuple[str, str] | None:
    name = access.secret.get("username")
    return (name, access.secret.get("password", "")) if name else None


def _joined(base: str, href: str) -> str:
    """`href` as the server names it; it stays on the server's own host."""
    try:
        here, there = httpx.URL(base), httpx.URL(base).join(href)
    except (httpx.InvalidURL, ValueError):
        raise CalendarFault("bad_answer", f"{host_of(base)} names a place that is none") from None
    if (here.scheme, here.host, here.port) != (there.scheme, there.host, there.port):
        raise CalendarFault(
            "refused", f"{here.host} sends us on to {there.host}; connect that address instead"
        )
    return str(there)
