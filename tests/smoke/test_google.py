"""Google's calendars over a real socket: read, written, pushed, and signed in to; and a Google that
hangs, asks for patience, breaks, or takes nobody's token."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from handrail.connectors.google.fake import PERSON, Trouble
from handrail.connectors.google.writing import id_of
from handrail.engine.calendars.signing_in import Wanted
from handrail.engine.calendars.source import (
    Access,
    CalendarEvent,
    CalendarFault,
    FindingCalendar,
    PushingCalendar,
    RenewingCalendar,
    WritableCalendar,
)
from handrail.engine.items import Refused
from handrail.terms.people import Span
from tests.conftest import SHARED_IS_ABSENT
from tests.google import GoogleNode, at, consented, google_node, published
from tests.smoke.test_graph_end_to_end import BUSY, reasons, told
from tests.story import START, Story

WINDOW = Span(START - timedelta(days=1), START + timedelta(days=60))
EVENT = CalendarEvent(
    uid="meet-1@handrail",
    sequence=0,
    from_at=START + timedelta(hours=2),
    until_at=START + timedelta(hours=3),
    title="Handrail & Lena",
    guest_email="lena@acme.example",
)


@pytest.fixture
async def story() -> Story:
    story = Story()
    await story.begin()
    return story


@pytest.fixture
async def node(story: Story) -> AsyncIterator[GoogleNode]:
    async with google_node(story.engine, timeout_s=0.2) as made:
        yield made


async def spans(node: GoogleNode, *, zone: str = "America/New_York") -> list[tuple[str, datetime]]:
    """All that is read of the one calendar."""
    [calendar] = await node.connecting.calendars()
    items = await node.store.items(calendar.id)
    times = node.source.times(items, zone=zone, window=WINDOW)
    return sorted(
        [("busy", span.from_at) for span in times.busy]
        + [("away", span.from_at) for span in times.away]
    )


def day(number: int, hour: int = 15) -> datetime:
    return datetime(2026, 3, number, hour, tzinfo=UTC)


def test_what_is_published_is_at_hand() -> None:
    """The others then hold every request and answer against it."""
    known = published()
    if known is None:
        pytest.skip(SHARED_IS_ABSENT)
    assert known.faults_of("Event", {"status": "confirmed"}) == []
    assert known.faults_of("Event", {"subject": "x"}) == ["Event.subject: not published"]
    assert known.faults_of("Event", {"start": {"dateTime": 5}})
    path = "calendars/{calendarId}/events"
    assert known.faults_of_request("GET", path, query={"since": "x"}, body=None)


async def test_it_is_all_that_a_calendar_can_be(node: GoogleNode) -> None:
    for port in (WritableCalendar, PushingCalendar, FindingCalendar, RenewingCalendar):
        assert isinstance(node.source, port)


# --- reading


async def test_a_calendar_is_read_whole_in_pages_and_then_as_it_changes(story: Story) -> None:
    async with google_node(story.engine, page=2) as node:
        for number in range(5):
            begins, ends = f"2026-03-0{3 + number}T15:00:00Z", f"2026-03-0{3 + number}T16:00:00Z"
            node.fake.put(f"e{number}", begins, ends)
        calendar = await node.connect()
        assert calendar.place == "Google Calendar"
        assert await spans(node) == [("busy", day(3 + number)) for number in range(5)]
        node.fake.put("e0", "2026-03-03T18:00:00Z", "2026-03-03T19:00:00Z")
        node.fake.take_away("e1")
        await node.connecting.sync(calendar.id)
        assert await spans(node) == [
            ("busy", day(3, 18)),
            *(("busy", day(number)) for number in (5, 6, 7)),
        ]
        lists = [call.query for call in node.fake.calls if call.path.endswith("/events")]
        assert "syncToken" in lists[-1] and "timeMin" not in lists[-1]
        assert all("summary" not in query["fields"] for query in lists)
        items = await node.store.items(calendar.id)
        assert not any(b"Secret" in item.body for item in items)


async def test_what_takes_time_and_what_does_not(node: GoogleNode) -> None:
    fake = node.fake
    fake.put("tentative", at(10), at(20), status="tentative")
    fake.put("free", at(60), at(70), transparency="transparent")
    mine = {"email": PERSON, "self": True}
    fake.put("declined", at(80), at(90), attendees=[{**mine, "responseStatus": "declined"}])
    fake.put("invited", at(100), at(110), attendees=[{**mine, "responseStatus": "needsAction"}])
    fake.put("office", at(120), at(130), eventType="workingLocation")
    fake.put("focus", at(140), at(150), eventType="focusTime")
    fake.put("holiday", "2026-03-04T08:00:00Z", "2026-03-05T08:00:00Z", eventType="outOfOffice")
    await node.connect()
    minutes = [START + timedelta(minutes=number) for number in (10, 100, 140)]
    busy = [("busy", one) for one in minutes]
    assert await spans(node) == [("away", day(4, 8)), *busy]


async def test_a_whole_day_lies_in_the_reps_own_zone(node: GoogleNode) -> None:
    node.fake.put("day", "2026-03-09", "2026-03-10")  # the day after the clocks went forward
    await node.connect()
    assert await spans(node) == [("busy", day(9, 4))]
    assert await spans(node, zone="Asia/Tokyo") == [("busy", day(8, 15))]


async def test_a_token_that_google_forgot_is_a_whole_reading(node: GoogleNode) -> None:
    node.fake.put("e1", "2026-03-03T15:00:00Z", "2026-03-03T16:00:00Z")
    node.fake.put("e2", "2026-03-04T15:00:00Z", "2026-03-04T16:00:00Z")
    calendar = await node.connect()
    node.fake.take_away("e1")
    node.fake.forget_tokens()
    await node.connecting.sync(calendar.id)
    assert await spans(node) == [("busy", day(4))]


@pytest.mark.parametrize(
    ("trouble", "code"),
    [
        (Trouble(status=403, reason="rateLimitExceeded"), "limited"),
        (Trouble(status=429, headers={"Retry-After": "90"}), "limited"),
        (Trouble(status=403, reason="insufficientPermissions"), "lost_token"),
        (Trouble(status=401, reason="authError"), "lost_token"),
        (Trouble(status=404, reason="notFound"), "refused"),
        (Trouble(status=503), "unreachable"),
        (Trouble(hangs=True), "unreachable"),
        (Trouble(status=200, text="<html>"), "bad_answer"),
        (Trouble(status=200, text='{"items": [{"id": "x", "status": "confirmed"}]}'), "bad_answer"),
        (
            Trouble(status=200, text='{"items": [], "nextPageToken": "t"}'),
            "bad_answer",
        ),
    ],
)
async def test_each_refusal_is_told_by_what_helps(
    node: GoogleNode, trouble: Trouble, code: str
) -> None:
    _, access = await node.sign_in()
    node.fake.trouble = trouble
    with pytest.raises(CalendarFault) as fault:
        await node.source.changes(access, cursor=None, window=WINDOW)
    assert fault.value.code == code
    if code == "limited":
        assert fault.value.retry_after is not None


# --- writing


async def test_a_meeting_is_written_once_moved_and_taken_away(node: GoogleNode) -> None:
    _, access = await node.sign_in()
    access = msgspec.structs.replace(access, address=PERSON)
    id = id_of(EVENT.uid)
    for _ in range(2):
        await node.source.put(access, EVENT)
    moved = msgspec.structs.replace(EVENT, sequence=1, from_at=START + timedelta(hours=4))
    await node.source.put(access, moved)
    assert [*node.fake.events] == [id]
    assert node.fake.events[id]["start"] == {"dateTime": at(240)}
    for _ in range(2):
        await node.source.remove(access, uid=EVENT.uid)
    assert node.fake.events[id]["status"] == "cancelled"
    await node.source.put(access, EVENT)
    assert node.fake.events[id]["status"] == "confirmed"
    found = await node.source.changes(access, cursor=None, window=WINDOW)
    assert found.items == ()  # ours: we know it better


async def test_a_request_whose_answer_was_lost_makes_no_second_event(node: GoogleNode) -> None:
    _, access = await node.sign_in()
    node.fake.troubles = [Trouble(status=404, reason="notFound")]
    node.fake.loses_answers = 1
    with pytest.raises(CalendarFault):
        await node.source.put(access, EVENT)
    node.fake.troubles = [Trouble(status=404, reason="notFound")]  # it does not see it yet
    await node.source.put(access, EVENT)
    assert [*node.fake.events] == [id_of(EVENT.uid)]


# --- being told


async def test_a_change_that_is_told_is_read_and_nobody_else_is_heard(
    story: Story, node: GoogleNode
) -> None:
    node.fake.put("e1", at(-10), at(50))
    calendar = await node.connect()
    [channel] = node.fake.channels.values()
    assert channel["address"] == f"https://handrail.example/hooks/calendar/google/{calendar.id}"
    assert await node.fake.tell("sync") == [200]
    assert (await node.conditions()).calendar
    node.fake.take_away("e1")
    assert await node.fake.tell() == [200]
    await node.until(0.2)
    assert (await node.conditions()).calendar == ()
    channel["token"] = "guessed"
    assert await node.fake.tell() == [401]
    await node.connecting.disconnect(calendar.id)
    assert node.fake.channels == {}


# --- signing in


async def test_who_signs_in_lets_us_in_and_the_token_is_renewed_and_taken_back(
    story: Story, node: GoogleNode
) -> None:
    node.fake.put("e1", at(-10), at(300))
    calendar = await node.connect()
    assert b"refresh-" not in calendar.sealed and b"access-" not in calendar.sealed
    await node.until(54)
    node.fake.end_access()
    await node.until(58)  # an hour is what a token lasts: it is renewed a little before
    assert (await node.kept(calendar.id)).fault is None
    assert node.fake.grants == 2
    await node.connecting.disconnect(calendar.id)
    assert node.fake.revoked == ["refresh-1"]


async def test_a_sign_in_is_ended_by_the_browser_that_began_it_once_and_soon(
    node: GoogleNode,
) -> None:
    signing, now = node.signing_in, node.engine.clock.now()
    wanted = Wanted(rep="ada", kind="google", writes=True, by="person:mo")
    begun = signing.begin(wanted, now=now)
    back = await consented(begun.address)
    late, other = now + timedelta(minutes=10), signing.begin(wanted, now=now)
    for state, cookie, at_time in (
        (back["state"], "another's", now),
        (back["state"], other.cookie, now),
        (back["state"], begun.cookie, late),
        (back["state"][:-4] + "AAAA", begun.cookie, now),
        ("", begun.cookie, now),
        ("x" * 5_000, begun.cookie, now),
    ):
        with pytest.raises(Refused, match="begin anew"):
            await signing.end(state=state, code=back["code"], cookie=cookie, now=at_time)
    found, access = await signing.end(
        state=back["state"], code=back["code"], cookie=begun.cookie, now=now
    )
    assert found == wanted
    assert access.secret["refresh_token"] == "refresh-1"
    with pytest.raises(CalendarFault, match="invalid_grant"):  # a code is good once
        await signing.end(state=back["state"], code=back["code"], cookie=begun.cookie, now=now)


async def test_another_code_than_ones_own_proves_nothing(node: GoogleNode) -> None:
    """What PKCE is for: a code that was slipped in belongs to another's verifier."""
    wanted, now = (await node.sign_in())[0], node.engine.clock.now()
    mine, theirs = (node.signing_in.begin(wanted, now=now) for _ in range(2))
    stolen = await consented(theirs.address)
    own = await consented(mine.address)
    with pytest.raises(CalendarFault, match="invalid_grant"):
        await node.signing_in.end(
            state=own["state"], code=stolen["code"], cookie=mine.cookie, now=now
        )


async def test_without_a_refresh_token_nothing_is_connected(node: GoogleNode) -> None:
    node.fake.gives_refresh = False
    with pytest.raises(CalendarFault, match="for an hour only"):
        await node.sign_in()


# --- what decisions see


async def test_a_lead_goes_past_who_is_in_a_meeting_of_google(
    story: Story, node: GoogleNode
) -> None:
    node.fake.put("e1", at(-10), at(50))
    await node.connect("ada")
    await story.lead("lena", "demo_request", **BUSY)
    assert await story.owner("lena") == "ben"
    assert b"in_meeting" in await reasons(story, "lena")


TROUBLES = {
    "hangs": Trouble(hangs=True),
    "asks for patience": Trouble(status=403, reason="userRateLimitExceeded"),
    "breaks": Trouble(status=500),
}


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_routing_goes_on_people_are_told_and_it_heals_by_itself(
    story: Story, node: GoogleNode, trouble: str
) -> None:
    node.fake.put("e1", at(300), at(330))
    calendar = await node.connect("ada")
    node.fake.trouble = TROUBLES[trouble]
    await node.until(29)
    assert not (await node.conditions()).calendar_stale
    await node.until(50)
    assert (await node.conditions()).calendar_stale
    assert await told(story) == ["lost"]
    await story.lead("lena", "demo_request", **BUSY)
    assert await story.owner("lena") == "ben"
    assert b"calendar_stale" in await reasons(story, "lena")
    node.fake.trouble = None
    await node.until(70)
    assert not (await node.conditions()).calendar_stale
    assert await told(story) == ["lost", "back"]
    assert (await node.kept(calendar.id)).fault is None


async def test_access_that_was_taken_back_is_told_at_once_and_a_new_sign_in_heals_it(
    story: Story, node: GoogleNode
) -> None:
    node.fake.put("e1", at(300), at(330))
    calendar = await node.connect("ada")
    node.fake.take_back()
    await node.until(4)
    assert "connect the calendar again" in str((await node.kept(calendar.id)).fault)
    assert await told(story) == ["lost"]
    again = await node.connect("ada")
    assert [one.id for one in await node.connecting.calendars()] == [again.id]
    assert again.fault is None
    assert not (await node.conditions()).calendar_stale
    assert await told(story) == ["lost", "back"]


async def test_nothing_is_kept_of_a_calendar_that_cannot_be_read(node: GoogleNode) -> None:
    access = Access(address="", secret={"access_token": "guessed"})
    with pytest.raises(Refused, match="nothing was connected"):
        await node.connecting.connect("ada", kind="google", access=access, writes=True, by="x")
    assert await node.connecting.calendars() == []
