"""Alerts: from the breach to what the provider has taken, and what an outage of it does.

The providers are HTTP receivers on the loopback; one stands for Slack, one for e-mail, one is a
webhook. Rates are not the vendors', so that what is measured is ours.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta

from handrail.connectors.webhook.client import WebhookSender, WebhookSettings
from handrail.connectors.webhook.fake import FakeReceiver, Received
from handrail.engine.channels import Channels
from handrail.engine.clock import SystemClock
from handrail.engine.deliver import Deliverer
from handrail.engine.engine import Engine
from handrail.engine.ledger import read_entry
from handrail.engine.pace import PLENTY
from handrail.engine.ticker import Ticker, outbox_rhythm
from handrail.terms import event as ev
from handrail.trials.bench.clocks import LEAD_TIME, seed_due, template_of
from handrail.trials.bench.figures import Figure, figure, percentile
from handrail.trials.bench.ground import Ground, engine_on

PER_SECOND = 100
SECONDS = 20
OUTAGE_S = 75
OUTAGE_PER_SECOND = 20
DRAIN_MAX_S = 180.0
LOOK_S = 0.25
SECRET = "whsec_" + "QUJD" * 11
UNAVAILABLE = 503


class PersonSender(WebhookSender):
    """The same wire, for a channel that writes to people."""

    needs_person = True


class Provider(FakeReceiver):
    """Remembers when it took which key."""

    def __init__(self) -> None:
        super().__init__(secret=SECRET)
        self.taken: list[tuple[str, datetime]] = []
        self.heard = self._note
        self._clock = SystemClock()

    def _note(self, received: Received) -> None:
        if received.status < 300:
            self.taken.append((received.headers["webhook-id"], self._clock.now()))
        self.received.clear()


class Bed:
    """A node's engine with three channels and their providers."""

    def __init__(self, engine: Engine, providers: dict[str, Provider]) -> None:
        self.engine = engine
        self.providers = providers
        self.senders = {
            name: (WebhookSender if name == "webhook" else PersonSender)(
                WebhookSettings(url=one.url, secrets=(SECRET,), allow_loopback=True)
            )
            for name, one in providers.items()
        }
        self._deliverer = Deliverer(engine=engine, senders=self.senders, rates=lambda _: PLENTY)
        self._ticker = Ticker(engine)
        self._outbox = outbox_rhythm(engine, self._deliverer.deliver)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        tasks = [asyncio.create_task(run()) for run in (self._ticker.run, self._outbox.run)]
        try:
            yield
        finally:
            self._ticker.stop()
            self._outbox.stop()
            await asyncio.gather(*tasks)
            await self._deliverer.close()
            for sender in self.senders.values():
                await sender.close()

    async def seed(self, *, per_second: int, seconds: int) -> datetime:
        """Handoffs that fall due one after the other; when the last one does."""
        template = await template_of(self.engine)
        first_at = self.engine.clock.now() + LEAD_TIME
        gap = timedelta(seconds=1) / per_second
        dues = [first_at + gap * index for index in range(per_second * seconds)]
        await seed_due(self.engine, template, dues=dues, run="d")
        return dues[-1]

    async def drained(self, *, after: datetime) -> float | None:
        """Seconds from `after` until nothing waits any more; None when that does not come."""
        for _ in range(int(DRAIN_MAX_S / LOOK_S)):
            await asyncio.sleep(LOOK_S)
            now = self.engine.clock.now()
            if now <= after:
                continue
            health = await self.engine.store.health(now=now)
            if not health.overdue and not health.waiting_deliveries:
                return (now - after).total_seconds()
        return None

    async def waits(self, channels: Sequence[str]) -> list[float]:
        """Seconds from the breach's due instant to the first time that a channel took each alert
        of it."""
        dues = await _dues(self.engine)
        first: dict[tuple[str, str], datetime] = {}
        for name in channels:
            for key, at in self.providers[name].taken:
                seq, place, _ = key.split("-")
                first[seq, place] = min(at, first.get((seq, place), at))
        return [
            (at - dues[int(seq)]).total_seconds()
            for (seq, _), at in first.items()
            if int(seq) in dues
        ]

    def doubled(self) -> int:
        keys = Counter(key for one in self.providers.values() for key, _ in one.taken)
        return sum(count - 1 for count in keys.values())


@asynccontextmanager
async def _bed(ground: Ground, *names: str) -> AsyncIterator[Bed]:
    async with AsyncExitStack() as opened:
        providers = {name: await opened.enter_async_context(Provider()) for name in names}
        engine = await opened.enter_async_context(
            engine_on(await ground.database(), notices=Channels(names))
        )
        yield Bed(
            engine, {name: one for name, one in providers.items() if isinstance(one, Provider)}
        )


async def alerts(ground: Ground) -> list[Figure]:
    """100 breaches a second; each tells two people."""
    async with _bed(ground, "slack", "email") as bed:
        last_at = await bed.seed(per_second=PER_SECOND, seconds=SECONDS)
        async with bed.running():
            drained = await bed.drained(after=last_at)
        assert drained is not None, "deliveries were left over"
        people = await bed.waits(["slack", "email"])
        assert len(people) >= 2 * PER_SECOND * SECONDS, len(people)
        doubled = bed.doubled()
    return [
        figure("alert_taken_p50", percentile(people, 50), "s"),
        figure(
            "alert_taken_p99",
            percentile(people, 99),
            "s",
            yardstick=5.0,
            note="due to taken, 100 breaches a second, each tells two people; yardstick: target",
        ),
        figure("alert_doubled", float(doubled), "deliveries"),
    ]


async def outage(ground: Ground) -> list[Figure]:
    """Slack and the webhook are down while leads are breached, then back; e-mail works."""
    async with _bed(ground, "webhook", "slack", "email") as bed:
        for name in ("slack", "webhook"):
            bed.providers[name].down = UNAVAILABLE
        await bed.seed(per_second=OUTAGE_PER_SECOND, seconds=OUTAGE_S)
        async with bed.running():
            await asyncio.sleep(LEAD_TIME.total_seconds() + OUTAGE_S)
            for name in ("slack", "webhook"):
                bed.providers[name].down = None
            drained = await bed.drained(after=bed.engine.clock.now())
        assert drained is not None, "deliveries were left over"
        people, hook = await bed.waits(["slack", "email"]), await bed.waits(["webhook"])
        assert len(people) == len(hook), (len(people), len(hook))
        doubled = bed.doubled()
    return [
        figure(
            "outage_person_told_max",
            max(people),
            "s",
            yardstick=60.0,
            note="due to taken by any channel of the person; yardstick: target",
        ),
        figure(
            "outage_drained",
            drained,
            "s",
            yardstick=120.0,
            note=f"after {OUTAGE_S} s without the webhook; yardstick: target",
        ),
        figure("outage_doubled", float(doubled), "deliveries"),
    ]


async def _dues(engine: Engine) -> dict[int, datetime]:
    """When what each entry of a first breach tells was due."""
    dues = {}
    async for chunk in engine.store.entries(after=0, chunk=5_000):
        for stored in chunk:
            for event in read_entry(stored).events:
                if isinstance(event, ev.SlaBreached):
                    dues[stored.seq] = event.due_at
    return dues
