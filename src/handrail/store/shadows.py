"""Shadows and their differences, beside the ledger: in PostgreSQL, and in memory."""

from datetime import datetime
from typing import Any

import asyncpg
import msgspec

from handrail.engine.shadow import Compared, ShadowRow, ShadowTally
from handrail.store.connection import Pool, open_pool, telling_losses

CONNECTIONS = 1
KEPT_MAX = 1_000  # differences of one shadow, the latest

_BEGIN = """
    insert into shadows (digest, name, version, began_at, began_by)
    values ($1, $2, $3, $4, $5)
    on conflict (digest) do update set began_at = excluded.began_at, began_by = excluded.began_by,
      ended_at = null, ended_why = null, decisions = 0, differing = 0, spent_us = 0, counts = '{}'
"""
_CLEAR = "delete from shadow_differences where digest = $1"
_END = """
    update shadows set ended_at = $2, ended_why = $3
    where digest = $1 and ended_at is null returning true
"""
_ADD = """
    update shadows set decisions = decisions + $2, differing = differing + $3,
      spent_us = spent_us + $4, counts = (
        select coalesce(jsonb_object_agg(kind, n), '{}') from (
          select kind, sum(n) as n from (
            select key as kind, value::bigint as n from jsonb_each_text(shadows.counts)
            union all select key, value::bigint from jsonb_each_text($5::jsonb)
          ) as both_of_them group by kind
        ) as summed
      )
    where digest = $1
"""
_LIST = """
    insert into shadow_differences (digest, seq, body)
    select $1, * from unnest($2::bigint[], $3::bytea[])
    on conflict (digest, seq) do nothing
"""
_FORGET = """
    delete from shadow_differences where digest = $1 and seq <= (
      select seq from shadow_differences where digest = $1 order by seq desc offset $2 limit 1
    )
"""
_ALL = """
    select digest, name, version, began_at, began_by, ended_at, ended_why, decisions, differing,
      spent_us, counts
    from shadows order by began_at desc, digest
"""
_LATEST = "select body from shadow_differences where digest = $1 order by seq desc limit $2"

_encode = msgspec.json.Encoder().encode
_compared = msgspec.json.Decoder(Compared).decode
_counts = msgspec.json.Decoder(dict[str, int]).decode


class PostgresShadows:
    """A `ShadowStore`. Make it by `open`, on a database that is up to date."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    @classmethod
    async def open(cls, dsn: str) -> "PostgresShadows":
        return cls(await open_pool(dsn, size=CONNECTIONS))

    async def close(self) -> None:
        await self._pool.close()

    async def begin(self, row: ShadowRow) -> None:
        with telling_losses("beginning a shadow"):
            async with self._pool.acquire() as connection, connection.transaction():
                await connection.execute(_CLEAR, row.digest)
                await connection.execute(
                    _BEGIN, row.digest, row.name, row.version, row.began_at, row.began_by
                )

    async def end(self, digest: str, *, at: datetime, why: str) -> bool:
        return bool(await self._ask(_END, digest, at, why))

    async def add(self, digest: str, tally: ShadowTally) -> None:
        counts = _encode(tally.counts).decode()
        with telling_losses("counting a shadow"):
            async with self._pool.acquire() as connection, connection.transaction():
                await connection.execute(
                    _ADD, digest, tally.decisions, tally.differing, tally.spent_us, counts
                )
                if tally.listed:
                    seqs = [one.seq for one in tally.listed]
                    bodies = [_encode(one) for one in tally.listed]
                    await connection.execute(_LIST, digest, seqs, bodies)
                    await connection.execute(_FORGET, digest, KEPT_MAX)

    async def shadows(self) -> list[ShadowRow]:
        return [_row(found) for found in await self._ask(_ALL)]

    async def differences(self, digest: str, *, limit: int) -> list[Compared]:
        return [_compared(found["body"]) for found in await self._ask(_LATEST, digest, limit)]

    async def _ask(self, query: str, *args: object) -> list[asyncpg.Record]:
        with telling_losses("reading shadows"):
            async with self._pool.acquire() as connection:
                return await connection.fetch(query, *args)


def _row(found: asyncpg.Record) -> ShadowRow:
    parts: dict[str, Any] = dict(found)
    return ShadowRow(**{**parts, "counts": _counts(parts["counts"])})


class MemoryShadows:
    """The `ShadowStore` of the twin."""

    def __init__(self) -> None:
        self._rows: dict[str, ShadowRow] = {}
        self._listed: dict[str, dict[int, Compared]] = {}

    async def begin(self, row: ShadowRow) -> None:
        self._rows[row.digest] = row
        self._listed[row.digest] = {}

    async def end(self, digest: str, *, at: datetime, why: str) -> bool:
        row = self._rows.get(digest)
        if row is None or row.ended_at is not None:
            return False
        self._rows[digest] = msgspec.structs.replace(row, ended_at=at, ended_why=why)
        return True

    async def add(self, digest: str, tally: ShadowTally) -> None:
        row = self._rows[digest]
        counts = dict(row.counts)
        for kind, count in tally.counts.items():
            counts[kind] = counts.get(kind, 0) + count
        self._rows[digest] = msgspec.structs.replace(
            row,
            decisions=row.decisions + tally.decisions,
            differing=row.differing + tally.differing,
            spent_us=row.spent_us + tally.spent_us,
            counts=counts,
        )
        listed = self._listed[digest]
        for one in tally.listed:
            listed.setdefault(one.seq, one)
        for seq in sorted(listed)[:-KEPT_MAX]:
            del listed[seq]

    async def shadows(self) -> list[ShadowRow]:
        rows = sorted(self._rows.values(), key=lambda row: row.digest)
        return sorted(rows, key=lambda row: row.began_at, reverse=True)

    async def differences(self, digest: str, *, limit: int) -> list[Compared]:
        listed = self._listed.get(digest, {})
        return [listed[seq] for seq in sorted(listed, reverse=True)[:limit]]
