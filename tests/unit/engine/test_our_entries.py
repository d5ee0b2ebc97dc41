"""What is written into the calendar entry of a booked meeting: each word is taken once."""

from datetime import timedelta

import pytest

from handrail.engine.booking.events import uid_of
from handrail.engine.calendars.source import Answer, OurEntry
from handrail.engine.ledger import read_entry
from handrail.engine.replay import replay
from handrail.kernel.decision import Case
from handrail.terms import command as cmd
from handrail.terms.event import MeetingDeclined
from handrail.terms.handoff import Meeting
from tests.calendars import CalendarNode
from tests.story import START, Story


@pytest.fixture
async def node() -> CalendarNode:
    """Ada meets Lena in two hours."""
    story = Story()
    await story.begin()
    node = CalendarNode(story)
    await story.lead("lena", "demo_request", lead_country="US", account_employees=4000)
    begins = START + timedelta(hours=2)
    until = begins + timedelta(minutes=30)
    await story.do("lena", cmd.BookMeeting(rep="ada", from_at=begins, until_at=until))
    await node.connect("ada")
    return node


async def case(node: CalendarNode) -> Case:
    found = await node.story.store.case_of_handoff("lena")
    assert found is not None
    return found.case


async def meeting(node: CalendarNode) -> Meeting:
    handoff = (await case(node)).handoff
    assert handoff is not None and handoff.meeting is not None
    return handoff.meeting


async def write(node: CalendarNode, title: str = "Lena", answer: Answer | None = None) -> None:
    handoff = (await case(node)).handoff
    assert handoff is not None
    uid = uid_of(handoff=handoff.id, number=1)
    node.server.ours = {uid: OurEntry(uid=uid, title=title, answer=answer)}


@pytest.mark.parametrize("title", ["No-show: Lena", "[no show] Lena", "NO SHOW"])
async def test_a_rep_marks_who_did_not_come_in_the_title(node: CalendarNode, title: str) -> None:
    await write(node, title)
    await node.until(60)
    assert not (await meeting(node)).missed  # it has not begun
    await node.until(150)
    assert (await meeting(node)).missed
    handoff = (await case(node)).handoff
    assert handoff is not None and handoff.no_shows == 1
    report = await replay(node.story.store, node.story.vault)
    assert report.ok, report.differences


@pytest.mark.parametrize("title", ["Noshow", "Lena, no show?", "Nora Show", "Piano show"])
async def test_another_title_marks_nobody(node: CalendarNode, title: str) -> None:
    await write(node, title)
    await node.until(150)
    assert (await meeting(node)).missed == (title == "Noshow")


async def test_a_buyer_who_calls_themselves_so_is_not_marked_by_their_name() -> None:
    story = Story()
    await story.begin()
    node = CalendarNode(story)
    named = {"lead_country": "US", "account_employees": 4000, "lead_name": "No Show"}
    await story.lead("lena", "demo_request", **named)
    begins, until = START + timedelta(hours=2), START + timedelta(hours=3)
    await story.do("lena", cmd.BookMeeting(rep="ada", from_at=begins, until_at=until))
    await node.connect("ada")
    await write(node, "No Show")
    await node.until(200)
    assert not (await meeting(node)).missed


async def test_a_guests_yes_is_a_confirmation_and_their_no_asks_the_owner(
    node: CalendarNode,
) -> None:
    await write(node, answer="accepted")
    await node.until(10)
    assert (await meeting(node)).answer == "yes"
    await write(node, answer="declined")
    await node.until(20)
    assert (await meeting(node)).answer == "no"
    await node.story.do("lena", cmd.ConfirmMeeting(by=cmd.BUYER))
    await node.until(90)
    after = await meeting(node)
    assert after.answer == "yes" and not after.missed  # the old no is not heeded again
    entries = [read_entry(one) for one in await node.story.store.entries_of("lena")]
    events = [type(event) for entry in entries for event in entry.events]
    assert events.count(MeetingDeclined) == 1


async def test_an_entry_of_no_meeting_of_ours_is_passed_over(node: CalendarNode) -> None:
    node.server.ours = {"x@handrail": OurEntry(uid="x@handrail", title="no-show")}
    await node.until(150)
    assert not (await meeting(node)).missed
