"""What a node says of its clocks, and that it says no more than it knows."""

from datetime import timedelta

from handrail.engine.clock import VirtualClock
from handrail.engine.engine import Engine
from handrail.engine.heartbeat import HELD_AFTER, Heartbeat, Pulse
from handrail.engine.settings import Role
from handrail.engine.ticker import Ticker
from handrail.engine.vault import Vault
from handrail.store.heartbeats import MemoryHeartbeats
from handrail.store.memory import MemoryStore
from tests.cast import START

SECOND = timedelta(seconds=1)


class Node:
    def __init__(self, role: Role = "all") -> None:
        self.clock = VirtualClock(START)
        engine = Engine(store=MemoryStore(), clock=self.clock, vault=Vault(bytes(range(32))))
        self.ticker = Ticker(engine)
        self.store = MemoryHeartbeats()
        self._pulse = Pulse(
            node="a:1", role=role, store=self.store, ticker=self.ticker, clock=self.clock
        )

    async def beat(self, at: timedelta) -> Heartbeat:
        self.clock.move_to(START + at)
        await self._pulse.beat()
        return (await self.store.heartbeats())[0]


async def test_a_heartbeat_says_when_the_clocks_last_looked() -> None:
    node = Node()
    await node.beat(0 * SECOND)
    node.ticker.looked_at = START + 4 * SECOND
    assert (await node.beat(5 * SECOND)).looked_at == START + 4 * SECOND
    assert (await node.beat(10 * SECOND)).looked_at == START + 4 * SECOND


async def test_clocks_that_never_look_stand_since_the_node_began() -> None:
    node = Node()
    for seconds in range(0, 61, 5):
        last = await node.beat(seconds * SECOND)
    assert (last.at, last.looked_at) == (START + 60 * SECOND, START)


async def test_a_node_that_was_held_up_does_not_blame_its_clocks() -> None:
    node = Node()
    node.ticker.looked_at = START
    await node.beat(0 * SECOND)
    held = HELD_AFTER + SECOND
    assert (await node.beat(held)).looked_at == START + held


async def test_a_node_without_clocks_says_nothing_of_them() -> None:
    node = Node(role="web")
    node.ticker.looked_at = START
    beat = await node.beat(5 * SECOND)
    assert beat.looked_at is None and not beat.runs_clocks
