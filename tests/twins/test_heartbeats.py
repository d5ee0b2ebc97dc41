"""Heartbeats of nodes: PostgreSQL and its twin behave alike."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from handrail.engine.heartbeat import Heartbeat, HeartbeatStore
from handrail.engine.ports import Store
from handrail.store.heartbeats import MemoryHeartbeats, PostgresHeartbeats
from tests.cast import START

SECOND = timedelta(seconds=1)


@pytest.fixture
async def kept(place: str | None, store: Store) -> AsyncIterator[HeartbeatStore]:
    """On the database that `store` has made."""
    if place is None:
        yield MemoryHeartbeats()
        return
    kept = await PostgresHeartbeats.open(place)
    yield kept
    await kept.close()


async def test_a_node_has_one_heartbeat_its_last(kept: HeartbeatStore) -> None:
    first = Heartbeat(node="b:1", role="all", at=START)
    last = Heartbeat(node="b:1", role="worker", at=START + SECOND, looked_at=START)
    other = Heartbeat(node="a:2", role="web", at=START)
    for beat in (first, other, last):
        await kept.beat(beat, forget_before=START)
    assert await kept.heartbeats() == (other, last)


async def test_a_node_that_ended_or_is_long_gone_has_none(kept: HeartbeatStore) -> None:
    for node in ("a:1", "b:2", "c:3"):
        await kept.beat(Heartbeat(node=node, role="all", at=START), forget_before=START)
    await kept.end("b:2")
    await kept.end("nobody:1")
    later = Heartbeat(node="c:3", role="all", at=START + SECOND)
    await kept.beat(later, forget_before=START + SECOND)
    assert await kept.heartbeats() == (later,)
