"""Cases in both stores: saved, found again, undone, one transaction at a time."""

import asyncio
from datetime import timedelta

import pytest

from handrail.engine.ports import Head, LoadRow, SavedCase, Store, Turn
from handrail.store.facets import Inconsistent
from handrail.terms.handoff import Handoff, Owner
from handrail.terms.signal import Signal
from tests.twins.store_cases import (
    ADA,
    POOL,
    T0,
    batch,
    handoff,
    ids,
    lead,
    minute,
    saved,
    timed,
    write,
)

BEN = Owner(team="inbound", rep="ben")


async def test_a_case_comes_back_as_it_was_saved(store: Store) -> None:
    whose = lead(
        email="lena@acme.example",
        attributes={"lead.name": "Łéna 🦆 \x01", "account.employees": 3, "lead.tags": ["a", "b"]},
        signals=(Signal(name="demo_request", at=minute(-1) + timedelta(microseconds=7)),),
        scores={"fit": 4},
    )
    held = handoff(clocks=timed(minute(5)), met_at=minute(2), rejected_by=("ben",))
    await write(store, saved(held, of=whose), captures=[("lena", "lena"), ("again", "lena")])
    for id in ("lena", "lena/1"):
        found = await store.case_of_handoff(id)
        assert found is not None
        assert found.case.lead == whose
        assert found.case.handoff == held
        assert found.key == b"key"
    assert await store.case_of_handoff("nobody") is None
    assert await store.faults() != []  # its load was not noted


async def test_a_lead_without_handoff_is_known_but_on_no_board(store: Store) -> None:
    await write(store, saved(of=lead()))
    assert await store.case_of_handoff("lena") is None
    async with store.write() as unit:
        assert ids((await unit.cases(["lena", "nobody"])).values()) == ["lena"]


async def test_a_failed_transaction_leaves_no_trace(store: Store) -> None:
    await write(store, saved(handoff()), loads={"ada": LoadRow(open=1, unworked=1)})
    before = await store.head()
    with pytest.raises(ZeroDivisionError):  # noqa: PT012 - raised in the transaction
        async with store.write() as unit:
            ended = handoff(stage="recycled", ended_at=minute(1))
            await unit.stage(
                batch(
                    unit.head,
                    saved(ended, is_new=False, account="acme.example"),
                    saved(handoff("lea"), of=lead("lea", email="lea@acme.example")),
                    captures=[("lea", "lea")],
                    loads={"ada": LoadRow()},
                )
            )
            assert unit.head.seq == before.seq + 1
            raise ZeroDivisionError
    assert await store.head() == before
    assert await store.case_of_handoff("lea") is None
    async with store.write() as unit:
        assert unit.head == before
        found = await unit.look_up(
            captures=["lea"],
            emails=["lea@acme.example"],
            accounts=["acme.example"],
            with_last=True,
        )
        assert (found.captures, found.people, found.working, found.last) == ({}, {}, {}, {})
        assert ids(await unit.owned(rep="ada", limit=9)) == ["lena"]
        assert ids(await unit.due(now=minute(9), limit=9)) == ["lena"]
        standing = await unit.standing(after=0, turns_from=T0)
        assert standing.loads == {"ada": LoadRow(open=1, unworked=1)}
    assert await store.faults() == []


async def test_a_large_batch_is_saved_like_a_small_one(store: Store) -> None:
    """PostgreSQL takes it in by another way."""
    names = [f"l{number:03}" for number in range(150)]
    cases = [saved(handoff(name), of=lead(name, email=f"{name}@x.example")) for name in names]
    parts = {
        "entries": 150,
        "captures": [(name, name) for name in names],
        "turns": [Turn(seq=1 + n, at=T0, team="inbound", rep="ada") for n in range(150)],
        "loads": {"ada": LoadRow(open=150, unworked=150)},
    }
    with pytest.raises(Inconsistent):
        await write(store, *cases[:-1], saved(handoff("other", id="l000/1")), **parts)
    assert await store.head() == Head()
    await write(store, *cases, **parts)
    assert await store.faults() == []
    async with store.write() as unit:
        found = await unit.cases(names)
        assert [found[name].case for name in names] == [case.case for case in cases]
        assert len((await unit.standing(after=0, turns_from=T0)).turns) == 150


async def test_a_cancelled_transaction_leaves_no_trace(store: Store) -> None:
    staged = asyncio.Event()

    async def stay() -> None:
        async with store.write() as unit:
            await unit.stage(batch(unit.head, saved(handoff())))
            staged.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(stay())
    await staged.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await store.head() == Head()
    await write(store, saved(handoff()))


async def test_nobody_else_sees_what_is_staged(store: Store) -> None:
    async with store.write() as unit:
        await unit.stage(batch(unit.head, saved(handoff())))
        assert await store.head() == Head()
        assert await store.case_of_handoff("lena") is None
        assert await store.next_wake() is None
        assert [chunk async for chunk in store.entries(after=0, chunk=5)] == []
        assert ids((await unit.cases(["lena"])).values()) == ["lena"]
        assert ids(await unit.due(now=minute(5), limit=5)) == ["lena"]
    assert await store.next_wake() == minute(5)


async def test_transactions_wait_for_each_other(store: Store) -> None:
    order: list[str] = []

    async def one(name: str) -> None:
        async with store.write() as unit:
            order.append(f"{name} in")
            await asyncio.sleep(0)
            await unit.stage(batch(unit.head, saved(handoff(name))))
            order.append(f"{name} out")

    await asyncio.gather(*(one(name) for name in "abcd"))
    assert order == [f"{name} {way}" for name in "abcd" for way in ("in", "out")]
    assert (await store.head()).seq == 4


async def test_several_batches_of_one_transaction_build_on_each_other(store: Store) -> None:
    async with store.write() as unit:
        await unit.stage(batch(unit.head, saved(handoff())))
        closed = handoff(stage="recycled", ended_at=minute(1))
        await unit.stage(batch(unit.head, saved(closed, is_new=False)))
        again = handoff(id="lena/2", opened_at=minute(2))
        await unit.stage(batch(unit.head, saved(again, is_new=False)))
    found = await store.case_of_handoff("lena")
    assert found is not None
    assert found.case.handoff == again
    assert (await store.head()).seq == 3


async def test_a_later_handoff_silences_the_one_before(store: Store) -> None:
    recycled = handoff(stage="recycled", ended_at=minute(1), requalify_at=minute(3))
    await write(store, saved(recycled, wake_at=minute(3)))
    again = handoff(id="lena/2", opened_at=minute(2))
    await write(store, saved(again, is_new=False, wake_at=minute(8)))
    async with store.write() as unit:
        assert await unit.due(now=minute(7), limit=9) == []
        assert [row.case.handoff for row in await unit.due(now=minute(8), limit=9)] == [again]
    old = await store.case_of_handoff("lena/1")
    assert old is not None
    assert old.case.handoff == recycled
    latest = await store.case_of_handoff("lena")
    assert latest is not None
    assert latest.case.handoff == again


async def test_due_cases_come_earliest_first_then_by_code_point(store: Store) -> None:
    names = ["b", "a", "Z", "é", "a-", "_"]
    cases = [saved(handoff(name), wake_at=minute(5)) for name in names]
    await write(store, *cases, saved(handoff("late"), wake_at=minute(6)))
    await write(store, saved(handoff("early"), wake_at=minute(4)))
    async with store.write() as unit:
        found = ids(await unit.due(now=minute(5), limit=100))
        assert found == ["early", *sorted(names)]
        assert ids(await unit.due(now=minute(5), limit=3)) == found[:3]
        assert ids(await unit.due(now=minute(4), limit=9)) == ["early"]
        assert await unit.due(now=minute(3.99), limit=9) == []
    assert await store.next_wake() == minute(4)


async def test_a_pool_hands_out_what_waits_in_it_and_nothing_else(store: Store) -> None:
    def pooled(name: str, at: float) -> SavedCase:
        return saved(handoff(name, owner=POOL), wake_at=minute(at))

    await write(
        store,
        pooled("second", 2),
        pooled("first", 1),
        pooled("also", 2),
        saved(handoff("incomplete", stage="triage", owner=POOL)),
        saved(handoff("elsewhere", owner=Owner(team="revops"))),
        saved(handoff("mine")),
        saved(handoff("over", stage="closed", owner=POOL, ended_at=T0)),
    )
    async with store.write() as unit:
        assert ids(await unit.waiting(team="inbound", limit=9)) == ["first", "also", "second"]
        assert ids(await unit.waiting(team="inbound", limit=1)) == ["first"]
        assert ids(await unit.waiting(team="revops", limit=9)) == ["elsewhere"]
        assert await unit.waiting(team="nobody", limit=9) == []
        assert ids(await unit.owned(rep="ada", limit=9)) == ["mine"]
        assert await unit.owned_count(team="inbound") == 5
        assert await unit.owned_count(team="revops") == 1
        assert await unit.owned_count(team="nobody") == 0
    taken = handoff("first", owner=ADA)
    await write(store, saved(taken, is_new=False, wake_at=minute(1)))
    async with store.write() as unit:
        assert ids(await unit.waiting(team="inbound", limit=9)) == ["also", "second"]
        assert ids(await unit.owned(rep="ada", limit=9)) == ["first", "mine"]


async def test_look_up_finds_captures_people_and_their_cases(store: Store) -> None:
    await write(
        store,
        saved(handoff(), of=lead(email="lena@acme.example")),
        saved(of=lead("lea", email="lea@acme.example")),
        saved(of=lead("len")),
        captures=[("lena", "lena"), ("form-7", "lena"), ("lea", "lea"), ("len", "len")],
    )
    async with store.write() as unit:
        found = await unit.look_up(
            captures=["form-7", "form-7", "new"],
            emails=["lea@acme.example", "nobody@acme.example"],
            accounts=[],
            with_last=True,
        )
    assert found.captures == {"form-7": "lena"}
    assert found.people == {"lea@acme.example": "lea"}
    assert sorted(found.cases) == ["lea", "lena"]
    assert found.cases["lena"].case.handoff == handoff()
    assert found.cases["lea"].case.handoff is None


async def test_look_up_finds_who_works_an_account_and_who_had_it_last(store: Store) -> None:
    def of_acme(held: Handoff, came: float = 0) -> SavedCase:
        whose = lead(held.lead, captured_at=minute(came))
        return saved(held, of=whose, account="acme.example")

    await write(
        store,
        of_acme(handoff("later", stage="sql", owner=BEN), came=3),
        of_acme(handoff("sooner"), came=2),
        of_acme(handoff("pooled", owner=POOL), came=9),
        of_acme(handoff("asked", stage="triage", owner=ADA), came=1),
        of_acme(handoff("over", stage="closed", owner=Owner(team="inbound", rep="cy")), came=7),
        saved(handoff("free", account="other.example")),
    )
    async with store.write() as unit:
        found = await unit.look_up(
            captures=[], emails=[], accounts=["acme.example", "none.example"], with_last=True
        )
        assert found.working == {"acme.example": [("sooner", "ada"), ("later", "ben")]}
        assert found.last == {"acme.example": ("cy", minute(9))}
        found = await unit.look_up(
            captures=[], emails=[], accounts=["other.example"], with_last=False
        )
        assert found.working == {"other.example": [("free", "ada")]}
        assert found.last == {}


async def test_an_address_can_move_to_another_and_finds_its_lead(store: Store) -> None:
    await write(store, saved(of=lead(email="a@acme.example")))
    await write(store, saved(of=lead(email="b@acme.example"), is_new=False))
    async with store.write() as unit:
        found = await unit.look_up(
            captures=[], emails=["a@acme.example", "b@acme.example"], accounts=[], with_last=False
        )
    assert found.people == {"b@acme.example": "lena"}


@pytest.mark.parametrize(
    ("case", "told"),
    [
        (saved(of=lead("other", email="lena@acme.example")), "."),
        (saved(of=lead("nobody"), is_new=False), "not stored"),
        (saved(of=lead(), is_new=True), "."),
        (saved(handoff("other", id="lena/1")), "."),
        (saved(handoff(id="lena/2"), is_new=False), "."),
        (saved(handoff(), of=lead("other")), "filed under"),
        (saved(handoff("x", owner=Owner(team=""))), "no owner"),
        (saved(of=lead("x"), wake_at=T0), "no handoff"),
    ],
)
async def test_what_contradicts_the_stored_is_refused(
    store: Store, case: SavedCase, told: str
) -> None:
    before = saved(handoff(), of=lead(email="lena@acme.example"))
    await write(store, before, captures=[("lena", "lena")])
    with pytest.raises(Inconsistent, match=told):
        await write(store, case)
    assert (await store.head()).seq == 1


async def test_an_open_handoff_without_wake_up_is_refused(store: Store) -> None:
    asleep = SavedCase(case=saved(handoff()).case, key=b"", is_new=True, wake_at=None)
    with pytest.raises(Inconsistent, match="no wake-up"):
        await write(store, asleep)


@pytest.mark.parametrize("bad", ["le\0na", "lena\ud800"])
async def test_text_that_cannot_be_stored_is_named(store: Store, bad: str) -> None:
    with pytest.raises(ValueError, match="email"):
        await write(store, saved(of=lead(email=bad)))
    with pytest.raises(ValueError, match="capture id"):
        await write(store, saved(of=lead()), captures=[(bad, "lena")])
    assert await store.head() == Head()
