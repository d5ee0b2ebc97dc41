"""From what stands in Outlook to whom a lead goes, and from a press of the buyer's into Outlook;
also while Graph hangs, asks for patience, breaks, or takes nobody's token."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest

from handrail.connectors.microsoft.fake import TOKEN, Trouble
from handrail.engine.arranging.carrying import Carrier, ToCalendars
from handrail.engine.booking.errands import CALENDAR, CHANNELS, WithErrands
from handrail.engine.items import Refused
from handrail.engine.notices import ConsoleOnly
from handrail.terms.handoff import Meeting
from tests.buyers import BookingHouse, open_desk
from tests.graph import GraphNode, at, graph_node
from tests.story import Story

BUSY = {"lead_country": "US", "account_employees": 4000}


@pytest.fixture
async def story() -> Story:
    story = Story()
    await story.begin()
    return story


@pytest.fixture
async def node(story: Story) -> AsyncIterator[GraphNode]:
    async with graph_node(story.engine, timeout_s=0.1) as made:
        yield made


async def reasons(story: Story, lead: str) -> bytes:
    """All that is recorded of it."""
    return b"".join(entry.body for entry in await story.store.entries_of(lead))


async def told(story: Story) -> list[str]:
    """What people were told about calendars, as the ledger has it."""
    found = []
    async for entries in story.store.entries(after=0, chunk=100):
        found += [
            "back" if b'"calendar_back"' in entry.body else "lost"
            for entry in entries
            if b'"change":{"calendar":' in entry.body
        ]
    return found


async def test_a_lead_goes_past_who_is_in_a_meeting_of_outlook(
    story: Story, node: GraphNode
) -> None:
    node.fake.put("e1", at(-10), at(50))
    await node.connect("ada")
    await story.lead("lena", "demo_request", **BUSY)
    assert await story.owner("lena") == "ben"
    assert b"in_meeting" in await reasons(story, "lena")


async def test_who_is_in_a_declined_free_or_cancelled_one_gets_the_lead(
    story: Story, node: GraphNode
) -> None:
    node.fake.put("e1", at(-10), at(50), showAs="free")
    node.fake.put("e2", at(-10), at(50), isCancelled=True)
    node.fake.put("e3", at(-10), at(50), responseStatus={"response": "declined"})
    for rep in ("ada", "ben"):
        await node.connect(rep)
    await story.lead("lena", "demo_request", **BUSY)
    assert await story.owner("lena") in ("ada", "ben")


async def test_a_lead_waits_for_the_end_of_the_first_meeting_and_is_bound_then(
    story: Story, node: GraphNode
) -> None:
    node.fake.put_series("s", (at(-10), at(2)), (at(24 * 60), at(25 * 60)))
    for rep in ("ada", "ben", "cy"):
        await node.connect(rep)
    await story.lead("lena", "demo_request", **BUSY)
    assert (await story.owner("lena")).startswith("team:")
    await story.until(2)
    assert await story.owner("lena") in ("ada", "ben")


async def test_a_meeting_that_ends_early_frees_its_rep_as_soon_as_it_is_told(
    story: Story, node: GraphNode
) -> None:
    node.fake.put("e1", at(-10), at(50))
    for rep in ("ada", "ben", "cy"):
        await node.connect(rep)
    await story.lead("lena", "demo_request", **BUSY)
    assert (await story.owner("lena")).startswith("team:")
    node.fake.take_away("e1")
    assert await node.fake.tell() == [202] * 3
    await node.until(0.1)
    assert await story.owner("lena") in ("ada", "ben")


TROUBLES = {
    "hangs": Trouble(hangs=True),
    "asks for patience": Trouble(status=429, headers={"Retry-After": "300"}),
    "breaks": Trouble(status=500),
    "takes no token": Trouble(status=401, code="InvalidAuthenticationToken"),
}


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_routing_goes_on_people_are_told_and_it_heals_by_itself(
    story: Story, node: GraphNode, trouble: str
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
    assert (await node.kept(calendar.id)).fault is not None
    node.fake.trouble = None
    node.fake.put("e2", at(200), at(210))
    await node.until(75)
    conditions = await node.conditions()
    assert not conditions.calendar_stale and len(conditions.calendar) == 2
    assert await told(story) == ["lost", "back"]


async def test_of_a_token_that_is_revoked_people_are_told_at_once(
    story: Story, node: GraphNode
) -> None:
    await node.connect("ada")
    node.fake.tokens.clear()
    await node.until(3)
    assert await told(story) == ["lost"]
    node.fake.tokens.add(TOKEN)
    await node.until(30)
    assert await told(story) == ["lost", "back"]


# --- booking

BOOKING = "booking: {length: 30m, step: 30m, within: 14d}\n"


class Desk:
    """Where buyers book, and what carries it into Ada's calendar."""

    def __init__(self, house: BookingHouse, node: GraphNode) -> None:
        self.house = house
        self.node = node
        self.bookings = house.engine.bookings
        errands = ToCalendars(engine=house.engine, calendars=node.writing)
        self._carrier = Carrier(engine=house.engine, errands=errands)

    async def carry(self) -> None:
        while await self._carrier.deliver(self.house.clock.now()):
            pass

    async def id(self) -> str:
        found = await self.house.engine.store.case_of_handoff("l1")
        assert found is not None and found.case.handoff is not None
        return found.case.handoff.id

    async def meeting(self) -> Meeting:
        found = await self.house.engine.store.case_of_handoff("l1")
        assert found is not None and found.case.handoff is not None
        assert found.case.handoff.meeting is not None
        return found.case.handoff.meeting

    async def meets_at(self) -> datetime:
        return (await self.meeting()).from_at

    async def is_missed(self) -> bool:
        return (await self.meeting()).missed

    async def slots(self) -> list[datetime]:
        offer = await self.bookings.offer(await self.id())
        assert offer is not None
        return [slot.from_at for slot in offer.slots]

    def stands(self) -> list[str]:
        """When Outlook has meetings of ours."""
        return [
            event["start"]["dateTime"][:16]
            for event in self.node.fake.events.values()
            if "transactionId" in event
        ]

    async def states(self) -> list[str]:
        found = await self.house.engine.store.deliveries_of("l1")
        return [row.state for row in found if row.channel == CALENDAR]


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    notices = WithErrands(ConsoleOnly(), channels=CHANNELS)
    async with (
        open_desk(booking=BOOKING, notices=notices) as house,
        graph_node(house.engine, timeout_s=0.1) as node,
    ):
        await node.connect("ada", writes=True)
        await house.lead()
        yield Desk(house, node)


def written(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M}"


async def test_what_a_buyer_books_moves_and_cancels_does_so_in_outlook(desk: Desk) -> None:
    first, second, *_ = await desk.slots()
    await desk.bookings.book(await desk.id(), first)
    await desk.carry()
    assert desk.stands() == [written(first)]
    await desk.node.until(5)  # what we wrote is read, and is not in its own way
    await desk.bookings.book(await desk.id(), second)
    await desk.carry()
    assert desk.stands() == [written(second)]
    await desk.bookings.cancel(await desk.id())
    await desk.carry()
    assert desk.stands() == []
    await desk.bookings.book(await desk.id(), first)
    await desk.carry()
    assert desk.stands() == [written(first)]
    assert set(await desk.states()) == {"delivered"}


async def test_a_time_that_outlook_takes_is_offered_to_nobody_and_booked_by_nobody(
    desk: Desk,
) -> None:
    first = (await desk.slots())[0]
    ends = first + timedelta(minutes=30)
    desk.node.fake.put("e1", written(first), written(ends))
    assert await desk.node.fake.tell() == [202]
    await desk.node.until(0.1)
    assert first not in await desk.slots()
    with pytest.raises(Refused) as caught:
        await desk.bookings.book(await desk.id(), first)
    assert caught.value.code == "slot_taken"
    await desk.carry()
    assert desk.stands() == []


async def test_a_meeting_that_the_rep_drags_in_outlook_is_moved(desk: Desk) -> None:
    first, second, *_ = await desk.slots()
    await desk.bookings.book(await desk.id(), first)
    await desk.carry()
    await desk.node.until(5)
    event = next(one for one in desk.node.fake.events.values() if "transactionId" in one)
    ends = written(second + timedelta(minutes=30))
    more = {name: event[name] for name in ("transactionId", "singleValueExtendedProperties")}
    desk.node.fake.put(event["id"], written(second), ends, **more)
    assert await desk.node.fake.tell() == [202]
    await desk.node.until(5.1)
    assert await desk.meets_at() == second
    await desk.carry()
    assert desk.stands() == [written(second)]


async def test_a_title_that_says_no_show_marks_the_meeting(desk: Desk) -> None:
    first = (await desk.slots())[0]
    await desk.bookings.book(await desk.id(), first)
    await desk.carry()
    event = next(one for one in desk.node.fake.events.values() if "transactionId" in one)
    begins = (first - desk.node.began) / timedelta(minutes=1)
    await desk.node.until(begins + 20)
    ends = written(first + timedelta(minutes=30))
    more = {"subject": "No-show: Lena", "transactionId": event["transactionId"]}
    desk.node.fake.put(event["id"], written(first), ends, **more)
    await desk.node.until(begins + 25)
    assert await desk.is_missed()


@pytest.mark.parametrize("trouble", [*TROUBLES, "loses the answer"])
async def test_a_meeting_gets_into_outlook_once_whatever_fails_on_the_way(
    desk: Desk, trouble: str
) -> None:
    first, second, *_ = await desk.slots()
    if trouble == "loses the answer":
        desk.node.fake.loses_answers = 1
    else:
        desk.node.fake.trouble = TROUBLES[trouble]
    await desk.bookings.book(await desk.id(), first)
    await desk.carry()
    assert "delivered" not in await desk.states()  # the buyer has it nonetheless
    await desk.bookings.book(await desk.id(), second)
    await desk.carry()
    desk.node.fake.trouble = None
    for _ in range(4):
        await desk.house.move(minutes=30)
        await desk.carry()
    assert desk.stands() == [written(second)]
    assert set(await desk.states()) == {"delivered"}
