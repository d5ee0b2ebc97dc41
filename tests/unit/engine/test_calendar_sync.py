"""Calendars are kept fresh, and nothing waits for them."""

import asyncio
from datetime import timedelta

import pytest

from handrail.engine.calendars.source import Access, CalendarFault
from handrail.engine.items import Refused
from handrail.engine.replay import replay
from handrail.engine.verify import verify
from handrail.terms.evidence import RepConditions
from handrail.terms.people import Span
from tests.calendars import CalendarNode
from tests.story import START, Story, refused


def span(begin: float, end: float) -> Span:
    """Minutes after the start."""
    return Span(START + timedelta(minutes=begin), START + timedelta(minutes=end))


@pytest.fixture
async def node() -> CalendarNode:
    story = Story()
    await story.begin()
    return CalendarNode(story)


async def day(node: CalendarNode, rep: str) -> RepConditions:
    async with node.story.store.write() as unit:
        people = await unit.standing(after=0, turns_from=START)
    return people.conditions.get(rep, RepConditions())


async def test_a_calendar_is_read_as_soon_as_it_is_connected(node: CalendarNode) -> None:
    await node.connect("ada", span(10, 40))
    assert (await day(node, "ada")).calendar == (span(10, 40),)


async def test_what_changes_in_it_is_known_within_three_minutes(node: CalendarNode) -> None:
    await node.connect("ada", span(10, 40))
    node.server.said["https://dav.example/ada"] = {"1": span(20, 30)}
    await node.until(3)
    assert (await day(node, "ada")).calendar == (span(20, 30),)


async def test_a_calendar_in_which_nothing_changes_writes_nothing_to_the_ledger(
    node: CalendarNode,
) -> None:
    await node.connect("ada", span(10, 40))
    before = await node.story.store.head()
    await node.until(60)
    assert len(node.server.asked) > 20
    assert await node.story.store.head() == before


async def test_several_calendars_of_a_rep_count_together(node: CalendarNode) -> None:
    await node.connect("ada", span(10, 40), span(60, 70))
    second = Access(address="https://dav.example/home")
    node.server.said[second.address] = {"1": span(30, 50)}
    await node.connecting.connect("ada", kind="caldav", access=second, writes=False, by="person:mo")
    assert (await day(node, "ada")).calendar == (span(10, 50), span(60, 70))


async def test_a_demo_goes_to_who_is_free_in_two_minutes_and_not_in_fifty(
    node: CalendarNode,
) -> None:
    """With nobody free it waits in the pool, and is bound at the end of the first meeting."""
    for rep in ("ada", "ben", "cy"):
        await node.connect(rep, span(0, 50))
    node.server.said["https://dav.example/ben"] = {"1": span(0, 2)}
    await node.until(0.5)
    for calendar in await node.store.calendars(rep="ben"):
        await node.connecting.sync(calendar.id)
    await node.story.lead("lena", "demo_request", lead_country="US", account_employees=4000)
    assert (await node.story.owner("lena")).startswith("team:")
    case = await node.story.store.case_of_handoff("lena")
    assert case is not None
    entries = await node.story.store.entries_of("lena")
    assert b"in_meeting" in b"".join(entry.body for entry in entries)
    await node.story.until(2)
    assert await node.story.owner("lena") == "ben"


FAULTS = {
    "hangs": CalendarFault("unreachable", "dav.example did not answer"),
    "limits": CalendarFault("limited", "patience", retry_after=timedelta(minutes=5)),
    "fails": CalendarFault("unreachable", "dav.example answered 500"),
    "loses the token": CalendarFault("lost_token", "refused: connect it again"),
}


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_server_that_fails_makes_its_calendar_stale_and_heals_by_itself(
    fault: str, node: CalendarNode
) -> None:
    id = await node.connect("ada", span(10, 40), span(300, 330))
    node.server.fault = FAULTS[fault]
    await node.until(29)
    known = await day(node, "ada")
    assert not known.calendar_stale and known.calendar == (span(10, 40), span(300, 330))
    await node.until(50)
    assert (await day(node, "ada")).calendar_stale
    calendar = await node.store.calendar(id)
    assert calendar is not None and calendar.fault == str(FAULTS[fault])
    await node.story.lead("lena", "demo_request", lead_country="US", account_employees=4000)
    assert await node.story.owner("lena") != "ada"
    node.server.fault = None
    await node.until(75)
    assert not (await day(node, "ada")).calendar_stale


async def told(node: CalendarNode) -> list[str]:
    """What people were told about calendars, as the ledger has it."""
    found = []
    async for entries in node.story.store.entries(after=0, chunk=100):
        found += [
            "back" if b'"calendar_back"' in entry.body else "lost"
            for entry in entries
            if b'"change":{"calendar":' in entry.body
        ]
    return found


async def test_people_are_told_once_that_a_calendar_is_lost_and_once_that_it_is_back(
    node: CalendarNode,
) -> None:
    await node.connect("ada", span(10, 40))
    node.server.fault = FAULTS["hangs"]
    await node.until(20)
    assert await told(node) == []  # it may be back before it matters
    await node.until(120)
    assert await told(node) == ["lost"]
    node.server.fault = None
    await node.until(150)
    assert await told(node) == ["lost", "back"]


async def test_of_a_token_that_is_lost_people_are_told_at_once(node: CalendarNode) -> None:
    await node.connect("ada", span(10, 40))
    node.server.fault = FAULTS["loses the token"]
    await node.until(3)
    assert await told(node) == ["lost"]


async def test_a_server_that_asks_for_patience_is_left_alone_so_long(node: CalendarNode) -> None:
    await node.connect("ada", span(10, 40))
    node.server.fault = FAULTS["limits"]
    await node.until(4)
    before = len(node.server.asked)
    await node.until(6)
    assert len(node.server.asked) == before
    await node.until(9)
    assert len(node.server.asked) == before + 1


async def test_a_server_that_never_answers_holds_up_no_other(node: CalendarNode) -> None:
    await node.connect("ada", span(10, 40))
    await node.connect("ben", span(10, 40))
    node.server.hangs.add("https://dav.example/ada")
    node.server.said["https://dav.example/ben"] = {"1": span(20, 30)}
    await node.until(3)
    assert (await day(node, "ben")).calendar == (span(20, 30),)
    (calendar,) = await node.store.calendars(rep="ada")
    assert calendar.fault is not None and "did not answer" in calendar.fault


async def test_what_was_read_and_not_counted_is_counted_at_the_next_reading(
    node: CalendarNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kill between the two leaves the items ahead of what decisions see."""
    await node.connect("ada", span(10, 40))

    async def killed(rep: str) -> bool:
        return False

    with monkeypatch.context() as patch:
        patch.setattr(node.sync, "apply", killed)
        node.server.said["https://dav.example/ada"] = {"1": span(20, 30)}
        await node.until(3)
    assert (await day(node, "ada")).calendar == (span(10, 40),)
    await node.until(6)
    assert (await day(node, "ada")).calendar == (span(20, 30),)


async def test_a_calendar_that_cannot_be_read_is_not_connected(node: CalendarNode) -> None:
    node.server.fault = CalendarFault("lost_token", "dav.example refuses us (401)")
    with pytest.raises(Refused, match=r"nothing was connected: dav\.example refuses us"):
        await node.connect("ada")
    assert await node.store.calendars() == []


async def test_disconnecting_forgets_all_and_frees_the_time(node: CalendarNode) -> None:
    id = await node.connect("ada", span(10, 40))
    await node.connecting.disconnect(id)
    assert await node.store.items(id) == []
    known = await day(node, "ada")
    assert (known.calendar, known.calendar_stale) == ((), False)


async def test_a_rep_has_no_business_with_a_colleagues_calendar(node: CalendarNode) -> None:
    id = await node.connect("ada", span(10, 40))
    assert await refused(node.connecting.disconnect(id, rep="ben")) == "not_found"
    assert await refused(node.connecting.sync(id, rep="ben")) == "not_found"


async def test_no_secret_stands_in_the_clear(node: CalendarNode) -> None:
    await node.connect("ada", span(10, 40))
    (calendar,) = await node.store.calendars()
    assert calendar.place == "dav.example"
    for secret in (b"sesame", b"https://"):
        assert secret not in calendar.sealed
    assert node.sync.access_of(calendar).secret["password"] == "sesame"


async def test_what_calendars_said_replays(node: CalendarNode) -> None:
    for rep in ("ada", "ben", "cy"):
        await node.connect(rep, span(0, 3), span(60, 90))
    await node.story.lead("lena", "demo_request", lead_country="US", account_employees=4000)
    await node.until(10)
    await node.story.calm()
    assert (await replay(node.story.store, node.story.vault)).ok
    assert (await verify(node.story.store, node.story.vault)).ok


async def test_a_calendar_that_is_connected_again_takes_its_place(node: CalendarNode) -> None:
    first = await node.connect("ada", span(10, 40), writes=True)
    second = await node.connect("ada", span(20, 50), writes=True)
    assert [one.id for one in await node.store.calendars()] == [second] != [first]
    assert (await day(node, "ada")).calendar == (span(20, 50),)


async def test_a_second_calendar_to_be_written_is_refused(node: CalendarNode) -> None:
    await node.connect("ada", writes=True)
    other = Access(address="https://dav.example/other")
    asked = node.connecting.connect("ada", kind="caldav", access=other, writes=True, by="mo")
    assert await refused(asked) == "already_done"
    assert len(await node.store.calendars()) == 1


async def test_a_server_that_hangs_holds_up_no_other(node: CalendarNode) -> None:
    await node.connect("ada")
    await node.connect("ben")
    node.sync = node.made(read_max_s=60)
    node.server.hangs.add("https://dav.example/ada")
    for minutes, busy in ((3, (span(20, 30),)), (6, ())):
        node.server.said["https://dav.example/ben"] = {str(one.from_at): one for one in busy}
        node.story.clock.move_to(START + timedelta(minutes=minutes))
        async with asyncio.timeout(5):
            await node.sync.look()
        assert (await day(node, "ben")).calendar == busy
    await node.sync.finish()
