"""Everything but cases, in both stores: ledger, standing, deliveries, versions, the board."""

import asyncio
from datetime import UTC, datetime

import msgspec
import pytest

from handrail.engine.ports import (
    Choice,
    Delivery,
    HandoffFilter,
    Head,
    IdempotencyRow,
    LoadRow,
    Meeting,
    Queue,
    RefusedOverlap,
    Store,
    StoredContract,
    StoredRoster,
    Turn,
    WakeKey,
    Which,
)
from handrail.store.facets import Inconsistent
from handrail.terms.evidence import RepConditions
from handrail.terms.handoff import Incident, Owner
from handrail.terms.people import Presence, Span
from tests.twins.store_cases import (
    ADA,
    POOL,
    T0,
    batch,
    delivery,
    entry,
    handoff,
    ids,
    lead,
    minute,
    saved,
    timed,
    write,
)

INBOUND = WakeKey(kind="team", id="inbound")


# --- the ledger


async def test_entries_come_in_order_and_by_lead(store: Store) -> None:
    await write(store, entries=5)
    await write(store, entries=2)
    chunks = [list(chunk) async for chunk in store.entries(after=0, chunk=3)]
    assert chunks == [[entry(1), entry(2), entry(3)], [entry(4), entry(5), entry(6)], [entry(7)]]
    assert [list(chunk) async for chunk in store.entries(after=7, chunk=3)] == []
    assert await store.entries_of("lena") == [entry(number) for number in range(1, 8)]
    assert await store.entries_of("nobody") == []
    assert (await store.head()).digest == entry(7).digest


async def test_the_head_says_what_is_in_force(store: Store) -> None:
    async with store.write() as unit:
        told = batch(unit.head)
        told.head = msgspec.structs.replace(told.head, contract="c1", roster="r1")
        await unit.stage(told)
    head = await store.head()
    assert (head.seq, head.contract, head.roster) == (1, "c1", "r1")


async def test_the_chain_never_goes_back(store: Store) -> None:
    await write(store, entries=3)
    with pytest.raises(Inconsistent):
        await write_after(store, Head(seq=1))
    with pytest.raises(Inconsistent):
        await write_after(store, Head(seq=2))  # entry 3 is stored
    assert (await store.head()).seq == 3


async def write_after(store: Store, head: Head) -> None:
    async with store.write() as unit:
        await unit.stage(batch(head))


async def test_evidence_is_stored_once(store: Store) -> None:
    await write(store, evidence={b"a" * 16: b"one", b"b" * 16: b"two"})
    await write(store, evidence={b"a" * 16: b"one", b"c" * 16: b"three"})
    asked = [b"a" * 16, b"c" * 16, b"z" * 16]
    assert await store.evidence(asked) == {b"a" * 16: b"one", b"c" * 16: b"three"}


async def test_versions_come_back_in_order(store: Store) -> None:
    def version(number: int) -> StoredContract:
        return StoredContract(
            digest=f"d{9 - number}",
            name="acme",
            version=number,
            source="é: 1\n",
            tables={"zips.csv": "zip,territory\n"},
        )

    roster = StoredRoster(digest="r", source="roster: acme\n", format="csv")
    await write(store, contracts=[version(2), version(1)], rosters=[roster])
    await write(store, contracts=[version(2)], rosters=[roster])
    assert await store.contracts() == [version(1), version(2)]
    assert await store.contract("d7") == version(2)
    assert await store.contract("none") is None
    assert await store.roster("r") == roster
    assert await store.roster("none") is None


async def test_a_destroyed_key_is_not_found(store: Store) -> None:
    await write(store, saved(of=lead("a")), saved(of=lead("b"), key=b""))
    assert await store.keys(["a", "b", "c"]) == {"a": b"key"}


# --- standing


async def test_standing_tells_what_changed_after_an_entry(store: Store) -> None:
    away = RepConditions(
        presence=Presence(state="away", until=minute(9)), busy=(Span(minute(1), minute(2)),)
    )
    first = [Turn(seq=1, at=minute(1), team="inbound", rep="ada")]
    later = [
        Turn(seq=2, at=minute(2), team="inbound", rep="ben"),
        Turn(seq=2, at=minute(2), team="inbound", rep="ada", kind="credited"),
    ]
    await write(store, loads={"ada": LoadRow(open=1)}, turns=first, conditions={"ada": away})
    await write(store, loads={"ben": LoadRow(open=2, timed=1)}, turns=later)
    async with store.write() as unit:
        every = await unit.standing(after=0, turns_from=T0)
        assert every.loads == {"ada": LoadRow(open=1), "ben": LoadRow(open=2, timed=1)}
        assert every.conditions == {"ada": away}
        assert list(every.turns) == [first[0], later[1], later[0]]
        delta = await unit.standing(after=1, turns_from=T0)
        assert delta.loads == {"ben": LoadRow(open=2, timed=1)}
        assert delta.conditions == {}
        assert list(delta.turns) == [later[1], later[0]]
        assert len((await unit.standing(after=0, turns_from=minute(1.5))).turns) == 2
        assert await unit.last_turns() == {
            ("inbound", "ada"): minute(1),
            ("inbound", "ben"): minute(2),
        }
    await write(store, loads={"ada": LoadRow(open=7)}, conditions={"ada": RepConditions()})
    async with store.write() as unit:
        delta = await unit.standing(after=2, turns_from=T0)
        assert delta.loads == {"ada": LoadRow(open=7)}
        assert delta.conditions == {"ada": RepConditions()}


async def test_the_last_101_handling_times_are_kept_in_order(store: Store) -> None:
    await write(store, handling=[("ada", 5), ("ben", 1), ("ada", 7)])
    async with store.write() as unit:
        handling = (await unit.standing(after=0, turns_from=T0)).handling
    assert {rep: list(minutes) for rep, minutes in handling.items()} == {"ada": [5, 7], "ben": [1]}
    await write(store, handling=[("ada", number) for number in range(60)])
    await write(store, handling=[("ada", number) for number in range(60, 100)])
    async with store.write() as unit:
        delta = await unit.standing(after=1, turns_from=T0)
    assert {rep: list(minutes) for rep, minutes in delta.handling.items()} == {
        "ada": [7, *range(100)]
    }


async def test_wakes_of_teams_are_armed_and_disarmed(store: Store) -> None:
    rep = WakeKey(kind="rep", id="ada")
    await write(store, wakes={INBOUND: minute(3), rep: minute(3)})
    assert await store.next_wake() == minute(3)
    async with store.write() as unit:
        assert await unit.due_wakes(now=minute(3), limit=9) == [
            (rep, minute(3)),
            (INBOUND, minute(3)),
        ]
        assert await unit.due_wakes(now=minute(3), limit=1) == [(rep, minute(3))]
        assert await unit.due_wakes(now=minute(2), limit=9) == []
    await write(store, wakes={INBOUND: minute(1), rep: None})
    assert await store.next_wake() == minute(1)
    await write(store, wakes={INBOUND: minute(3)})
    async with store.write() as unit:
        assert await unit.due_wakes(now=minute(9), limit=9) == [(INBOUND, minute(3))]


async def test_an_idempotency_key_keeps_its_answer(store: Store) -> None:
    row = IdempotencyRow(key="k", body_digest=b"d", answer=b"{}", at=T0)
    await write(store, idempotency=[row])
    async with store.write() as unit:
        assert await unit.idempotent("k") == row
        assert await unit.idempotent("other") is None
    with pytest.raises(Inconsistent):
        await write(store, idempotency=[row])


# --- meetings


def meeting(of: str, start: float, end: float, *, rep: str = "ada") -> Meeting:
    return Meeting(handoff=of, rep=rep, from_at=minute(start), until_at=minute(end))


async def test_two_meetings_of_a_rep_never_overlap(store: Store) -> None:
    await write(store, meetings=[meeting("a", 0, 30), meeting("b", 30, 60)])
    await write(store, meetings=[meeting("c", 10, 20, rep="ben")])
    for start, end in ((29, 31), (-5, 1), (5, 6), (-5, 90), (59, 61)):
        with pytest.raises(RefusedOverlap):
            await write(store, meetings=[meeting("d", start, end)])
    with pytest.raises(RefusedOverlap):
        await write(store, meetings=[meeting("d", 70, 80), meeting("e", 75, 85)])
    await write(store, meetings=[meeting("a", 60, 90)])  # moved
    await write(store, meetings=[meeting("d", 0, 30)])
    assert await store.faults() == []


async def test_a_rep_s_meetings_are_told_by_their_start(store: Store) -> None:
    await write(store, meetings=[meeting("a", 60, 90), meeting("b", 0, 30), meeting("c", -40, -20)])
    await write(store, meetings=[meeting("d", 0, 30, rep="ben"), meeting("e", 0, 9, rep="cy")])
    found = await store.meeting_starts(["ada", "ben", "dana"], since=T0)
    assert found == {"ada": (minute(0), minute(60)), "ben": (minute(0),)}


async def test_after_a_refused_meeting_the_transaction_goes_on(store: Store) -> None:
    await write(store, meetings=[meeting("a", 0, 30)])
    async with store.write() as unit:
        await unit.stage(batch(unit.head, saved(of=lead("kept"))))
        refused = batch(unit.head, saved(of=lead("lost")), meetings=[meeting("b", 20, 40)])
        with pytest.raises(RefusedOverlap):
            await unit.stage(refused)
        await unit.stage(batch(unit.head, meetings=[meeting("b", 30, 40)]))
    async with store.write() as unit:
        assert sorted(await unit.cases(["kept", "lost"])) == ["kept"]
        assert unit.head.seq == 3


# --- deliveries


async def claim(store: Store, now: datetime, *, until: datetime, limit: int = 9) -> list[str]:
    found = await store.claim_deliveries(now=now, limit=limit, lease_until=until)
    return [row.key for row in found]


async def test_a_claimed_delivery_is_nobody_elses_until_its_lease_ends(store: Store) -> None:
    waiting = [delivery("b"), delivery("a"), delivery("late", due_at=minute(1))]
    await write(store, deliveries=waiting)
    assert await claim(store, T0, until=minute(2), limit=1) == ["a"]
    assert await claim(store, T0, until=minute(2)) == ["b"]
    assert await claim(store, minute(1), until=minute(9)) == ["late"]
    assert await claim(store, minute(1.9), until=minute(9)) == []
    assert await claim(store, minute(2), until=minute(9)) == ["a", "b"]


async def test_claims_at_once_share_nothing(store: Store) -> None:
    await write(store, deliveries=[delivery(f"d{number:02}") for number in range(20)])
    claims = [claim(store, T0, until=minute(1), limit=6) for _ in range(5)]
    found = [key for keys in await asyncio.gather(*claims) for key in keys]
    assert len(found) == len(set(found))
    assert len([*found, *await claim(store, T0, until=minute(1), limit=20)]) == 20


async def test_a_delivery_is_tried_again_parked_or_done(store: Store) -> None:
    first = delivery("a")
    await write(store, deliveries=[first, delivery("other", lead="lea")])
    await claim(store, T0, until=minute(9))
    again = msgspec.structs.replace(first, due_at=minute(3), tries=1, reason="refused")
    await store.record_delivery(again)
    assert await store.deliveries_of("lena") == [again]
    assert await claim(store, minute(2), until=minute(9)) == []
    assert await claim(store, minute(3), until=minute(9)) == ["a"]
    parked = msgspec.structs.replace(again, state="parked", reason="gave up")
    await store.record_delivery(parked)
    assert await store.deliveries_of("lena") == [parked]
    assert (await store.health(now=T0)).parked_deliveries == 1
    await store.record_delivery(again)
    assert await claim(store, minute(3), until=minute(9)) == ["a"]


async def test_what_is_delivered_or_cancelled_does_not_wait_again(store: Store) -> None:
    await write(store, deliveries=[delivery("a"), delivery("b")])

    def as_state(key: str, state: str) -> Delivery:
        return msgspec.convert({**msgspec.to_builtins(delivery(key)), "state": state}, Delivery)

    await store.record_delivery(as_state("a", "delivered"))
    await store.record_delivery(as_state("a", "waiting"))
    await store.record_delivery(as_state("b", "cancelled"))
    await store.record_delivery(as_state("b", "waiting"))
    assert [row.state for row in await store.deliveries_of("lena")] == ["delivered", "cancelled"]
    await store.record_delivery(as_state("b", "delivered"))  # it had gone out meanwhile
    assert [row.state for row in await store.deliveries_of("lena")] == ["delivered", "delivered"]
    with pytest.raises(KeyError):
        await store.record_delivery(as_state("none", "delivered"))


async def test_channels_are_claimed_apart(store: Store) -> None:
    hook = msgspec.structs.replace(delivery("h"), channel="webhook")
    moving = msgspec.structs.replace(delivery("m"), move_at=minute(1))
    await write(store, deliveries=[delivery("a"), hook, moving])

    async def of(channel: str, now: datetime, which: Which) -> list[str]:
        found = await store.claim_of_channel(
            channel, now=now, limit=9, lease_until=minute(5), which=which
        )
        return [row.key for row in found]

    assert await of("email", T0, "moving") == []
    assert await of("email", minute(1), "moving") == ["m"]
    assert await of("email", minute(1), "due") == ["a"]
    assert await of("email", minute(1), "due") == []
    besides = await store.claim_deliveries(
        now=T0, limit=9, lease_until=minute(5), besides=["email", "slack"]
    )
    assert besides == [hook]


async def test_a_delivery_moves_once_to_each_channel(store: Store) -> None:
    first = msgspec.structs.replace(delivery("1-0-slack"), channel="slack", move_at=minute(1))
    second = msgspec.structs.replace(
        first, key="1-0-email", channel="email", due_at=minute(1), move_at=None
    )
    await write(store, deliveries=[first])
    tried = msgspec.structs.replace(first, tries=2, reason="it is down")
    assert await store.move_delivery(tried, to=second)
    assert not await store.move_delivery(tried, to=second)
    assert not await store.move_delivery(second, to=first)
    moved = msgspec.structs.replace(tried, state="moved")
    assert await store.deliveries_of("lena") == [moved, second]
    await store.record_delivery(first)
    assert await store.deliveries_of("lena") == [moved, second], "what has moved stays so"
    assert await claim(store, minute(2), until=minute(9)) == ["1-0-email"]
    assert not await store.move_delivery(delivery("none"), to=delivery("other"))


async def test_only_what_was_never_tried_comes_back(store: Store) -> None:
    first = msgspec.structs.replace(delivery("1-0-slack"), channel="slack")
    second = msgspec.structs.replace(first, key="1-0-email", channel="email", due_at=minute(1))
    await write(store, deliveries=[first])
    assert await store.move_delivery(first, to=second)
    assert not await store.move_delivery(second, to=first)
    failed = msgspec.structs.replace(second, tries=1, reason="gone")
    assert await store.move_delivery(failed, to=first, again=True)
    assert await claim(store, minute(2), until=minute(9)) == ["1-0-slack"]
    assert not await store.move_delivery(first, to=second, again=True)


async def test_what_is_parked_is_decided_once(store: Store) -> None:
    row = delivery("a")
    await write(store, deliveries=[row])
    parked = msgspec.structs.replace(row, state="parked", tries=3, reason="gone")
    again = msgspec.structs.replace(
        row, due_at=minute(1), judged=False, reason="gone", decided=b'{"by":"mo"}'
    )
    assert not await store.decide_delivery(again), "it waits, and is not parked"
    await store.record_delivery(parked)
    assert await store.decide_delivery(again)
    assert await store.delivery("a") == again
    assert not await store.decide_delivery(again)
    sent = msgspec.structs.replace(again, state="delivered", sent_at=minute(2))
    await store.record_delivery(sent)
    assert await store.delivery("a") == sent, "who decided is kept with what came of it"
    assert await store.deliveries_in("delivered", after="", limit=9) == [sent]


async def test_a_person_sends_it_where_it_had_been_tried(store: Store) -> None:
    first = msgspec.structs.replace(delivery("1-0-slack"), channel="slack", tries=2, reason="down")
    second = msgspec.structs.replace(
        first, key="1-0-email", channel="email", tries=0, reason=None, due_at=minute(1)
    )
    await write(store, deliveries=[first])
    assert await store.move_delivery(first, to=second)
    parked = msgspec.structs.replace(second, state="parked", tries=1, reason="gone")
    await store.record_delivery(parked)
    back = msgspec.structs.replace(
        first, due_at=minute(2), tries=0, reason=None, decided=b'{"by":"mo"}'
    )
    assert not await store.move_delivery(parked, to=back, again=True)
    assert await store.move_delivery(parked, to=back, by_person=True)
    moved = msgspec.structs.replace(parked, state="moved", decided=back.decided)
    assert await store.deliveries_of("lena") == [moved, back]
    assert not await store.move_delivery(parked, to=back, by_person=True)


async def test_a_choice_is_kept_by_person(store: Store) -> None:
    first = Choice(person="ada", channels=("email",), off=("stalled",), at=T0, by="ada")
    later = msgspec.structs.replace(first, channels=(), at=minute(1))
    assert await store.choice("ada") is None
    await write(store, choices=[first])
    assert await store.choice("ada") == first
    await write(store, choices=[later])
    assert await store.choice("ada") == later
    assert await store.choice("ben") is None


async def test_what_was_tried_is_woken_and_what_is_held_is_not(store: Store) -> None:
    tried = msgspec.structs.replace(delivery("tried", due_at=minute(9)), tries=1, reason="down")
    held = delivery("held", due_at=minute(9))
    other = msgspec.structs.replace(tried, key="other", channel="webhook")
    await write(store, deliveries=[tried, held, other])
    assert await store.wake_deliveries("email", now=minute(1)) == 1
    assert await claim(store, minute(1), until=minute(2)) == ["tried"]
    probe = await store.claim_of_channel(
        "webhook", now=T0, limit=9, lease_until=minute(2), which="tried"
    )
    assert probe == [other]


async def test_deliveries_are_found_by_key_state_and_age(store: Store) -> None:
    rows = [delivery(key, due_at=minute(at)) for key, at in (("a", 3), ("b", 1), ("c", 2))]
    await write(store, deliveries=rows)
    parked = [msgspec.structs.replace(row, state="parked", reason="gone") for row in rows[:2]]
    for row in parked:
        await store.record_delivery(row)
    assert await store.delivery("c") == rows[2]
    assert await store.delivery("d") is None
    assert await store.deliveries_in("parked", after="", limit=9) == parked
    assert await store.deliveries_in("parked", after="a", limit=9) == parked[1:]
    assert await store.deliveries_in("parked", after="", limit=1) == parked[:1]
    assert await store.queues(["email", "slack"]) == [Queue("email", 1, minute(2))]


async def test_a_queue_is_as_old_as_what_it_was_made_for_however_late_the_next_try(
    store: Store,
) -> None:
    tried = msgspec.structs.replace(delivery("a"), body=b'{"at":"2026-03-02T15:00:00Z"}')
    await write(store, deliveries=[tried, delivery("b", due_at=minute(4))])
    for tries, reason in ((1, "refused"), (2, "refused again")):
        later = msgspec.structs.replace(tried, tries=tries, reason=reason, due_at=minute(300))
        await store.record_delivery(later)
    made_at = datetime(2026, 3, 2, 15, tzinfo=UTC)
    assert await store.queues(["email"]) == [Queue("email", 2, made_at, "refused again")]
    assert (await store.health(now=minute(1))).oldest_delivery_at == made_at


async def test_a_repeated_delivery_changes_nothing(store: Store) -> None:
    await write(store, deliveries=[delivery("a")])
    done = msgspec.structs.replace(delivery("a"), state="delivered")
    await store.record_delivery(done)
    await write(store, deliveries=[delivery("a")])
    assert await store.deliveries_of("lena") == [done]


# --- the board, health, faults


async def test_the_board_filters_and_pages(store: Store) -> None:
    paging = Incident(opened_at=minute(0), page_at=minute(2))
    await write(
        store,
        *(saved(handoff(name), wake_at=minute(at)) for name, at in (("b", 2), ("c", 1))),
        saved(handoff("a", incident=paging), wake_at=minute(2)),
        saved(handoff("pooled", owner=POOL), wake_at=minute(3)),
        saved(handoff("sql", stage="sql", owner=Owner(team="field", rep="ben")), wake_at=minute(4)),
        saved(handoff("over", stage="closed")),
        saved(handoff("lost", stage="recycled"), wake_at=minute(0)),
    )

    async def listed(**asked: object) -> list[str]:
        return ids(await store.cases_of(msgspec.convert(asked, HandoffFilter)))

    assert await listed() == ["c", "a", "b", "pooled", "sql"]
    assert await listed(open_only=False) == ["lost", "c", "a", "b", "pooled", "sql", "over"]
    assert await listed(team="field") == ["sql"]
    assert await listed(owner="ada") == ["c", "a", "b"]
    assert await listed(owner="team:inbound") == ["pooled"]
    assert await listed(stage="sql") == ["sql"]
    assert await listed(owner="ada", stage="closed", open_only=False) == ["over"]
    assert await listed(incident_only=True) == ["a"]
    assert await listed(incident_only=True, team="field") == []
    assert await listed(limit=2) == ["c", "a"]
    assert await listed(limit=2, after=(minute(2), "a/1")) == ["b", "pooled"]
    assert await listed(after=(minute(4), "sql/1")) == []
    assert await listed(open_only=False, after=(minute(4), "sql/1")) == ["over"]


async def test_health_counts_what_is_due_and_what_waits(store: Store) -> None:
    await write(
        store,
        saved(handoff("a"), wake_at=minute(1)),
        saved(handoff("b", owner=POOL), wake_at=minute(2)),
        saved(handoff("over", stage="closed")),
        wakes={INBOUND: minute(0.5)},
        deliveries=[delivery(key, due_at=minute(at)) for key, at in (("x", 3), ("y", 2), ("z", 1))],
    )
    health = await store.health(now=minute(1))
    assert (health.overdue, health.oldest_due_at) == (2, minute(0.5))
    assert (health.waiting_deliveries, health.parked_deliveries) == (3, 0)
    assert health.oldest_delivery_at == minute(1)
    assert health.open_handoffs == 2
    idle = await store.health(now=T0)
    assert (idle.overdue, idle.oldest_due_at, idle.oldest_delivery_at) == (0, None, None)


async def test_a_sound_store_has_no_faults(store: Store) -> None:
    assert await store.faults() == []
    await write(
        store,
        saved(handoff("a", clocks=timed(minute(5)))),
        saved(handoff("b", stage="accepted", met_at=T0, clocks=timed(minute(5)), same_day=True)),
        saved(handoff("c", stage="sql", met_at=T0)),
        saved(handoff("d", owner=POOL)),
        saved(handoff("e", stage="triage", owner=Owner(team="revops"))),
        captures=[("a", "a")],
        loads={"ada": LoadRow(open=2, unworked=1, timed=1), "team:inbound": LoadRow(open=1)},
        wakes={INBOUND: minute(1)},
        turns=[Turn(seq=1, at=T0, team="inbound", rep="ada")],
    )
    assert await store.faults() == []


async def test_every_broken_invariant_is_told(store: Store) -> None:
    parked = msgspec.structs.replace(delivery("x"), state="parked")
    async with store.write() as unit:
        told = batch(
            unit.head,
            saved(handoff("a", clocks=timed(minute(5)))),
            saved(handoff("d", owner=POOL)),
            captures=[("form-1", "ghost")],
            loads={"ada": LoadRow(open=1), "cy": LoadRow(timed=1)},
            turns=[Turn(seq=9, at=T0, team="inbound", rep="ada")],
            deliveries=[parked],
        )
        told.head = Head(seq=3, digest=bytes(32))
        await unit.stage(told)
    assert await store.faults() == [
        "capture form-1 was acknowledged, but its lead ghost does not exist",
        "team inbound has 1 waiting and no wake-up",
        "ada is noted with 0 timed, but has 1",
        "ada is noted with 0 unworked, but has 1",
        "cy is noted with 1 timed, but has 0",
        "team:inbound is noted with 0 open, but has 1",
        "the chain ends at entry 3, but there are 1 entries and the last is 1",
        "delivery x is parked without a reason",
        "the turn of ada in inbound belongs to entry 9, which does not exist",
    ]


async def test_a_chain_with_another_end_is_told(store: Store) -> None:
    async with store.write() as unit:
        told = batch(unit.head)
        told.head = Head(seq=1, digest=b"x" * 32)
        await unit.stage(told)
    assert await store.faults() == ["entry 1 has another digest than the end of the chain"]


async def test_ada_owns_what_she_owns(store: Store) -> None:
    await write(store, saved(handoff("b", owner=ADA), wake_at=minute(1)), saved(handoff("a")))
    async with store.write() as unit:
        assert ids(await unit.owned(rep="ada", limit=9)) == ["b", "a"]
        assert ids(await unit.owned(rep="ada", limit=1)) == ["b"]
