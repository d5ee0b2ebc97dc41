"""Connections to PostgreSQL: how they are set, and what their loss means."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import Any, Protocol, cast

import asyncpg

from handrail.store.facets import DatabaseUnavailable

ANSWER_WITHIN_S = 60  # of a statement; a server that is silent for longer counts as lost
CONNECT_WITHIN_S = 10
BACKOFF_FIRST_S = 0.05
BACKOFF_MAX_S = 2.0
STATEMENTS_KEPT = 500  # prepared, of one connection; the ways to join parts of a write are few

SETTINGS = {
    "application_name": "handrail",
    "timezone": "UTC",
    "synchronous_commit": "on",  # an answered lead is on disk
    "jit": "off",
    "lock_timeout": "30s",
    # A node that was stopped in its transaction loses it, and with it the lock of the chain.
    "idle_in_transaction_session_timeout": "10s",
}
READ_ONLY = {"application_name": "handrail watch", "default_transaction_read_only": "on"}
# Everything inside the write transaction is found by index, in the index's order. The planner must
# not think otherwise because a table was small, or not yet counted, when it made a plan to keep.
BY_INDEX = {
    "plan_cache_mode": "force_generic_plan",
    "enable_seqscan": "off",
    "enable_bitmapscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "enable_sort": "off",
}

LOST = (
    asyncpg.exceptions.InterfaceError,
    asyncpg.PostgresConnectionError,
    asyncpg.exceptions.OperatorInterventionError,  # the server stops, or cancelled us
    asyncpg.exceptions.InsufficientResourcesError,  # disk full, too many connections
    asyncpg.exceptions.IdleInTransactionSessionTimeoutError,
    asyncpg.exceptions.LockNotAvailableError,
    asyncpg.exceptions.DeadlockDetectedError,
    asyncpg.exceptions.SerializationError,
    asyncpg.exceptions.InvalidCatalogNameError,  # no such database
    asyncpg.exceptions.InvalidAuthorizationSpecificationError,
    asyncpg.exceptions.ReadOnlySQLTransactionError,  # a standby, or being switched over
    OSError,
    TimeoutError,
)


class Connection(Protocol):
    """What we use of asyncpg's connection, which is only partly annotated."""

    async def execute(self, query: str, *args: object) -> str: ...
    async def fetch(
        self, query: str, *args: object, timeout: float | None = None
    ) -> list[asyncpg.Record]: ...
    async def fetchrow(self, query: str, *args: object) -> asyncpg.Record | None: ...
    async def fetchval(self, query: str, *args: object) -> Any: ...
    async def copy_records_to_table(
        self, table_name: str, *, records: Iterable[tuple[Any, ...]], columns: Sequence[str]
    ) -> str: ...
    def transaction(
        self, *, isolation: str | None = None, readonly: bool = False
    ) -> AbstractAsyncContextManager[object]: ...
    def is_closed(self) -> bool: ...
    def terminate(self) -> None: ...
    async def close(self, *, timeout: float | None = None) -> None: ...


class Pool(Protocol):
    def acquire(self) -> AbstractAsyncContextManager[Connection]: ...
    async def close(self) -> None: ...
    def terminate(self) -> None: ...


@contextmanager
def telling_losses(doing: str) -> Iterator[None]:
    """Turn a lost connection, and a transaction that the server ended, into StoreUnavailable."""
    try:
        yield
    except LOST as fault:
        if isinstance(fault, ValueError):  # asyncpg's word for a parameter of the wrong type
            raise
        raise unavailable(doing, fault) from fault


def unavailable(
    doing: str, fault: BaseException, *, maybe_committed: bool = False
) -> DatabaseUnavailable:
    said = str(fault) or type(fault).__name__
    return DatabaseUnavailable(
        f"PostgreSQL failed while {doing}: {said}", maybe_committed=maybe_committed
    )


class WriteConnection:
    """The one connection of this process that writes cases; made anew when it is lost."""

    def __init__(self, dsn: str, *, settings: Mapping[str, str] = {}) -> None:
        self._dsn = dsn
        self._settings = {**SETTINGS, **BY_INDEX, **settings}
        self._connection: Connection | None = None
        self._wait_s = 0.0

    async def get(self) -> Connection:
        """The connection, or StoreUnavailable after one attempt, later after each failure."""
        if self._connection is not None and not self._connection.is_closed():
            return self._connection
        if self._wait_s:
            await asyncio.sleep(self._wait_s)
        self._wait_s = min(max(2 * self._wait_s, BACKOFF_FIRST_S), BACKOFF_MAX_S)
        with telling_losses("connecting"):
            self._connection = await connect(self._dsn, settings=self._settings)
        self._wait_s = 0.0
        return self._connection

    def drop(self) -> None:
        """Cut it; the server then undoes what was not committed."""
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None

    async def close(self) -> None:
        if self._connection is not None:
            await self._connection.close(timeout=CONNECT_WITHIN_S)
            self._connection = None


async def connect(dsn: str, *, settings: Mapping[str, str]) -> Connection:
    connection = await asyncpg.connect(  # type: ignore[no-untyped-call]  # annotated in part
        dsn,
        timeout=CONNECT_WITHIN_S,
        command_timeout=ANSWER_WITHIN_S,
        statement_cache_size=STATEMENTS_KEPT,
        max_cached_statement_lifetime=0,
        max_cacheable_statement_size=0,  # of any size
        server_settings=dict(settings),
    )
    return cast(Connection, connection)


async def open_pool(dsn: str, *, size: int, settings: Mapping[str, str] = {}) -> Pool:
    """Connections for what reads committed state and for deliveries; made when needed."""
    pool = await asyncpg.create_pool(  # type: ignore[no-untyped-call]  # annotated in part
        dsn,
        min_size=0,
        max_size=size,
        timeout=CONNECT_WITHIN_S,
        command_timeout=ANSWER_WITHIN_S,
        server_settings={**SETTINGS, **settings},
    )
    return cast(Pool, pool)
