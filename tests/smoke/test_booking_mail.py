"""What buyers and calendars are told of a booking: letters through a real SMTP server, and a
calendar that can be written, be away, and be full of somebody else's."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from handrail.connectors.mail.client import MailSettings
from handrail.connectors.mail.letter import LetterSender
from handrail.engine.arranging.carrying import Carrier, ToBuyers, ToCalendars
from handrail.engine.booking.errands import CALENDAR, CHANNELS, INVITATION, OFFER_AFTER, WithErrands
from handrail.engine.calendars.source import (
    Access,
    CalendarEvent,
    CalendarFault,
    CalendarItem,
    CalendarKind,
    Changes,
    Times,
    WritableCalendar,
)
from handrail.engine.notices import ConsoleOnly
from handrail.terms import command as cmd
from handrail.terms.people import Span
from tests.buyers import BookingHouse, adopt_booking, open_desk
from tests.smoke.test_mail_out import Inbox, Server

BOOKING = "booking: {length: 30m, step: 30m, reminders: [1d, 1h], title: Demo}\n"
TUESDAY = datetime(2026, 3, 3, 16, 0, tzinfo=UTC)  # eleven in New York


class Book:
    """A rep's calendar in memory. `faults` are raised before anything is written."""

    def __init__(self) -> None:
        self.events: dict[str, CalendarEvent] = {}
        self.faults: list[CalendarFault] = []

    @property
    def kind(self) -> CalendarKind:
        return "caldav"

    async def changes(self, access: Access, *, cursor: str | None, window: Span) -> Changes:
        return Changes(items=())

    def times(self, items: Sequence[CalendarItem], *, zone: str, window: Span) -> Times:
        return Times()

    async def put(self, access: Access, event: CalendarEvent) -> None:
        self._fail()
        self.events[event.uid] = event

    async def remove(self, access: Access, *, uid: str) -> None:
        self._fail()
        self.events.pop(uid, None)

    def _fail(self) -> None:
        if self.faults:
            raise self.faults.pop()


class Shelf:
    """Whose calendars can be written."""

    def __init__(self, **books: Book) -> None:
        self.books = books

    async def writable(self, rep: str) -> tuple[WritableCalendar, Access] | None:
        book = self.books.get(rep)
        return (book, Access(address=rep)) if book is not None else None


class Desk:
    def __init__(self, house: BookingHouse, inbox: Inbox, shelf: Shelf, port: int) -> None:
        self.house = house
        self.inbox = inbox
        self.shelf = shelf
        engine = house.engine
        letters = LetterSender(
            MailSettings(host="127.0.0.1", port=port, sender="team@acme.example", security="none")
        )
        self._carriers = [
            Carrier(
                engine=engine, errands=ToBuyers(engine=engine, letters=letters, links=house.links)
            ),
            Carrier(engine=engine, errands=ToCalendars(engine=engine, calendars=shelf)),
        ]

    async def carry(self) -> None:
        for carrier in self._carriers:
            while await carrier.deliver(self.house.clock.now()):
                pass

    async def states(self, channel: str) -> list[str]:
        found = await self.house.engine.store.deliveries_of("l1")
        return [row.state for row in found if row.channel == channel]


@asynccontextmanager
async def desk(**books: Book) -> AsyncIterator[Desk]:
    inbox, server = Inbox(), Server()
    await server.start(inbox)
    notices = WithErrands(ConsoleOnly(), channels=CHANNELS)
    try:
        async with open_desk(booking=BOOKING, notices=notices) as house:
            yield Desk(house, inbox, Shelf(**books), server.port)
    finally:
        server.stop()


async def booked(desk: Desk, at: datetime = TUESDAY) -> None:
    await desk.house.lead()
    await desk.house.engine.bookings.book(await _id(desk), at)
    await desk.carry()


async def _id(desk: Desk) -> str:
    found = await desk.house.engine.store.case_of_handoff("l1")
    assert found is not None and found.case.handoff is not None
    return found.case.handoff.id


def subjects(desk: Desk) -> list[str]:
    return [str(message["Subject"]).strip() for message in desk.inbox.messages]


def kinds(desk: Desk) -> list[str]:
    return [subject.split(":")[0] for subject in subjects(desk)]


def calendar_part(desk: Desk, number: int = -1) -> tuple[str, str]:
    """Its method, and its text without folds."""
    message = desk.inbox.messages[number]
    [part] = [one for one in message.walk() if one.get_content_type() == "text/calendar"]
    text = part.get_payload(decode=True)
    assert isinstance(text, bytes)
    return str(part.get_param("method")), text.decode().replace("\r\n ", "")


async def test_the_buyer_is_invited_and_the_rep_s_calendar_has_the_meeting() -> None:
    ada = Book()
    async with desk(ada=ada) as at:
        await booked(at)
        [message] = at.inbox.messages
        assert "lena@lenaco.example" in message["To"] and "ada@acme.example" in message["Reply-To"]
        assert subjects(at)[0].startswith("Booked: Demo with Ada Adler, Tuesday, 3 March 2026")
        method, text = calendar_part(at)
        assert method == "REQUEST" and "DTSTART:20260303T160000Z" in text
        assert 'ORGANIZER;CN="Ada Adler":mailto:ada@acme.example' in text
        [event] = ada.events.values()
        assert f"UID:{event.uid}\r\n" in text
        assert event.title == "Lena Lindqvist, Lenaco" and event.guest_email == ""
        assert event.from_at == TUESDAY


async def test_a_move_replaces_and_a_cancellation_takes_back() -> None:
    ada = Book()
    async with desk(ada=ada) as at:
        await booked(at)
        first = calendar_part(at)[1]
        later = TUESDAY + timedelta(hours=2)
        await at.house.engine.bookings.book(await _id(at), later)
        await at.carry()
        method, text = calendar_part(at)
        uid = next(line for line in first.split("\r\n") if line.startswith("UID:"))
        assert method == "REQUEST" and uid in text and "SEQUENCE:1" in text
        assert [event.from_at for event in ada.events.values()] == [later]
        await at.house.engine.bookings.cancel(await _id(at))
        await at.carry()
        method, text = calendar_part(at)
        assert method == "CANCEL" and uid in text and "SEQUENCE:2" in text
        assert ada.events == {}
        await at.house.engine.bookings.book(await _id(at), TUESDAY)
        await at.carry()
        assert uid not in calendar_part(at)[1], "a new meeting has an id of its own"
        assert len(ada.events) == 1


async def test_a_meeting_that_is_given_to_a_colleague_changes_calendars() -> None:
    ada, ben = Book(), Book()
    async with desk(ada=ada, ben=ben) as at:
        await booked(at)
        move = cmd.MoveMeeting(
            rep="ben", from_at=TUESDAY, until_at=TUESDAY + timedelta(minutes=30), by="person:mo"
        )
        await at.house.engine.command("l1", move, actor="person:mo")
        await at.carry()
        assert ada.events == {} and len(ben.events) == 1
        assert "Ben Brook" in at.inbox.messages[-1]["Subject"]


async def test_a_calendar_that_is_away_is_tried_again_and_delays_no_letter() -> None:
    ada = Book()
    ada.faults = [CalendarFault("unreachable", "no answer")]
    async with desk(ada=ada) as at:
        await booked(at)
        assert len(at.inbox.messages) == 1 and ada.events == {}
        await at.house.move(minutes=1)
        await at.carry()
        assert len(ada.events) == 1
        assert await at.states(CALENDAR) == ["delivered"]


async def test_changes_that_overtake_each_other_end_in_what_is_true() -> None:
    ada = Book()
    ada.faults = [CalendarFault("unreachable", "no answer")]
    async with desk(ada=ada) as at:
        await booked(at)
        await at.house.engine.bookings.cancel(await _id(at))
        await at.carry()
        await at.house.move(minutes=1)
        await at.carry()
        assert ada.events == {}


async def test_the_buyer_is_reminded_at_the_contract_s_times_of_what_still_stands() -> None:
    async with desk() as at:
        await booked(at)
        await at.house.move(minutes=25 * 60 - 1)
        await at.carry()
        assert kinds(at) == ["Booked", "Soon", "Soon"]


async def test_nobody_is_reminded_of_a_meeting_that_was_moved_or_called_off() -> None:
    async with desk() as at:
        await booked(at)
        await at.house.engine.bookings.cancel(await _id(at))
        await at.carry()
        await at.house.move(minutes=25 * 60)
        await at.carry()
        assert kinds(at) == ["Booked", "Cancelled"]


async def test_who_leaves_without_choosing_gets_the_times_by_mail_once() -> None:
    async with desk() as at:
        await at.house.lead()
        await at.carry()
        assert at.inbox.messages == []
        await at.house.move(minutes=OFFER_AFTER.total_seconds() / 60)
        await at.carry()
        [message] = at.inbox.messages
        assert subjects(at)[0].startswith("Times to talk with")
        body = message.get_body(("plain",))
        assert body is not None and "http://book.example/book/" in body.get_content()
        await at.house.move(minutes=60)
        await at.carry()
        assert len(at.inbox.messages) == 1


@pytest.mark.parametrize("wish", ["no", "call"])
async def test_who_wants_no_mail_gets_no_times(wish: str) -> None:
    async with desk() as at:
        await at.house.capture(lead__may_contact=wish)
        await at.house.move(minutes=20)
        await at.carry()
        assert at.inbox.messages == []


async def test_who_has_booked_gets_no_times() -> None:
    async with desk() as at:
        await booked(at)
        await at.house.move(minutes=20)
        await at.carry()
        assert kinds(at) == ["Booked"]


async def test_a_server_that_refuses_the_address_parks_the_letter_where_a_person_sees_it() -> None:
    async with desk() as at:
        at.inbox.answers = ["550 no such user"]
        await booked(at)
        assert "parked" in await at.states(INVITATION)
        shown = (await at.house.http.get("/api/v1/deliveries?state=parked")).json()
        [row] = shown["deliveries"]
        assert row["title"] == "Invitation" and "550" in row["reason"]


async def test_a_name_that_a_buyer_typed_becomes_no_header_and_no_markup() -> None:
    nasty = "Lena\r\nBcc: x@evil.example <script>alert(1)</script>"
    async with desk(ada=Book()) as at:
        await at.house.capture(lead__name=nasty)
        await at.house.engine.bookings.book(await _id(at), TUESDAY)
        await at.carry()
        [message] = at.inbox.messages
        assert message["Bcc"] is None
        html = message.get_body(("html",))
        assert html is not None and "<script>" not in html.get_content()


async def missed(desk: Desk) -> None:
    """Booked, its time gone by, and nobody came."""
    await booked(desk)
    desk.house.clock.move_to(TUESDAY + timedelta(minutes=40))
    answer = await desk.house.http.post("/api/v1/handoffs/l1/meeting/missed", json={"by": "ada"})
    assert answer.status_code == 200, answer.text


async def test_nobody_has_missed_what_has_not_begun() -> None:
    async with desk() as at:
        await booked(at)
        answer = await at.house.http.post("/api/v1/handoffs/l1/meeting/missed", json={"by": "ada"})
        assert "has not begun" in answer.text
        assert answer.status_code in (409, 422)


async def test_who_did_not_come_gets_new_times_once_though_a_retry_follows() -> None:
    async with desk() as at:
        await missed(at)
        await at.carry()
        letters = len(at.inbox.messages)  # the rep may have been wrong: a few minutes are left
        await at.house.move(minutes=6)
        await at.carry()
        assert len(at.inbox.messages) == letters + 1
        body = at.inbox.messages[-1].get_body(("plain",))
        assert body is not None and "We missed you" in body.get_content()
        await at.house.move(minutes=600)
        await at.carry()
        assert subjects(at)[letters:] == subjects(at)[letters : letters + 1]


async def test_who_has_booked_again_by_then_gets_no_new_times() -> None:
    async with desk() as at:
        await missed(at)
        offer = await at.house.engine.bookings.offer(await _id(at))
        assert offer is not None
        await at.house.engine.bookings.book(await _id(at), offer.slots[0].from_at)
        await at.house.move(minutes=6)
        await at.carry()
        assert not any(subject.startswith("Times to talk") for subject in subjects(at))


async def test_a_contract_may_leave_the_new_times_to_the_rep() -> None:
    async with desk() as at:
        quiet = BOOKING.replace("title: Demo", "title: Demo, no_show: {offer: false}")
        await adopt_booking(at.house, quiet)
        await missed(at)
        await at.house.move(minutes=6)
        await at.carry()
        assert not any(subject.startswith("Times to talk") for subject in subjects(at))


async def test_letters_tell_the_time_in_the_zone_in_which_it_was_chosen() -> None:
    async with desk() as at:
        offered = await at.house.lead()
        page = offered["url"].removeprefix("http://book.example")
        sent = {"at": TUESDAY.isoformat(), "zone": "Asia/Kathmandu", "chosen": "1"}
        told = await at.house.buyer.post(page, data=sent)
        assert "21:45 to 22:15" in told.text
        await at.carry()
        assert "3 March 2026, 21:45 (Asia/Kathmandu)" in subjects(at)[0]
        assert "21:45" in (await at.house.buyer.get(page)).text  # without saying it again
        await at.house.engine.bookings.cancel(await _id(at))
        await at.carry()
        assert subjects(at)[-1].startswith("Cancelled") and "Asia/Kathmandu" in subjects(at)[-1]


async def test_a_zone_that_the_page_only_guessed_is_not_kept() -> None:
    async with desk() as at:
        offered = await at.house.lead()
        page = offered["url"].removeprefix("http://book.example")
        for zone in ({"zone": "Asia/Kathmandu"}, {"zone": "Nowhere/Land", "chosen": "1"}):
            await at.house.buyer.post(page, data={"at": TUESDAY.isoformat(), **zone})
        found = await at.house.engine.store.case_of_handoff("l1")
        assert found is not None and found.case.handoff is not None
        assert found.case.handoff.zone is None


async def alerted(at: Desk) -> list[str]:
    told = (await at.house.http.get("/api/v1/handoffs/l1/events")).json()["events"]
    return [one["event"] for one in told if one["event"] in ("left_unbooked", "alerted")]


async def test_the_owner_hears_of_a_buyer_who_leaves_without_a_time() -> None:
    async with desk() as at:
        await at.house.lead()
        await at.house.move(minutes=3)
        await at.carry()
        assert await alerted(at) == []  # there is time to choose still
        await at.house.move(minutes=OFFER_AFTER.total_seconds() / 60)
        for _ in range(2):
            await at.carry()
        [subject] = kinds(at)
        assert subject.startswith("Times to talk with")
        assert await alerted(at) == ["left_unbooked", "alerted"]


async def test_the_owner_hears_too_where_the_buyer_cannot_be_written_to() -> None:
    async with desk() as at:
        await at.house.capture(lead__may_contact="call")
        await at.house.move(minutes=OFFER_AFTER.total_seconds() / 60)
        await at.carry()
        assert kinds(at) == [] and await alerted(at) == ["left_unbooked", "alerted"]


async def test_who_talks_to_the_buyer_is_not_told_that_they_left() -> None:
    async with desk() as at:
        await at.house.lead()
        act = {"rep": "ada", "act": "call"}
        await at.house.http.post("/api/v1/handoffs/l1/actions", json=act)
        await at.house.move(minutes=OFFER_AFTER.total_seconds() / 60)
        await at.carry()
        assert await alerted(at) == ["left_unbooked"]
