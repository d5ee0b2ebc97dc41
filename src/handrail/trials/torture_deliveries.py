"""Torture of deliveries: the process that sends is killed, a thousand times, and keys are counted.

`python -m handrail.trials.torture --deliveries --kills 1000 [--seed N]`

Each process stands on the same database, some leases later than the one before it: what the dead
one had taken is free again. It is killed between sending and recording, or at any moment.
"""

import asyncio
import multiprocessing
import os
import random
import signal
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import structlog

from handrail.connectors.webhook.client import WebhookSender, WebhookSettings
from handrail.connectors.webhook.fake import FakeReceiver
from handrail.engine.alerts.message import DIGEST, is_stale, read_message
from handrail.engine.channels import PERSONAL, Channels
from handrail.engine.clock import SystemClock
from handrail.engine.deliver import LEASE, Deliverer
from handrail.engine.engine import Engine
from handrail.engine.folding import Folding, agreed
from handrail.engine.ledger import read_entry
from handrail.engine.pace import PLENTY
from handrail.engine.ports import Delivery, Store
from handrail.engine.vault import Vault
from handrail.engine.verify import verify
from handrail.store.embedded import EmbeddedPostgres
from handrail.store.postgres import PostgresStore
from handrail.terms import event as ev
from handrail.terms.handoff import Handoff
from handrail.trials.bench.ground import MASTER, adopt, lead

SECRET = "whsec_" + "QUJD" * 11
CHANNELS = ("webhook", "slack", "email")  # each an HTTP receiver on the loopback
LEADS_A_KILL = 1
SENDS_MAX = 6  # before it is killed between sending and recording
LIVES_MAX_S = 1.0  # before it is killed anywhere
IDLE_MAX_S = 30.0  # a process that does not come to its point is killed where it stands
ANSWERED = (200, 200, 200, 410, 410, 503)  # by Slack's stand-in, each as likely
ANSWERS = 30  # for one process
STEPS_MAX = 5_000
LOOKS_MAX = 20
LOOKED = 2_000
ROUNDS_A_KILL_MAX = 3


class DeliveryCounts(msgspec.Struct):
    """What came of it. `repeats` may be; all that follows it must be nothing."""

    kills: int = 0
    between: int = 0  # of them, those between sending and recording
    effects: int = 0
    keys: int = 0  # that some receiver took
    moved: int = 0
    folded: int = 0
    digests: int = 0  # that some receiver took
    repeats: int = 0
    lost: int = 0  # effects without a delivery, or deliveries that nobody took
    strange: int = 0  # keys that were received and are no delivery's
    unequal: int = 0  # keys that came with two meanings
    left: int = 0  # waiting or parked when all was quiet again
    faults: list[str] = []
    seconds: float = 0.0

    @property
    def ok(self) -> bool:
        return not (self.lost or self.strange or self.unequal or self.left or self.faults)


class Ahead:
    """The system's clock, some leases ahead."""

    def __init__(self, by: timedelta) -> None:
        self.by = by

    def now(self) -> datetime:
        return SystemClock().now() + self.by


class KillAfter:
    """Kills its own process at the nth passing between sending and recording."""

    def __init__(self, sends: int) -> None:
        self._left = sends

    def reached(self, point: str) -> None:
        if point != "sent":
            return
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


class PersonSender(WebhookSender):
    """The same wire, for a channel that writes to people."""

    needs_person = True


def send_until_killed(dsn: str, urls: Mapping[str, str], ahead_s: float, sends: int) -> None:
    """What the process does that is killed. `sends`: 0 for anywhere."""
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    asyncio.run(_send(dsn, urls, ahead_s, sends))


async def _send(dsn: str, urls: Mapping[str, str], ahead_s: float, sends: int) -> None:
    clock = Ahead(timedelta(seconds=ahead_s))
    store = await PostgresStore.open(dsn, readers=2)
    engine = Engine(store=store, clock=clock, vault=Vault(MASTER), notices=Channels(CHANNELS))
    deliverer = Deliverer(
        engine=engine,
        senders=senders_to(urls),
        crash=KillAfter(sends),
        rates=lambda _: PLENTY,
        folding=Folding(store, noise_of=agreed(engine)),
    )
    for _ in range(LOOKS_MAX):
        if not await deliverer.deliver(clock.now()):
            await asyncio.sleep(0.01)
    os._exit(0)  # nothing is left to be killed over


def senders_to(urls: Mapping[str, str]) -> dict[str, WebhookSender]:
    return {
        name: (WebhookSender if name == "webhook" else PersonSender)(
            WebhookSettings(url=url, secrets=(SECRET,), allow_loopback=True)
        )
        for name, url in urls.items()
    }


async def torture_deliveries(
    *, kills: int, seed: int, tell: Callable[[str], None] | None = None
) -> DeliveryCounts:
    """Run it on a PostgreSQL of its own on the real disk."""
    began = time.monotonic()
    structlog.configure(logger_factory=structlog.ReturnLoggerFactory())
    async with AsyncExitStack() as opened:
        folder = opened.enter_context(tempfile.TemporaryDirectory(prefix="handrail-torture-"))
        server = await opened.enter_async_context(EmbeddedPostgres(Path(folder) / "data"))
        receivers = {
            name: await opened.enter_async_context(FakeReceiver(secret=SECRET)) for name in CHANNELS
        }
        store = await PostgresStore.open(server.dsn)
        opened.push_async_callback(store.close)
        bench = _Bench(server.dsn, store, receivers, random.Random(seed))
        await adopt(bench.engine, reps=12)
        for number in range(ROUNDS_A_KILL_MAX * kills):
            if bench.kills == kills:
                break
            await bench.kill_once(number)
            if tell is not None and number % 50 == 0:
                tell(f"{bench.kills} kills, {bench.received} received")
        await bench.drain()
        counts = await bench.count()
    counts.seconds = round(time.monotonic() - began, 1)
    return counts


class _Bench:
    def __init__(
        self,
        dsn: str,
        store: Store,
        receivers: Mapping[str, FakeReceiver],
        chance: random.Random,
    ) -> None:
        self._dsn = dsn
        self._store = store
        self._receivers = receivers
        self._chance = chance
        self._clock = Ahead(timedelta(0))
        self._leads: list[str] = []
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload([__name__])
        self._urls = {name: one.url for name, one in receivers.items()}
        self.kills = 0
        self._between = 0
        self.engine = Engine(
            store=store, clock=self._clock, vault=Vault(MASTER), notices=Channels(CHANNELS)
        )

    @property
    def received(self) -> int:
        return sum(len(one.received) for one in self._receivers.values())

    async def kill_once(self, number: int) -> None:
        """New leads, breaches that fell due, and one process that is killed over them."""
        self._clock.by += LEASE + timedelta(seconds=1)
        items = [lead(number * LEADS_A_KILL + place) for place in range(LEADS_A_KILL)]
        await self.engine.capture(items, actor="torture")
        self._leads += [item.id for item in items]
        await self.engine.tick()
        slack = self._receivers["slack"]
        slack.answers = self._chance.choices(ANSWERED, k=ANSWERS)
        await self._kill(sends=self._chance.randint(0, SENDS_MAX))

    async def _kill(self, *, sends: int) -> None:
        given = (self._dsn, self._urls, self._clock.by.total_seconds(), sends)
        process = self._context.Process(target=send_until_killed, args=given)
        process.start()
        lives_s = IDLE_MAX_S if sends else self._chance.random() * LIVES_MAX_S
        await asyncio.to_thread(process.join, lives_s)
        status = process.exitcode
        process.kill()
        await asyncio.to_thread(process.join)
        assert status in (None, 0, -signal.SIGKILL), f"it ended by itself with {status}"
        self._between += status == -signal.SIGKILL
        self.kills += status != 0

    async def drain(self) -> None:
        """Nobody is killed any more."""
        self._receivers["slack"].answers = self._chance.choices(ANSWERED, k=ANSWERS)
        senders = senders_to(self._urls)
        deliverer = Deliverer(
            engine=self.engine,
            senders=senders,
            rates=lambda _: PLENTY,
            folding=Folding(self._store, noise_of=agreed(self.engine)),
        )
        for _ in range(STEPS_MAX):
            taken = await deliverer.deliver(self._clock.now())
            await deliverer.finish()
            if not taken:
                self._clock.by += LEASE + timedelta(seconds=1)
            health = await self._store.health(now=self._clock.now())
            if not health.waiting_deliveries:
                break
        for sender in senders.values():
            await sender.close()

    async def count(self) -> DeliveryCounts:
        counts = DeliveryCounts(kills=self.kills, between=self._between)
        rows = {row.key: row for id in self._leads for row in await self._store.deliveries_of(id)}
        rows |= await self._digests(rows.values())
        meanings: dict[str, set[bytes]] = {}
        named: dict[str, set[str]] = defaultdict(set)
        for receiver in self._receivers.values():
            for one in receiver.received:
                key = one.headers["webhook-id"]
                if one.status < 300:
                    counts.repeats += key in meanings
                    meanings.setdefault(key, set()).add(_meaning(key, one.event))
                    named[key.rpartition("-")[0]] |= _named(one.event)
        counts.keys = len(meanings)
        counts.strange = len(meanings.keys() - rows.keys())
        counts.unequal = sum(len(found) > 1 for found in meanings.values())
        counts.moved = sum(row.state == "moved" for row in rows.values())
        counts.left = sum(row.state in ("waiting", "parked") for row in rows.values())
        counts.lost = sum(r.state == "delivered" and r.key not in meanings for r in rows.values())
        counts.folded = sum(row.state == "folded" for row in rows.values())
        counts.digests = sum(key.startswith(DIGEST) for key in meanings)
        counts.lost += await self._untold(rows, named)
        counts.lost += await self._without_delivery(rows, counts)
        report = await verify(self._store, self.engine.vault)
        counts.faults = [f"{f.seq}: {f.message}" for f in report.faults] + list(report.invariants)
        return counts

    async def _digests(self, rows: Iterable[Delivery]) -> dict[str, Delivery]:
        """They are about no single lead: found by what they took."""
        stems = sorted({row.folded_into for row in rows if row.folded_into is not None})
        keys = [f"{stem}-{channel}" for stem in stems for channel in PERSONAL]
        found = [await self._store.delivery(key) for key in keys]
        return {row.key: row for row in found if row is not None}

    async def _untold(
        self, rows: Mapping[str, Delivery], named: Mapping[str, Collection[str]]
    ) -> int:
        """Folded rows that are still true, and that no message named in whose place it went."""
        handoffs: dict[str, Handoff | None] = {}
        count = 0
        for row in rows.values():
            stem = row.folded_into
            if stem is None or {row.key, row.lead} & {*named.get(stem, ())}:
                continue
            if row.lead not in handoffs:
                found = await self._store.case_of_handoff(row.lead)
                handoffs[row.lead] = found.case.handoff if found is not None else None
            count += is_stale(read_message(row.body), handoff=handoffs[row.lead]) is None
        return count

    async def _without_delivery(self, rows: Mapping[str, Delivery], counts: DeliveryCounts) -> int:
        """Assignments and breaches of the ledger that the outbox knows nothing of; and rows that
        moved to nowhere."""
        stems = Counter(key.split("-")[0] for key in rows)
        lost = 0
        async for chunk in self._store.entries(after=0, chunk=LOOKED):
            for stored in chunk:
                told = [
                    e
                    for e in read_entry(stored).events
                    if isinstance(e, ev.Assigned | ev.SlaBreached)
                ]
                counts.effects += len(told)
                lost += bool(told) and stems[str(stored.seq)] == 0
        moved = (row.key for row in rows.values() if row.state == "moved")
        return lost + sum(key.removesuffix("slack") + "email" not in rows for key in moved)


def _named(event: dict[str, object]) -> set[str]:
    """The deliveries that a digest lists; of a message that went as itself, its lead."""
    data = msgspec.convert(event["data"], dict[str, Any])
    return {one["key"] for one in data.get("folded", ())} or {data["lead"]}


def _meaning(key: str, event: dict[str, object]) -> bytes:
    """What must be the same at every repeat. A digest leaves out what has come to be untrue."""
    data = msgspec.convert(event["data"], dict[str, object])
    if key.startswith(DIGEST):
        return msgspec.json.encode(data["to_id"])
    return msgspec.json.encode([event["type"], event["subject"], data["to_id"], data["at"]])
