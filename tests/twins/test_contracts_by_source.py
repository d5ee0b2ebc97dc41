"""Several contracts in force, chosen by where a lead came from, over one roster."""

from datetime import timedelta

import pytest

from handrail.engine.clock import VirtualClock
from handrail.engine.engine import Engine
from handrail.engine.items import CaptureItem, Refused
from handrail.engine.ports import Store, StoredRoster
from handrail.engine.replay import replay
from handrail.engine.vault import Vault
from handrail.engine.verify import verify
from handrail.terms import command as cmd
from handrail.terms.signal import Signal
from tests.cast import ROSTER, START
from tests.sources import MASTER, contract_of, engine_of, take, version

DEFAULT = version()
PARTNER = version("partners", sources="partner, reseller")
EVENTS = version("events", sources="events")
CAPPED = ROSTER.replace("- {id: ben,", "- {id: ben, active: false,").replace(
    "- {id: ada, name: Ada Adler,", "- {id: ada, caps: {day: 2}, name: Ada Adler,"
)


async def refusal(engine: Engine, contract: object) -> str:
    with pytest.raises(Refused) as caught:
        await engine.adopt_contract(contract, actor="test")  # type: ignore[arg-type]  # a version
    assert caught.value.code == "source_taken"
    return caught.value.message


async def test_a_leads_source_chooses_its_contract(store: Store) -> None:
    engine = await engine_of(store, DEFAULT, PARTNER, EVENTS)
    for lead, source in (("a", "reseller"), ("b", "events"), ("c", "web"), ("d", None)):
        await take(engine, lead, source=source)
    found = [await contract_of(engine, lead) for lead in "abcd"]
    assert found == [PARTNER.digest, EVENTS.digest, DEFAULT.digest, DEFAULT.digest]


async def test_no_two_contracts_in_force_take_the_same_leads(store: Store) -> None:
    engine = await engine_of(store, DEFAULT, PARTNER)
    assert "every source" in await refusal(engine, version("second"))
    assert "reseller" in await refusal(engine, version("third", sources="events, reseller"))
    head = await store.head()
    assert head.contracts == (DEFAULT.digest, PARTNER.digest)


async def test_a_new_version_takes_the_place_of_the_one_of_its_name_alone(store: Store) -> None:
    engine = await engine_of(store, DEFAULT, PARTNER)
    following = version("partners", number=2, sources="partner")
    await engine.adopt_contract(following, actor="test")
    await take(engine, "a", source="partner")
    await take(engine, "b", source="reseller")
    assert await contract_of(engine, "a") == following.digest
    assert await contract_of(engine, "b") == DEFAULT.digest


async def test_another_node_finds_the_same_contracts_in_force(store: Store) -> None:
    await engine_of(store, DEFAULT, PARTNER)
    other = Engine(store=store, clock=VirtualClock(START), vault=Vault(MASTER))
    await take(other, "a", source="partner")
    assert await contract_of(other, "a") == PARTNER.digest


async def test_a_source_that_no_contract_takes_is_refused_and_nothing_is_kept(
    store: Store,
) -> None:
    engine = await engine_of(store, PARTNER)
    for source in ("web", None):
        with pytest.raises(Refused) as caught:
            await take(engine, "a", source=source)
        assert caught.value.code == "unknown_source"
    both = [CaptureItem(id="b", source="partner"), CaptureItem(id="c", source="web")]
    with pytest.raises(Refused):
        await engine.capture(both, actor="test")
    receipt = await take(engine, "b", source="partner")
    assert not receipt.duplicate


async def test_an_open_handoff_stays_with_its_contract_when_its_person_comes_by_another_way(
    store: Store,
) -> None:
    engine = await engine_of(store, DEFAULT, PARTNER)
    await take(engine, "a", source="partner", email="lena@acme.example")
    await take(engine, "b", source="web", email="lena@acme.example")
    assert await contract_of(engine, "a") == PARTNER.digest
    await engine.command("a", cmd.Close(outcome="lost"), actor="person:mo")
    await take(engine, "c", email="lena@acme.example")
    assert await contract_of(engine, "a") == DEFAULT.digest, "the latest named source was web"


async def test_a_lead_whose_source_nobody_takes_any_more_goes_on_as_its_last_handoff(
    store: Store,
) -> None:
    engine = await engine_of(store, PARTNER)
    await take(engine, "a", source="reseller")
    await engine.command("a", cmd.Reject(rep="ada", code="premature"), actor="rep:ada")
    following = version("partners", number=2, sources="partner")
    await engine.adopt_contract(following, actor="test")
    clock = engine.clock
    assert isinstance(clock, VirtualClock)
    clock.move_to(START + timedelta(days=90))
    await engine.tick()
    found = await store.case_of_handoff("a")
    assert found is not None
    assert found.case.handoff is not None
    assert found.case.handoff.requalify_at is None, "its time came, and it was looked at"
    signal = cmd.AddSignal(signal=Signal(name="demo_request", at=clock.now()))
    await engine.command("a", signal, actor="key:form")
    assert await contract_of(engine, "a") == PARTNER.digest


async def test_caps_and_shares_count_the_leads_of_all_contracts(store: Store) -> None:
    engine = await engine_of(store, DEFAULT, PARTNER, roster=CAPPED)
    owners = []
    for lead, source in (("a", "partner"), ("b", "web"), ("c", "partner"), ("d", "web")):
        owners.append((await take(engine, lead, source=source)).owner)
        await engine.command(lead, cmd.LogAct(rep="ada", act="call"), actor="rep:ada")
    assert owners == ["ada", "ada", "team:inbound", "team:inbound"]


async def test_a_roster_must_have_the_teams_of_every_contract_in_force(store: Store) -> None:
    elsewhere = version(
        "partners", sources="partner", **{"to: [team:inbound]": "to: [team:elsewhere]"}
    )
    engine = await engine_of(store, DEFAULT, elsewhere)
    text = "\n".join(line for line in ROSTER.splitlines() if "elsewhere" not in line)
    with pytest.raises(Refused, match="elsewhere"):
        await engine.adopt_roster(StoredRoster(digest="r2", source=text), actor="test")


async def test_the_ledger_tells_what_is_in_force_and_replays(store: Store) -> None:
    engine = await engine_of(store, DEFAULT, PARTNER, EVENTS)
    for lead, source in (("a", "reseller"), ("b", "events"), ("c", "web")):
        await take(engine, lead, source=source)
    await engine.adopt_contract(version("events", number=2, sources="events, fairs"), actor="t")
    checked = await verify(store, Vault(MASTER))
    assert checked.ok, checked.faults
    again = await replay(store, Vault(MASTER))
    assert again.ok, again.differences
    assert again.decisions == 3
