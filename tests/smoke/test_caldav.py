"""Calendars over a real socket: a real Radicale, and servers that misbehave."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from handrail.connectors.icalendar.caldav import CalDav
from handrail.connectors.icalendar.feed import Feed
from handrail.connectors.icalendar.wire import Wire
from handrail.engine.calendars.source import (
    Access,
    CalendarEvent,
    CalendarFault,
    CalendarItem,
    Changes,
)
from handrail.terms.people import Span
from tests.radicale import NAME, Radicale, radicale

NOW = datetime(2026, 3, 2, 14, tzinfo=UTC)
WINDOW = Span(NOW - timedelta(days=1), NOW + timedelta(days=60))
ZONE = "America/New_York"


def event(uid: str, begins: str, *more: str) -> bytes:
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:test", "BEGIN:VEVENT", f"UID:{uid}"]
    lines += ["DTSTAMP:20260101T000000Z", f"DTSTART:{begins}", "DURATION:PT1H", *more]
    return "\r\n".join([*lines, "SUMMARY:Secret", "END:VEVENT", "END:VCALENDAR", ""]).encode()


class Kept:
    """What a reader holds after each reading, as the engine does."""

    def __init__(self) -> None:
        self.items: dict[str, CalendarItem] = {}
        self.cursor: str | None = None

    def take(self, changes: Changes) -> Changes:
        if changes.is_whole:
            self.items = {}
        self.items |= {item.id: item for item in changes.items}
        for id in changes.gone:
            self.items.pop(id, None)
        self.cursor = changes.cursor
        return changes

    def busy(self, source: CalDav | Feed) -> list[datetime]:
        times = source.times(list(self.items.values()), zone=ZONE, window=WINDOW)
        return [span.from_at for span in times.busy]


def at(day: int, hour: int) -> datetime:
    return datetime(2026, 3, day, hour, tzinfo=UTC)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Radicale]:
    with radicale(tmp_path_factory.mktemp("radicale")) as running:
        yield running


@pytest.fixture
def calendar(server: Radicale) -> Iterator[Radicale]:
    yield server
    for text in server.texts():
        uid = next(line for line in text.splitlines() if line.startswith("UID:"))[4:]
        server.delete(f"{uid}.ics")


@pytest.fixture
async def wire() -> AsyncIterator[Wire]:
    wire = Wire(now=lambda: NOW, allow_private=True, timeout_s=5)
    yield wire
    await wire.close()


async def test_what_is_written_into_an_entry_of_ours_is_told_and_takes_no_time(
    calendar: Radicale, wire: Wire
) -> None:
    source, kept = CalDav(wire), Kept()
    uid = "m1@handrail"
    meeting = CalendarEvent(
        uid=uid, sequence=0, from_at=at(3, 15), until_at=at(3, 16), title="Lena, Acme"
    )
    await source.put(calendar.access, meeting)
    [entry] = kept.take(await source.changes(calendar.access, cursor=None, window=WINDOW)).ours
    assert (entry.uid, entry.title, entry.answer) == (uid, "Lena, Acme", None)
    guest = "ATTENDEE;PARTSTAT=DECLINED:mailto:lena@acme.example"
    text = event(uid, "20260303T150000Z", guest).replace(b"Secret", b"No-show: Lena")
    calendar.put(f"{uid}.ics", text)
    changes = kept.take(await source.changes(calendar.access, cursor=kept.cursor, window=WINDOW))
    [entry] = changes.ours
    assert (entry.title, entry.answer) == ("No-show: Lena", "declined")
    assert kept.busy(source) == [] and b"Lena" not in b"".join(i.body for i in changes.items)


async def test_a_calendar_is_read_whole_and_then_as_it_changes(
    calendar: Radicale, wire: Wire
) -> None:
    source, kept = CalDav(wire), Kept()
    calendar.put("one.ics", event("one", "20260302T150000Z"))
    calendar.put("two.ics", event("two", "20260303T150000Z", "RRULE:FREQ=DAILY;COUNT=2"))
    first = kept.take(await source.changes(calendar.access, cursor=None, window=WINDOW))
    assert first.is_whole
    assert kept.busy(source) == [at(2, 15), at(3, 15), at(4, 15)]
    calendar.put("one.ics", event("one", "20260302T180000Z"))
    calendar.put("three.ics", event("three", "20260305T150000Z"))
    calendar.delete("two.ics")
    then = kept.take(await source.changes(calendar.access, cursor=kept.cursor, window=WINDOW))
    assert not then.is_whole and len(then.items) == 2 and len(then.gone) == 1
    assert kept.busy(source) == [at(2, 18), at(5, 15)]
    still = kept.take(await source.changes(calendar.access, cursor=kept.cursor, window=WINDOW))
    assert (still.items, still.gone) == ((), ())


async def test_what_is_over_is_not_fetched(calendar: Radicale, wire: Wire) -> None:
    calendar.put("old.ics", event("old", "20200302T150000Z"))
    calendar.put("new.ics", event("new", "20260302T150000Z"))
    found = await CalDav(wire).changes(calendar.access, cursor=None, window=WINDOW)
    assert [item.id for item in found.items] == ["/ada/work/new.ics"]
    assert b"Secret" not in found.items[0].body


async def test_a_token_that_the_server_forgot_is_a_whole_reading(
    calendar: Radicale, wire: Wire
) -> None:
    calendar.put("one.ics", event("one", "20260302T150000Z"))
    stale = "sync http://radicale.org/ns/sync/" + "0" * 64
    found = await CalDav(wire).changes(calendar.access, cursor=stale, window=WINDOW)
    assert found.is_whole and len(found.items) == 1


MEETING = CalendarEvent(
    uid="lena-1-1",
    sequence=0,
    from_at=at(4, 15),
    until_at=at(4, 15) + timedelta(minutes=30),
    title="Meeting with Lena, of Acme; 10:00",
    description="Booked on the page.\nBEGIN:VEVENT",
    organiser_name="Ada Adler",
    organiser_email="ada@acme.example",
    guest_name='Lena "L" Lo',
    guest_email="lena@buyer.example",
)


async def test_a_meeting_that_is_written_twice_stands_once_and_is_read_back(
    calendar: Radicale, wire: Wire
) -> None:
    source, kept = CalDav(wire), Kept()
    await source.put(calendar.access, MEETING)
    await source.put(calendar.access, MEETING)
    (text,) = calendar.texts()
    assert "UID:lena-1-1" in text and "Meeting with Lena\\, of Acme\\; 10:00" in text
    assert "SCHEDULE-AGENT=CLIENT" in text  # the server is to invite nobody
    kept.take(await source.changes(calendar.access, cursor=None, window=WINDOW))
    assert kept.busy(source) == [at(4, 15)]


async def test_a_meeting_that_moves_or_is_off_does_so_in_the_calendar(
    calendar: Radicale, wire: Wire
) -> None:
    source, kept = CalDav(wire), Kept()
    await source.put(calendar.access, MEETING)
    kept.take(await source.changes(calendar.access, cursor=None, window=WINDOW))
    moved = CalendarEvent(
        uid=MEETING.uid,
        sequence=1,
        from_at=at(5, 15),
        until_at=at(5, 16),
        title="Meeting",
    )
    await source.put(calendar.access, moved)
    kept.take(await source.changes(calendar.access, cursor=kept.cursor, window=WINDOW))
    assert kept.busy(source) == [at(5, 15)]
    for _ in range(2):
        await source.remove(calendar.access, uid=MEETING.uid)
    kept.take(await source.changes(calendar.access, cursor=kept.cursor, window=WINDOW))
    assert kept.busy(source) == []


async def test_a_person_who_names_only_the_server_is_brought_to_their_calendar(
    calendar: Radicale, wire: Wire
) -> None:
    root = Access(address=f"{calendar.url}/", secret=calendar.access.secret)
    assert await CalDav(wire).find(root) == calendar.access.address
    assert await CalDav(wire).find(calendar.access) == calendar.access.address


async def test_a_wrong_password_says_what_to_do(calendar: Radicale, wire: Wire) -> None:
    wrong = Access(address=calendar.access.address, secret={"username": NAME, "password": "open"})
    with pytest.raises(CalendarFault, match="connect the calendar again") as caught:
        await CalDav(wire).changes(wrong, cursor=None, window=WINDOW)
    assert caught.value.code == "lost_token"
    assert "open" not in str(caught.value)


# --- servers that misbehave

Answering = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def answering(*parts: bytes, hang: bool = False) -> AsyncIterator[tuple[str, list[bytes]]]:
    """A server that gives these answers one after the other, the last for ever."""
    left, asked = list(parts), list[bytes]()
    over = asyncio.Event()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        if hang:
            await over.wait()
        else:
            writer.write(left.pop(0) if len(left) > 1 else left[0])
            await writer.drain()
        writer.close()

    listening = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}/calendar/", asked
    finally:
        over.set()
        listening.close()
        await listening.wait_closed()


def said(status: str, *headers: str, body: bytes = b"") -> bytes:
    head = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", "Connection: close", *headers]
    return "\r\n".join([*head, "", ""]).encode() + body


@pytest.mark.parametrize(
    ("answer", "code", "wait"),
    [
        (said("429 Too Many", "Retry-After: 90"), "limited", timedelta(seconds=90)),
        (said("503 Later", "Retry-After: 60"), "limited", timedelta(minutes=1)),
        (said("500 Oops"), "unreachable", None),
        (said("401 Who"), "lost_token", None),
        (said("418 Teapot"), "bad_answer", None),
        (said("207 Multi", body=b"<html/>"), "bad_answer", None),
        (said("207 Multi", body=b"no xml"), "bad_answer", None),
        (
            said("207 Multi", body=b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'),
            "bad_answer",
            None,
        ),
        (b"rubbish\r\n\r\n", "unreachable", None),
    ],
    ids=["429", "503", "500", "401", "418", "page", "text", "entities", "no HTTP"],
)
async def test_what_a_server_does_wrong_is_told_with_its_kind(
    answer: bytes, code: str, wait: timedelta | None, wire: Wire
) -> None:
    async with answering(answer) as (url, _):
        with pytest.raises(CalendarFault) as caught:
            await CalDav(wire).changes(Access(address=url), cursor=None, window=WINDOW)
    assert (caught.value.code, caught.value.retry_after) == (code, wait)
    assert "/calendar/" not in str(caught.value)  # what stands behind the host may be a secret


async def test_a_server_that_hangs_is_given_up() -> None:
    wire = Wire(now=lambda: NOW, allow_private=True, timeout_s=0.05)
    async with answering(hang=True) as (url, _):
        with pytest.raises(CalendarFault, match="did not answer within") as caught:
            await Feed(wire).changes(Access(address=url), cursor=None, window=WINDOW)
    await wire.close()
    assert caught.value.code == "unreachable"


async def test_a_password_does_not_follow_to_another_host(wire: Wire) -> None:
    async with answering(said("302 Go", "Location: http://127.0.0.2/x")) as (url, asked):
        access = Access(address=url, secret={"username": "ada", "password": "sesame"})
        with pytest.raises(CalendarFault, match="not meant to go"):
            await CalDav(wire).changes(access, cursor=None, window=WINDOW)
    assert len(asked) == 1


async def test_our_own_network_is_not_asked_unless_it_is_allowed() -> None:
    wire = Wire(now=lambda: NOW, allow_private=False)
    async with answering(said("200 OK")) as (url, asked):
        with pytest.raises(CalendarFault) as caught:
            await Feed(wire).changes(Access(address=url), cursor=None, window=WINDOW)
    await wire.close()
    assert caught.value.code == "refused" and not asked


# --- feeds

BODY = event("one", "20260302T150000Z")


async def test_a_feed_is_read_again_only_when_it_has_changed(wire: Wire) -> None:
    source, kept = Feed(wire), Kept()
    answers = (
        said("200 OK", 'ETag: "v1"', body=BODY),
        said("304 Same"),
        said("200 OK", 'ETag: "v2"', body=BODY),
        said("200 OK", 'ETag: "v3"', body=event("two", "20260303T150000Z")),
    )
    async with answering(*answers) as (url, asked):
        access = Access(address=url)
        assert kept.take(await source.changes(access, cursor=None, window=WINDOW)).is_whole
        for _ in range(2):  # not changed, by its tag; not changed, by what it says
            same = kept.take(await source.changes(access, cursor=kept.cursor, window=WINDOW))
            assert not same.items and not same.is_whole
        assert kept.busy(source) == [at(2, 15)]
        kept.take(await source.changes(access, cursor=kept.cursor, window=WINDOW))
        assert kept.busy(source) == [at(3, 15)]
    assert b'if-none-match: "v1"' in asked[1].lower()


async def test_a_feed_that_answers_with_a_page_to_sign_in_is_no_empty_calendar(
    wire: Wire,
) -> None:
    async with answering(said("200 OK", body=b"<html>Sign in</html>")) as (url, _):
        with pytest.raises(CalendarFault) as caught:
            await Feed(wire).changes(Access(address=url), cursor=None, window=WINDOW)
    assert caught.value.code == "bad_answer"
