"""A rep moves or deletes a meeting of ours in their own calendar: a real CalDAV server, and letters
through a real SMTP server. Ledger, calendar and invitation stay in step."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from handrail.connectors.icalendar.caldav import CalDav
from handrail.connectors.icalendar.wire import Wire
from handrail.connectors.mail.client import MailSettings
from handrail.connectors.mail.letter import LetterSender
from handrail.engine.arranging.carrying import Carrier, ToBuyers, ToCalendars
from handrail.engine.booking.errands import CHANNELS, WithErrands
from handrail.engine.calendars.secrets import Secrets
from handrail.engine.ledger import read_entry
from handrail.engine.notices import ConsoleOnly
from handrail.engine.replay import replay
from handrail.engine.syncing.connecting import Connecting
from handrail.engine.syncing.sync import Sync
from handrail.store.calendars import MemoryCalendars
from handrail.terms.event import MeetingCancelled, MeetingMoved
from handrail.terms.handoff import Handoff, Meeting
from tests.buyers import BookingHouse, open_desk
from tests.radicale import CALENDAR, Radicale, radicale
from tests.smoke.test_mail_out import Inbox, Server
from tests.story import MASTER

pytestmark = pytest.mark.long

BOOKING = "booking: {length: 30m, step: 30m, within: 14d}\n"
TUESDAY = datetime(2026, 3, 3, 16, 0, tzinfo=UTC)  # eleven in New York
HALF = timedelta(minutes=30)


class Desk:
    """Ada's calendar is connected, and Lena (`l1`) has booked her."""

    def __init__(self, house: BookingHouse, calendar: Radicale, wire: Wire, port: int) -> None:
        self.house = house
        self.calendar = calendar
        self.store = MemoryCalendars()
        source = CalDav(wire)
        self.sync = Sync(
            engine=house.engine,
            store=self.store,
            secrets=Secrets([MASTER]),
            sources={"caldav": source},
        )
        self.connecting = Connecting(
            engine=house.engine,
            store=self.store,
            sync=self.sync,
            sources={"caldav": source},
            chance=lambda size: bytes(size),
        )
        sender = MailSettings(
            host="127.0.0.1", port=port, sender="team@acme.example", security="none"
        )
        letters = ToBuyers(engine=house.engine, letters=LetterSender(sender), links=house.links)
        written = ToCalendars(engine=house.engine, calendars=self.sync)
        self._carriers = [
            Carrier(engine=house.engine, errands=errands) for errands in (letters, written)
        ]

    async def carry(self) -> None:
        for carrier in self._carriers:
            while await carrier.deliver(self.house.clock.now()):
                pass

    async def read(self) -> None:
        """What changed since it was read last."""
        for calendar in await self.store.calendars(rep="ada"):
            await self.sync.read_now(calendar)
        assert [one.fault for one in await self.store.calendars(rep="ada")] == [None]

    async def handoff(self, lead: str = "l1") -> Handoff:
        found = await self.house.engine.store.case_of_handoff(lead)
        assert found is not None and found.case.handoff is not None
        return found.case.handoff

    async def meeting(self, lead: str = "l1") -> Meeting:
        meeting = (await self.handoff(lead)).meeting
        assert meeting is not None
        return meeting

    async def book(self, at: datetime, *, lead: str = "l1") -> None:
        await self.house.engine.bookings.book((await self.handoff(lead)).id, at, rep="ada")

    # --- what Ada does in her calendar program

    def entry(self, at: datetime) -> tuple[str, str]:
        """The name and the text of ours that begins then."""
        (text,) = [one for one in self.calendar.texts() if f"DTSTART:{at:%Y%m%dT%H%M%SZ}" in one]
        uid = next(line for line in text.splitlines() if line.startswith("UID:"))[4:]
        name = f"{uid}.ics".replace("@", "%40")
        got = self.calendar.http.get(f"{CALENDAR}{name}").raise_for_status()
        return name, got.text

    def drag(self, at: datetime, to: datetime) -> None:
        """As a program does that leaves the sequence as it is."""
        name, text = self.entry(at)
        moved = text.replace(f"{at:%Y%m%dT%H%M%SZ}", f"{to:%Y%m%dT%H%M%SZ}").replace(
            f"{at + HALF:%Y%m%dT%H%M%SZ}", f"{to + HALF:%Y%m%dT%H%M%SZ}"
        )
        self.calendar.put(name, moved.encode())

    async def events(self) -> list[object]:
        entries = [read_entry(one) for one in await self.house.engine.store.entries_of("l1")]
        return [event for entry in entries for event in entry.events]


@pytest.fixture
def calendar(tmp_path: Path) -> Iterator[Radicale]:
    with radicale(tmp_path) as running:
        yield running


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
async def desk(calendar: Radicale, inbox: Inbox) -> AsyncIterator[Desk]:
    server = Server()
    await server.start(inbox)
    notices = WithErrands(ConsoleOnly(), channels=CHANNELS)
    try:
        async with open_desk(booking=BOOKING, notices=notices) as house:
            wire = Wire(now=house.clock.now, allow_private=True, timeout_s=5)
            desk = Desk(house, calendar, wire, server.port)
            await desk.connecting.connect(
                "ada", kind="caldav", access=calendar.access, writes=True, by="person:mo"
            )
            await house.lead()
            await desk.book(TUESDAY)
            await desk.carry()
            await desk.read()
            yield desk
            await wire.close()
    finally:
        server.stop()


def subjects(inbox: Inbox) -> list[str]:
    return [str(message["Subject"]).strip().split(":")[0] for message in inbox.messages]


async def test_what_a_rep_drags_elsewhere_is_moved_and_the_buyer_told(
    desk: Desk, inbox: Inbox
) -> None:
    later = TUESDAY + timedelta(hours=2)
    desk.drag(TUESDAY, later)
    await desk.read()
    meeting = await desk.meeting()
    assert (meeting.rep, meeting.from_at, meeting.until_at) == ("ada", later, later + HALF)
    (moved,) = [one for one in await desk.events() if isinstance(one, MeetingMoved)]
    assert moved.by == "rep:ada"
    await desk.carry()
    assert len(inbox.messages) == 2
    assert f"{later:%Y%m%dT%H%M%SZ}" in inbox.messages[-1].as_string()
    report = await replay(desk.house.engine.store, desk.house.engine.vault)
    assert report.ok, report.differences


async def test_what_we_write_ourselves_is_no_move_of_theirs(desk: Desk, inbox: Inbox) -> None:
    later = TUESDAY + timedelta(hours=2)
    desk.drag(TUESDAY, later)
    await desk.read()
    await desk.carry()  # with which the entry is written once more
    for _ in range(3):
        await desk.read()
        await desk.carry()
    assert len([one for one in await desk.events() if isinstance(one, MeetingMoved)]) == 1
    assert len(inbox.messages) == 2


async def test_a_move_that_is_yet_to_be_written_is_not_taken_back(desk: Desk) -> None:
    """The buyer has moved it and the calendar shows the old time: the rep has done nothing."""
    later = TUESDAY + timedelta(hours=2)
    await desk.book(later)
    name, text = desk.entry(TUESDAY)
    desk.calendar.put(name, text.replace("SUMMARY:", "SUMMARY:! ").encode())  # so that it is read
    await desk.read()
    assert (await desk.meeting()).from_at == later
    await desk.carry()
    await desk.read()
    assert (await desk.meeting()).from_at == later
    assert desk.entry(later)


async def test_an_entry_that_was_read_before_we_wrote_says_nothing(desk: Desk) -> None:
    later = TUESDAY + timedelta(hours=2)
    name, old = desk.entry(TUESDAY)
    await desk.book(later)
    await desk.carry()
    desk.calendar.put(name, old.encode())  # as a slow answer shows it
    await desk.read()
    assert (await desk.meeting()).from_at == later


async def test_while_our_write_is_on_its_way_no_count_of_theirs_comes_before_it(desk: Desk) -> None:
    later = TUESDAY + timedelta(hours=2)
    name, text = desk.entry(TUESDAY)
    desk.calendar.put(name, text.replace("SEQUENCE:0", "SEQUENCE:7").encode())
    await desk.book(later)
    await desk.read()
    assert (await desk.meeting()).from_at == later


async def test_what_a_rep_deletes_is_called_off_and_the_buyer_told(
    desk: Desk, inbox: Inbox
) -> None:
    name, _ = desk.entry(TUESDAY)
    desk.calendar.delete(name)
    await desk.read()
    assert (await desk.handoff()).meeting is None
    (cancelled,) = [one for one in await desk.events() if isinstance(one, MeetingCancelled)]
    assert cancelled.by == "rep:ada"
    await desk.carry()
    assert len(inbox.messages) == 2
    assert "METHOD:CANCEL" in inbox.messages[-1].as_string() or "CANCEL" in str(
        [part.get_content_type() for part in inbox.messages[-1].walk()]
    )


async def test_what_is_deleted_once_it_has_begun_is_tidying_up(desk: Desk) -> None:
    name, _ = desk.entry(TUESDAY)
    minutes = (TUESDAY - desk.house.clock.now()).total_seconds() / 60 + 5
    await desk.house.move(minutes=minutes)
    await desk.read()  # whole, as once a day
    desk.calendar.delete(name)
    await desk.read()
    assert (await desk.meeting()).from_at == TUESDAY


async def test_a_move_onto_another_booked_meeting_is_undone_in_the_calendar(desk: Desk) -> None:
    """The database refuses it, and what both buyers were promised stands."""
    later = TUESDAY + timedelta(hours=2)
    await desk.house.lead(id="l2", email="liv@livco.example")
    await desk.book(later, lead="l2")
    await desk.carry()
    await desk.read()
    desk.drag(TUESDAY, later + timedelta(minutes=15))
    await desk.read()
    assert (await desk.meeting()).from_at == TUESDAY
    assert (await desk.meeting("l2")).from_at == later
    assert desk.entry(TUESDAY)


async def test_a_move_into_the_past_is_undone_in_the_calendar(desk: Desk) -> None:
    desk.drag(TUESDAY, TUESDAY - timedelta(days=30))
    await desk.read()
    assert (await desk.meeting()).from_at == TUESDAY
    assert desk.entry(TUESDAY)
