"""What only a database can promise: locks over nodes, refusals, plans, a schema that adds up."""

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from datetime import timedelta
from importlib.resources import files
from itertools import count
from typing import Any

import asyncpg
import psycopg
import pytest

from handrail.engine.ports import Head, StoreUnavailable
from handrail.store.connection import BY_INDEX, SETTINGS
from handrail.store.migrate import SchemaRefused, migrate, migrations
from handrail.store.postgres import PostgresStore
from handrail.store.statements import statements
from tests.cluster import Cluster
from tests.twins.store_cases import POOL, T0, batch, handoff, lead, saved, write

CUT = (
    "select pg_terminate_backend(pid) from pg_stat_activity "
    "where state = 'idle in transaction' and datname = current_database()"
)
MANY_LEADS = b"""
    insert into leads (id, state, key) select 'l' || n, '{}', '' from generate_series(1, 50000) n
"""
MANY_HANDOFFS = b"""
    insert into handoffs (id, lead, is_open, stage, owner_team, owner_rep, account, came_at,
      opened_at, wake_at, is_timed, body)
    select 'h' || n, 'l' || n, true, 'assigned', 'inbound',
      case when n % 3 > 0 then 'rep' || n % 40 end, 'a' || n % 900, '2026-03-02 15:00Z',
      '2026-03-02 15:00Z', timestamptz '2026-03-02 15:00Z' + n * interval '1 s', false, '{}'
    from generate_series(1, 50000) n
"""
_numbers = count()


@pytest.fixture
async def node(database: str) -> AsyncIterator[PostgresStore]:
    store = await PostgresStore.open(database)
    yield store
    await store.close()


@contextmanager
def empty_database(cluster: Cluster) -> Iterator[str]:
    name = f"empty_{next(_numbers)}"
    with psycopg.connect(cluster.dsn("postgres"), autocommit=True) as admin:
        admin.execute(f"create database {name} template template0".encode())
        try:
            yield cluster.dsn(name)
        finally:
            admin.execute(f"drop database {name} with (force)".encode())


# --- nodes


async def test_two_nodes_write_one_after_the_other(node: PostgresStore, database: str) -> None:
    other = await PostgresStore.open(database)
    seen = []

    async def one(store: PostgresStore, name: str) -> None:
        async with store.write() as unit:
            seen.append(unit.head.seq)
            await asyncio.sleep(0.01)
            await unit.stage(batch(unit.head, saved(handoff(name))))

    turns = (one(node if number % 2 else other, f"l{number}") for number in range(8))
    await asyncio.gather(*turns)
    await other.close()
    assert seen == list(range(8))
    assert (await node.head()).seq == 8


@pytest.mark.parametrize("is_staged", [False, True])
async def test_a_connection_cut_in_a_transaction_leaves_nothing(
    node: PostgresStore, database: str, is_staged: bool
) -> None:
    with pytest.raises(StoreUnavailable) as told:  # noqa: PT012 - its end raises
        async with node.write() as unit:
            if is_staged:
                await unit.stage(batch(unit.head, saved(handoff())))
            with psycopg.connect(database, autocommit=True) as killer:
                assert len(killer.execute(CUT.encode()).fetchall()) == 1
            if not is_staged:
                await unit.stage(batch(unit.head, saved(handoff())))
    assert getattr(told.value, "maybe_committed", None) is is_staged
    assert await node.head() == Head()
    await write(node, saved(handoff()))  # connects anew
    assert (await node.head()).seq == 1


async def test_a_stopped_node_loses_its_transaction_and_the_lock(
    node: PostgresStore, database: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert SETTINGS["idle_in_transaction_session_timeout"] == "10s"
    monkeypatch.setitem(SETTINGS, "idle_in_transaction_session_timeout", "100ms")
    zombie = await PostgresStore.open(database)
    with pytest.raises(StoreUnavailable):  # noqa: PT012 - its end raises
        async with zombie.write() as stale:
            await write(node, saved(handoff("taken")))  # waits for the lock, and gets it
            await stale.stage(batch(stale.head, saved(handoff("ghost"))))
    await zombie.close()
    assert await node.case_of_handoff("ghost") is None
    assert (await node.head()).seq == 1


async def test_a_swallowed_error_does_not_pass_for_a_commit(node: PostgresStore) -> None:
    await write(node, saved(handoff()))
    failed = "a statement before it had failed"
    with pytest.raises(StoreUnavailable, match=failed):  # noqa: PT012 - its end raises
        async with node.write() as unit:
            with pytest.raises(AssertionError):
                await unit.stage(batch(unit.head, saved(handoff())))


async def test_no_server_is_told_as_such(node: PostgresStore, cluster: Cluster) -> None:
    with pytest.raises(StoreUnavailable, match="connecting"):
        await PostgresStore.open(cluster.dsn("no_such_database"))


# --- what the database refuses


@pytest.mark.parametrize(
    "change",
    [
        "update ledger set body = 'x'",
        "delete from ledger",
        "truncate ledger",
        "delete from ledger where seq = 99",
    ],
)
async def test_the_ledger_is_only_ever_added_to(
    node: PostgresStore, database: str, change: str
) -> None:
    await write(node, entries=3)
    with (
        psycopg.connect(database, autocommit=True) as person,
        pytest.raises(psycopg.Error, match="only ever added to|permission denied"),
    ):
        person.execute(change.encode())
    assert [len(chunk) async for chunk in node.entries(after=0, chunk=9)] == [3]


@pytest.mark.parametrize(
    "change",
    [
        "owner_team = ''",
        "owner_rep = ''",
        "owner_team = null",
        "stage = 'elsewhere'",
        "stage = 'closed'",
        "is_open = false",
        "wake_at = null",
        "is_latest = false",
    ],
)
async def test_a_handoff_that_breaks_an_invariant_is_refused(
    node: PostgresStore, database: str, change: str
) -> None:
    await write(node, saved(handoff()))
    with psycopg.connect(database) as person, pytest.raises(psycopg.IntegrityError):
        person.execute(f"update handoffs set {change}".encode())


async def test_a_lead_has_one_open_handoff(node: PostgresStore, database: str) -> None:
    await write(node, saved(handoff()))
    copy = (
        "insert into handoffs select 'lena/2', lead, is_latest, is_open, stage, owner_team, "
        "owner_rep, account, came_at, opened_at, wake_at, due_at, met_at, is_timed, body "
        "from handoffs"
    )
    with psycopg.connect(database) as person, pytest.raises(psycopg.errors.UniqueViolation):
        person.execute(copy.encode())


# --- plans


async def explain(database: str, name: str, *parameters: object) -> str:
    """The plan that the write connection makes and keeps."""
    connection = await asyncpg.connect(database, server_settings={**SETTINGS, **BY_INDEX})
    rows = await connection.fetch(f"explain {statements('unit')[name]}", *parameters)
    await connection.close()
    return "\n".join(row[0] for row in rows)


async def test_polls_read_an_index_in_its_order(node: PostgresStore, database: str) -> None:
    """At 50,000 rows, both before and after the planner has counted them."""
    with psycopg.connect(database, autocommit=True) as person:
        person.execute(MANY_LEADS)
        person.execute(MANY_HANDOFFS)
        for counted in (False, True):
            if counted:
                person.execute(b"analyze")
            assert "using handoffs_due" in await explain(database, "due", T0, 100)
            assert "using handoffs_pooled" in await explain(database, "waiting", "inbound", 100)
            assert "using handoffs_owned" in await explain(database, "owned", "rep1", 100)
            assert "using wakes_due" in await explain(database, "due_wakes", T0, 100)
            looked = await explain(database, "look_up", ["x"], ["y"], ["a1"], 9, ["a1"])
            for plan in (looked, await explain(database, "cases", ["l1"])):
                assert "Seq Scan" not in plan
            assert looked.count("using handoffs_account") == 5


async def test_no_statement_asks_the_server_for_the_time() -> None:
    asked = re.compile(r"\b(now|clock_timestamp|current_timestamp|localtimestamp)\b(?!\.)")
    every = [
        text for file in ("stage", "unit", "reads", "faults") for text in statements(file).values()
    ]
    assert not [text for text in every if asked.search(text)]


async def test_a_statement_is_prepared_once(node: PostgresStore, database: str) -> None:
    for number in range(3):
        await write(node, saved(handoff(f"l{number}")))
    async with node.write() as unit:
        rows = await unit._connection.fetch(  # type: ignore[attr-defined]  # looks inside
            "select calls.generic_plans + calls.custom_plans from pg_prepared_statements as calls "
            "where statement like 'with new_leads%'"
        )
    assert [row[0] for row in rows] == [3]


# --- the schema


CATALOG = {
    "columns": """
        select table_name, column_name, data_type, collation_name, is_nullable, column_default
        from information_schema.columns where table_schema = 'public' order by 1, 2""",
    "constraints": """
        select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint
        where connamespace = 'public'::regnamespace order by 1, 2""",
    "indexes": "select indexname, indexdef from pg_indexes where schemaname = 'public' order by 1",
    "triggers": """
        select pg_get_triggerdef(oid) from pg_trigger where not tgisinternal order by 1""",
    "functions": """
        select pg_get_functiondef(oid) from pg_proc
        where pronamespace = 'public'::regnamespace and prolang <> 13 order by proname""",
    "options": """
        select relname, reloptions, relacl::text from pg_class
        where relnamespace = 'public'::regnamespace order by 1""",
    "comments": """
        select attrelid::regclass::text, attname, col_description(attrelid, attnum)
        from pg_attribute join pg_class on pg_class.oid = attrelid
        where relkind = 'r' and relnamespace = 'public'::regnamespace and attnum > 0
          and not attisdropped order by 1, 2""",
    "rows": "select * from chain",
}


def catalog(dsn: str) -> dict[str, list[Any]]:
    with psycopg.connect(dsn) as person:
        found = {name: person.execute(q.encode()).fetchall() for name, q in CATALOG.items()}
    return {
        name: [row for row in rows if "migrations" not in str(row)] for name, rows in found.items()
    }


async def test_the_schema_is_the_sum_of_its_migrations(cluster: Cluster, database: str) -> None:
    schema = (files("handrail.store") / "schema.sql").read_text(encoding="utf-8")
    with empty_database(cluster) as dsn:
        with psycopg.connect(dsn) as person:
            person.execute(schema.encode())
        assert catalog(dsn) == catalog(database)


def test_every_column_says_what_it_holds_of_a_person(database: str) -> None:
    with psycopg.connect(database) as person:
        columns = person.execute(CATALOG["comments"].encode()).fetchall()
    assert len(columns) > 80
    tag = re.compile(r"personal: \S.*")
    assert not [row for row in columns if not tag.fullmatch(row[2] or "")]


async def test_nodes_that_start_together_migrate_once(cluster: Cluster) -> None:
    with empty_database(cluster) as dsn:
        await asyncio.gather(*(migrate(dsn) for _ in range(4)))
        with psycopg.connect(dsn) as person:
            applied = person.execute(b"select version from migrations").fetchall()
    assert applied == [(migration.version,) for migration in migrations()]


async def test_a_newer_schema_is_refused(database: str) -> None:
    with psycopg.connect(database) as person:
        person.execute(b"insert into migrations values (999, 'later', 'x')")
    with pytest.raises(SchemaRefused, match="schema 999.*run the newer Handrail"):
        await PostgresStore.open(database)


async def test_another_migration_of_the_same_number_is_refused(database: str) -> None:
    with psycopg.connect(database) as person:
        person.execute(b"update migrations set digest = 'x' where version = 1")
    with pytest.raises(SchemaRefused, match="migration 1"):
        await PostgresStore.open(database)


# --- sizes


async def test_a_batch_may_hold_thousands(node: PostgresStore) -> None:
    cases = [saved(handoff(f"l{number:05}", owner=POOL)) for number in range(3_000)]
    await write(node, *cases)
    again = [saved(handoff(f"l{number:05}"), is_new=False) for number in range(3_000)]
    await write(node, *again)
    health = await node.health(now=T0 + timedelta(days=1))
    assert (health.open_handoffs, health.overdue) == (3_000, 3_000)
    whose = lead("l00000")
    assert await node.case_of_handoff(whose.id) is not None
