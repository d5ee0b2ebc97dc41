"""What changed, for whoever watches: told at once by this node, looked up for what others did."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import suppress

import msgspec
import structlog

from handrail.engine.engine import Engine
from handrail.engine.ports import SealedEntry, StoreUnavailable

KEPT_MAX = 10_000  # changes that a watcher may lag behind before it must look at everything again
WATCHERS_MAX = 1_000  # open streams of one node
CHUNK = 500
AT_ONCE_MAX = 200  # changes told in one message

log = structlog.get_logger()


class Change(msgspec.Struct, frozen=True):
    """A ledger entry about one handoff, or about what is in force (`lead` None)."""

    seq: int
    lead: str | None
    handoff: str | None
    events: tuple[str, ...]


class _Tag(msgspec.Struct, frozen=True):
    event: str


class _Tags(msgspec.Struct, frozen=True):
    events: tuple[_Tag, ...] = ()


_tags = msgspec.json.Decoder(_Tags).decode


class Changes:
    """The latest entries, in order. Watchers keep their own place; nobody holds up another."""

    def __init__(self, *, engine: Engine, poll_s: float) -> None:
        self._engine = engine
        self._poll_s = poll_s
        self._kept: deque[Change] = deque(maxlen=KEPT_MAX)
        self._from = 0  # entries up to this one are not kept
        self._seen = 0
        self._moved = asyncio.Event()
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self.watchers = 0
        self.is_closed = False
        self._tell_us_too()

    def _tell_us_too(self) -> None:
        before = self._engine.committed

        def committed(seq: int) -> None:
            before(seq)
            if self.watchers:
                self._news.set()

        self._engine.committed = committed

    @property
    def seen(self) -> int:
        return self._seen

    async def watch(
        self, *, after: int | None, heartbeat_s: float
    ) -> AsyncIterator[tuple[int, list[Change] | None]]:
        """Yield (seq, changes) as they come. No changes: all is quiet. None for changes: too much
        has happened since `after`, look at everything again."""
        await self._begin()
        self.watchers += 1
        place = self._seen if after is None else after
        try:
            yield place, []
            while not self.is_closed:
                if place < self._from or place > self._seen:
                    place = self._seen
                    yield place, None
                elif place < self._seen:
                    found = [change for change in self._kept if change.seq > place][:AT_ONCE_MAX]
                    place = found[-1].seq if found else self._seen
                    yield place, found
                elif not await self._wait(heartbeat_s):
                    yield place, []
        finally:
            self.watchers -= 1

    async def _begin(self) -> None:
        if self._task is None or self._task.done():
            self._seen = self._from = (await self._engine.store.head()).seq
            self._kept.clear()
            self._task = asyncio.create_task(self._follow())

    async def _wait(self, heartbeat_s: float) -> bool:
        try:
            await asyncio.wait_for(self._moved.wait(), heartbeat_s)
        except TimeoutError:
            return False
        return True

    async def _follow(self) -> None:
        """While anybody watches: read what was committed, by us or by another node."""
        idle = 0
        while not self.is_closed and idle < 60:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._news.wait(), self._poll_s)
            self._news.clear()
            try:
                await self._catch_up()
            except StoreUnavailable:
                log.warning("stream_waits_for_the_database")
            idle = 0 if self.watchers else idle + 1

    async def _catch_up(self) -> None:
        head = (await self._engine.store.head()).seq
        if head == self._seen:
            return
        if head - self._seen > KEPT_MAX:
            self._kept.clear()
            self._seen = self._from = head
        async for chunk in self._engine.store.entries(after=self._seen, chunk=CHUNK):
            self._keep([_change(entry) for entry in chunk])
            if self._seen >= head:
                break
        self._moved.set()
        self._moved = asyncio.Event()

    def _keep(self, changes: list[Change]) -> None:
        for change in changes:
            if len(self._kept) == KEPT_MAX:
                self._from = self._kept[0].seq
            self._kept.append(change)
            self._seen = change.seq

    def close(self) -> None:
        """End every stream, so that the server can stop."""
        self.is_closed = True
        self._news.set()
        self._moved.set()


def _change(entry: SealedEntry) -> Change:
    events = tuple(tag.event for tag in _tags(entry.body).events)
    return Change(seq=entry.seq, lead=entry.lead, handoff=entry.handoff, events=events)
