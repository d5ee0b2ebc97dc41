"""A candidate decides beside the contract in force: it is counted, and it changes nothing."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from handrail.engine import shadow as shadows
from handrail.engine.clock import VirtualClock
from handrail.engine.engine import Engine
from handrail.engine.items import Refused
from handrail.engine.ports import Store, StoredContract
from handrail.engine.shadow import Shadowing, ShadowStore
from handrail.engine.shadowing import begin_shadow, end_shadow, refresh, shadow_report
from handrail.engine.vault import Vault
from handrail.kernel.decide import decide
from handrail.store.memory import MemoryStore
from handrail.store.shadows import MemoryShadows, PostgresShadows
from handrail.terms import command as cmd
from handrail.terms.signal import Signal
from tests.cast import START
from tests.sources import MASTER, engine_of, take, version

REAL = version()
PICKY = version(
    number=2,
    **{
        "- {name: asked, when: 'lead_type == \"demo\"'}": "- {name: asked, when: fit >= 40}",
        "intent >= 25": "intent >= 250",
    },
)
ELSEWHERE = version(number=2, **{"to: [team:inbound]}": "to: [team:elsewhere]}"})


class WithoutChance(Vault):
    """A vault without chance, so that two ledgers can be the same."""

    def __init__(self) -> None:
        super().__init__(MASTER)

    def new_key(self) -> bytes:
        return bytes(60)

    def seal(self, personal: list[cmd.Personal], *, key: bytes) -> tuple[str, bytes]:
        return "0" * 64, b""


@pytest.fixture
async def shadow_store(place: str | None, store: Store) -> AsyncIterator[ShadowStore]:
    """On the database that `store` has made."""
    if place is None:
        yield MemoryShadows()
        return
    kept = await PostgresShadows.open(place)
    yield kept
    await kept.close()


@pytest.fixture
async def engine(store: Store, shadow_store: ShadowStore) -> Engine:
    made = await engine_of(store, REAL)
    made.shadowing = Shadowing(store=shadow_store, clock=made.clock)
    return made


async def begin(engine: Engine, candidate: StoredContract) -> None:
    await begin_shadow(engine, candidate, actor="person:dana")


async def counted(engine: Engine, candidate: StoredContract) -> dict[str, int]:
    report = await shadow_report(engine, candidate.digest)
    row = report.shadow
    found = {kind: count for kind, count in row.counts.items() if count}
    return {"decisions": row.decisions, "differing": row.differing, **found}


async def test_differences_are_counted_by_kind_and_listed(engine: Engine) -> None:
    await begin(engine, PICKY)
    await take(engine, "small")
    await take(engine, "large", account__employees="4000")
    assert await counted(engine, PICKY) == {"decisions": 2, "differing": 1, "mql": 1}
    report = await shadow_report(engine, PICKY.digest)
    (one,) = report.differences
    assert (one.lead, one.real.outcome, one.shadow.outcome) == ("small", "mql", "nurture")
    entries = [entry async for chunk in engine.store.entries(after=0, chunk=9) for entry in chunk]
    assert [entry.lead for entry in entries if entry.seq == one.seq] == ["small"]


async def test_another_team_is_another_owner(engine: Engine) -> None:
    await begin(engine, ELSEWHERE)
    await take(engine, "a")
    assert await counted(engine, ELSEWHERE) == {"decisions": 1, "differing": 1, "owner": 1}


async def test_a_candidate_that_says_the_same_never_differs(engine: Engine) -> None:
    same = version(number=2)
    await begin(engine, same)
    for number in range(6):
        await take(engine, f"l{number}")
    assert await counted(engine, same) == {"decisions": 6, "differing": 0}


async def test_only_what_chooses_a_contract_is_compared(engine: Engine) -> None:
    await begin(engine, PICKY)
    await take(engine, "a", email="lena@acme.example")
    await take(engine, "b", email="lena@acme.example")
    signal = cmd.AddSignal(signal=Signal(name="pricing_view", at=START))
    await engine.command("a", signal, actor="key:site")
    await engine.command("a", cmd.LogAct(rep="ada", act="call"), actor="rep:ada")
    assert (await counted(engine, PICKY))["decisions"] == 1


async def test_a_shadow_of_named_sources_sees_only_their_leads(engine: Engine) -> None:
    partners = version(
        "partners", sources="partner", **{"to: [team:inbound]}": "to: [team:elsewhere]}"}
    )
    await begin(engine, partners)
    await take(engine, "a", source="web")
    await take(engine, "b", source="partner")
    assert (await counted(engine, partners))["decisions"] == 1


async def test_a_refused_candidate_never_begins(engine: Engine) -> None:
    nowhere = version(number=2, **{"to: [team:inbound]}": "to: [team:nowhere]}"})
    for candidate, code in (
        (REAL, "already_done"),
        (version("other"), "source_taken"),
        (nowhere, "unknown_team"),
    ):
        with pytest.raises(Refused) as caught:
            await begin(engine, candidate)
        assert caught.value.code == code


async def test_switched_off_it_counts_no_more_and_keeps_what_it_counted(engine: Engine) -> None:
    await begin(engine, PICKY)
    await take(engine, "a")
    assert await end_shadow(engine) == [PICKY.digest]
    await take(engine, "b")
    report = await shadow_report(engine, PICKY.digest)
    assert report.shadow.ended_why == "switched off"
    assert report.shadow.decisions == 1
    await begin(engine, PICKY)
    assert (await counted(engine, PICKY))["decisions"] == 0, "it begins anew"


async def test_a_failing_shadow_is_switched_off_and_the_lead_is_taken(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(**given: Any) -> object:
        if given["contract"].digest == PICKY.digest:
            raise ZeroDivisionError("a formula of the candidate")
        return decide(**given)

    monkeypatch.setattr(shadows, "decide", fails)
    await begin(engine, PICKY)
    assert (await take(engine, "a")).stage == "assigned"
    await refresh(engine)
    report = await shadow_report(engine, PICKY.digest)
    assert report.shadow.ended_why == "ZeroDivisionError: a formula of the candidate"
    assert engine.shadowing is not None
    assert engine.shadowing.is_idle


async def test_a_slow_shadow_is_switched_off(engine: Engine) -> None:
    class Slow(VirtualClock):
        def now(self) -> datetime:
            self.move_to(super().now() + timedelta(milliseconds=11))
            return super().now()

    assert engine.shadowing is not None
    engine.shadowing = Shadowing(store=engine.shadowing.store, clock=Slow(START))
    await begin(engine, PICKY)
    for number in range(shadows.JUDGED_FROM + 5):
        await take(engine, f"l{number}")
    report = await shadow_report(engine, PICKY.digest)
    assert report.shadow.decisions == shadows.JUDGED_FROM
    assert str(report.shadow.ended_why).startswith("too slow: 11000 us")


async def test_a_shadow_ends_when_its_version_comes_in_force(engine: Engine) -> None:
    await begin(engine, PICKY)
    await engine.adopt_contract(PICKY, actor="test")
    await refresh(engine)
    report = await shadow_report(engine, PICKY.digest)
    assert report.shadow.ended_why == "in force now"


async def test_another_node_runs_it_too_and_both_are_counted(
    engine: Engine, store: Store, shadow_store: ShadowStore
) -> None:
    clock = engine.clock
    other = Engine(
        store=store,
        clock=clock,
        vault=Vault(MASTER),
        shadowing=Shadowing(store=shadow_store, clock=clock),
    )
    await begin(engine, PICKY)
    await refresh(other)
    await take(engine, "a")
    await take(other, "b")
    await refresh(other)
    assert (await counted(engine, PICKY))["decisions"] == 2


async def test_with_a_shadow_the_ledger_is_the_same_byte_for_byte() -> None:
    ledgers = []
    for candidate in (None, PICKY, ELSEWHERE):
        store = MemoryStore()
        engine = await engine_of(store, REAL)
        engine.vault = WithoutChance()
        engine.shadowing = Shadowing(store=MemoryShadows(), clock=engine.clock)
        if candidate is not None:
            await begin(engine, candidate)
        for number in range(8):
            await take(engine, f"l{number}", account__employees=str(number * 300))
            await engine.signal(f"l{number}", "pricing_view", at=None, actor="key:site")
        assert isinstance(engine.clock, VirtualClock)
        engine.clock.move_to(START + timedelta(minutes=6))
        await engine.tick()
        bodies = [e.body async for chunk in store.entries(after=0, chunk=99) for e in chunk]
        ledgers.append((bodies, await store.head()))
    assert ledgers[0] == ledgers[1] == ledgers[2]
