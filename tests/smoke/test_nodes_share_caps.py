"""Two nodes on one PostgreSQL: caps and shares hold whatever arrives together, and wherever."""

import asyncio
from collections import Counter
from datetime import datetime, timedelta

import pytest

from handrail.engine.clock import VirtualClock
from handrail.engine.engine import Engine
from handrail.engine.items import CaptureItem
from handrail.engine.ports import HandoffFilter, StoredContract, StoredRoster
from handrail.engine.vault import Vault
from handrail.store.postgres import PostgresStore
from handrail.terms import command as cmd
from tests import cast

CAPPED = cast.ROSTER.replace(
    "timezone: America/New_York}", "timezone: America/New_York, caps: {open: 5}}"
)
MASTER = bytes(range(32))


async def node(dsn: str, at: datetime) -> Engine:
    return Engine(store=await PostgresStore.open(dsn), clock=VirtualClock(at), vault=Vault(MASTER))


async def adopt(engine: Engine, roster: str) -> None:
    contract = cast.contract()
    await engine.adopt_roster(
        StoredRoster(digest=cast.roster(roster).digest, source=roster), actor="test"
    )
    await engine.adopt_contract(
        StoredContract(
            digest=contract.digest,
            name=contract.name,
            version=1,
            source=contract.source,
            tables={},
        ),
        actor="test",
    )


def item(index: int) -> CaptureItem:
    """A content lead, whose window is the same day: it makes nobody timed."""
    return CaptureItem(id=f"l{index}", signals=(("pricing_view", None),))


async def owners(engine: Engine) -> Counter[str]:
    cases = await engine.store.cases_of(HandoffFilter())
    return Counter(str(case.case.handoff.owner) for case in cases if case.case.handoff is not None)


@pytest.mark.parametrize("nodes", [1, 2])
@pytest.mark.parametrize("together", [1, 20])
async def test_twenty_leads_over_two_reps_with_a_cap_of_five_leave_ten_waiting(
    database: str, nodes: int, together: int
) -> None:
    engines = [await node(database, cast.START) for _ in range(nodes)]
    try:
        await adopt(engines[0], CAPPED)
        gate = asyncio.Semaphore(together)

        async def take(index: int) -> None:
            async with gate:
                await engines[index % nodes].capture([item(index)], actor="test")

        await asyncio.gather(*(take(index) for index in range(20)))
        assert await owners(engines[-1]) == {"ada": 5, "ben": 5, "team:inbound": 10}
        assert await engines[0].store.faults() == []
    finally:
        for engine in engines:
            await engine.store.close()


async def test_a_freed_place_is_filled_from_the_pool_by_whichever_node_sees_it(
    database: str,
) -> None:
    first, second = await node(database, cast.START), await node(database, cast.START)
    try:
        await adopt(first, CAPPED)
        await first.capture([item(index) for index in range(12)], actor="test")
        owned = await second.store.cases_of(HandoffFilter(owner="ada"))
        handoff = owned[0].case.handoff
        assert handoff is not None
        await second.command(handoff.id, cmd.Reject(rep="ada", code="no_fit"), actor="test")
        assert await owners(first) == {"ada": 5, "ben": 5, "team:inbound": 1}
        assert await first.store.faults() == []
    finally:
        await first.store.close()
        await second.store.close()


async def test_two_nodes_at_once_take_each_overdue_step_once(database: str) -> None:
    start = cast.START
    first, second = await node(database, start), await node(database, start)
    try:
        await adopt(first, cast.ROSTER)
        leads = [CaptureItem(id=f"d{i}", signals=(("demo_request", None),)) for i in range(40)]
        await first.capture(leads, actor="test")
        for engine in (first, second):
            engine.clock.move_to(start + timedelta(minutes=5))  # type: ignore[attr-defined]  # a VirtualClock
        while any(await asyncio.gather(first.tick(limit=3), second.tick(limit=3))):
            pass
        steps: Counter[str | None] = Counter()
        async for chunk in first.store.entries(after=0, chunk=500):
            for entry in chunk:
                if b'"event":"sla_breached"' in entry.body:
                    steps[entry.lead] += 1
        assert steps == {lead.id: 1 for lead in leads}
        assert await first.store.faults() == []
    finally:
        await first.store.close()
        await second.store.close()
