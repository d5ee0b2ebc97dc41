"""Links of booking pages, and a meeting as iCalendar text."""

from datetime import UTC, datetime, timedelta

import pytest

from handrail.engine.booking.events import uid_of
from handrail.engine.booking.ical import text_of
from handrail.engine.booking.links import OPENS_FOR, BookingLinks, NoSuchPage, Opened
from handrail.engine.calendars.source import CalendarEvent

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
LINKS = BookingLinks(secret=bytes(range(64)), base_url="https://book.example/")


def event(**parts: str) -> CalendarEvent:
    given = {"uid": "u1@handrail", "title": "Meeting", **parts}
    return CalendarEvent(sequence=0, from_at=NOW, until_at=NOW + timedelta(minutes=30), **given)


def test_a_link_opens_its_handoff_until_its_time_is_over() -> None:
    token = LINKS.token(handoff="lena@acme.example/1", opened_at=NOW)
    assert LINKS.read(token, now=NOW) == Opened(handoff="lena@acme.example/1", revoked=0)
    assert LINKS.token(handoff="lena@acme.example/1", opened_at=NOW) == token
    with pytest.raises(NoSuchPage):
        LINKS.read(token, now=NOW + OPENS_FOR)


def test_a_link_tells_nothing_and_no_other_key_reads_it() -> None:
    token = LINKS.token(handoff="lena@acme.example/1", opened_at=NOW)
    assert "lena" not in token
    other = BookingLinks(secret=bytes(64), base_url="https://book.example")
    with pytest.raises(NoSuchPage):
        other.read(token, now=NOW)


def test_a_link_that_was_changed_anywhere_does_not_open() -> None:
    token = LINKS.token(handoff="h", opened_at=NOW)
    for place in range(len(token) - 1):  # the last character has bits that say nothing
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        with pytest.raises(NoSuchPage):
            LINKS.read(changed, now=NOW)
    for bad in ("", "=", "ä", "a" * 5_000, token[:-2]):
        with pytest.raises(NoSuchPage):
            LINKS.read(bad, now=NOW)


def test_two_meetings_of_a_handoff_have_ids_of_their_own() -> None:
    assert uid_of(handoff="h", number=1) == uid_of(handoff="h", number=1)
    assert len({uid_of(handoff=h, number=n) for h in ("h", "g") for n in (1, 2)}) == 4


def test_nothing_that_a_buyer_typed_ends_a_line_or_begins_a_property() -> None:
    nasty = 'Lena"\r\nATTENDEE:mailto:x@evil.example\n;,\\ \x00'
    text = text_of(
        event(title=nasty, guest_name=nasty, guest_email="a b\r\n@x.example", description=nasty),
        method="REQUEST",
        now=NOW,
    )
    lines = text.replace("\r\n ", "").split("\r\n")
    assert [line for line in lines if line.startswith("ATTENDEE")] == [
        'ATTENDEE;CN="Lena\'  ATTENDEE:mailto:x@evil.example ;,\\";'
        "ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=FALSE:mailto:ab@x.example"
    ]
    assert "\n" not in text.replace("\r\n", "") and "\x00" not in text


def test_no_line_is_longer_than_75_octets_and_no_character_is_cut() -> None:
    title = "Łódź 🦆 " * 40
    text = text_of(event(title=title), method="PUBLISH", now=NOW)
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert f"SUMMARY:{title}" in text.replace("\r\n ", "")


def test_a_cancelled_meeting_says_so_twice() -> None:
    text = text_of(event(), method="CANCEL", now=NOW)
    assert "METHOD:CANCEL\r\n" in text and "STATUS:CANCELLED\r\n" in text
