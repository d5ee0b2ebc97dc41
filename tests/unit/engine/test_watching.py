"""Round after round: what is seen of a store, who hears of it, and what is remembered."""

from datetime import datetime, timedelta
from typing import Any

import msgspec
import pytest

from handrail.engine.heartbeat import Heartbeat
from handrail.engine.ports import StoreUnavailable
from handrail.engine.watch import Alarm, Limits, Look
from handrail.engine.watching import (
    AlarmRefused,
    Memory,
    Place,
    Round,
    StoreSight,
    Watcher,
    ledger_slice,
)
from handrail.store.heartbeats import MemoryHeartbeats
from handrail.store.memory import MemoryStore
from tests.story import Story


class Heard:
    """A channel at the port, and the ear of the dead-man address."""

    def __init__(self, name: str = "heard") -> None:
        self.name = name
        self.told: list[Alarm] = []
        self.alive = 0
        self.refuses = False

    async def tell(self, alarm: Alarm) -> None:
        if self.refuses:
            raise AlarmRefused("busy")
        self.told.append(alarm)

    async def sign(self) -> None:
        self.alive += 1


class Kept:
    def __init__(self) -> None:
        self.memory = Memory()

    def load(self) -> Memory:
        return self.memory

    def save(self, memory: Memory) -> None:
        self.memory = memory


class Sight:
    """Of the store, unless it is away."""

    def __init__(self, story: Story) -> None:
        self.heartbeats = MemoryHeartbeats()
        self._sight = StoreSight(store=story.store, heartbeats=self.heartbeats)
        self.is_away = False

    async def look(self, *, now: datetime, place: Place | None) -> tuple[Look, Place]:
        if self.is_away:
            raise StoreUnavailable("gone for a moment")
        return await self._sight.look(now=now, place=place)


class Watched:
    def __init__(self, story: Story) -> None:
        self.story, self.heard, self.other, self.kept = story, Heard(), Heard("other"), Kept()
        self.sight = Sight(story)
        self.begin()

    def begin(self) -> None:
        """A watcher that begins anew."""
        self._watcher = Watcher(
            sight=self.sight,
            channels=(self.heard, self.other),
            kept=self.kept,
            clock=self.story.clock,
            limits=Limits(database=timedelta()),
            alive=self.heard.sign,
        )

    async def round(self, *, beats: bool = True) -> Round:
        self.story.clock.move_to(self.story.clock.now() + timedelta(seconds=10))
        now = self.story.clock.now()
        if beats:
            beat = Heartbeat(node="a:1", role="all", at=now, looked_at=now)
            await self.sight.heartbeats.beat(beat, forget_before=now)
        return await self._watcher.round()


@pytest.fixture
async def story() -> Story:
    story = Story()
    await story.begin()
    await story.lead("lena", "demo_request", lead_country="US", account_employees=4000)
    return story


@pytest.fixture
def watched(story: Story) -> Watched:
    return Watched(story)


def change(story: Story, seq: int, **parts: Any) -> None:
    assert isinstance(story.store, MemoryStore)
    ledger = story.store._tables.ledger
    ledger[seq] = msgspec.structs.replace(ledger[seq], **parts)


async def test_a_store_that_is_away_is_told_of_on_every_channel(watched: Watched) -> None:
    assert (await watched.round()).ok
    watched.sight.is_away = True
    found = await watched.round()
    assert [alarm.kind for alarm in found.told] == ["database"]
    assert [alarm.kind for alarm in watched.other.told] == ["database"]


async def test_one_channel_that_takes_it_is_enough(watched: Watched) -> None:
    watched.sight.is_away = True
    watched.other.refuses = True
    found = await watched.round()
    assert (len(found.told), found.refused) == (1, ("other: busy",))
    assert (await watched.round()).told == ()


async def test_an_alarm_that_nobody_took_is_tried_again_and_no_sign_of_life_goes_out(
    watched: Watched,
) -> None:
    watched.sight.is_away = True
    watched.heard.refuses = watched.other.refuses = True
    assert len((await watched.round()).untold) == 1
    assert watched.heard.alive == 0
    watched.heard.refuses = False
    assert [alarm.state for alarm in (await watched.round()).told] == ["began"]
    assert watched.heard.alive == 1


async def test_a_watcher_that_begins_anew_tells_nothing_twice(watched: Watched) -> None:
    watched.sight.is_away = True
    await watched.round()
    watched.begin()
    assert (await watched.round()).told == ()
    watched.sight.is_away = False
    assert [alarm.state for alarm in (await watched.round()).told] == ["recovered"]


async def test_a_row_that_breaks_an_invariant_is_told_of(watched: Watched) -> None:
    store = watched.story.store
    assert isinstance(store, MemoryStore)
    assert (await watched.round()).ok
    head = await store.head()
    del store._tables.ledger[head.seq - 1]
    for _ in range(3):
        found = await watched.round()
    assert list(found.found) == ["invariant"]


async def test_new_entries_are_checked_and_a_changed_one_stays_a_fault(story: Story) -> None:
    _, place = await ledger_slice(story.store, None)
    assert place.seq == (await story.store.head()).seq
    await story.lead("lars", "demo_request", lead_country="DE")
    faults, after = await ledger_slice(story.store, place)
    assert (faults, after.seq > place.seq) == ((), True)
    change(story, after.seq, body=b'{"seq":0}')
    for _ in range(2):
        faults, still = await ledger_slice(story.store, place)
        assert faults and still == place


async def test_a_ledger_that_became_shorter_or_another_is_a_fault(story: Story) -> None:
    head = await story.store.head()
    ahead = Place(seq=head.seq + 1, digest=bytes(32).hex())
    assert await ledger_slice(story.store, ahead) == (
        (f"the ledger ends at {head.seq}, and was at {head.seq + 1} before",),
        ahead,
    )
    other = Place(seq=head.seq, digest=bytes(32).hex())
    assert (await ledger_slice(story.store, other))[0]
