"""What people with good signatures and bad intent try: emergencies without end, a rollback that
leads forward; and what an honest change of roles needs."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from handrail.contract.model import Contract
from handrail.contract.read import read_contract_text
from handrail.engine.clock import VirtualClock
from handrail.engine.engine import Engine
from handrail.engine.items import Refused
from handrail.engine.ports import StoredRoster
from handrail.engine.shadow import Shadowing
from handrail.engine.shadowing import begin_shadow
from handrail.engine.vault import Vault
from handrail.engine.verify import verify
from handrail.kernel.agreement import EMERGENCY_REST
from handrail.store.memory import MemoryStore
from handrail.store.shadows import MemoryShadows
from tests import cast
from tests.signing import ACTOR, Desk, read, stored_of

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOURS = timedelta(hours=4)  # of an emergency
FIRST = read(cast.CONTRACT + "governance:\n  changes: {revops_alone: [routing], emergency: 4h}\n")


def version(number: int, *changes: tuple[str, str]) -> Contract:
    text = FIRST.source.replace("version: 1\n", f"version: {number}\n")
    for old, new in changes or (("add: 100}", "add: 90}"),):
        assert old in text
        text = text.replace(old, new)
    return read(text)


@pytest.fixture
def desk() -> Desk:
    return Desk(Engine(store=MemoryStore(), clock=VirtualClock(NOON), vault=Vault(bytes(32))))


async def pass_time(desk: Desk, by: timedelta) -> None:
    clock = desk.engine.clock
    assert isinstance(clock, VirtualClock)
    clock.move_to(clock.now() + by)
    await desk.engine.tick()


async def hurry(desk: Desk, contract: Contract) -> None:
    """Into force by one signature."""
    await desk.draft(contract)
    await desk.sign(contract, "marketing")
    await desk.activate(contract, emergency="the form is broken")


async def roll_back(desk: Desk, to: str | None = None) -> None:
    await desk.agreements.roll_back(None, to=to, reason="too few leads", actor=ACTOR)


async def in_force(desk: Desk) -> str | None:
    contract, _ = await desk.engine.in_force()
    return contract.digest if contract is not None else None


async def code_of(doing: object) -> str:
    with pytest.raises(Refused) as caught:
        await doing  # type: ignore[misc]  # any coroutine
    return caught.value.code


async def test_a_new_number_gives_an_emergency_no_new_hours(desk: Desk) -> None:
    await desk.agree(FIRST)
    await hurry(desk, version(2))
    await pass_time(desk, HOURS)
    assert await in_force(desk) == FIRST.digest
    assert await code_of(hurry(desk, version(3))) == "no_emergency"
    await pass_time(desk, timedelta(days=30))
    assert await code_of(hurry(desk, version(4))) == "no_emergency"


async def test_a_rollback_gives_an_emergency_no_new_hours(desk: Desk) -> None:
    await desk.agree(FIRST)
    quick = version(2)
    await hurry(desk, quick)
    await pass_time(desk, HOURS / 2)
    await roll_back(desk)
    assert await code_of(desk.activate(quick, emergency="once more")) == "no_emergency"
    await hurry(desk, version(3))
    held = (await desk.agreements.one(version(3).digest)).emergency
    assert held is not None and held.lapses_at == NOON + HOURS


async def test_what_both_signed_and_took_back_is_no_emergency_later(desk: Desk) -> None:
    await desk.agree(FIRST)
    second = version(2)
    await desk.agree(second)
    await roll_back(desk)
    await desk.agreements.withdraw_key("sam@acme.example", reason="stolen", actor=ACTOR)
    assert await code_of(desk.activate(second, emergency="now")) == "no_emergency"


async def test_hours_are_given_anew_under_a_new_version_and_after_a_rest(desk: Desk) -> None:
    await desk.agree(FIRST)
    await hurry(desk, version(2))
    await pass_time(desk, HOURS)
    await desk.agree(version(3, ("add: 100}", "add: 80}")))
    await hurry(desk, version(4))
    await pass_time(desk, HOURS)
    await pass_time(desk, EMERGENCY_REST)
    await hurry(desk, version(5))
    assert await in_force(desk) == version(5).digest
    report = await verify(desk.engine.store, desk.engine.vault, signed=True)
    assert report.faults == ()


async def test_a_rollback_brings_no_version_back_whose_key_was_withdrawn_since(desk: Desk) -> None:
    await desk.agree(FIRST)
    second = version(2)
    await desk.agree(second)
    await roll_back(desk)
    await roll_back(desk, second.digest)  # as long as they count
    assert await in_force(desk) == second.digest
    await roll_back(desk)
    await desk.agreements.withdraw_key("mia@acme.example", reason="stolen", actor=ACTOR)
    assert await code_of(desk.activate(second)) == "half_signed"
    assert await code_of(roll_back(desk, second.digest)) == "unsigned"
    assert await in_force(desk) == FIRST.digest


async def test_a_rollback_returns_to_what_somebody_signed_who_left(desk: Desk) -> None:
    await desk.agree(FIRST)
    await desk.agree(version(2))
    await desk.agreements.withdraw_key("mia@acme.example", reason="left", actor=ACTOR)
    await roll_back(desk)
    assert await in_force(desk) == FIRST.digest


async def test_who_moves_to_the_other_team_signs_for_both(desk: Desk) -> None:
    await desk.agree(FIRST)
    moved = version(
        2,
        ("marketing: mia@acme.example", "marketing: sam@acme.example"),
        ("sales: sam@acme.example", "sales: zoe@acme.example"),
    )
    await desk.draft(moved)
    await desk.sign(moved, "marketing", "sales")
    await desk.sign_as(moved, "sales", "sam@acme.example")
    assert await code_of(desk.activate(moved)) == "half_signed"  # without Mia, who was owner
    await desk.sign_as(moved, "marketing", "mia@acme.example")
    await desk.activate(moved)
    assert await in_force(desk) == moved.digest


async def test_no_roster_keeps_an_emergency_from_its_end(desk: Desk) -> None:
    await desk.engine.adopt_roster(StoredRoster(digest="a" * 64, source=cast.ROSTER), actor=ACTOR)
    first = version(1, ("to: [team:inbound]", "to: [team:elsewhere, team:inbound]"))
    await desk.agree(first)
    await hurry(desk, version(2))  # which names the team no more
    smaller = cast.ROSTER.replace("  - {name: elsewhere, manager: mo, members: [cy]}\n", "")
    with pytest.raises(Refused, match="elsewhere"):
        await desk.engine.adopt_roster(StoredRoster(digest="b" * 64, source=smaller), actor=ACTOR)
    await pass_time(desk, HOURS)
    assert await in_force(desk) == first.digest


async def test_no_other_contract_takes_the_leads_to_which_an_emergency_returns(
    desk: Desk,
) -> None:
    wide = ("timezone:", "sources: [web, fair]\ntimezone:")
    await desk.agree(first := version(1, wide))
    await hurry(desk, version(2, ("timezone:", "sources: [web]\ntimezone:")))
    other = version(
        1, ("contract: cast", "contract: other"), ("timezone:", "sources: [fair]\ntimezone:")
    )
    assert await code_of(desk.agree(other)) == "source_taken"
    await pass_time(desk, HOURS)
    assert (await desk.agreements.one(first.digest)).state == "in_force"


async def test_the_loop_goes_on_while_a_version_with_large_tables_is_looked_at(desk: Desk) -> None:
    table = "key\n" + "\n".join(map(str, range(200_000)))
    source = cast.CONTRACT.replace("fields:", "tables: {named: named.csv}\nfields:", 1)
    found = read_contract_text(source, tables={"named.csv": table}, proofs="none").contract
    assert found is not None
    await desk.draft(found)
    task = asyncio.ensure_future(desk.agreements.missing(found.digest))
    turns = 0
    while not task.done():
        await asyncio.sleep(0)
        turns += 1
    assert len(task.result()) == 2
    assert turns > 20, "reading it held up everything else"


async def test_a_candidate_that_only_decided_beside_was_never_in_force(desk: Desk) -> None:
    await desk.engine.adopt_roster(StoredRoster(digest="a" * 64, source=cast.ROSTER), actor=ACTOR)
    await desk.agree(FIRST)
    desk.engine.shadowing = Shadowing(store=MemoryShadows(), clock=desk.engine.clock)
    await begin_shadow(desk.engine, stored_of(version(2)), actor=ACTOR)
    listed = await desk.agreements.one(version(2).digest)
    assert (listed.state, listed.is_adopted, listed.is_proved) == ("draft", False, False)
