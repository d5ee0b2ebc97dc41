"""One transaction on PostgreSQL, with the chain's row locked from its first statement on."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import chain

import asyncpg

from handrail.contract.agreement import AgreementBook
from handrail.engine.ports import (
    Batch,
    Head,
    IdempotencyRow,
    LoadRow,
    LookUp,
    RefusedOverlap,
    StandingDelta,
    StoredCase,
    Turn,
    WakeKey,
)
from handrail.store.codec import (
    Part,
    book_of,
    case_of,
    conditions_of,
    head_parameters,
    parts_of,
    stored_case,
)
from handrail.store.connection import Connection, telling_losses
from handrail.store.facets import WORKING_MAX, Inconsistent, check_batch
from handrail.store.statements import compose, statements, target

# Rows that are only added: from this many on a COPY, in a round trip of its own, is cheaper.
COPIED = frozenset({"new_leads", "new_handoffs", "captures", "entries", "turns"})
COPY_FROM = 100
_SAVEPOINT = "savepoint before_meetings"
_BACK = "rollback to savepoint before_meetings"


class PostgresUnit:
    """A `Unit`. Each method is one round trip.

    But for `standing`, four, when other nodes have written; `agreements`, two; and large batches:
    see COPIED.
    """

    head: Head

    def __init__(self, connection: Connection, head: Head) -> None:
        self._connection = connection
        self._is_open = True
        self._queries = statements("unit")
        self.head = head

    def end(self) -> None:
        self._is_open = False

    async def _fetch(self, name: str, *parameters: object) -> list[asyncpg.Record]:
        assert self._is_open, "the transaction has ended"
        with telling_losses(name):
            return await self._connection.fetch(self._queries[name], *parameters)

    async def look_up(
        self,
        *,
        captures: Sequence[str],
        emails: Sequence[str],
        accounts: Sequence[str],
        with_last: bool,
    ) -> LookUp:
        asked = list(dict.fromkeys(accounts))
        rows = await self._fetch(
            "look_up",
            list(dict.fromkeys(captures)),
            list(dict.fromkeys(emails)),
            asked,
            WORKING_MAX,
            asked if with_last else [],
        )
        return _look_up_of(rows)

    async def cases(self, leads: Sequence[str]) -> dict[str, StoredCase]:
        found = await self._fetch("cases", list(leads))
        return {row["id"]: case_of(row) for row in found}

    async def due(self, *, now: datetime, limit: int) -> list[StoredCase]:
        return [case_of(row) for row in await self._fetch("due", now, limit)]

    async def due_wakes(self, *, now: datetime, limit: int) -> list[tuple[WakeKey, datetime]]:
        rows = await self._fetch("due_wakes", now, limit)
        return [(WakeKey(kind=kind, id=id), at) for kind, id, at in rows]

    async def waiting(self, *, team: str, limit: int) -> list[StoredCase]:
        return [case_of(row) for row in await self._fetch("waiting", team, limit)]

    async def owned(self, *, rep: str, limit: int) -> list[StoredCase]:
        return [case_of(row) for row in await self._fetch("owned", rep, limit)]

    async def owned_count(self, *, team: str) -> int:
        count: int = (await self._fetch("owned_count", team))[0][0]
        return count

    async def standing(self, *, after: int, turns_from: datetime) -> StandingDelta:
        loads = await self._fetch("loads_after", after)
        conditions = await self._fetch("conditions_after", after)
        turns = await self._fetch("turns_after", after, turns_from)
        handling = await self._fetch("handling_after", after)
        return StandingDelta(
            loads={
                owner: LoadRow(open=open, unworked=unworked, timed=timed, extra=extra)
                for owner, open, unworked, timed, extra in loads
            },
            conditions={rep: conditions_of(body) for rep, body in conditions},
            turns=[Turn(*row) for row in turns],
            handling={rep: list(minutes) for rep, minutes in handling},
        )

    async def agreements(self) -> AgreementBook:
        return book_of(await self._fetch("agreements"), await self._fetch("person_keys"))

    async def last_turns(self) -> Mapping[tuple[str, str], datetime]:
        return {(team, rep): at for team, rep, at in await self._fetch("last_turns")}

    async def idempotent(self, key: str) -> IdempotencyRow | None:
        rows = await self._fetch("idempotent", key)
        return IdempotencyRow(*rows[0]) if rows else None

    async def stage(self, batch: Batch) -> None:
        assert self._is_open, "the transaction has ended"
        check_batch(batch)
        with telling_losses("writing"), telling_contradictions():
            if batch.meetings or batch.freed:
                await self._stage_meetings(batch)
            else:
                await self._stage(batch)
        self.head = batch.head

    async def _stage_meetings(self, batch: Batch) -> None:
        """A refused overlap takes back this batch only: the caller may offer another time."""
        await self._connection.execute(_SAVEPOINT)
        try:
            if batch.freed:
                await self._connection.execute(self._queries["free_meetings"], batch.freed)
            await self._stage(batch)
        except asyncpg.ExclusionViolationError as fault:
            await self._connection.execute(_BACK)
            raise RefusedOverlap(_told(fault)) from fault

    async def _stage(self, batch: Batch) -> None:
        parts = []
        for part in parts_of(batch):
            if part.name in COPIED and len(part.rows) >= COPY_FROM:
                await self._copy(part)
            else:
                parts.append(part)
        parameters = [part.parameters for part in parts]
        statement = compose(tuple(part.name for part in parts), tuple(map(len, parameters)))
        counts = await self._connection.fetchrow(
            statement, *chain.from_iterable(parameters), *head_parameters(batch.head)
        )
        assert counts is not None
        _check_counts(counts, {part.name: len(part.rows) for part in parts})

    async def _copy(self, part: Part) -> None:
        table, columns = target(part.name)
        await self._connection.copy_records_to_table(table, records=part.rows, columns=columns)


def _check_counts(counts: asyncpg.Record, rows: Mapping[str, int]) -> None:
    if counts["head"] != 1:
        raise Inconsistent("the chain ends after the head that was to be written")
    for name in ("known_leads", "known_handoffs"):
        if name in rows and counts[name] != rows[name]:
            missing = rows[name] - counts[name]
            raise Inconsistent(f"{missing} of {name} are not stored, or belong to another lead")


@contextmanager
def telling_contradictions() -> Iterator[None]:
    """A constraint that refuses a row: the engine contradicted what is stored."""
    try:
        yield
    except asyncpg.IntegrityConstraintViolationError as fault:
        raise Inconsistent(_told(fault)) from fault


def _told(fault: asyncpg.IntegrityConstraintViolationError) -> str:
    """What the server says, with the row that it refused."""
    return f"{fault}: {getattr(fault, 'detail', None) or 'no detail'}"


def _look_up_of(rows: Sequence[asyncpg.Record]) -> LookUp:
    captures: dict[str, str] = {}
    people: dict[str, str] = {}
    cases: dict[str, StoredCase] = {}
    working: dict[str, list[tuple[str, str]]] = {}
    last: dict[str, tuple[str, datetime]] = {}
    for kind, name, lead, rep, at, state, key, body in rows:
        match kind:
            case "capture":
                captures[name] = lead
            case "person":
                people[name] = lead
            case "case":
                cases[lead] = stored_case(state=state, key=key, body=body)
            case "working":
                working.setdefault(name, []).append((lead, rep))
            case _:
                last[name] = (rep, at)
    return LookUp(captures=captures, people=people, cases=cases, working=working, last=last)
