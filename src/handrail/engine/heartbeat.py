"""A node says that it runs, in a row of its own, so that whoever stands outside can tell."""

import asyncio
import contextlib
from collections.abc import Awaitable
from datetime import datetime, timedelta
from typing import Protocol

import msgspec
import structlog

from handrail import __version__
from handrail.engine.ports import Clock, StoreUnavailable
from handrail.engine.settings import Role
from handrail.engine.ticker import Ticker

EVERY = timedelta(seconds=5)
HELD_AFTER = 3 * EVERY  # a node that did not come to its heartbeat for so long was held up itself
FORGOTTEN_AFTER = timedelta(days=1)  # a node that is gone for so long is nobody's question

log = structlog.get_logger()


class Heartbeat(msgspec.Struct, frozen=True, kw_only=True):
    """`at`: when the node wrote it, by its own clock; `looked_at`: when its clocks last looked for
    what is due, or when the node began or was let go on, if they had no time yet. None: they never
    look (role `web`)."""

    node: str
    role: Role
    version: str = __version__
    at: datetime
    looked_at: datetime | None = None

    @property
    def runs_clocks(self) -> bool:
        return self.role != "web"


class HeartbeatStore(Protocol):
    """Of no ledger, and of no transaction but its own. All raise StoreUnavailable."""

    async def beat(self, heartbeat: Heartbeat, *, forget_before: datetime) -> None:
        """In the place of the node's last one; drops nodes whose last is older than this."""
        ...

    async def end(self, node: str) -> None:
        """The node ends in good order."""
        ...

    async def heartbeats(self) -> tuple[Heartbeat, ...]:
        """By node."""
        ...


class Pulse:
    """The heartbeat of one node, for as long as it runs."""

    def __init__(
        self, *, node: str, role: Role, store: HeartbeatStore, ticker: Ticker, clock: Clock
    ) -> None:
        self._node = node
        self._role: Role = role
        self._store = store
        self._ticker = ticker
        self._clock = clock
        self._steady_from: datetime | None = None
        self._before: datetime | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Until stopped. While the database is away nothing is written, which is the truth."""
        try:
            while not stop.is_set():
                await self._unless_away(self.beat())
                await _rest(stop)
        finally:
            await self._unless_away(self._store.end(self._node))

    async def beat(self) -> None:
        now = self._clock.now()
        steady_from = self._steady(now)
        looked_at = max(self._ticker.looked_at or steady_from, steady_from)
        beat = Heartbeat(
            node=self._node,
            role=self._role,
            at=now,
            looked_at=looked_at if self._role != "web" else None,
        )
        await self._store.beat(beat, forget_before=now - FORGOTTEN_AFTER)

    def _steady(self, now: datetime) -> datetime:
        """Since when this process runs without a pause: only so long can its clocks have stood."""
        if self._before is None or self._steady_from is None or now - self._before > HELD_AFTER:
            self._steady_from = now
        self._before = now
        return self._steady_from

    async def _unless_away(self, act: Awaitable[None]) -> None:
        try:
            await act
        except StoreUnavailable as fault:
            log.warning("no_heartbeat", reason=str(fault))


async def _rest(stop: asyncio.Event) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), timeout=EVERY.total_seconds())
