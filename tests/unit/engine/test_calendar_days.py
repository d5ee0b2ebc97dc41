"""What calendars say of a rep's day, and what decisions and the ledger make of it."""

from datetime import timedelta

import pytest

from handrail.engine.replay import replay
from handrail.engine.standing import CALENDAR_SEEN
from handrail.engine.verify import verify
from handrail.store.memory import MemoryStore
from handrail.terms import command as cmd
from handrail.terms.people import Span
from tests.story import START, Story, refused


def span(begin: float, end: float) -> Span:
    """Minutes after the start."""
    return Span(START + timedelta(minutes=begin), START + timedelta(minutes=end))


@pytest.fixture
async def story() -> Story:
    story = Story()
    await story.begin()
    return story


async def read(story: Story, rep: str, *busy: Span, stale: bool = False) -> bool:
    return await story.engine.people.set_calendar(rep, busy=busy, stale=stale, actor="system")


async def test_a_calendar_that_says_the_same_again_writes_nothing(story: Story) -> None:
    assert await read(story, "ada", span(0, 50))
    before = await story.store.head()
    assert not await read(story, "ada", span(0, 50))
    assert await story.store.head() == before


async def test_a_calendar_of_somebody_outside_the_roster_writes_nothing(story: Story) -> None:
    before = await story.store.head()
    assert not await read(story, "nobody", span(0, 50))
    assert await story.store.head() == before


async def test_a_calendar_replaces_what_it_said_and_leaves_what_was_booked(story: Story) -> None:
    await story.lead("lena", "demo_request", lead_country="US", account_employees=4000)
    owner = await story.owner("lena")
    booked = span(600, 630)
    await story.do(
        "lena", cmd.BookMeeting(rep=owner, from_at=booked.from_at, until_at=booked.until_at)
    )
    await read(story, owner, span(10, 20))
    await read(story, owner, span(30, 40))
    async with story.store.write() as unit:
        people = await unit.standing(after=0, turns_from=START)
    assert people.conditions[owner].taken == (booked, span(30, 40))


async def test_evidence_of_calendars_is_kept_and_replays(story: Story) -> None:
    far = CALENDAR_SEEN / timedelta(minutes=1) + 2_000
    for rep in ("ada", "ben", "cy"):
        await read(story, rep, span(0, 3), span(60, 90), span(far, far + 30))
    await story.lead("lena", "demo_request", lead_country="US", account_employees=4000)
    await story.until(10)
    await story.calm()
    report = await replay(story.store, story.vault)
    assert report.ok, report
    checked = await verify(story.store, story.vault)
    assert checked.ok, checked


async def test_decisions_keep_no_more_of_a_calendar_than_the_week_they_look_at(
    story: Story,
) -> None:
    far = CALENDAR_SEEN / timedelta(minutes=1) + 2_000
    await read(story, "ada", span(60, 90), span(far, far + 30))
    assert isinstance(story.store, MemoryStore)
    known = set(story.store._tables.evidence)
    await story.lead("lena", "demo_request", lead_country="US", account_employees=4000)
    seen = b"".join(
        body for digest, body in story.store._tables.evidence.items() if digest not in known
    )
    assert b"2026-03-02T15:00:00Z" in seen
    assert f"{span(far, far + 30).from_at:%Y-%m-%d}".encode() not in seen


async def test_a_day_of_the_evidence_that_was_changed_is_found(story: Story) -> None:
    await read(story, "ada", span(60, 90))
    await story.lead("lena", "demo_request", lead_country="US", account_employees=4000)
    assert isinstance(story.store, MemoryStore)
    kept = story.store._tables.evidence
    for digest, body in list(kept.items()):
        if b"2026-03-02T15:00:00Z" in body:
            kept[digest] = body.replace(b"T15:00:00Z", b"T16:00:00Z")
    report = await verify(story.store, story.vault)
    assert {fault.place for fault in report.faults} == {"evidence"}


async def test_out_of_office_in_a_calendar_is_leave(story: Story) -> None:
    assert await story.engine.people.set_calendar("ada", away=[span(0, 600)], actor="system")
    await story.lead("lena", "demo_request", lead_country="US", account_employees=4000)
    assert await story.owner("lena") != "ada"


async def test_a_time_that_was_called_off_can_be_booked_by_another(story: Story) -> None:
    for lead in ("lena", "lars"):
        await story.lead(lead, "demo_request", lead_country="US", account_employees=4000)
    time = span(600, 630)
    first = cmd.BookMeeting(rep="ada", from_at=time.from_at, until_at=time.until_at)
    await story.do("lena", first)
    assert await refused(story.engine.command("lars", first, actor="person:mo")) == "double_booked"
    await story.do("lena", cmd.CancelMeeting(by=cmd.BUYER))
    await story.do("lars", first)
    async with story.store.write() as unit:
        people = await unit.standing(after=0, turns_from=START)
    assert people.conditions["ada"].busy.count(time) == 1


async def test_a_meeting_that_is_not_there_is_neither_moved_nor_called_off(story: Story) -> None:
    await story.lead("lena", "demo_request", lead_country="US", account_employees=4000)
    move = cmd.MoveMeeting(
        rep="ada", from_at=span(60, 90).from_at, until_at=span(60, 90).until_at, by=cmd.BUYER
    )
    off = cmd.CancelMeeting(by=cmd.BUYER)
    assert await refused(story.engine.command("lena", move, actor="person:mo")) == "bad_value"
    assert await refused(story.engine.command("lena", off, actor="person:mo")) == "bad_value"
