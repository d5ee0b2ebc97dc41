"""Connected calendars and what was read of them: in PostgreSQL, and in memory."""

from collections.abc import Sequence
from datetime import datetime

import asyncpg
import msgspec
from msgspec.structs import replace

from handrail.engine.calendars.calendar import Calendar
from handrail.engine.calendars.source import CalendarItem, Subscription
from handrail.store.connection import Pool, open_pool, telling_losses

CONNECTIONS = 2
_COLUMNS = (
    "id, rep, kind, place, sealed, writes, at, by, due_at, state, cursor, read_at, fresh_at, "
    "tries, fault, told_at, subscription"
)

_ADD = f"""
    insert into calendars ({_COLUMNS})
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
    on conflict do nothing returning id
"""
_ONE = f"select {_COLUMNS} from calendars where id = $1"
_ALL = f"""
    select {_COLUMNS} from calendars where $1::text is null or rep = $1 order by rep, at, id
"""
_CLAIM = f"""
    update calendars set lease = $3
    where id = any(array(
      select id from calendars
      where due_at <= $1 and state = 'connected' and (lease is null or lease <= $1)
      order by due_at, id limit $2 for update skip locked))
    returning {_COLUMNS}
"""
_SAVE = """
    update calendars set sealed = $3, due_at = $4, state = $5, cursor = $6, read_at = $7,
      fresh_at = $8, tries = $9, fault = $10, told_at = $11, lease = null
    where id = $1 and at = $2 returning id
"""
_SUBSCRIBED = "update calendars set subscription = $3 where id = $1 and at = $2 returning id"
_FORGET = "delete from calendar_items where calendar = $1"
_KEEP = """
    insert into calendar_items (calendar, id, body)
    select $1, * from unnest($2::text[], $3::bytea[])
    on conflict (calendar, id) do update set body = excluded.body
"""
_DROP = "delete from calendar_items where calendar = $1 and id = any($2::text[])"
_WAKE = """
    update calendars set due_at = $2, lease = null
    where id = $1 and state = 'connected' returning id
"""
_ITEMS = "select id, body from calendar_items where calendar = $1 order by id"
_REMOVE = f"delete from calendars where id = $1 returning {_COLUMNS}"


class PostgresCalendars:
    """A `CalendarStore`. Make it by `open`, on a database that is up to date."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    @classmethod
    async def open(cls, dsn: str) -> "PostgresCalendars":
        return cls(await open_pool(dsn, size=CONNECTIONS))

    async def close(self) -> None:
        await self._pool.close()

    async def add(self, calendar: Calendar) -> bool:
        row = {**msgspec.structs.asdict(calendar), "subscription": _written(calendar.subscription)}
        return bool(await self._ask(_ADD, *row.values()))

    async def calendar(self, id: str) -> Calendar | None:
        return next(iter(map(_calendar, await self._ask(_ONE, id))), None)

    async def calendars(self, *, rep: str | None = None) -> list[Calendar]:
        return [_calendar(found) for found in await self._ask(_ALL, rep)]

    async def claim(self, *, now: datetime, limit: int, lease_until: datetime) -> list[Calendar]:
        found = map(_calendar, await self._ask(_CLAIM, now, limit, lease_until))
        return sorted(found, key=lambda calendar: (calendar.due_at, calendar.id))

    async def save(
        self,
        calendar: Calendar,
        *,
        items: Sequence[CalendarItem] = (),
        gone: Sequence[str] = (),
        is_whole: bool = False,
    ) -> bool:
        last = {item.id: item.body for item in items}
        with telling_losses("keeping a calendar"):
            async with self._pool.acquire() as connection, connection.transaction():
                saved = await connection.fetch(_SAVE, *_state_of(calendar))
                if not saved:
                    return False
                if is_whole:
                    await connection.execute(_FORGET, calendar.id)
                elif gone:
                    await connection.execute(_DROP, calendar.id, list(gone))
                if last:
                    await connection.execute(_KEEP, calendar.id, list(last), list(last.values()))
                return True

    async def subscribed(self, calendar: Calendar, subscription: Subscription) -> bool:
        written = _written(subscription)
        return bool(await self._ask(_SUBSCRIBED, calendar.id, calendar.at, written))

    async def wake(self, id: str, *, now: datetime) -> bool:
        return bool(await self._ask(_WAKE, id, now))

    async def items(self, id: str) -> list[CalendarItem]:
        return [CalendarItem(**dict(found)) for found in await self._ask(_ITEMS, id)]

    async def remove(self, id: str) -> Calendar | None:
        return next(iter(map(_calendar, await self._ask(_REMOVE, id))), None)

    async def _ask(self, query: str, *args: object) -> list[asyncpg.Record]:
        with telling_losses("keeping calendars"):
            async with self._pool.acquire() as connection:
                return await connection.fetch(query, *args)


def _state_of(calendar: Calendar) -> tuple[object, ...]:
    return (
        calendar.id,
        calendar.at,
        calendar.sealed,
        calendar.due_at,
        calendar.state,
        calendar.cursor,
        calendar.read_at,
        calendar.fresh_at,
        calendar.tries,
        calendar.fault,
        calendar.told_at,
    )


def _written(subscription: Subscription | None) -> bytes | None:
    return msgspec.json.encode(subscription) if subscription is not None else None


def _calendar(found: asyncpg.Record) -> Calendar:
    row = dict(found)
    said = row.pop("subscription")
    read = msgspec.json.decode(said, type=Subscription) if said is not None else None
    return Calendar(**row, subscription=read)


class MemoryCalendars:
    """The `CalendarStore` of the twin."""

    def __init__(self) -> None:
        self._rows: dict[str, Calendar] = {}
        self._items: dict[str, dict[str, CalendarItem]] = {}
        self._leases: dict[str, datetime] = {}

    async def add(self, calendar: Calendar) -> bool:
        written = any(row.writes and row.rep == calendar.rep for row in self._rows.values())
        if calendar.id in self._rows or (written and calendar.writes):
            return False
        self._rows[calendar.id] = calendar
        self._items[calendar.id] = {}
        return True

    async def calendar(self, id: str) -> Calendar | None:
        return self._rows.get(id)

    async def calendars(self, *, rep: str | None = None) -> list[Calendar]:
        found = [row for row in self._rows.values() if rep is None or row.rep == rep]
        return sorted(found, key=lambda row: (row.rep, row.at, row.id))

    async def claim(self, *, now: datetime, limit: int, lease_until: datetime) -> list[Calendar]:
        due = [
            row
            for row in self._rows.values()
            if row.due_at <= now and row.state == "connected" and self._is_free(row.id, now)
        ]
        taken = sorted(due, key=lambda row: (row.due_at, row.id))[:limit]
        self._leases |= {row.id: lease_until for row in taken}
        return taken

    def _is_free(self, id: str, now: datetime) -> bool:
        lease = self._leases.get(id)
        return lease is None or lease <= now

    async def save(
        self,
        calendar: Calendar,
        *,
        items: Sequence[CalendarItem] = (),
        gone: Sequence[str] = (),
        is_whole: bool = False,
    ) -> bool:
        known = self._rows.get(calendar.id)
        if known is None or known.at != calendar.at:
            return False
        self._rows[calendar.id] = replace(
            calendar,
            rep=known.rep,
            kind=known.kind,
            place=known.place,
            writes=known.writes,
            subscription=known.subscription,
        )
        self._leases.pop(calendar.id, None)
        kept = {} if is_whole else self._items[calendar.id]
        for id in gone:
            kept.pop(id, None)
        self._items[calendar.id] = kept | {item.id: item for item in items}
        return True

    async def subscribed(self, calendar: Calendar, subscription: Subscription) -> bool:
        known = self._rows.get(calendar.id)
        if known is None or known.at != calendar.at:
            return False
        self._rows[calendar.id] = replace(known, subscription=subscription)
        return True

    async def wake(self, id: str, *, now: datetime) -> bool:
        known = self._rows.get(id)
        if known is None or known.state != "connected":
            return False
        self._rows[id] = replace(known, due_at=now)
        self._leases.pop(id, None)
        return True

    async def items(self, id: str) -> list[CalendarItem]:
        kept = self._items.get(id, {})
        return [kept[one] for one in sorted(kept)]

    async def remove(self, id: str) -> Calendar | None:
        self._items.pop(id, None)
        self._leases.pop(id, None)
        return self._rows.pop(id, None)
