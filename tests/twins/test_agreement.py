"""What two teams agreed, over both stores: who must sign, what is refused, and when it counts."""

import re
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from handrail.contract.agreement import Agreement
from handrail.contract.findings import Finding
from handrail.engine.clock import VirtualClock
from handrail.engine.engine import Engine
from handrail.engine.items import Refused
from handrail.engine.ledger import read_entry
from handrail.engine.ports import Store, StoredRoster
from handrail.engine.signing import PersonalKey
from handrail.engine.vault import Vault
from tests import cast
from tests.signing import ACTOR, Desk, read, stored_of

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
RULES = """\
governance:
  changes: {both_sign: [scores, mql, sla], revops_alone: [routing, tables], emergency: 4h}
"""
V1 = cast.CONTRACT + RULES


def version(number: int, *changes: tuple[str, str], text: str = V1) -> str:
    """The cast's contract with another number and these replacements."""
    changed = text.replace("version: 1\n", f"version: {number}\n")
    for old, new in changes:
        assert old in changed, old
        changed = changed.replace(old, new)
    return changed


ROUTING = ("name: everyone, when", "name: all of them, when")
SCORES = ("add: 100}", "add: 90}")
FIRST = read(V1)


@pytest.fixture
async def desk(store: Store) -> Desk:
    engine = Engine(store=store, clock=VirtualClock(NOON), vault=Vault(bytes(32)))
    await engine.adopt_roster(StoredRoster(digest="r" * 64, source=cast.ROSTER), actor=ACTOR)
    return Desk(engine)


async def in_force(desk: Desk) -> str | None:
    contract, _ = await desk.engine.in_force()
    return contract.digest if contract is not None else None


async def of(desk: Desk, digest: str) -> Agreement:
    return await desk.agreements.one(digest)


def move(desk: Desk, by: timedelta) -> None:
    clock = desk.engine.clock
    assert isinstance(clock, VirtualClock)
    clock.move_to(clock.now() + by)


def refused(code: str, *said: str) -> pytest.RaisesExc[Refused]:
    def fits(fault: Refused) -> bool:
        return fault.code == code and all(re.search(word, fault.message) for word in said)

    return pytest.RaisesExc(Refused, check=fits)


async def test_a_first_version_is_in_force_once_both_have_signed(desk: Desk) -> None:
    await desk.draft(FIRST)
    with refused("unsigned", "mia@acme.example"):
        await desk.activate(FIRST)
    await desk.sign(FIRST, "marketing")
    with refused("half_signed", "sam@acme.example", "first version"):
        await desk.activate(FIRST)
    assert await in_force(desk) is None
    await desk.sign(FIRST, "sales")
    await desk.activate(FIRST)
    assert await in_force(desk) == FIRST.digest
    assert (await of(desk, FIRST.digest)).state == "in_force"
    assert await desk.engine.store.faults() == []


async def test_a_revops_signature_does_not_stand_for_that_of_sales(desk: Desk) -> None:
    await desk.draft(FIRST)
    await desk.sign(FIRST, "marketing", "revops")
    with refused("half_signed", "sam@acme.example"):
        await desk.activate(FIRST)


@pytest.mark.parametrize("other", ["mia@acme.example", "MIA@acme.example"])
async def test_one_person_cannot_sign_for_both_teams(desk: Desk, other: str) -> None:
    lone = read(version(1, ("sales: sam@acme.example", f"sales: {other}")))
    await desk.draft(lone)
    with refused("same_person", "two people"):
        await desk.sign(lone, "marketing")


async def test_one_key_counts_for_one_address_only(desk: Desk) -> None:
    key = PersonalKey.make()
    await desk.agreements.register_key("mia@acme.example", key.public, actor=ACTOR)
    await desk.agreements.register_key("Mia@acme.example", key.public, actor=ACTOR)
    with refused("known_key", "mia@acme.example"):
        await desk.agreements.register_key("sam@acme.example", key.public, actor=ACTOR)
    other = PersonalKey.make()
    with refused("known_key", "--replace"):
        await desk.agreements.register_key("mia@acme.example", other.public, actor=ACTOR)
    with refused("bad_signature"):
        await desk.agreements.register_key("sam@acme.example", "c2hvcnQ=", actor=ACTOR)


async def test_who_is_no_owner_cannot_sign(desk: Desk) -> None:
    await desk.draft(FIRST)
    with refused("not_owner", "mia@acme.example", "sam@acme.example"):
        await desk.sign_as(FIRST, "sales", "eve@acme.example")
    with refused("not_owner"):
        await desk.sign_as(FIRST, "sales", "mia@acme.example")
    with refused("not_owner"):
        await desk.sign_as(FIRST, "president", "mia@acme.example")


async def test_a_signature_by_an_unregistered_key_is_refused(desk: Desk) -> None:
    await desk.draft(FIRST)
    with refused("unknown_key", "handrail key register"):
        await desk.agreements.sign(
            FIRST.digest, role="sales", address="sam@acme.example", signature="", actor=ACTOR
        )


async def test_a_signature_of_another_version_role_or_key_is_refused(desk: Desk) -> None:
    second = read(version(2, SCORES))
    await desk.draft(FIRST)
    await desk.draft(second)
    mia, sam = await desk.key_of("mia@acme.example"), await desk.key_of("sam@acme.example")
    forged = [
        mia.sign_contract(FIRST, role="marketing", address="mia@acme.example"),
        mia.sign_contract(second, role="sales", address="mia@acme.example"),
        sam.sign_contract(second, role="marketing", address="mia@acme.example"),
        mia.sign(b""),
        "no base64",
    ]
    for signature in forged:
        with refused("bad_signature", "version 2"):
            await desk.agreements.sign(
                second.digest,
                role="marketing",
                address="mia@acme.example",
                signature=signature,
                actor=ACTOR,
            )
    assert (await of(desk, second.digest)).signatures == ()


async def test_content_that_was_changed_where_it_is_stored_is_refused(desk: Desk) -> None:
    stored = msgspec.structs.replace(stored_of(FIRST), source=FIRST.source.replace("4h", "5h"))
    with refused("altered", FIRST.digest[:12]):
        await desk.agreements.draft(stored, (), actor=ACTOR)


async def test_a_signature_counts_no_more_once_its_key_is_withdrawn(desk: Desk) -> None:
    await desk.draft(FIRST)
    await desk.sign(FIRST, "marketing", "sales")
    await desk.agreements.withdraw_key("sam@acme.example", reason="left", actor=ACTOR)
    with refused("half_signed", "not by sam@acme.example"):
        await desk.activate(FIRST)
    del desk.keys["sam@acme.example"]
    await desk.sign(FIRST, "sales")
    await desk.activate(FIRST)


async def test_revops_changes_alone_what_is_left_to_them_and_nothing_else(desk: Desk) -> None:
    await desk.agree(FIRST)
    routing = read(version(2, ROUTING))
    await desk.agree(routing, "revops")
    assert await in_force(desk) == routing.digest
    scores = read(version(3, ROUTING, SCORES))
    await desk.draft(scores)
    await desk.sign(scores, "revops")
    with refused("half_signed", "scores", "mia@acme.example", "sam@acme.example"):
        await desk.activate(scores)


async def test_both_may_sign_what_revops_may_change_alone(desk: Desk) -> None:
    await desk.agree(FIRST)
    routing = read(version(2, ROUTING))
    await desk.draft(routing)
    await desk.sign(routing, "marketing")
    with refused("half_signed", "not by dana@acme.example"):
        await desk.activate(routing)
    await desk.sign(routing, "sales")
    await desk.activate(routing)


async def test_a_draft_cannot_leave_more_to_revops_than_what_is_in_force_does(desk: Desk) -> None:
    await desk.agree(FIRST)
    greedy = read(
        version(2, SCORES, ("revops_alone: [routing", "revops_alone: [governance, owners, routing"))
    )
    await desk.draft(greedy)
    await desk.sign(greedy, "revops")
    with refused("half_signed", "governance"):
        await desk.activate(greedy)
    await desk.sign(greedy, "marketing", "sales")
    await desk.activate(greedy)
    alone = read(
        version(
            3,
            SCORES,
            ("revops_alone: [routing", "revops_alone: [governance, owners, routing, triage"),
        )
    )
    await desk.draft(alone)
    await desk.sign(alone, "revops")
    with refused("half_signed", "governance"):
        await desk.activate(alone)


async def test_who_was_owner_signs_the_version_that_names_another(desk: Desk) -> None:
    await desk.agree(FIRST)
    taken = read(version(2, ("sales: sam@acme.example", "sales: eve@acme.example")))
    await desk.draft(taken)
    await desk.sign(taken, "marketing", "sales")
    with refused("half_signed", "not by sam@acme.example"):
        await desk.activate(taken)
    await desk.sign_as(taken, "sales", "sam@acme.example")
    await desk.activate(taken)


async def test_numbers_go_up_and_are_given_once(desk: Desk) -> None:
    await desk.agree(read(version(2)))
    with refused("stale_version", "greater"):
        await desk.draft(FIRST)
    with refused("stale_version"):
        await desk.draft(read(version(2, SCORES)))
    third = read(version(3, SCORES))
    await desk.agree(third)
    await desk.agreements.roll_back("cast", to=None, reason="too few", actor=ACTOR)
    with refused("stale_version", "other content"):
        await desk.draft(read(version(3, ROUTING)))


async def test_an_error_of_the_proofs_bars_a_draft_and_the_rest_stays_with_it(desk: Desk) -> None:
    error = Finding("unrouted", "error", 3, 4, "nobody takes it")
    with refused("unproved", "line 3, column 4"):
        await desk.agreements.draft(stored_of(FIRST), (error,), actor=ACTOR)
    note = Finding("unknown", "note", 3, 4, "not decided in time", example={"id": "x"})
    await desk.agreements.draft(stored_of(FIRST), (note,), actor=ACTOR)
    assert (await of(desk, FIRST.digest)).findings == (note,)
    with refused("not_found"):
        await desk.sign(read(version(2)), "sales")


async def test_a_scheduled_version_comes_into_force_at_its_instant(desk: Desk) -> None:
    await desk.agree(FIRST)
    later = read(version(2, SCORES))
    await desk.draft(later)
    await desk.sign(later, "marketing", "sales")
    await desk.activate(later, at=NOON + HOUR)
    assert (await of(desk, later.digest)).state == "scheduled"
    assert await desk.engine.store.next_wake() == NOON + HOUR
    move(desk, HOUR - timedelta(seconds=1))
    await desk.engine.tick()
    assert await in_force(desk) == FIRST.digest
    move(desk, timedelta(seconds=1))
    await desk.engine.tick()
    assert await in_force(desk) == later.digest
    assert (await of(desk, FIRST.digest)).state == "former"
    assert await desk.engine.store.next_wake() is None


async def test_two_nodes_take_a_scheduled_activation_once(desk: Desk, store: Store) -> None:
    await desk.agree(FIRST)
    later = read(version(2, SCORES))
    await desk.draft(later)
    await desk.sign(later, "marketing", "sales")
    await desk.activate(later, at=NOON + HOUR)
    other = Engine(store=store, clock=VirtualClock(NOON + HOUR), vault=Vault(bytes(32)))
    move(desk, HOUR)
    assert [await desk.engine.tick(), await other.tick()] == [1, 0]
    kinds = [entry.kind async for chunk in store.entries(after=0, chunk=99) for entry in chunk]
    assert kinds.count("contract") == 2


class Killed(Exception):
    """The process is gone."""


class Crash:
    def __init__(self, point: str) -> None:
        self.point = point

    def reached(self, point: str) -> None:
        if point == self.point:
            raise Killed


@pytest.mark.parametrize("point", ["decided", "staged", "committed"])
async def test_an_activation_is_taken_once_whenever_its_node_is_killed(
    desk: Desk, store: Store, point: str
) -> None:
    await desk.agree(FIRST)
    later = read(version(2, SCORES))
    await desk.draft(later)
    await desk.sign(later, "marketing", "sales")
    await desk.activate(later, at=NOON + HOUR)
    clock = VirtualClock(NOON + HOUR)
    dying = Engine(store=store, clock=clock, vault=Vault(bytes(32)), crash=Crash(point))
    with pytest.raises(Killed):
        await dying.tick()
    next_node = Engine(store=store, clock=clock, vault=Vault(bytes(32)))
    await next_node.tick()
    assert (await next_node.agreements.one(later.digest)).state == "in_force"
    kinds = [entry.kind async for chunk in store.entries(after=0, chunk=99) for entry in chunk]
    assert kinds.count("contract") == 2
    assert await store.next_wake() is None


async def test_what_cannot_be_when_it_is_due_is_recorded_and_the_old_stays(desk: Desk) -> None:
    await desk.agree(FIRST)
    later = read(version(2, SCORES))
    await desk.draft(later)
    await desk.sign(later, "marketing", "sales")
    await desk.activate(later, at=NOON + HOUR)
    await desk.agreements.withdraw_key("sam@acme.example", reason="lost", actor=ACTOR)
    move(desk, HOUR)
    await desk.engine.tick()
    assert await in_force(desk) == FIRST.digest
    found = await of(desk, later.digest)
    assert found.state == "draft"
    assert found.denied is not None
    assert found.denied.code == "half_signed"
    assert await desk.engine.store.next_wake() is None


async def test_a_version_whose_team_is_missing_is_refused(desk: Desk) -> None:
    strange = read(version(1, ("to: [team:inbound]", "to: [team:nowhere, team:inbound]")))
    await desk.draft(strange)
    await desk.sign(strange, "marketing", "sales")
    with refused("unknown_team", "nowhere"):
        await desk.activate(strange)


async def test_an_emergency_lapses_to_the_version_before(desk: Desk) -> None:
    await desk.agree(FIRST)
    quick = read(version(2, SCORES))
    await desk.draft(quick)
    with refused("unsigned"):
        await desk.activate(quick, emergency="the form is broken")
    await desk.sign(quick, "sales")
    with refused("half_signed"):
        await desk.activate(quick)
    with refused("bad_time"):
        await desk.activate(quick, at=NOON + HOUR, emergency="later")
    await desk.activate(quick, emergency="the form is broken")
    assert await in_force(desk) == quick.digest
    move(desk, 4 * HOUR)
    await desk.engine.tick()
    assert await in_force(desk) == FIRST.digest
    with refused("no_emergency", "lapsed"):
        await desk.activate(quick, emergency="once more")


async def test_an_emergency_that_both_sign_stays(desk: Desk) -> None:
    await desk.agree(FIRST)
    quick = read(version(2, SCORES))
    await desk.draft(quick)
    await desk.sign(quick, "revops")
    await desk.activate(quick, emergency="the form is broken")
    await desk.sign(quick, "marketing")
    assert (await of(desk, quick.digest)).emergency is not None
    await desk.sign(quick, "sales")
    assert (await of(desk, quick.digest)).emergency is None
    assert await desk.engine.store.next_wake() is None
    move(desk, 5 * HOUR)
    await desk.engine.tick()
    assert await in_force(desk) == quick.digest


async def test_what_only_one_signed_rules_nothing(desk: Desk) -> None:
    """Neither does an emergency grant its author more, nor does another one make it last."""
    await desk.agree(FIRST)
    grab = ("scores, mql, sla], revops_alone: [", "mql, sla], revops_alone: [scores, ")
    quick = read(version(2, grab))
    await desk.draft(quick)
    await desk.sign(quick, "revops")
    await desk.activate(quick, emergency="now")
    more = read(version(3, grab, SCORES))
    await desk.draft(more)
    await desk.sign(more, "revops")
    with refused("half_signed"):
        await desk.activate(more)
    move(desk, HOUR)
    await desk.activate(more, emergency="still")
    held = (await of(desk, more.digest)).emergency
    assert held is not None
    assert (held.lapses_at, held.back_to) == (NOON + 4 * HOUR, FIRST.digest)
    move(desk, 3 * HOUR)
    await desk.engine.tick()
    assert await in_force(desk) == FIRST.digest


async def test_there_is_no_emergency_where_the_contract_in_force_allows_none(desk: Desk) -> None:
    strict = read(version(1, (", emergency: 4h", "")))
    await desk.agree(strict)
    quick = read(version(2, SCORES))
    await desk.draft(quick)
    await desk.sign(quick, "sales")
    with refused("no_emergency", "governance.changes.emergency"):
        await desk.activate(quick, emergency="now")


async def test_a_rollback_returns_to_what_was_signed_before(desk: Desk) -> None:
    with refused("not_found"):
        await desk.agreements.roll_back(None, to=None, reason="none", actor=ACTOR)
    await desk.agree(FIRST)
    with refused("no_earlier"):
        await desk.agreements.roll_back(None, to=None, reason="first", actor=ACTOR)
    second, third = read(version(2, SCORES)), read(version(3, ROUTING))
    await desk.agree(second)
    await desk.agree(third)
    with refused("no_reason"):
        await desk.agreements.roll_back(None, to=None, reason=" ", actor=ACTOR)
    for before in (second, FIRST):
        await desk.agreements.roll_back(None, to=None, reason="too few leads", actor=ACTOR)
        assert await in_force(desk) == before.digest
    never = read(version(4, SCORES))
    await desk.draft(never)
    with refused("no_earlier", "never in force"):
        await desk.agreements.roll_back(None, to=never.digest, reason="no", actor=ACTOR)
    await desk.agreements.roll_back(None, to=third.digest, reason="better", actor=ACTOR)
    assert await in_force(desk) == third.digest


async def test_every_step_is_an_entry_with_its_actor(desk: Desk, store: Store) -> None:
    await desk.agree(FIRST)
    told = [
        (event["event"], entry.actor)
        async for chunk in store.entries(after=1, chunk=99)
        for entry in map(read_entry, chunk)
        for event in entry.change["agreement"]
    ]
    assert told == [
        ("contract_drafted", ACTOR),
        ("key_registered", ACTOR),
        ("contract_signed", ACTOR),
        ("key_registered", ACTOR),
        ("contract_signed", ACTOR),
        ("contract_activated", ACTOR),
    ]


async def test_a_signature_given_twice_changes_nothing(desk: Desk, store: Store) -> None:
    await desk.draft(FIRST)
    await desk.sign(FIRST, "sales")
    before = await store.head()
    await desk.sign(FIRST, "sales")
    await desk.draft(FIRST)
    assert await store.head() == before


async def test_a_rollback_takes_back_what_was_scheduled(desk: Desk) -> None:
    await desk.agree(FIRST)
    await desk.agree(second := read(version(2, SCORES)))
    third = read(version(3, ("add: 100}", "add: 80}")))
    await desk.draft(third)
    await desk.sign(third, "marketing", "sales")
    await desk.activate(third, at=NOON + HOUR)
    await desk.agreements.roll_back(None, to=None, reason="too few leads", actor=ACTOR)
    assert (await of(desk, third.digest)).state == "draft"
    move(desk, 2 * HOUR)
    await desk.engine.tick()
    assert await in_force(desk) == FIRST.digest
    assert (await of(desk, second.digest)).state == "former"


async def test_an_instant_long_past_is_refused_as_mistyped(desk: Desk) -> None:
    await desk.draft(FIRST)
    await desk.sign(FIRST, "marketing", "sales")
    with refused("bad_time", "2025-03-02", "leave the instant out"):
        await desk.activate(FIRST, at=NOON.replace(year=2025))
    await desk.activate(FIRST, at=NOON - HOUR)
    assert await in_force(desk) == FIRST.digest
