"""The loops of a node: one takes wake-ups when they are due, one carries out what was decided.

They decide nothing; they make the engine look. Nothing else in the engine waits for time to pass.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import msgspec
import structlog

from handrail.engine.engine import Engine
from handrail.engine.ports import StoreUnavailable

POLL = timedelta(milliseconds=200)  # what other nodes commit is seen at the latest after this
OUTBOX_POLL = timedelta(milliseconds=500)
SETTLE_S = 0.01  # commits that follow each other closely are looked at together
BACKOFF_FIRST_S = 0.1
BACKOFF_MAX_S = 5.0
LATENESS_KEPT = 4_096  # the latest ticks, for the percentiles

log = structlog.get_logger()


class Rhythm:
    """Looks again and again: at the latest after what the last look said, at once when this node
    has committed something. Waits longer each time while looking fails, and never ends by it."""

    def __init__(self, engine: Engine, look: Callable[[], Awaitable[timedelta]]) -> None:
        self._engine = engine
        self._look = look
        self._changed = asyncio.Event()
        self._stopped = asyncio.Event()
        self.failed = 0  # looks that failed, one after the other; 0 when the last one went well
        self.looked_at: datetime | None = None  # the heartbeat: the last look that went well

    @property
    def is_stopped(self) -> bool:
        return self._stopped.is_set()

    async def run(self, stop: asyncio.Event | None = None) -> None:
        """Until `stop` is set or called, then to the end of the look that runs."""
        self._stopped = stop or self._stopped
        heard = self._engine.committed

        def committed(seq: int) -> None:
            self._changed.set()
            heard(seq)

        self._engine.committed = committed
        try:
            while not self._stopped.is_set():
                await self._rest(await self._once())
        finally:
            if self._engine.committed is committed:
                self._engine.committed = heard

    def stop(self) -> None:
        self._stopped.set()
        self._changed.set()

    def look_now(self) -> None:
        """What was learnt outside the engine's commits: it does not wait for the next look."""
        self._changed.set()

    async def _once(self) -> float:
        """The seconds until the next look."""
        self._changed.clear()
        try:
            wait = await self._look()
        except StoreUnavailable as fault:
            return self._failing(str(fault))
        except Exception as fault:
            # One bad row or a bug must not stop every other clock; it is said, and tried again.
            log.exception("look_failed")
            return self._failing(type(fault).__name__)
        self.failed = 0
        self.looked_at = self._engine.clock.now()
        return max(wait.total_seconds(), 0.0)

    def _failing(self, reason: str) -> float:
        self.failed += 1
        wait_s: float = min(BACKOFF_MAX_S, BACKOFF_FIRST_S * 2 ** min(self.failed - 1, 10))
        log.warning("waits_for_the_store", reason=reason, seconds=wait_s, failed=self.failed)
        return wait_s

    async def _rest(self, seconds: float) -> None:
        """Sleep so long, or until this node commits something; while failing, the whole time.
        However long it is: to stop, nobody waits for it."""
        events = [self._stopped] if self.failed else [self._stopped, self._changed]
        waits = [asyncio.ensure_future(event.wait()) for event in events]
        try:
            done, _ = await asyncio.wait(
                waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            for wait in waits:
                wait.cancel()
        if done and not self._stopped.is_set():
            await asyncio.sleep(SETTLE_S)


class Lateness(msgspec.Struct, frozen=True):
    """How long after its due instant the earliest wake-up of a tick was durable, in seconds."""

    p50_s: float
    p99_s: float
    max_s: float
    count: int  # of ticks since the node began


class Ticker:
    """Takes due wake-ups. Any number of nodes may run one on the same store."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._late: deque[float] = deque(maxlen=LATENESS_KEPT)
        self._ticks = 0
        self.taken = 0  # wake-ups taken since the node began
        self.looked_at: datetime | None = None  # when it last learnt what is due
        self.rhythm = Rhythm(engine, self._drain)

    async def run(self, stop: asyncio.Event | None = None) -> None:
        """Until stopped. What fell due while the store was away is taken when it is back."""
        await self.rhythm.run(stop)

    def stop(self) -> None:
        self.rhythm.stop()

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

    async def _drain(self) -> timedelta:
        """Tick until nothing is due; how long until something will be."""
        while not self.rhythm.is_stopped:
            due_at = await self._engine.store.next_wake()
            now = self.looked_at = self._engine.clock.now()
            if due_at is None:
                return POLL
            if due_at > now:
                return min(POLL, due_at - now)
            count = await self._engine.tick()
            if not count:
                return POLL  # another node was first
            self._note(due_at, count)
        return POLL

    def _note(self, due_at: datetime, count: int) -> None:
        late = self._engine.clock.now() - due_at
        self._late.append(max(late.total_seconds(), 0.0))
        self._ticks += 1
        self.taken += count


def outbox_rhythm(engine: Engine, deliver: Callable[[datetime], Awaitable[int]]) -> Rhythm:
    """Carries out what is waiting; `deliver` takes what is due and says how many there were."""

    async def look() -> timedelta:
        taken = await deliver(engine.clock.now())
        return timedelta(0) if taken else OUTBOX_POLL

    return Rhythm(engine, look)
