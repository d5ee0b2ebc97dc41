"""Laws of folding: nothing is lost, nobody is flooded, and what must not wait is not held back."""

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from handrail.contract.model import Noise
from handrail.engine.alerts.message import DIGEST, Message, read_message
from handrail.engine.folding import Folding, Plan, Waiting, calmest, plan
from handrail.engine.ledger import encode
from handrail.engine.ports import Delivery, SentTo
from handrail.store.memory import MemoryStore
from handrail.terms.people import Roster
from tests.twins.store_cases import write

T0 = datetime(2026, 3, 2, 15, tzinfo=UTC)
SECOND = timedelta(seconds=1)
MINUTE = timedelta(minutes=1)
BUDGET = Noise().budget
KINDS = ("assigned", "sla_warned", "sla_breached", "high_intent", "stalled", "new_signal")
ARRIVALS = st.lists(
    st.tuples(st.integers(0, 240), st.sampled_from(KINDS), st.sampled_from(["ada", "ben"])),
    max_size=60,
)
NOBODY = Roster(name="none", teams={}, reps={}, people={}, digest="")


def delivery(number: int, kind: str, to: str, at: datetime) -> Delivery:
    message = Message(what=kind, to=to, at=at, seq=number, lead=f"l{number}")
    return Delivery(
        key=f"{number:03}-0-email",
        lead=message.lead,
        handoff=None,
        channel="email",
        body=encode(message),
        due_at=at,
        recipient=to,
        judged=False,
    )


async def told(arrivals: list[tuple[int, str, str]]) -> tuple[MemoryStore, list[Delivery]]:
    """All that goes out of a channel that takes everything, looked at every second."""
    store, sent = MemoryStore(), list[Delivery]()
    folding = Folding(store)
    rows = [
        delivery(number, kind, to, T0 + after * SECOND)
        for number, (after, kind, to) in enumerate(arrivals)
    ]
    await write(store, deliveries=rows)
    for second in range(1_300):
        now = T0 + second * SECOND
        await folding.judge("email", roster=NOBODY, now=now, may_move=False)
        for row in await store.claim_of_channel(
            "email", now=now, limit=99, lease_until=now + 60 * SECOND, which="judged"
        ):
            sent.append(msgspec.structs.replace(row, state="delivered", sent_at=now))
            await store.record_delivery(sent[-1])
    return store, sent


@settings(max_examples=25, deadline=None)
@given(arrivals=ARRIVALS)
def test_each_message_goes_out_once_alone_or_in_one_digest(
    arrivals: list[tuple[int, str, str]],
) -> None:
    async def run() -> None:
        store, sent = await told(arrivals)
        alone = [row.key for row in sent if read_message(row.body).what != DIGEST]
        within = [
            one.key
            for row in sent
            if read_message(row.body).what == DIGEST
            for one in await store.folded(row.key.rpartition("-")[0])
        ]
        every = Counter([*alone, *within])
        assert every == Counter(f"{number:03}-0-email" for number in range(len(arrivals)))

    asyncio.run(run())


@settings(max_examples=25, deadline=None)
@given(arrivals=ARRIVALS)
def test_nobody_gets_more_than_three_messages_in_a_minute(
    arrivals: list[tuple[int, str, str]],
) -> None:
    async def run() -> None:
        _, sent = await told(arrivals)
        for person in ("ada", "ben"):
            at = [row.sent_at for row in sent if row.recipient == person]
            for begin in at:
                assert begin is not None
                within = [one for one in at if one and begin <= one < begin + 60 * SECOND]
                assert len(within) <= 3, within

    asyncio.run(run())


@given(
    waiting=st.lists(
        st.builds(
            Waiting,
            key=st.uuids().map(str),
            must=st.booleans(),
            was_held=st.booleans(),
            pages=st.booleans(),
        ),
        min_size=1,
        max_size=9,
    ),
    sent=st.lists(
        st.builds(
            SentTo,
            recipient=st.just("ada"),
            at=st.integers(0, 7_200).map(lambda s: T0 - s * SECOND),
            is_digest=st.booleans(),
        ),
        max_size=30,
    ).map(lambda found: sorted(found, key=lambda one: one.at)),
    open_until=st.lists(st.integers(0, 900).map(lambda s: T0 + s * SECOND), max_size=2).map(sorted),
    noise=st.builds(
        Noise,
        budget=st.sampled_from([1, 20]),
        digest_every=st.sampled_from([15 * MINUTE, 60 * MINUTE]),
        storm_above=st.sampled_from([1, 2]),
        storm_every=st.sampled_from([MINUTE, 5 * MINUTE]),
    ),
)
def test_a_page_waits_seconds_what_must_be_told_a_minute_and_all_is_planned_once(
    waiting: list[Waiting], sent: list[SentTo], open_until: list[datetime], noise: Noise
) -> None:
    planned = plan(
        waiting,
        sent=sent,
        shift_began=T0 - timedelta(hours=1),
        open_until=open_until,
        noise=noise,
        now=T0,
    )
    every = [*planned.alone, *(key for _, keys in planned.folded for key in keys)]
    assert sorted(every) == sorted(one.key for one in waiting)
    must = {one.key for one in waiting if one.must}
    pages = {one.key for one in waiting if one.pages}
    for due_at, keys in planned.folded:
        limit = MINUTE if must & {*keys} else noise.digest_every
        limit = 15 * SECOND if pages & {*keys} else limit
        assert T0 <= due_at <= T0 + limit


def planned_of(waiting: list[Waiting], *, open_until: list[datetime]) -> Plan:
    began = T0 - timedelta(hours=1)
    return plan(waiting, sent=[], shift_began=began, open_until=open_until, noise=Noise(), now=T0)


@given(must=st.lists(st.booleans(), max_size=2), count=st.integers(1, 3))
def test_what_quiet_hours_held_goes_with_the_rest_of_it(must: list[bool], count: int) -> None:
    held = [Waiting(f"{n}-held", must=False, was_held=True) for n in range(count)]
    others = [Waiting(f"{n}-other", must=one) for n, one in enumerate(must)]
    planned = planned_of([*held, *others], open_until=[])
    assert planned.alone == tuple(one.key for one in others)
    assert planned.folded == ((T0 + 15 * SECOND, tuple(one.key for one in held)),)


@given(later=st.integers(61, 900))
def test_what_must_be_told_joins_no_digest_that_is_due_in_more_than_a_minute(later: int) -> None:
    planned = planned_of([Waiting("breach", must=True)], open_until=[T0 + later * SECOND])
    assert planned.alone == ("breach",)


def told_lately(seconds_ago: list[int]) -> list[SentTo]:
    return [SentTo("ada", T0 - s * SECOND, is_digest=True) for s in sorted(seconds_ago)[::-1]]


@given(st.lists(st.integers(15, 900), max_size=20))
def test_a_page_goes_at_once_in_any_storm(seconds_ago: list[int]) -> None:
    planned = plan(
        [
            Waiting("7-0", must=True, pages=True),
            Waiting("8-0", must=True),
            Waiting("9-0", must=True),
        ],
        sent=told_lately([*seconds_ago, 16, 17]),
        shift_began=T0 - timedelta(hours=1),
        open_until=[T0 + MINUTE],
        noise=Noise(),
        now=T0,
    )
    assert planned == Plan(alone=("7-0",), folded=((T0 + MINUTE, ("8-0", "9-0")),))


@given(ago=st.integers(0, 14), count=st.integers(1, 5))
def test_pages_that_come_close_on_each_other_are_one_a_quarter_of_a_minute(
    ago: int, count: int
) -> None:
    pages = [Waiting(f"{n}-0", must=True, pages=True) for n in range(count)]
    planned = plan(
        pages,
        sent=told_lately([ago]),
        shift_began=T0 - timedelta(hours=1),
        open_until=[],
        noise=Noise(),
        now=T0,
    )
    due_at = T0 + (15 - ago) * SECOND
    assert planned == Plan(folded=((due_at, tuple(one.key for one in pages)),))


def test_pages_of_one_instant_are_one_message_at_once_with_what_else_waits() -> None:
    pages = [Waiting(f"{n}-0", must=True, pages=True) for n in range(3)]
    others = [Waiting(f"{n}-1", must=True) for n in range(3)]
    planned = planned_of([*others, *pages], open_until=[])
    assert planned == Plan(folded=((T0, ("0-0", "1-0", "2-0", "0-1", "1-1", "2-1")),))


def test_beyond_the_budget_only_what_must_be_told_goes_alone() -> None:
    sent = [
        SentTo("ada", T0 - timedelta(minutes=2) - n * SECOND, False) for n in range(BUDGET, 0, -1)
    ]
    planned = plan(
        [Waiting("breach", must=True), Waiting("stalled", must=False)],
        sent=sent,
        shift_began=T0 - timedelta(hours=1),
        open_until=[T0 + timedelta(minutes=15)],
        noise=Noise(),
        now=T0 + timedelta(minutes=4),
    )
    assert planned.alone == ("breach",)
    assert planned.folded == ((T0 + timedelta(minutes=15), ("stalled",)),)


def test_under_several_contracts_each_keeps_its_word() -> None:
    calm, eager = Noise(budget=5, digest_every=60 * MINUTE), Noise(storm_above=1)
    assert calmest([calm, eager]) == Noise(budget=5, storm_above=1)
