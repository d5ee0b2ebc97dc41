"""Bare inserts of the rows that a handoff is: the ceiling of the same database and driver."""

import time
from collections.abc import Sequence
from typing import Any

import asyncpg

from handrail.trials.bench.ground import connect

TABLES = ("leads", "captures", "handoffs", "ledger", "turns")
"""What one new handoff writes, a row each; the head, the loads and the wake-ups are shared."""


class BareRows:
    """The very rows that Handrail wrote, to be written again into tables like its own."""

    def __init__(self, rows: dict[str, list[tuple[Any, ...]]], types: dict[str, list[str]]) -> None:
        self._rows = rows
        self._types = types
        self.count = min(len(rows[table]) for table in ("leads", "handoffs"))

    @classmethod
    async def taken_from(cls, connection: asyncpg.Connection, *, limit: int) -> "BareRows":
        """Copy up to `limit` rows of each table, and make empty tables of the same shape."""
        rows, types = {}, {}
        for table in TABLES:
            records = await connection.fetch(f"select * from {table} limit {limit}")
            rows[table] = [tuple(record) for record in records]
            types[table] = [
                row["format_type"]
                for row in await connection.fetch(
                    "select format_type(atttypid, atttypmod) from pg_attribute "
                    "where attrelid = $1::regclass and attnum > 0 and not attisdropped "
                    "order by attnum",
                    table,
                )
            ]
        return cls(rows, types)

    async def make_tables(self, connection: asyncpg.Connection) -> None:
        for table in TABLES:
            await connection.execute(f"drop table if exists bare_{table}")
            await connection.execute(f"create table bare_{table} (like {table} including all)")

    def single(self) -> str:
        """One statement that inserts one row into each table."""
        parts, number = [], 0
        for table in TABLES:
            marks: list[str] = []
            for _ in self._types[table]:
                number += 1
                marks.append(f"${number}::{self._types[table][len(marks)]}")
            parts.append((table, f"insert into bare_{table} values ({', '.join(marks)})"))
        *first, last = parts
        with_ = ", ".join(f"x{i} as ({text})" for i, (_, text) in enumerate(first))
        return f"with {with_} {last[1]}"

    def single_values(self, index: int, *, salt: str) -> list[Any]:
        """Parameters of `single`: keys are made unique so that every insert is a new one."""
        values: list[Any] = []
        for table in TABLES:
            rows = self._rows[table]
            values += _unique(table, rows[index % len(rows)], f"{salt}{index}", index)
        return values

    def many(self) -> list[tuple[str, str]]:
        """For each table, the statement that inserts its rows by unnest."""
        return [
            (
                table,
                f"insert into bare_{table} select * from unnest("
                + ", ".join(f"${i + 1}::{kind}[]" for i, kind in enumerate(self._types[table]))
                + ")",
            )
            for table in TABLES
        ]

    def columns(self, table: str, indexes: Sequence[int], *, salt: str) -> list[list[Any]]:
        rows = self._rows[table]
        made = [_unique(table, rows[i % len(rows)], f"{salt}{i}", i) for i in indexes]
        return [list(column) for column in zip(*made, strict=True)]


def _unique(table: str, row: tuple[Any, ...], salt: str, index: int) -> list[Any]:
    values = list(row)
    match table:
        case "leads":
            values[0], values[1] = salt, f"{salt}@company.example"
        case "captures":
            values[0], values[1] = salt, salt
        case "handoffs":
            values[0], values[1] = f"{salt}-1", salt
        case "ledger" | "turns":
            values[0] = index + 1
    return values


async def unnest_rate(dsn: str, bare: BareRows, *, total: int, batch: int) -> float:
    """Handoffs a second by bare unnest inserts, `batch` to a transaction, durable."""
    connection = await connect(dsn)
    try:
        await bare.make_tables(connection)
        statements = [(table, await connection.prepare(text)) for table, text in bare.many()]
        work = []
        for start in range(0, total, batch):
            indexes = range(start, start + batch)
            work.append([bare.columns(table, indexes, salt="u") for table, _ in statements])
        began = time.perf_counter()
        for columns in work:
            async with connection.transaction():
                for (_, statement), values in zip(statements, columns, strict=True):
                    await statement.fetch(*values)
        return total / (time.perf_counter() - began)
    finally:
        await connection.close()
