"""Microsoft's calendars over a real socket: a Graph that speaks the wire, and misbehaves."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from handrail.connectors.microsoft.fake import CALENDAR, TOKEN, FakeGraph, Trouble
from handrail.connectors.microsoft.graph import SINGLE_MAX, Graph
from handrail.connectors.microsoft.wire import GraphWire
from handrail.engine.calendars.source import (
    Access,
    CalendarEvent,
    CalendarFault,
    CalendarItem,
    Changes,
    FindingCalendar,
    PushingCalendar,
    WritableCalendar,
)
from handrail.terms.people import Span
from tests.conftest import SHARED_IS_ABSENT
from tests.graph import ACCESS, NOW, graph, published

WINDOW = Span(NOW - timedelta(days=1), NOW + timedelta(days=60))


class Kept:
    """What a reader holds after each reading, as the engine does."""

    def __init__(self, source: Graph) -> None:
        self.source = source
        self.items: dict[str, CalendarItem] = {}
        self.cursor: str | None = None

    async def read(self) -> Changes:
        changes = await self.source.changes(ACCESS, cursor=self.cursor, window=WINDOW)
        if changes.is_whole:
            self.items = {}
        for id in changes.gone:
            self.items.pop(id, None)
        self.items |= {item.id: item for item in changes.items}
        self.cursor = changes.cursor
        return changes

    def busy(self) -> list[datetime]:
        items = list(self.items.values())
        times = self.source.times(items, zone="America/New_York", window=WINDOW)
        return [span.from_at for span in times.busy]


def at(day: int, hour: int) -> datetime:
    return datetime(2026, 3, day, hour, tzinfo=UTC)


def test_what_is_published_is_at_hand() -> None:
    """The others then hold every request and answer against it."""
    known = published()
    if known is None:
        pytest.skip(SHARED_IS_ABSENT)
    assert known.faults_of("event", {"showAs": "busy", "subject": None}) == []
    assert known.faults_of("event", {"title": "x"}) == ["event.title: not published"]
    assert known.faults_of("event", {"showAs": "occupied"})
    assert known.faults_of("event", {"start": {"dateTime": 5}})
    assert known.faults_of("subscription", {"resource": "x"}, is_new=True)


async def test_it_is_all_that_a_calendar_can_be() -> None:
    async with graph() as (_, wire):
        for port in (WritableCalendar, PushingCalendar, FindingCalendar):
            assert isinstance(Graph(wire), port)


async def test_a_calendar_is_read_whole_in_pages_and_then_as_it_changes() -> None:
    async with graph(page=2) as (fake, wire):
        kept = Kept(Graph(wire))
        for number in range(5):
            fake.put(f"e{number}", f"2026-03-0{3 + number}T15:00", f"2026-03-0{3 + number}T16:00")
        fake.put("old", "2020-03-03T15:00", "2020-03-03T16:00")
        first = await kept.read()
        assert first.is_whole and len(first.items) == 5
        assert kept.busy() == [at(3 + number, 15) for number in range(5)]
        assert len([call for call in fake.calls if "delta" in call.path]) == 3
        assert 'outlook.timezone="UTC"' in fake.calls[0].prefer
        fake.put("e0", "2026-03-03T18:00", "2026-03-03T19:00")
        fake.take_away("e1")
        fake.put("new", "2026-03-20T15:00", "2026-03-20T16:00")
        then = await kept.read()
        assert (then.is_whole, len(then.items), then.gone) == (False, 2, ("e1",))
        assert kept.busy() == [at(3, 18), at(5, 15), at(6, 15), at(7, 15), at(20, 15)]
        still = await kept.read()
        assert (still.items, still.gone) == ((), ())
        assert not any(b"Secret" in item.body for item in kept.items.values())


@pytest.mark.parametrize("tells", [True, False], ids=["series told", "series left out"])
async def test_a_series_is_read_with_its_exceptions(tells: bool) -> None:
    async with graph() as (fake, wire):
        fake.tells_series = tells
        kept = Kept(Graph(wire))
        times = [(f"2026-03-{day:02}T15:00", f"2026-03-{day:02}T16:00") for day in (3, 4, 5, 6)]
        fake.put_series("s", *times)
        moved = {"type": "exception", "seriesMasterId": "s"}
        fake.put("s-1", "2026-03-04T20:00", "2026-03-04T21:00", **moved)
        fake.put("s-2", "2026-03-05T15:00", "2026-03-05T16:00", **moved, isCancelled=True)
        await kept.read()
        assert kept.busy() == [at(3, 15), at(4, 20), at(6, 15)]
        fake.take_away("s-3")
        fake.put("s-0", *times[0], type="occurrence", seriesMasterId="s")
        await kept.read()
        assert kept.busy() == [at(3, 15), at(4, 20)]
        for id in ("s", "s-0", "s-1", "s-2"):
            fake.take_away(id)
        await kept.read()
        assert kept.busy() == []


async def test_what_is_moved_out_of_sight_is_gone() -> None:
    async with graph() as (fake, wire):
        kept = Kept(Graph(wire))
        fake.put("e1", "2026-03-03T15:00", "2026-03-03T16:00")
        await kept.read()
        fake.put("e1", "2027-03-03T15:00", "2027-03-03T16:00")
        assert (await kept.read()).gone == ("e1",)
        assert kept.busy() == []


async def test_a_series_that_is_free_from_now_on_frees_its_times() -> None:
    async with graph() as (fake, wire):
        kept = Kept(Graph(wire))
        fake.put_series("s", ("2026-03-03T15:00", "2026-03-03T16:00"))
        await kept.read()
        assert kept.busy() == [at(3, 15)]
        fake.put("s", "2026-03-03T15:00", "2026-03-03T16:00", type="seriesMaster", showAs="free")
        await kept.read()
        assert kept.busy() == []


async def test_an_update_that_tells_a_part_is_fetched_as_a_whole() -> None:
    """And one that is gone by then is gone."""
    async with graph() as (fake, wire):
        kept = Kept(Graph(wire))
        fake.put("e1", "2026-03-03T15:00", "2026-03-03T16:00")
        fake.put("e2", "2026-03-04T15:00", "2026-03-04T16:00")
        await kept.read()
        parts = '{"value": [{"id": "e1", "subject": "x"}, {"id": "e2", "isAllDay": false}], '
        link = f"{fake.base_url}/me/calendarView/delta?$deltatoken=t1"
        fake.troubles = [Trouble(status=200, text=f'{parts}"@odata.deltaLink": "{link}"}}')]
        del fake.events["e2"]
        found = await kept.read()
        assert ([item.id for item in found.items], found.gone) == (["e1"], ("e2",))
        assert kept.busy() == [at(3, 15)]


async def test_a_token_that_the_server_forgot_is_a_whole_reading() -> None:
    async with graph() as (fake, wire):
        kept = Kept(Graph(wire))
        fake.put("e1", "2026-03-03T15:00", "2026-03-03T16:00")
        fake.put("e2", "2026-03-04T15:00", "2026-03-04T16:00")
        await kept.read()
        fake.take_away("e1")
        fake.forget_tokens()
        found = await kept.read()
        assert found.is_whole and kept.busy() == [at(4, 15)]
        fake.troubles = [Trouble(status=400, code="SyncStateInvalid")]
        assert (await kept.read()).is_whole


async def test_a_token_stays_with_the_one_host_whatever_an_answer_says() -> None:
    async with graph() as (fake, wire):
        link = "https://elsewhere.example/take?$skiptoken=t9"
        fake.troubles = [Trouble(status=200, text=f'{{"value": [], "@odata.nextLink": "{link}"}}')]
        with pytest.raises(CalendarFault):
            await Graph(wire).changes(ACCESS, cursor=None, window=WINDOW)
        assert fake.calls[-1].query == {"$skiptoken": "t9"}  # asked here, and refused


async def test_a_person_is_brought_to_their_own_calendar() -> None:
    async with graph() as (_, wire):
        own = Access(address="", secret=ACCESS.secret)
        assert await Graph(wire).find(own) == CALENDAR
        assert await Graph(wire).find(ACCESS) == CALENDAR


# --- writing

MEETING = CalendarEvent(
    uid="abc@handrail",
    sequence=0,
    from_at=at(4, 15),
    until_at=at(4, 15) + timedelta(minutes=30),
    title="Lena <b>Lo</b>, Acme",
    description="Lena Lo\nAcme",
    guest_email="lena@buyer.example",
    organiser_email="ada@acme.example",
)


def moved_to(begins: datetime, *, sequence: int) -> CalendarEvent:
    return CalendarEvent(
        uid=MEETING.uid,
        sequence=sequence,
        from_at=begins,
        until_at=begins + timedelta(hours=1),
        title="Moved",
    )


def stands(fake: FakeGraph) -> list[tuple[str, str]]:
    return [(one["subject"], one["start"]["dateTime"][:16]) for one in fake.events.values()]


async def test_a_meeting_that_is_written_twice_stands_once_and_is_not_read_back() -> None:
    async with graph() as (fake, wire):
        kept = Kept(Graph(wire))
        for _ in range(2):
            await kept.source.put(ACCESS, MEETING)
        assert stands(fake) == [("Lena <b>Lo</b>, Acme", "2026-03-04T15:00")]
        (made,) = fake.events.values()
        assert "attendees" not in made and made["body"]["contentType"] == "text"
        await kept.read()
        assert kept.busy() == []


async def test_a_meeting_that_moves_or_is_off_does_so_in_the_calendar() -> None:
    async with graph() as (fake, wire):
        kept = Kept(Graph(wire))
        await kept.source.put(ACCESS, MEETING)
        await kept.source.put(ACCESS, moved_to(at(5, 15), sequence=1))
        assert stands(fake) == [("Moved", "2026-03-05T15:00")]
        await kept.read()
        assert kept.busy() == []  # moved by us: known better here
        for _ in range(2):
            await kept.source.remove(ACCESS, uid=MEETING.uid)
        assert stands(fake) == []
        await kept.source.put(ACCESS, moved_to(at(6, 15), sequence=2))
        assert stands(fake) == [("Moved", "2026-03-06T15:00")]


async def test_how_our_meeting_stands_there_is_told_and_not_kept() -> None:
    async with graph() as (fake, wire):
        kept = Kept(Graph(wire))
        await kept.source.put(ACCESS, MEETING)
        (told,) = (await kept.read()).ours
        length = timedelta(minutes=30)
        assert (told.uid, told.title) == (MEETING.uid, MEETING.title)
        assert told.span == Span(at(4, 15), at(4, 15) + length)
        (id,) = fake.events
        event = fake.events[id]
        fake.put(id, "2026-03-05T15:00", "2026-03-05T15:30", transactionId=event["transactionId"])
        (told,) = (await kept.read()).ours
        assert (told.title, told.span) == ("Secret", Span(at(5, 15), at(5, 15) + length))
        assert kept.items == {}


async def test_an_answer_that_is_lost_makes_no_second_event() -> None:
    async with graph() as (fake, wire):
        source = Graph(wire)
        fake.loses_answers = 1
        with pytest.raises(CalendarFault):
            await source.put(ACCESS, MEETING)
        await source.put(ACCESS, MEETING)
        assert len(fake.events) == 1
        # Where the search does not know it yet, the transaction does.
        (id,) = fake.events
        hidden = fake.events[id].pop("singleValueExtendedProperties")
        with pytest.raises(CalendarFault, match="not settled"):
            await source.put(ACCESS, MEETING)
        fake.events[id]["singleValueExtendedProperties"] = hidden
        await source.put(ACCESS, MEETING)
        assert len(fake.events) == 1


async def test_of_two_that_were_written_at_once_one_stays() -> None:
    async with graph() as (fake, wire):
        source = Graph(wire)
        await source.put(ACCESS, MEETING)
        (first,) = fake.events.values()
        fake.events["double"] = {**first, "id": "double"}
        await source.put(ACCESS, moved_to(at(5, 15), sequence=1))
        assert stands(fake) == [("Moved", "2026-03-05T15:00")]


# --- what goes wrong


def limits(status: int) -> Trouble:
    return Trouble(status=status, code="TooManyRequests", headers={"Retry-After": "120"})


@pytest.mark.parametrize(
    ("trouble", "code", "wait"),
    [
        (limits(429), "limited", timedelta(seconds=120)),
        (limits(503), "limited", timedelta(seconds=120)),
        (Trouble(status=503), "unreachable", None),
        (Trouble(status=500), "unreachable", None),
        (Trouble(status=403, code="ErrorAccessDenied"), "lost_token", None),
        (Trouble(status=404, code="MailboxNotEnabledForRESTAPI"), "refused", None),
        (Trouble(status=302), "bad_answer", None),
        (Trouble(status=200, text="<html>Sign in</html>"), "bad_answer", None),
        (Trouble(status=200, text='{"value": [{"id": 5}]}'), "bad_answer", None),
        (Trouble(status=200, text='{"value": []}'), "bad_answer", None),
        (Trouble(status=400, text="<html>"), "bad_answer", None),
    ],
    ids=lambda value: str(getattr(value, "status", "")),
)
async def test_what_graph_does_wrong_is_told_with_its_kind(
    trouble: Trouble, code: str, wait: timedelta | None
) -> None:
    async with graph() as (fake, wire):
        fake.troubles = [trouble]
        with pytest.raises(CalendarFault) as caught:
            await Graph(wire).changes(ACCESS, cursor=None, window=WINDOW)
        assert (caught.value.code, caught.value.retry_after) == (code, wait)


async def test_a_token_that_is_void_says_what_to_do() -> None:
    async with graph() as (_, wire):
        void = Access(address=CALENDAR, secret={"access_token": "revoked"})
        with pytest.raises(CalendarFault, match="connect the calendar again") as caught:
            await Graph(wire).changes(void, cursor=None, window=WINDOW)
        assert caught.value.code == "lost_token"
        assert "revoked" not in str(caught.value)


async def test_a_calendar_without_a_token_is_not_asked_for() -> None:
    async with graph() as (fake, wire):
        with pytest.raises(CalendarFault, match="nobody has signed in") as caught:
            await Graph(wire).find(Access(address=""))
        assert (caught.value.code, fake.calls) == ("lost_token", [])


async def test_a_graph_that_hangs_or_is_away_is_given_up() -> None:
    async with graph(timeout_s=0.05) as (fake, wire):
        fake.troubles = [Trouble(hangs=True)]
        with pytest.raises(CalendarFault, match="did not answer within") as caught:
            await Graph(wire).changes(ACCESS, cursor=None, window=WINDOW)
        assert caught.value.code == "unreachable"
    away = GraphWire(now=lambda: NOW, base_url=fake.base_url)
    with pytest.raises(CalendarFault, match="was not reached") as caught:
        await Graph(away).changes(ACCESS, cursor=None, window=WINDOW)
    await away.close()
    assert caught.value.code == "unreachable"


async def test_a_calendar_of_nothing_but_series_is_refused_and_not_asked_for_without_end() -> None:
    async with graph() as (fake, wire):
        bare: list[dict[str, Any]] = [
            {"id": f"o{number}", "type": "occurrence", "seriesMasterId": f"s{number}"}
            for number in range(SINGLE_MAX + 1)
        ]
        link = f"{fake.base_url}/me/calendarView/delta?$deltatoken=t1"
        times = {name: {"dateTime": "2026-03-03T15:00:00"} for name in ("start", "end")}
        text = json.dumps({"value": [one | times for one in bare], "@odata.deltaLink": link})
        fake.troubles = [Trouble(status=200, text=text)]
        with pytest.raises(CalendarFault, match="series"):
            await Graph(wire).changes(ACCESS, cursor=None, window=WINDOW)
        assert len(fake.calls) == 1


async def test_who_has_no_token_is_not_let_in() -> None:
    async with graph() as (fake, wire):
        fake.tokens = set()
        with pytest.raises(CalendarFault):
            await Graph(wire).find(ACCESS)
        fake.tokens = {TOKEN}
        assert await Graph(wire).find(ACCESS) == CALENDAR
