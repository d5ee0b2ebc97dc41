"""Connected calendars: PostgreSQL and its twin behave alike."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from msgspec.structs import replace

from handrail.engine.calendars.calendar import Calendar, CalendarStore
from handrail.engine.calendars.source import CalendarItem, Subscription
from handrail.engine.ports import Store
from handrail.store.calendars import MemoryCalendars, PostgresCalendars
from tests.cast import START

MINUTE = timedelta(minutes=1)


@pytest.fixture
async def kept(place: str | None, store: Store) -> AsyncIterator[CalendarStore]:
    """On the database that `store` has made."""
    if place is None:
        yield MemoryCalendars()
        return
    kept = await PostgresCalendars.open(place)
    yield kept
    await kept.close()


def calendar(id: str, rep: str = "ada", *, writes: bool = False, due: int = 0) -> Calendar:
    return Calendar(
        id=id,
        rep=rep,
        kind="caldav",
        place="dav.example",
        sealed=b"\x00secret",
        writes=writes,
        at=START,
        by="person:mo",
        due_at=START + due * MINUTE,
    )


def item(id: str, body: str = "busy") -> CalendarItem:
    return CalendarItem(id=id, body=body.encode())


async def test_what_is_kept_comes_back_whole(kept: CalendarStore) -> None:
    whole = replace(
        calendar("c1"),
        cursor="sync 7",
        read_at=START,
        fresh_at=START,
        tries=3,
        fault="it hangs",
        told_at=START,
        subscription=Subscription(id="s", expires_at=START + MINUTE, resource="r"),
    )
    assert await kept.add(whole)
    assert await kept.calendar("c1") == whole
    assert await kept.calendar("c2") is None


async def test_they_are_listed_by_rep_and_when_they_were_connected(kept: CalendarStore) -> None:
    later = replace(calendar("c1"), at=START + MINUTE)
    for one in (later, calendar("c2"), calendar("c3", "ben")):
        assert await kept.add(one)
    assert [one.id for one in await kept.calendars()] == ["c2", "c1", "c3"]
    assert [one.id for one in await kept.calendars(rep="ben")] == ["c3"]


async def test_one_calendar_of_a_rep_is_written_to(kept: CalendarStore) -> None:
    assert await kept.add(calendar("c1", writes=True))
    assert not await kept.add(calendar("c2", writes=True))
    assert await kept.add(calendar("c3"))
    assert await kept.add(calendar("c4", "ben", writes=True))


async def test_each_that_is_due_is_claimed_by_one_first_due_first(kept: CalendarStore) -> None:
    lost = replace(calendar("c4"), state="lost")
    for one in (calendar("c1", due=2), calendar("c2", due=1), calendar("c3", due=9), lost):
        await kept.add(one)
    now, until = START + 5 * MINUTE, START + 6 * MINUTE
    first = await kept.claim(now=now, limit=1, lease_until=until)
    rest = await kept.claim(now=now, limit=9, lease_until=until)
    assert [one.id for one in (*first, *rest)] == ["c2", "c1"]
    assert await kept.claim(now=now, limit=9, lease_until=until) == []
    again = await kept.claim(now=until, limit=9, lease_until=until + MINUTE)
    assert [one.id for one in again] == ["c2", "c1"]


async def test_saving_ends_the_lease_and_counts_what_changed(kept: CalendarStore) -> None:
    await kept.add(calendar("c1"))
    (claimed,) = await kept.claim(now=START, limit=1, lease_until=START + MINUTE)
    read = replace(claimed, cursor="1", fresh_at=START)
    assert await kept.save(read, items=[item("b"), item("a")], is_whole=True)
    assert await kept.items("c1") == [item("a"), item("b")]
    (claimed,) = await kept.claim(now=START, limit=1, lease_until=START + MINUTE)
    assert claimed == read
    assert await kept.save(claimed, items=[item("a", "moved"), item("c")], gone=["b", "x"])
    assert await kept.items("c1") == [item("a", "moved"), item("c")]
    assert await kept.save(claimed, items=[item("d")], is_whole=True)
    assert await kept.items("c1") == [item("d")]


async def test_what_was_removed_or_connected_anew_is_not_saved(kept: CalendarStore) -> None:
    first = calendar("c1")
    await kept.add(first)
    await kept.save(first, items=[item("a")])
    assert await kept.remove("c1") == first
    assert await kept.remove("c1") is None
    assert await kept.items("c1") == []
    assert not await kept.save(first, items=[item("a")])
    await kept.add(replace(first, at=START + MINUTE))
    assert not await kept.save(first, items=[item("a")])
    assert await kept.items("c1") == []


async def test_one_that_was_woken_is_due_though_somebody_has_it(kept: CalendarStore) -> None:
    await kept.add(calendar("c1", due=60))
    assert await kept.wake("c1", now=START)
    assert not await kept.wake("c2", now=START)
    (claimed,) = await kept.claim(now=START, limit=1, lease_until=START + MINUTE)
    assert claimed.due_at == START
    assert await kept.wake("c1", now=START)
    assert len(await kept.claim(now=START, limit=1, lease_until=START + MINUTE)) == 1


async def test_what_a_server_promises_stays_whoever_saves_meanwhile(kept: CalendarStore) -> None:
    first = calendar("c1")
    promise = Subscription(id="s", expires_at=START + MINUTE, resource="r")
    assert not await kept.subscribed(first, promise)
    await kept.add(first)
    assert await kept.subscribed(first, promise)
    assert await kept.save(replace(first, cursor="1"))
    assert await kept.calendar("c1") == replace(first, cursor="1", subscription=promise)
    await kept.remove("c1")
    await kept.add(replace(first, at=START + MINUTE))
    assert not await kept.subscribed(first, promise)
