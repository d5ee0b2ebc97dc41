"""Deliveries that wait to be judged, and digests that take them, over both stores."""

from datetime import timedelta

import msgspec

from handrail.engine.alerts.message import Message
from handrail.engine.folding import Folding
from handrail.engine.ledger import encode
from handrail.engine.ports import Delivery, SentTo, Store
from handrail.terms.people import Roster
from tests.twins.store_cases import T0, delivery, minute, write

NOBODY = Roster(name="none", teams={}, reps={}, people={}, digest="")


def unjudged(key: str, *, to: str = "ada") -> Delivery:
    return msgspec.structs.replace(delivery(key), judged=False, recipient=to)


def digest(due_at: object = minute(1)) -> Delivery:
    made = delivery("digest-ada-60-email", lead="")
    return msgspec.structs.replace(made, handoff=None, due_at=due_at, recipient="ada")


async def judged(store: Store) -> list[str]:
    found = await store.claim_of_channel(
        "email", now=minute(2), limit=9, lease_until=minute(3), which="judged"
    )
    return [row.key for row in found]


async def test_what_is_not_judged_is_not_sent(store: Store) -> None:
    await write(store, deliveries=[unjudged("a"), unjudged("b")])
    found = await store.unjudged("email", now=T0, limit=9)
    assert [row.key for row in found] == ["a", "b"]
    assert await store.unjudged("slack", now=T0, limit=9) == []
    assert await store.unjudged("email", now=T0 - timedelta(seconds=1), limit=9) == []
    await store.let_go(["a"])
    assert await judged(store) == ["a"]
    assert [row.key for row in await store.unjudged("email", now=T0, limit=9)] == ["b"]


async def test_a_digest_takes_what_waits_and_goes_out_once(store: Store) -> None:
    await write(store, deliveries=[unjudged("a"), unjudged("b"), unjudged("c")])
    await store.let_go(["c"])
    stem = "digest-ada-60"
    taken = await store.fold(["a", "b", "c"], digest=digest(), stem=stem, now=T0)
    assert taken == 2, "what goes alone is not taken"
    rows = await store.folded(stem)
    assert [(row.key, row.state) for row in rows] == [("a", "folded"), ("b", "folded")]
    assert [row.key for row in await store.open_digests("email", ["ada"], now=T0)] == [
        "digest-ada-60-email"
    ]
    assert await store.open_digests("email", ["ben"], now=T0) == []
    await write(store, deliveries=[unjudged("d")])
    assert await store.fold(["d"], digest=digest(), stem=stem, now=T0) == 1
    assert await judged(store) == ["c", "digest-ada-60-email"]


async def test_a_digest_that_is_being_sent_takes_no_more(store: Store) -> None:
    await write(store, deliveries=[unjudged("a"), unjudged("b")])
    stem = "digest-ada-60"
    await store.fold(["a"], digest=digest(), stem=stem, now=T0)
    assert await judged(store) == ["digest-ada-60-email"]
    assert await store.fold(["b"], digest=digest(), stem=stem, now=minute(2)) == 0
    sent = msgspec.structs.replace(digest(), state="delivered", sent_at=minute(2))
    await store.record_delivery(sent)
    assert await store.fold(["b"], digest=digest(), stem=stem, now=minute(9)) == 0
    assert [row.key for row in await store.unjudged("email", now=T0, limit=9)] == ["b"]


async def test_what_was_folded_is_not_sent_by_itself(store: Store) -> None:
    await write(store, deliveries=[unjudged("a")])
    await store.fold(["a"], digest=digest(), stem="digest-ada-60", now=T0)
    await store.record_delivery(unjudged("a"))
    assert await judged(store) == ["digest-ada-60-email"]


async def test_what_was_sent_to_somebody_is_known_by_its_instant(store: Store) -> None:
    await write(store, deliveries=[unjudged("a"), unjudged("b", to="ben"), digest(T0)])
    for row, at in ((unjudged("a"), minute(1)), (unjudged("b", to="ben"), minute(1))):
        await store.record_delivery(msgspec.structs.replace(row, state="delivered", sent_at=at))
    done = msgspec.structs.replace(digest(T0), state="delivered", sent_at=minute(2))
    await store.record_delivery(done)
    assert await store.sent_to(["ada"], since=T0) == [
        SentTo("ada", minute(1), False),
        SentTo("ada", minute(2), True),
    ]
    assert await store.sent_to(["ada"], since=minute(1)) == [SentTo("ada", minute(2), True)]


async def test_what_one_entry_tells_one_person_is_one_message(store: Store) -> None:
    rows = [
        msgspec.structs.replace(unjudged(f"7-{place}-email", to="mo"), body=body(what))
        for place, what in enumerate(("sla_breached", "manager_alerted"))
    ]
    other = msgspec.structs.replace(unjudged("7-2-email", to="ada"), body=body("assigned"))
    await write(store, deliveries=[*rows, other])
    await Folding(store).judge("email", roster=NOBODY, now=T0, may_move=False)
    assert await judged(store) == ["7-1-email", "7-2-email"]
    (folded,) = await store.folded("7-1")
    assert (folded.key, folded.state) == ("7-0-email", "folded")


def body(what: str) -> bytes:
    return encode(Message(what=what, to="mo", at=T0, seq=7, lead="lena"))


async def test_what_was_to_go_with_another_may_go_alone_again(store: Store) -> None:
    await write(store, deliveries=[unjudged("a"), unjudged("b"), unjudged("c")])
    await store.fold(["a", "b"], digest=digest(), stem="digest-ada-60", now=T0)
    assert await store.unfold("digest-ada-60") == 2
    assert await store.unfold("digest-ada-60") == 0
    assert await store.folded("digest-ada-60") == []
    assert await judged(store) == ["a", "b", "digest-ada-60-email"]


async def test_what_waits_alone_is_counted_by_person(store: Store) -> None:
    await write(store, deliveries=[unjudged("a"), unjudged("b"), unjudged("c", to="ben")])
    assert await store.waiting_alone(["ada", "ben"]) == {}
    await store.let_go(["a", "b", "c"])
    await store.fold([], digest=digest(), stem="digest-ada-60", now=T0)
    assert await store.waiting_alone(["ada", "ben", "cy"]) == {"ada": 2, "ben": 1}
    sent = msgspec.structs.replace(unjudged("a"), state="delivered", sent_at=minute(1))
    await store.record_delivery(sent)
    assert await store.waiting_alone(["ada"]) == {"ada": 1}


async def test_what_has_failed_for_half_an_hour_is_counted(store: Store) -> None:
    await write(store, deliveries=[delivery("a"), delivery("b")])
    for tries in (1, 2, 3, 4):
        failed = msgspec.structs.replace(delivery("a"), tries=tries, due_at=minute(tries * 60))
        await store.record_delivery(failed)
    assert (await store.health(now=minute(5))).failing_deliveries == 1
