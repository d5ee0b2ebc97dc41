"""Running handoffs keep their version until they are migrated, by a recorded act."""

from datetime import timedelta

import pytest

from handrail.engine.clock import VirtualClock
from handrail.engine.engine import Engine
from handrail.engine.items import Refused
from handrail.engine.migrate import Migration, migrate
from handrail.engine.ports import Store
from handrail.engine.replay import replay
from handrail.engine.vault import Vault
from handrail.engine.verify import verify
from handrail.terms import command as cmd
from handrail.terms.handoff import Handoff
from tests.cast import START
from tests.sources import MASTER, contract_of, engine_of, take, version

OLD = version()
FIVE = "first_action: 5m"
LONGER = version(number=2, **{FIVE: "first_action: 30m"})
SHORTER = version(number=2, **{FIVE: "first_action: 2m"})
RENAMED = version(
    number=2,
    **{
        "{name: demo,": "{name: asked,",
        'lead_type == "demo"': 'lead_type == "asked"',
    },
)


async def handoff_of(engine: Engine, lead: str) -> Handoff:
    found = await engine.store.case_of_handoff(lead)
    assert found is not None
    assert found.case.handoff is not None
    return found.case.handoff


async def due_in(engine: Engine, lead: str) -> timedelta:
    clock = (await handoff_of(engine, lead)).clock("first_action")
    assert clock is not None
    return clock.due_at - START


async def move(engine: Engine, **given: object) -> Migration:
    return await migrate(engine, by="mo", actor="operator", **given)  # type: ignore[arg-type]  # the keywords of `migrate`, as the test names them


async def test_a_running_handoff_keeps_its_version_until_it_is_migrated(store: Store) -> None:
    engine = await engine_of(store, OLD)
    await take(engine, "a")
    await engine.adopt_contract(LONGER, actor="test")
    await take(engine, "b")
    assert [await contract_of(engine, lead) for lead in "ab"] == [OLD.digest, LONGER.digest]
    done = await move(engine, reason="all under one promise")
    assert [(one.handoff, one.from_contract, one.to_contract) for one in done.moved] == [
        ("a-1", OLD.digest, LONGER.digest)
    ]
    assert await contract_of(engine, "a") == LONGER.digest
    assert (await move(engine)).moved == (), "there is nothing left to move"


async def test_a_longer_window_moves_the_due_instant_forward(store: Store) -> None:
    engine = await engine_of(store, OLD)
    await take(engine, "a")
    await engine.adopt_contract(LONGER, actor="test")
    assert await due_in(engine, "a") == timedelta(minutes=5)
    await move(engine)
    assert await due_in(engine, "a") == timedelta(minutes=30)


async def test_a_shorter_window_makes_nobody_late(store: Store) -> None:
    engine = await engine_of(store, OLD)
    await take(engine, "a")
    await engine.adopt_contract(SHORTER, actor="test")
    clock = engine.clock
    assert isinstance(clock, VirtualClock)
    clock.move_to(START + timedelta(minutes=4))
    await move(engine)
    assert await due_in(engine, "a") == timedelta(minutes=5)
    await engine.tick()
    assert (await handoff_of(engine, "a")).breaches == ()


async def test_a_clock_whose_window_is_the_same_is_left_as_it_runs(store: Store) -> None:
    engine = await engine_of(store, OLD)
    await take(engine, "a")
    pause = cmd.Pause(by="mo", until=START + timedelta(hours=1))
    await engine.command("a", pause, actor="person:mo")
    before = await handoff_of(engine, "a")
    await engine.adopt_contract(version(number=2, **{"cap: 100": "cap: 90"}), actor="test")
    await move(engine)
    assert (await handoff_of(engine, "a")).clocks == before.clocks


async def test_what_the_version_has_no_word_for_stays_and_is_listed(store: Store) -> None:
    engine = await engine_of(store, OLD)
    await take(engine, "a")
    await engine.adopt_contract(RENAMED, actor="test")
    done = await move(engine)
    assert done.moved == ()
    assert [(one.handoff, one.refused) for one in done.refused] == [
        ("a-1", "lead type 'demo' is not in the version that it would go to")
    ]
    assert await contract_of(engine, "a") == OLD.digest


async def test_a_reject_code_that_is_gone_keeps_the_handoff_where_it_is(store: Store) -> None:
    engine = await engine_of(store, OLD)
    await take(engine, "a")
    await engine.command("a", cmd.Override(by="mo", owner="ben"), actor="person:mo")
    reject = cmd.Reject(rep="ben", code="outside_territory")
    await engine.command("a", reject, actor="rep:ben")  # who was set by a person stays the owner
    without = version(number=2, **{"    outside_territory: {then: reroute}\n": ""})
    await engine.adopt_contract(without, actor="test")
    done = await move(engine)
    assert [one.handoff for one in done.refused] == ["a-1"]


async def test_a_dry_run_says_the_same_and_changes_nothing(store: Store) -> None:
    engine = await engine_of(store, OLD)
    await take(engine, "a")
    await engine.adopt_contract(LONGER, actor="test")
    before = await store.head()
    tried = await move(engine, dry_run=True)
    assert await store.head() == before
    assert await contract_of(engine, "a") == OLD.digest
    assert (await move(engine)).moved == tried.moved


async def test_one_handoff_or_one_version_can_be_named(store: Store) -> None:
    engine = await engine_of(store, OLD)
    for lead in "abc":
        await take(engine, lead)
    await engine.adopt_contract(LONGER, actor="test")
    assert [one.lead for one in (await move(engine, handoffs=["b-1"])).moved] == ["b"]
    assert (await move(engine, from_contract="0" * 64)).moved == ()
    assert [one.lead for one in (await move(engine, from_contract=OLD.digest)).moved] == ["a", "c"]
    await engine.command("a", cmd.Close(outcome="lost"), actor="person:mo")
    for id, code in (("a-1", "ended"), ("nobody", "not_found")):
        with pytest.raises(Refused) as caught:
            await move(engine, handoffs=[id])
        assert caught.value.code == code


async def test_a_migration_replays_byte_for_byte(store: Store) -> None:
    engine = await engine_of(store, OLD)
    for lead in "ab":
        await take(engine, lead)
    await engine.adopt_contract(LONGER, actor="test")
    await move(engine, reason="one promise")
    await engine.command("a", cmd.LogAct(rep="ada", act="call"), actor="rep:ada")
    again = await replay(store, Vault(MASTER))
    assert again.ok, again.differences
    assert again.decisions == 5
    checked = await verify(store, Vault(MASTER))
    assert checked.ok, checked
