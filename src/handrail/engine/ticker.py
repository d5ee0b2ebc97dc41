"""The loop that takes wake-ups when they are due. It decides nothing: it makes the engine look."""

import asyncio
from collections import deque
from datetime import datetime, timedelta

import msgspec
import structlog

from handrail.engine.engine import Engine
from handrail.engine.ports import StoreUnavailable

POLL = timedelta(milliseconds=200)  # what other nodes commit is seen at the latest after this
SETTLE_S = 0.01  # commits that follow each other closely are looked at together
BACKOFF_FIRST_S = 0.1
BACKOFF_MAX_S = 5.0
LATENESS_KEPT = 4_096  # the latest looks, for the percentiles

log = structlog.get_logger()


class Lateness(msgspec.Struct, frozen=True):
    """How long after its due instant the earliest wake-up of a tick was durable, in seconds."""

    p50_s: float
    p99_s: float
    max_s: float
    count: int  # of ticks since the node began


class Ticker:
    """Of one node. Any number of nodes may run one on the same store."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._changed = asyncio.Event()
        self._stopped = asyncio.Event()
        self._late: deque[float] = deque(maxlen=LATENESS_KEPT)
        self._ticks = 0
        self.taken = 0  # wake-ups taken since the node began
        self.failed = 0  # looks that failed, one after the other; 0 when the last one went well
        self.looked_at: datetime | None = None  # the heartbeat: the last look that went well

    async def run(self, stop: asyncio.Event | None = None) -> None:
        """Until `stop` is set or called, then to the end of the tick that runs.

        While the store is away it waits; what is due when the store comes back is taken then.
        """
        self._stopped = stop = stop or self._stopped
        heard = self._engine.committed

        def committed(seq: int) -> None:
            self._changed.set()
            heard(seq)

        self._engine.committed = committed
        try:
            while not stop.is_set():
                await self._rest(await self._look(stop), stop)
        finally:
            if self._engine.committed is committed:
                self._engine.committed = heard

    def stop(self) -> None:
        self._stopped.set()
        self._changed.set()

    def lateness(self) -> Lateness:
        known = sorted(self._late)
        if not known:
            return Lateness(p50_s=0.0, p99_s=0.0, max_s=0.0, count=0)
        return Lateness(
            p50_s=known[len(known) // 2],
            p99_s=known[len(known) * 99 // 100],
            max_s=known[-1],
            count=self._ticks,
        )

    async def _look(self, stop: asyncio.Event) -> float:
        """Take all that is due; the seconds until the next look."""
        self._changed.clear()
        try:
            next_at = await self._drain(stop)
        except StoreUnavailable as fault:
            return self._failing(fault)
        except Exception as fault:
            # One bad row or a bug must not stop every other clock; it is said, and tried again.
            log.exception("tick_failed")
            return self._failing(fault)
        self.failed = 0
        self.looked_at = now = self._engine.clock.now()
        wait = POLL if next_at is None else min(POLL, next_at - now)
        return max(wait.total_seconds(), 0.0)

    def _failing(self, fault: Exception) -> float:
        self.failed += 1
        wait_s: float = min(BACKOFF_MAX_S, BACKOFF_FIRST_S * 2 ** min(self.failed - 1, 10))
        log.warning("ticker_waits", reason=str(fault), seconds=wait_s, failed=self.failed)
        return wait_s

    async def _drain(self, stop: asyncio.Event) -> datetime | None:
        """Tick until nothing is due; returns the next instant at which something will be."""
        while not stop.is_set():
            due_at = await self._engine.store.next_wake()
            if due_at is None or due_at > self._engine.clock.now():
                return due_at
            count = await self._engine.tick()
            if not count:
                return None  # another node was first
            self._note(due_at, count)
        return None

    def _note(self, due_at: datetime, count: int) -> None:
        late = self._engine.clock.now() - due_at
        self._late.append(max(late.total_seconds(), 0.0))
        self._ticks += 1
        self.taken += count

    async def _rest(self, seconds: float, stop: asyncio.Event) -> None:
        """Sleep until then, or until this node commits something; while failing, the whole time."""
        waits_for = stop if self.failed else self._changed
        try:
            await asyncio.wait_for(waits_for.wait(), timeout=seconds)
        except TimeoutError:
            return
        if not stop.is_set():
            await asyncio.sleep(SETTLE_S)
