"""The watcher: looks at the database from outside, judges, and tells, round after round.

It shares nothing with the engine but the rows: it runs while the engine stands still.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Protocol

import msgspec

from handrail.engine.heartbeat import HeartbeatStore
from handrail.engine.ports import Clock, Head, Store, StoreUnavailable
from handrail.engine.verify import Chain, FaultBook
from handrail.engine.watch import (
    Alarm,
    Judged,
    Limits,
    Look,
    Silence,
    Trouble,
    WatchKind,
    judge,
    settle,
)

EVERY = timedelta(seconds=10)
LOOK_WITHIN_S = 8.0  # of one look; a database that needs longer does not answer
SEND_WITHIN_S = 10.0  # of one channel, for one alarm
SLICE_MAX = 2_000  # ledger entries of one look: a few MB
FAULTS_EVERY = timedelta(seconds=20)
FAULTS_REST = 10  # times as long as the long look took, until the next: a tenth of one connection


class AlarmRefused(Exception):
    """The channel did not take the alarm; the message says why, without any secret."""


class AlarmChannel(Protocol):
    name: str

    async def tell(self, alarm: Alarm) -> None:
        """Raises AlarmRefused."""
        ...


class Place(msgspec.Struct, frozen=True):
    """How far the ledger was checked: the last entry, and its digest in hex."""

    seq: int
    digest: str


class Memory(msgspec.Struct, frozen=True, kw_only=True):
    """What a watcher that begins anew must know."""

    troubles: tuple[Trouble, ...] = ()
    place: Place | None = None


class Kept(Protocol):
    """Where the memory lies."""

    def load(self) -> Memory: ...
    def save(self, memory: Memory) -> None: ...


class Sight(Protocol):
    """What can be seen of the service from outside."""

    async def look(self, *, now: datetime, place: Place | None) -> tuple[Look, Place]:
        """Raises StoreUnavailable; takes at most LOOK_WITHIN_S."""
        ...


class Round(msgspec.Struct, frozen=True, kw_only=True):
    """One look and what came of it. `refused`: what channels said that did not take an alarm."""

    at: datetime
    ok: bool
    found: dict[WatchKind, str]
    told: tuple[Alarm, ...]
    untold: tuple[Alarm, ...]
    refused: tuple[str, ...]


class Watcher:
    def __init__(
        self,
        *,
        sight: Sight,
        channels: Sequence[AlarmChannel],
        kept: Kept,
        clock: Clock,
        limits: Limits,
        alive: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        """`alive` tells whoever watches the watcher; raises AlarmRefused."""
        self._sight = sight
        self._channels = tuple(channels)
        self._kept = kept
        self._clock = clock
        self._limits = limits
        self._alive = alive
        self._memory = kept.load()

    async def run(
        self, stop: asyncio.Event, *, every: timedelta, told: Callable[[Round], None]
    ) -> None:
        """Until stopped; a round begins `every` after the one before began, or at its end."""
        while not stop.is_set():
            began_at = self._clock.now()
            told(await self.round())
            left = every - (self._clock.now() - began_at)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), timeout=max(left.total_seconds(), 0))

    async def round(self) -> Round:
        """Look, judge, tell, remember. Whoever watches the watcher hears of each round whose
        alarms were taken: a watcher that cannot alarm is as good as none."""
        seen, place = await self._see()
        judged = judge(seen=seen, open=self._memory.troubles, limits=self._limits)
        refused: list[str] = []
        tried = await asyncio.gather(*(self._tell(alarm, refused) for alarm in judged.alarms))
        taken = [alarm for alarm, is_taken in zip(judged.alarms, tried, strict=True) if is_taken]
        self._remember(judged, place=place, taken=taken)
        untold = tuple(alarm for alarm in judged.alarms if alarm not in taken)
        if not untold and self._alive is not None:
            try:
                await self._alive()
            except AlarmRefused as fault:
                refused.append(str(fault))
        return Round(
            at=seen.at,
            ok=not judged.found,
            found=dict(judged.found),
            told=tuple(taken),
            untold=untold,
            refused=tuple(refused),
        )

    async def _see(self) -> tuple[Look | Silence, Place | None]:
        now, place = self._clock.now(), self._memory.place
        try:
            return await self._sight.look(now=now, place=place)
        except StoreUnavailable as fault:
            return Silence(at=self._clock.now(), reason=str(fault)), place

    async def _tell(self, alarm: Alarm, refused: list[str]) -> bool:
        """Over all channels at once; whether one of them took it."""
        answers = await asyncio.gather(*(_told(channel, alarm) for channel in self._channels))
        refused += [answer for answer in answers if answer is not None]
        return None in answers

    def _remember(self, judged: Judged, *, place: Place | None, taken: Sequence[Alarm]) -> None:
        now = self._clock.now()
        troubles = settle(judged.troubles, taken=taken, now=now)
        memory = Memory(troubles=troubles, place=place)
        if memory != self._memory:
            self._kept.save(memory)
        self._memory = memory


async def _told(channel: AlarmChannel, alarm: Alarm) -> str | None:
    """None when it was taken, else why it was not."""
    try:
        await asyncio.wait_for(channel.tell(alarm), timeout=SEND_WITHIN_S)
    except AlarmRefused as fault:
        return f"{channel.name}: {fault}"
    except TimeoutError:
        return f"{channel.name}: no answer within {SEND_WITHIN_S:g} s"
    return None


# --- the look


class StoreSight:
    """A `Sight` of a store. All it does is read."""

    def __init__(self, *, store: Store, heartbeats: HeartbeatStore) -> None:
        self._store = store
        self._heartbeats = heartbeats
        self._faults: tuple[str, ...] = ()
        self._next_at: datetime | None = None
        self._long: asyncio.Task[list[str]] | None = None
        self._long_at: datetime | None = None

    async def look(self, *, now: datetime, place: Place | None) -> tuple[Look, Place]:
        health = await self._store.health(now=now)
        heartbeats = await self._heartbeats.heartbeats()
        broken, place = await ledger_slice(self._store, place)
        await self._look_long(now)
        look = Look(at=now, heartbeats=heartbeats, health=health, faults=(*self._faults, *broken))
        return look, place

    async def _look_long(self, now: datetime) -> None:
        """All tables are read, so beside the rounds; the first is waited for a little."""
        if self._long is None and (self._next_at is None or now >= self._next_at):
            self._long, self._long_at = asyncio.ensure_future(self._store.faults()), now
        if self._long is not None:
            done, _ = await asyncio.wait({self._long}, timeout=1)
            if done:
                self._end_long(now)

    def _end_long(self, now: datetime) -> None:
        assert self._long is not None and self._long_at is not None
        task, self._long = self._long, None
        self._next_at = now + max(FAULTS_EVERY, FAULTS_REST * (now - self._long_at))
        self._faults = tuple(task.result())

    def leave(self) -> None:
        if self._long is not None:
            self._long.cancel()
            self._long = None


async def ledger_slice(store: Store, place: Place | None) -> tuple[tuple[str, ...], Place]:
    """Check the links of what is new since `place`, and that nothing before it went away.

    A place is left only when all up to the next one holds, so that a fault is found at each look.
    Without a place it begins at the end: what came before is `handrail ledger verify`'s matter.
    """
    head = await store.head()
    if place is None:
        return (), _place(head)
    if head.seq < place.seq:
        return (f"the ledger ends at {head.seq}, and was at {place.seq} before",), place
    book = FaultBook()
    links = Chain(book, seq=place.seq, digest=bytes.fromhex(place.digest))
    async for entries in store.entries(after=place.seq, chunk=SLICE_MAX):
        links.take(entries, head=head)
        break  # the rest is the next look's
    if links.count == 0 and (head.seq > place.seq or head.digest.hex() != place.digest):
        book.add(head.seq, "head", "the head is not the entry that it was")
    if book.faults:
        return tuple(f"entry {fault.seq}: {fault.message}" for fault in book.faults), place
    return (), Place(seq=links.seq, digest=links.digest.hex())


def _place(head: Head) -> Place:
    return Place(seq=head.seq, digest=head.digest.hex())
