"""Content that was changed where it is stored decides nothing, by whatever way it is read."""

from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from handrail.contract.model import Contract
from handrail.engine.clock import VirtualClock
from handrail.engine.engine import Engine
from handrail.engine.items import Refused
from handrail.engine.shadow import Shadowing, ShadowRow
from handrail.engine.shadowing import begin_shadow, refresh
from handrail.engine.vault import Vault
from handrail.store.memory import MemoryStore
from handrail.store.shadows import MemoryShadows
from tests import cast
from tests.signing import ACTOR, Desk, read, stored_of

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
FIRST = read(cast.CONTRACT + "governance:\n  changes: {revops_alone: [routing], emergency: 4h}\n")
SECOND = read(FIRST.source.replace("version: 1\n", "version: 2\n").replace("100}", "90}"))


def node(store: MemoryStore, *, at: datetime = NOON, shadowing: Shadowing | None = None) -> Engine:
    """One that has read nothing yet."""
    clock = VirtualClock(at)
    return Engine(store=store, clock=clock, vault=Vault(bytes(32)), shadowing=shadowing)


def alter(store: MemoryStore, contract: Contract) -> None:
    """As somebody could who owns the database."""
    known = store._tables.contracts[contract.digest]
    other = msgspec.structs.replace(known, source=known.source.replace("add: 25", "add: 26"))
    assert other != known
    store._tables.contracts[contract.digest] = other


async def test_a_node_that_starts_does_not_decide_by_altered_content() -> None:
    store = MemoryStore()
    await Desk(node(store)).agree(FIRST)
    alter(store, FIRST)
    with pytest.raises(Refused, match="was changed where it is stored") as caught:
        await node(store).contracts_in_force()
    assert caught.value.code == "altered"


async def test_altered_rules_do_not_say_who_signs() -> None:
    store = MemoryStore()
    desk = Desk(node(store))
    await desk.agree(FIRST)
    await desk.draft(SECOND)
    await desk.sign(SECOND, "revops")
    known = store._tables.contracts[FIRST.digest]
    source = known.source.replace("[routing]", "[routing, scores]")
    store._tables.contracts[FIRST.digest] = msgspec.structs.replace(known, source=source)
    with pytest.raises(Refused, match="was changed where it is stored"):
        await Desk(node(store)).activate(SECOND)


async def test_no_rollback_returns_to_altered_content() -> None:
    store = MemoryStore()
    desk = Desk(node(store))
    await desk.agree(FIRST)
    await desk.agree(SECOND)
    alter(store, FIRST)
    with pytest.raises(Refused) as caught:
        await node(store).agreements.roll_back(None, to=None, reason="few leads", actor=ACTOR)
    assert caught.value.code == "altered"


async def test_an_emergency_whose_return_was_altered_stops_no_clock() -> None:
    store = MemoryStore()
    desk = Desk(node(store))
    await desk.agree(FIRST)
    await desk.draft(SECOND)
    await desk.sign(SECOND, "revops")
    await desk.activate(SECOND, emergency="the form is broken")
    alter(store, FIRST)
    assert await node(store, at=NOON + timedelta(hours=4)).tick() == 1
    denied = (await desk.agreements.one(SECOND.digest)).denied
    assert denied is not None and denied.code == "altered"


async def test_an_altered_shadow_ends_and_the_node_goes_on() -> None:
    store, shadows = MemoryStore(), MemoryShadows()
    engine = node(store, shadowing=Shadowing(store=shadows, clock=VirtualClock(NOON)))
    await Desk(engine).agree(FIRST)
    await Desk(engine).draft(SECOND)
    alter(store, SECOND)
    await shadows.begin(
        ShadowRow(digest=SECOND.digest, name=SECOND.name, version=2, began_at=NOON, began_by=ACTOR)
    )
    starting = node(store, shadowing=Shadowing(store=shadows, clock=VirtualClock(NOON)))
    await refresh(starting)
    (row,) = await shadows.shadows()
    assert row.ended_why is not None and "was changed" in row.ended_why


async def test_a_shadow_of_altered_content_does_not_begin() -> None:
    store = MemoryStore()
    engine = node(store, shadowing=Shadowing(store=MemoryShadows(), clock=VirtualClock(NOON)))
    await Desk(engine).agree(FIRST)
    other = msgspec.structs.replace(stored_of(SECOND), digest=FIRST.digest[::-1])
    with pytest.raises(Refused) as caught:
        await begin_shadow(engine, other, actor=ACTOR)
    assert caught.value.code == "altered"
