"""Keeps what is known of reps' calendars fresh: read as they change, told when they cannot be.

Nothing waits for it. Routing decides by what was read last, and by the reason `calendar_stale`
where that is too long ago.
"""

import asyncio
import zlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

import structlog
from msgspec.structs import replace

from handrail.engine.alerts.message import CALENDAR_BACK, CALENDAR_LOST
from handrail.engine.calendars.calendar import Calendar, CalendarStore
from handrail.engine.calendars.secrets import Secrets
from handrail.engine.calendars.source import (
    Access,
    CalendarFault,
    CalendarItem,
    CalendarKind,
    CalendarSource,
    Changes,
    RenewingCalendar,
    Times,
    WritableCalendar,
)
from handrail.engine.engine import Engine
from handrail.engine.ports import StoreUnavailable
from handrail.engine.standing import CALENDAR_SEEN
from handrail.engine.syncing.moved import follow
from handrail.engine.syncing.ours import heed
from handrail.engine.syncing.pushes import GAP, Pushes
from handrail.engine.vault import Unreadable
from handrail.terms.people import Span

ACTOR = "system"
ADDRESS = "address"  # beside the secret, under the same seal
EVERY = timedelta(minutes=2)
SPREAD = timedelta(seconds=20)  # so that calendars connected together are not read together
DAY = timedelta(days=1)
BACK = DAY
AHEAD_MIN = CALENDAR_SEEN  # what decisions look at, where nobody books
WHOLE_EVERY = DAY  # then the window has rolled on, and is read anew
UTC_ZONE = "UTC"
STALE_AFTER = timedelta(minutes=30)
RENEW_BEFORE = timedelta(minutes=5)
RETRY_FIRST = timedelta(seconds=30)
RETRY_MAX = timedelta(minutes=15)
RETRY_ASKED_MAX = timedelta(hours=6)
READ_MAX_S = 45.0
LEASE = timedelta(seconds=90)
AT_ONCE = 8
LOOK_MAX_S = 1.0
IDLE = timedelta(seconds=5)

log = structlog.get_logger()


class Sync:
    """Of one node; any number may run on the same store. A `Calendars` for what is written."""

    def __init__(
        self,
        *,
        engine: Engine,
        store: CalendarStore,
        secrets: Secrets,
        sources: Mapping[CalendarKind, CalendarSource],
        pushes: Pushes | None = None,
        read_max_s: float = READ_MAX_S,
        look_max_s: float = LOOK_MAX_S,
    ) -> None:
        """`sources`: of the kinds that are switched on. `pushes`: without it none tells of changes,
        and each is read every now and then."""
        self._engine = engine
        self._store = store
        self._secrets = secrets
        self._sources = sources
        self.pushes = pushes
        self._read_max_s = read_max_s
        self._look_max_s = look_max_s
        self._reading: set[asyncio.Task[None]] = set()

    async def look(self) -> timedelta:
        """Read what is due; how long until something may be. What hangs goes on by itself, so that
        one server holds up no other's calendars."""
        now = self._engine.clock.now()
        room = AT_ONCE - len(self._reading)
        claimed: list[Calendar] = []
        if room > 0:
            claimed = await self._store.claim(now=now, limit=room, lease_until=now + LEASE)
        self._reading |= {asyncio.create_task(self.read_now(calendar)) for calendar in claimed}
        if not self._reading:
            return IDLE
        done, self._reading = await asyncio.wait(self._reading, timeout=self._look_max_s)
        faults = [task.exception() for task in done]
        for fault in faults:
            if fault is not None:
                raise fault
        return timedelta(0) if room > 0 and len(claimed) == room else IDLE

    async def finish(self) -> None:
        """Let go of what still hangs; it is read again when its lease is over."""
        for task in self._reading:
            task.cancel()
        await asyncio.gather(*self._reading, return_exceptions=True)

    # --- reading

    async def _read(self, calendar: Calendar) -> None:
        now = self._engine.clock.now()
        access = await self._fresh(calendar, self.access_of(calendar), now=now)
        whole, changes = await self._changes(calendar, access, now=now)
        await self._keep(calendar, access, changes, whole=whole, now=now)
        if self.pushes is not None:
            await self.pushes.keep(calendar, self._source(calendar.kind), access)

    async def try_out(self, calendar: Calendar) -> None:
        """Whether it can be read at all; nothing is kept. Raises CalendarFault."""
        now = self._engine.clock.now()
        await self._changes(calendar, self.access_of(calendar), now=now)

    async def read_now(self, calendar: Calendar) -> None:
        """Once; what goes wrong is kept with it."""
        now = self._engine.clock.now()
        try:
            await self._read(calendar)
        except StoreUnavailable:
            raise
        except CalendarFault as fault:
            await self._failed(calendar, fault, now=now)
            return
        except Exception as fault:  # one's own mistake must not stop the other calendars
            log.exception("calendar_failed", calendar=calendar.id)
            said = CalendarFault("bad_answer", f"reading it failed: {type(fault).__name__}")
            await self._failed(calendar, said, now=now)

    async def _keep(
        self, calendar: Calendar, access: Access, changes: Changes, *, whole: bool, now: datetime
    ) -> None:
        read = replace(
            calendar,
            sealed=self._sealed(calendar, access),
            cursor=changes.cursor,
            read_at=now if whole else calendar.read_at,
            fresh_at=now,
            due_at=self._next(calendar, since=now),
            tries=0,
            fault=None,
            told_at=None,
        )
        is_kept = await self._store.save(
            read, items=changes.items, gone=changes.gone, is_whole=changes.is_whole
        )
        if is_kept:
            await self.apply(calendar.rep)
            await heed(self._engine, calendar.rep, changes.ours, actor=ACTOR)
            if calendar.writes:
                await follow(self._engine, calendar.rep, changes.ours, calendars=self)
            if calendar.told_at is not None:
                reason = f"{calendar.place}: read again"
                await self._tell(calendar.rep, CALENDAR_BACK, reason)

    def _next(self, calendar: Calendar, *, since: datetime) -> datetime:
        if self.pushes is not None and self.pushes.was_heard(calendar.id, since=since):
            return since + GAP
        return since + EVERY + _spread(calendar.id)

    async def _changes(
        self, calendar: Calendar, access: Access, *, now: datetime
    ) -> tuple[bool, Changes]:
        source = self._source(calendar.kind)
        is_old = calendar.read_at is None or now - calendar.read_at >= WHOLE_EVERY
        cursor = None if is_old else calendar.cursor
        window = await self._window(now)
        try:
            async with asyncio.timeout(self._read_max_s):
                changes = await source.changes(access, cursor=cursor, window=window)
        except TimeoutError:
            said = f"{calendar.place} did not answer within {self._read_max_s:g} s"
            raise CalendarFault("unreachable", said) from None
        # What cannot be worked out is not kept: it would be no better than a guess.
        await self._times_of(source, changes.items, zone=UTC_ZONE, window=window)
        return cursor is None or changes.is_whole, changes

    def _source(self, kind: CalendarKind) -> CalendarSource:
        source = self._sources.get(kind)
        if source is None:
            raise CalendarFault("refused", f"calendars of kind {kind} are switched off here")
        return source

    async def _fresh(self, calendar: Calendar, access: Access, *, now: datetime) -> Access:
        """With a token that lasts; a new one is kept before it is used, for the old one is void."""
        source = self._source(calendar.kind)
        if not isinstance(source, RenewingCalendar):
            return access
        ends_at = source.expires_at(access)
        if ends_at is None or ends_at - now > RENEW_BEFORE:
            return access
        renewed = await source.renew(access)
        sealed = self.sealed(calendar.id, renewed)
        await self._store.save(replace(calendar, sealed=sealed, due_at=now + LEASE))
        return renewed

    async def _failed(self, calendar: Calendar, fault: CalendarFault, *, now: datetime) -> None:
        tries = calendar.tries + 1
        wait = min(RETRY_FIRST * 2 ** min(calendar.tries, 10), RETRY_MAX)
        if fault.retry_after is not None:
            wait = max(wait, min(fault.retry_after, RETRY_ASKED_MAX))
        is_lost = fault.code == "lost_token"
        untold = calendar.told_at is None
        tells = untold and (is_lost or is_stale(calendar, now=now))
        failed = replace(
            calendar,
            tries=tries,
            fault=str(fault),
            # A lost token is tried again too, seldom: some servers refuse everybody for a while.
            due_at=now + (RETRY_MAX if is_lost else wait) + _spread(calendar.id),
            told_at=now if tells else calendar.told_at,
        )
        log.warning("calendar_unread", calendar=calendar.id, code=fault.code, tries=tries)
        if not await self._store.save(failed):
            return
        await self.apply(calendar.rep)
        if tells:
            await self._tell(calendar.rep, CALENDAR_LOST, str(fault))

    async def _tell(self, rep: str, what: str, reason: str) -> None:
        await self._engine.people.tell_of_calendar(rep, what, reason=reason, actor=ACTOR)

    # --- what decisions see

    async def apply(self, rep: str) -> bool:
        """Count what all calendars of the rep say now; True where something is other."""
        now = self._engine.clock.now()
        _, roster = await self._engine.in_force()
        known = roster.reps.get(rep)
        if known is None:
            return False
        busy: list[Span] = []
        away: list[Span] = []
        window = await self._window(now)
        stale = False
        for calendar in await self._store.calendars(rep=rep):
            times = await self._times(calendar, zone=known.timezone, window=window)
            stale = stale or times is None or is_stale(calendar, now=now)
            if times is not None:
                busy += times.busy
                away += times.away
        return await self._engine.people.set_calendar(
            rep,
            busy=_union(busy),
            away=_union(away),
            stale=stale,
            actor=ACTOR,
        )

    async def _times(self, calendar: Calendar, *, zone: str, window: Span) -> Times | None:
        """None where it cannot be said."""
        try:
            items = await self._store.items(calendar.id)
            return await self._times_of(
                self._source(calendar.kind), items, zone=zone, window=window
            )
        except CalendarFault as fault:
            log.warning("calendar_unclear", calendar=calendar.id, reason=str(fault))
            return None

    async def _times_of(
        self, source: CalendarSource, items: Sequence[CalendarItem], *, zone: str, window: Span
    ) -> Times:
        if not items:
            return Times()
        return await asyncio.to_thread(source.times, items, zone=zone, window=window)

    async def _window(self, now: datetime) -> Span:
        """As far as anybody may book, in whole days, so that it is another once a day only."""
        rules = [one.booking for one in await self._engine.contracts_in_force()]
        ahead = max([AHEAD_MIN, *(one.within for one in rules if one is not None)])
        day = now.replace(hour=0, minute=0, second=0, microsecond=0)
        return Span(day - BACK, day + ahead + DAY)

    async def unsubscribe(self, calendar: Calendar) -> None:
        """Its server need not tell of changes any more; where it cannot be asked, so be it."""
        source = self._sources.get(calendar.kind)
        if self.pushes is None or source is None or calendar.subscription is None:
            return
        try:
            await self.pushes.end(calendar, source, self.access_of(calendar))
        except CalendarFault as fault:
            log.info("calendar_still_pushed", calendar=calendar.id, reason=str(fault))

    # --- writing

    async def writable(self, rep: str) -> tuple[WritableCalendar, Access] | None:
        """The rep's calendar into which meetings are written, if there is one."""
        for calendar in await self._store.calendars(rep=rep):
            source = self._sources.get(calendar.kind)
            if calendar.writes and isinstance(source, WritableCalendar):
                now = self._engine.clock.now()
                return source, await self._fresh(calendar, self.access_of(calendar), now=now)
        return None

    # --- secrets

    def access_of(self, calendar: Calendar) -> Access:
        try:
            kept = self._secrets.open(calendar.sealed, calendar=calendar.id)
        except Unreadable as fault:
            raise CalendarFault("lost_token", f"{fault}: connect the calendar again") from None
        return Access(address=kept.pop(ADDRESS, ""), secret=kept)

    def address_of(self, calendar: Calendar) -> str | None:
        """None where it cannot be opened any more."""
        try:
            return self.access_of(calendar).address
        except CalendarFault:
            return None

    def sealed(self, id: str, access: Access) -> bytes:
        return self._secrets.seal({**access.secret, ADDRESS: access.address}, calendar=id)

    def _sealed(self, calendar: Calendar, access: Access) -> bytes:
        """Anew only where the key or the token is another."""
        is_same = access == self.access_of(calendar)
        if is_same and self._secrets.is_current(calendar.sealed):
            return calendar.sealed
        return self.sealed(calendar.id, access)


def is_stale(calendar: Calendar, *, now: datetime) -> bool:
    """What was read last is too old to decide by. One that was never read counts from when it was
    connected."""
    return now - (calendar.fresh_at or calendar.at) > STALE_AFTER


def _union(spans: Iterable[Span]) -> tuple[Span, ...]:
    found: list[Span] = []
    for span in sorted(spans):
        if found and span.from_at <= found[-1].until_at:
            last = found[-1]
            found[-1] = Span(last.from_at, max(span.until_at, last.until_at))
        else:
            found.append(span)
    return tuple(found)


def _spread(id: str) -> timedelta:
    return SPREAD * (zlib.crc32(id.encode()) % 101) / 100
