"""The store on PostgreSQL, 15 or later: one row of the chain is the lock of all that is decided.

Every write transaction begins by locking that row, so decisions are taken one after the other over
all nodes; a batch of them shares one transaction, one statement that writes, and one flush.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import TypeVar

import asyncpg

from handrail.contract.agreement import AgreementBook
from handrail.engine.ports import (
    Choice,
    Delivery,
    DeliveryState,
    HandoffFilter,
    Head,
    Health,
    Queue,
    SealedEntry,
    SentTo,
    StoredCase,
    StoredContract,
    StoredRoster,
    Unit,
    Which,
)
from handrail.engine.retries import FAILING_FROM
from handrail.store import fault_words
from handrail.store.codec import (
    book_of,
    case_of,
    choice_of,
    contract_of,
    delivery_of,
    entry_of,
    head_of,
)
from handrail.store.connection import (
    LOST,
    READ_ONLY,
    Connection,
    Pool,
    WriteConnection,
    open_pool,
    telling_losses,
    unavailable,
)
from handrail.store.facets import COUNTED_MAX, FAULTS_MAX, NEVER, capped
from handrail.store.migrate import migrate
from handrail.store.postgres_unit import PostgresUnit
from handrail.store.statements import board, statements

T = TypeVar("T")

LOOKERS = 2  # of `reading`: one may be at the long look for faults
READERS = 4  # connections; two cores have no use for more
FAULTS_WITHIN_S = 3_600  # all tables are read


class PostgresStore:
    """A `Store`. Make it by `open`."""

    def __init__(self, *, writer: WriteConnection, pool: Pool) -> None:
        self._writer = writer
        self._pool = pool
        self._turn = asyncio.Lock()
        self._queries = statements("reads")

    @classmethod
    async def open(cls, dsn: str, *, readers: int = READERS) -> "PostgresStore":
        """Bring the database up to date and connect. Raises SchemaRefused, StoreUnavailable."""
        await migrate(dsn)
        return cls(writer=WriteConnection(dsn), pool=await open_pool(dsn, size=readers))

    @classmethod
    async def reading(cls, dsn: str) -> "PostgresStore":
        """For who only looks: the database stays as it is, and every transaction is read-only."""
        pool = await open_pool(dsn, size=LOOKERS, settings=READ_ONLY)
        return cls(writer=WriteConnection(dsn, settings=READ_ONLY), pool=pool)

    def cut(self) -> None:
        """Leave without waiting for an answer."""
        self._writer.drop()
        self._pool.terminate()

    async def close(self) -> None:
        async with self._turn:
            await self._writer.close()
        await self._pool.close()

    # --- writing

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Unit]:
        async with self._turn:
            connection = await self._writer.get()
            unit = await self._begin(connection)
            try:
                yield unit
            except Exception:
                await self._undo(connection)
                raise
            except BaseException:  # cancelled: a statement may still be under way
                self._writer.drop()
                raise
            finally:
                unit.end()
            await self._commit(connection)

    async def _begin(self, connection: Connection) -> PostgresUnit:
        queries = statements("unit")
        try:
            with telling_losses("beginning"):
                await connection.execute(queries["begin"])
                head = await connection.fetchrow(queries["lock"])
        except BaseException:
            self._writer.drop()
            raise
        assert head is not None, "the chain has lost its only row"
        return PostgresUnit(connection, head_of(head))

    async def _undo(self, connection: Connection) -> None:
        try:
            await connection.execute("rollback")
        except Exception:  # whatever it is: the server undoes what a cut connection began
            self._writer.drop()
        except BaseException:
            self._writer.drop()
            raise

    async def _commit(self, connection: Connection) -> None:
        try:
            done = await connection.execute("commit")
        except LOST as fault:
            self._writer.drop()
            raise unavailable("committing", fault, maybe_committed=True) from fault
        except BaseException:
            self._writer.drop()
            raise
        if done != "COMMIT":
            raise unavailable("committing", RuntimeError("a statement before it had failed"))

    # --- reading

    async def _read(self, do: Callable[[Connection], Awaitable[T]], *, doing: str) -> T:
        """Do it on a connection of the pool, and once more when an idle one turns out dead."""
        try:
            async with self._pool.acquire() as connection:
                return await do(connection)
        except LOST:
            pass
        with telling_losses(doing):
            async with self._pool.acquire() as connection:
                return await do(connection)

    async def _fetch(self, name: str, *parameters: object) -> list[asyncpg.Record]:
        query = self._queries[name]
        return await self._read(lambda found: found.fetch(query, *parameters), doing=name)

    async def head(self) -> Head:
        return head_of((await self._fetch("head"))[0])

    async def case_of_handoff(self, handoff: str) -> StoredCase | None:
        rows = await self._fetch("case_by_handoff", handoff)
        rows = rows or await self._fetch("case_by_lead", handoff)
        return case_of(rows[0]) if rows else None

    async def cases_of(self, query: HandoffFilter) -> list[StoredCase]:
        """Those with a wake-up by the index of wake-ups; then, if wanted, those without by id."""
        rows = []
        if query.after is None or query.after[0] < NEVER:
            rows = await self._page(query, asleep=False)
        if not query.open_only and len(rows) < query.limit:
            rows += await self._page(query, asleep=True)
        return [case_of(row) for row in rows[: query.limit]]

    async def _page(self, query: HandoffFilter, *, asleep: bool) -> list[asyncpg.Record]:
        parameters: list[object] = [query.limit]

        def add(value: object) -> str:
            parameters.append(value)
            return f"${len(parameters)}"

        conditions = ["wake_at is null" if asleep else "wake_at is not null"]
        if query.open_only:
            conditions.append("is_open")
        if query.incident_only:
            conditions.append("incident_at is not null")
        if query.team is not None:
            conditions.append(f"owner_team = {add(query.team)}")
        if query.owner is not None:
            conditions.append(f"coalesce(owner_rep, 'team:' || owner_team) = {add(query.owner)}")
            if not query.owner.startswith("team:"):
                conditions.append(f"owner_rep = {add(query.owner)}")
        if query.stage is not None:
            conditions.append(f"stage = {add(query.stage)}")
        if query.after is not None:
            at, handoff = query.after
            if not asleep:
                conditions.append(f"(wake_at, id) > ({add(at)}, {add(handoff)})")
            elif at == NEVER:
                conditions.append(f"id > {add(handoff)}")
        statement = board(conditions)
        return await self._read(lambda found: found.fetch(statement, *parameters), doing="listing")

    async def entries_of(self, lead: str) -> list[SealedEntry]:
        return [entry_of(row) for row in await self._fetch("entries_of", lead)]

    async def keys(self, leads: Sequence[str]) -> dict[str, bytes]:
        return {row["id"]: row["key"] for row in await self._fetch("keys", list(leads))}

    async def entries(self, *, after: int, chunk: int) -> AsyncIterator[Sequence[SealedEntry]]:
        while found := [entry_of(row) for row in await self._fetch("entries", after, chunk)]:
            yield found
            after = found[-1].seq

    async def evidence(self, digests: Sequence[bytes]) -> dict[bytes, bytes]:
        return {row["digest"]: row["body"] for row in await self._fetch("evidence", list(digests))}

    async def contract(self, digest: str) -> StoredContract | None:
        rows = await self._fetch("contract", digest)
        return contract_of(rows[0]) if rows else None

    async def contracts(self) -> list[StoredContract]:
        return [contract_of(row) for row in await self._fetch("contracts")]

    async def agreements(self) -> AgreementBook:
        return book_of(await self._fetch("agreements"), await self._fetch("person_keys"))

    async def roster(self, digest: str) -> StoredRoster | None:
        rows = await self._fetch("roster", digest)
        return StoredRoster(*rows[0]) if rows else None

    async def next_wake(self) -> datetime | None:
        first: datetime | None = (await self._fetch("next_wake"))[0][0]
        return first

    # --- deliveries

    async def claim_deliveries(
        self, *, now: datetime, limit: int, lease_until: datetime, besides: Sequence[str] = ()
    ) -> list[Delivery]:
        rows = await self._fetch("claim", now, limit, lease_until, list(besides))
        return [delivery_of(row) for row in rows]

    async def claim_of_channel(
        self, channel: str, *, now: datetime, limit: int, lease_until: datetime, which: Which
    ) -> list[Delivery]:
        rows = await self._fetch(f"claim_{which}", now, limit, lease_until, channel)
        return [delivery_of(row) for row in rows]

    async def record_delivery(self, delivery: Delivery) -> None:
        rows = await self._fetch(
            "record_delivery",
            delivery.key,
            delivery.due_at,
            delivery.tries,
            delivery.state,
            delivery.reason,
            delivery.move_at,
            delivery.sent_at,
        )
        if rows[0][0] == 0:
            raise KeyError(f"no delivery {delivery.key}")

    async def move_delivery(
        self, delivery: Delivery, *, to: Delivery, again: bool = False, by_person: bool = False
    ) -> bool:
        rows = await self._fetch(
            "move_delivery",
            delivery.key,
            delivery.tries,
            delivery.reason,
            to.key,
            to.channel,
            to.due_at,
            to.move_at,
            again,
            to.judged,
            to.decided,
            by_person,
        )
        return bool(rows[0][0])

    async def decide_delivery(self, delivery: Delivery) -> bool:
        rows = await self._fetch(
            "decide_delivery",
            delivery.key,
            delivery.state,
            delivery.due_at,
            delivery.tries,
            delivery.reason,
            delivery.move_at,
            delivery.judged,
            delivery.decided,
        )
        return bool(rows[0][0])

    async def wake_deliveries(self, channel: str, *, now: datetime) -> int:
        woken: int = (await self._fetch("wake_deliveries", channel, now))[0][0]
        return woken

    async def unjudged(self, channel: str, *, now: datetime, limit: int) -> list[Delivery]:
        return [delivery_of(row) for row in await self._fetch("unjudged", channel, now, limit)]

    async def let_go(self, keys: Sequence[str]) -> None:
        await self._fetch("let_go", list(keys))

    async def sent_to(self, recipients: Sequence[str], *, since: datetime) -> list[SentTo]:
        rows = await self._fetch("sent_to", list(recipients), since)
        return [SentTo(*row) for row in rows]

    async def open_digests(
        self, channel: str, recipients: Sequence[str], *, now: datetime
    ) -> list[Delivery]:
        rows = await self._fetch("open_digests", channel, list(recipients), now)
        return [delivery_of(row) for row in rows]

    async def fold(self, keys: Sequence[str], *, digest: Delivery, stem: str, now: datetime) -> int:
        rows = await self._fetch(
            "fold",
            list(keys),
            digest.key,
            digest.channel,
            digest.body,
            digest.due_at,
            digest.move_at,
            digest.recipient,
            now,
            stem,
        )
        taken: int = rows[0][0]
        return taken

    async def waiting_alone(self, recipients: Sequence[str]) -> dict[str, int]:
        rows = await self._fetch("waiting_alone", list(recipients))
        return {row["recipient"]: row["count"] for row in rows}

    async def unfold(self, stem: str, *, besides: Sequence[str] = ()) -> int:
        count: int = (await self._fetch("unfold", stem, list(besides)))[0][0]
        return count

    async def folded(self, stem: str) -> list[Delivery]:
        return [delivery_of(row) for row in await self._fetch("folded", stem)]

    async def deliveries_of(self, lead: str) -> list[Delivery]:
        return [delivery_of(row) for row in await self._fetch("deliveries_of", lead)]

    async def choice(self, person: str) -> Choice | None:
        rows = await self._fetch("choice", person)
        return choice_of(rows[0]) if rows else None

    async def delivery(self, key: str) -> Delivery | None:
        rows = await self._fetch("delivery", key)
        return delivery_of(rows[0]) if rows else None

    async def deliveries_in(
        self, state: DeliveryState, *, after: str, limit: int
    ) -> list[Delivery]:
        return [delivery_of(row) for row in await self._fetch("deliveries_in", state, after, limit)]

    async def queues(self, channels: Sequence[str]) -> list[Queue]:
        return [Queue(*row) for row in await self._fetch("queues", list(channels))]

    async def meeting_starts(
        self, reps: Sequence[str], *, since: datetime
    ) -> dict[str, tuple[datetime, ...]]:
        rows = await self._fetch("meeting_starts", list(reps), since)
        return {rep: tuple(starts) for rep, starts in rows}

    # --- watching

    async def health(self, *, now: datetime) -> Health:
        """Above ten thousand the open handoffs are as many as the server last estimated."""
        row = (await self._fetch("health", now, COUNTED_MAX, FAILING_FROM))[0]
        counts = (row["owned"], row["pooled"], row["triage"])
        return Health(
            overdue=min(row["overdue"], COUNTED_MAX),
            oldest_due_at=row["oldest"],
            waiting_deliveries=row["waiting"],
            parked_deliveries=row["parked"],
            open_handoffs=max(sum(counts), row["estimate"] if COUNTED_MAX in counts else 0),
            failing_deliveries=row["failing"],
            oldest_delivery_at=row["oldest_delivery"],
        )

    async def faults(self) -> list[str]:
        return await self._read(_faults_of, doing="looking for faults")


async def _faults_of(connection: Connection) -> list[str]:
    """All of one snapshot, lest work that goes on meanwhile looks like a fault."""
    found = []
    async with connection.transaction(isolation="repeatable_read", readonly=True):
        for name, query in statements("faults").items():
            say: Callable[..., str] = getattr(fault_words, name)
            rows = await connection.fetch(query, FAULTS_MAX + 1, timeout=FAULTS_WITHIN_S)
            found += capped(say(*row) for row in rows)
    return found
