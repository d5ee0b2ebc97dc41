"""Buyers who all want the same few times: what is booked, what is refused, and that it is true."""

import asyncio
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random

import asyncpg
import msgspec

from handrail.engine.booking.booking import Bookings
from handrail.engine.clock import VirtualClock
from handrail.engine.items import Refused
from handrail.trials.bench.figures import Figure, figure, percentile
from handrail.trials.bench.ground import Ground, connect, engine_on, lead

ATTEMPTS = 100_000
IN_FLIGHT = 64
HANDOFFS = 2_000
REPS = 50
TIMES = 60  # that all of them want: 40 buyers for 60 times of each rep
BATCH = 250
CANCELS_PER_CENT = 5
MONDAY = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
SECTION = "booking: {length: 30m, step: 30m, notice: 1h, within: 14d}\n"


class Ended(msgspec.Struct):
    """What came of it. `lost`: what was acknowledged and is not as it was said."""

    booked: int = 0
    refused: int = 0
    cancelled: int = 0
    lost: int = 0
    overlaps: int = 0
    seconds: float = 0.0
    times_ms: list[float] = msgspec.field(default_factory=list)


async def booking(ground: Ground) -> list[Figure]:
    """Over two nodes. The yardstick is a bare insert or update of the same rows, one transaction
    each, under the same constraint."""
    dsn = await ground.database()
    ended = await contend(dsn, attempts=ATTEMPTS)
    bare = await _bare(dsn, count=2_000)
    note = (
        f"{ATTEMPTS} attempts over two nodes, {IN_FLIGHT} in flight: {ended.booked} booked or "
        f"moved, {ended.refused} refused, {ended.cancelled} called off"
    )
    return [
        figure("booking_attempts", ATTEMPTS / ended.seconds, "/s", yardstick=bare, note=note),
        figure("booking_p50", percentile(ended.times_ms, 50), "ms"),
        figure("booking_p99", percentile(ended.times_ms, 99), "ms"),
        figure("booking_overlaps", ended.overlaps, f"of {ATTEMPTS}", note="wanted 0"),
        figure("booking_lost", ended.lost, f"of {ATTEMPTS}", note="wanted 0"),
    ]


async def contend(dsn: str, *, attempts: int, handoffs: int = HANDOFFS) -> Ended:
    """Each attempt is one press of one buyer; the presses of one buyer come one after the other."""
    ended, chance = Ended(), Random(8)
    clock = VirtualClock(MONDAY)
    async with (
        engine_on(dsn, reps=REPS, clock=clock, more=SECTION) as one,
        engine_on(dsn, reps=REPS, clock=clock, more=SECTION) as other,
    ):
        ids: list[str] = []
        for start in range(0, handoffs, BATCH):
            items = [lead(number, run="b") for number in range(start, min(start + BATCH, handoffs))]
            receipts = await one.capture(items, actor="bench")
            ids += [receipt.handoff for receipt in receipts if receipt.handoff is not None]
        buyers = [_Buyer(id) for id in ids]
        presses = iter(range(attempts))
        nodes = (one.bookings, other.bookings)
        began = time.perf_counter()
        await asyncio.gather(
            *(
                _press(buyers, presses, nodes[number % 2], Random(chance.random()), ended)
                for number in range(IN_FLIGHT)
            )
        )
        ended.seconds = time.perf_counter() - began
    await _judge(dsn, buyers, ended)
    return ended


class _Buyer:
    """`said`: what the last answer was."""

    def __init__(self, handoff: str) -> None:
        self.handoff = handoff
        self.turn = asyncio.Lock()
        self.said: tuple[str, datetime] | None = None


async def _press(
    buyers: list[_Buyer], presses: Iterator[int], node: Bookings, chance: Random, ended: Ended
) -> None:
    for _ in presses:  # shared by all: each takes the next
        buyer = chance.choice(buyers)
        async with buyer.turn:
            began = time.perf_counter()
            if chance.randrange(100) < CANCELS_PER_CENT:
                await node.cancel(buyer.handoff)
                buyer.said = None
                ended.cancelled += 1
            else:
                at = MONDAY + timedelta(hours=1, minutes=30 * chance.randrange(1, TIMES + 1))
                try:
                    meeting = await node.book(buyer.handoff, at)
                    buyer.said = (meeting.rep, meeting.from_at)
                    ended.booked += 1
                except Refused:
                    ended.refused += 1
            ended.times_ms.append((time.perf_counter() - began) * 1_000)


async def _judge(dsn: str, buyers: list[_Buyer], ended: Ended) -> None:
    connection = await connect(dsn)
    try:
        rows = await connection.fetch("select handoff, rep, from_at from meetings")
        ended.overlaps = await connection.fetchval(
            "select count(*) from meetings a join meetings b on a.rep = b.rep "
            "and a.handoff < b.handoff and a.from_at < b.until_at and b.from_at < a.until_at"
        )
    finally:
        await connection.close()
    stored = {row["handoff"]: (row["rep"], row["from_at"]) for row in rows}
    ended.lost = sum(stored.get(buyer.handoff) != buyer.said for buyer in buyers)


async def _bare(dsn: str, *, count: int) -> float:
    """The same rows by the same driver: one statement a transaction, one after the other, since
    that is what the ledger's head asks for."""
    connection = await connect(dsn)
    try:
        await connection.execute("create table bare_meetings (like meetings including all)")
        await connection.execute(
            "alter table bare_meetings add exclude using gist "
            "(rep with =, tstzrange(from_at, until_at, '[)') with &&)"
        )
        rows = await connection.fetch("select * from meetings limit $1", count)
        began = time.perf_counter()
        for row in rows:
            await _insert(connection, row)
        return len(rows) / (time.perf_counter() - began)
    finally:
        await connection.close()


async def _insert(connection: asyncpg.Connection, row: asyncpg.Record) -> None:
    await connection.execute(
        "insert into bare_meetings (handoff, rep, from_at, until_at) values ($1, $2, $3, $4)",
        row["handoff"],
        row["rep"],
        row["from_at"],
        row["until_at"],
    )
