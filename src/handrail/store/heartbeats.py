"""Heartbeats of nodes: in PostgreSQL, and in memory."""

from datetime import datetime

import asyncpg

from handrail.engine.heartbeat import Heartbeat
from handrail.store.connection import READ_ONLY, Pool, open_pool, telling_losses

CONNECTIONS = 1

_BEAT = """
    insert into heartbeats (node, role, version, at, looked_at) values ($1, $2, $3, $4, $5)
    on conflict (node) do update set role = excluded.role, version = excluded.version,
      at = excluded.at, looked_at = excluded.looked_at
"""
_FORGET = "delete from heartbeats where at < $1"
_END = "delete from heartbeats where node = $1"
_ALL = "select node, role, version, at, looked_at from heartbeats order by node"


class PostgresHeartbeats:
    """A `HeartbeatStore`. Make it by `open`, on a database that is up to date."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool

    @classmethod
    async def open(cls, dsn: str) -> "PostgresHeartbeats":
        return cls(await open_pool(dsn, size=CONNECTIONS))

    @classmethod
    async def reading(cls, dsn: str) -> "PostgresHeartbeats":
        """For who only looks."""
        return cls(await open_pool(dsn, size=CONNECTIONS, settings=READ_ONLY))

    async def close(self) -> None:
        await self._pool.close()

    def cut(self) -> None:
        """Leave without waiting for an answer."""
        self._pool.terminate()

    async def beat(self, heartbeat: Heartbeat, *, forget_before: datetime) -> None:
        await self._ask(
            _BEAT,
            heartbeat.node,
            heartbeat.role,
            heartbeat.version,
            heartbeat.at,
            heartbeat.looked_at,
        )
        await self._ask(_FORGET, forget_before)

    async def end(self, node: str) -> None:
        await self._ask(_END, node)

    async def heartbeats(self) -> tuple[Heartbeat, ...]:
        return tuple(Heartbeat(**dict(found)) for found in await self._ask(_ALL))

    async def _ask(self, query: str, *args: object) -> list[asyncpg.Record]:
        with telling_losses("keeping heartbeats"):
            async with self._pool.acquire() as connection:
                return await connection.fetch(query, *args)


class MemoryHeartbeats:
    """The `HeartbeatStore` of the twin."""

    def __init__(self) -> None:
        self._nodes: dict[str, Heartbeat] = {}

    async def beat(self, heartbeat: Heartbeat, *, forget_before: datetime) -> None:
        self._nodes[heartbeat.node] = heartbeat
        self._nodes = {node: beat for node, beat in self._nodes.items() if beat.at >= forget_before}

    async def end(self, node: str) -> None:
        self._nodes.pop(node, None)

    async def heartbeats(self) -> tuple[Heartbeat, ...]:
        return tuple(self._nodes[node] for node in sorted(self._nodes))
