"""The ticker takes what is due, waits out a store that is away, and ends when told."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

from handrail.cli.serve import load_contract, load_roster
from handrail.engine.clock import VirtualClock
from handrail.engine.engine import Engine
from handrail.engine.items import CaptureItem
from handrail.engine.ports import StoreUnavailable
from handrail.engine.ticker import Rhythm, Ticker
from handrail.engine.vault import Vault
from handrail.store.memory import MemoryStore
from handrail.terms.command import Override
from handrail.trials import sample

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
WITHIN_S = 10


class AwayStore(MemoryStore):
    """Away for the next few looks."""

    away = 0

    async def next_wake(self) -> datetime | None:
        if self.away:
            self.away -= 1
            raise StoreUnavailable("gone for a moment")
        return await super().next_wake()


async def engine_with_a_lead() -> tuple[Engine, VirtualClock, AwayStore]:
    clock, store = VirtualClock(NOW), AwayStore()
    engine = Engine(store=store, clock=clock, vault=Vault(bytes(range(32))))
    await engine.adopt_roster(load_roster(sample.ROSTER), actor="system")
    await engine.adopt_contract(load_contract(sample.CONTRACT), actor="system")
    item = CaptureItem(
        id="l1",
        email="lena@acme.example",
        signals=(("demo_request", None),),
        attributes={"lead.country": "US", "account.employees": 4000},
    )
    await engine.capture([item], actor="system")
    return engine, clock, store


@asynccontextmanager
async def running(ticker: Ticker) -> AsyncIterator[None]:
    task = asyncio.create_task(ticker.run())
    try:
        yield
    finally:
        ticker.stop()
        await asyncio.wait_for(task, WITHIN_S)


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(WITHIN_S):
        while not condition():
            await asyncio.sleep(0.005)


async def test_it_takes_a_step_when_it_is_due_and_not_before() -> None:
    engine, clock, _ = await engine_with_a_lead()
    ticker = Ticker(engine)
    async with running(ticker):
        await until(lambda: ticker.rhythm.looked_at is not None)
        assert ticker.taken == 0
        clock.move_to(NOW + timedelta(seconds=12))
        await until(lambda: ticker.taken == 1)
    assert ticker.lateness().count == 1
    assert ticker.lateness().max_s == 0.0


async def test_what_fell_due_while_the_store_was_away_is_taken_when_it_is_back() -> None:
    engine, clock, store = await engine_with_a_lead()
    ticker = Ticker(engine)
    store.away = 2
    clock.move_to(NOW + timedelta(seconds=15))
    async with running(ticker):
        await until(lambda: ticker.taken > 0)
    assert ticker.rhythm.failed == 0
    assert ticker.lateness().max_s == 3.0


async def test_it_gives_back_the_hook_that_it_listened_by() -> None:
    engine, _, _ = await engine_with_a_lead()
    heard: list[int] = []
    engine.committed = heard.append
    ticker = Ticker(engine)
    async with running(ticker):
        await until(lambda: ticker.rhythm.looked_at is not None)
        await engine.signal("l1", "pricing_view", at=None, actor="system")
        assert len(heard) == 1
    await engine.signal("l1", "guide_download", at=None, actor="system")
    assert len(heard) == 2


async def test_who_is_set_late_answers_for_nothing_that_ran_out_before() -> None:
    engine, clock, store = await engine_with_a_lead()
    clock.move_to(NOW + timedelta(minutes=20))
    found = await store.case_of_handoff("l1")
    assert found is not None and found.case.handoff is not None
    had_it = str(found.case.handoff.owner)
    await engine.command("l1", Override(by="mo", owner="cy"), actor="person:mo")
    found = await store.case_of_handoff("l1")
    assert found is not None and found.case.handoff is not None
    handoff = found.case.handoff
    assert [breach.owner for breach in handoff.breaches] == [had_it]
    assert str(handoff.owner) == "cy"
    assert all(one.due_at > clock.now() for one in handoff.clocks)


async def test_to_stop_nobody_waits_for_the_next_look() -> None:
    engine = Engine(store=MemoryStore(), clock=VirtualClock(NOW), vault=Vault(bytes(32)))
    looked = asyncio.Event()

    async def look() -> timedelta:
        looked.set()
        return timedelta(hours=1)

    stop = asyncio.Event()
    running = asyncio.ensure_future(Rhythm(engine, look).run(stop))
    await asyncio.wait_for(looked.wait(), timeout=WITHIN_S)
    stop.set()
    await asyncio.wait_for(running, timeout=WITHIN_S)
