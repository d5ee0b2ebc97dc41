"""Bring a database up to date: numbered files, each in a transaction, one node at a time."""

import hashlib
import re
from importlib.resources import files

import msgspec

from handrail.store.connection import ANSWER_WITHIN_S, Connection, connect, telling_losses

SERVER_MIN = 150_000  # PostgreSQL 15
LOCK = 0x48616E64  # "Hand": whoever migrates this database holds it
_FILE = re.compile(r"(\d{4})_(\w+)\.sql")
_TABLE = """
create table if not exists migrations (
  version integer primary key,
  name text not null,
  digest text not null,
  applied_at timestamptz not null default now()
);
comment on column migrations.version is 'personal: none';
comment on column migrations.name is 'personal: none';
comment on column migrations.digest is 'personal: none';
comment on column migrations.applied_at is 'personal: none';
"""


class SchemaRefused(Exception):
    """The database is of another make than this Handrail can work on; says what to do."""


class Migration(msgspec.Struct, frozen=True):
    version: int
    name: str
    text: str

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()


def migrations() -> list[Migration]:
    """Those that came with this Handrail, in order, numbered from 1 without gaps."""
    found = []
    for file in (files("handrail.store") / "migrations").iterdir():
        named = _FILE.fullmatch(file.name)
        if named is not None:
            text = file.read_text(encoding="utf-8")
            found.append(Migration(version=int(named[1]), name=named[2], text=text))
    found.sort(key=lambda migration: migration.version)
    assert [migration.version for migration in found] == list(range(1, len(found) + 1))
    return found


async def migrate(dsn: str) -> int:
    """Apply what is missing; the version that the database then has."""
    with telling_losses("connecting"):
        connection = await connect(dsn, settings={"client_min_messages": "warning"})
    with telling_losses("migrating"):
        try:
            return await _migrate(connection, migrations())
        finally:
            await connection.close(timeout=ANSWER_WITHIN_S)


async def _migrate(connection: Connection, known: list[Migration]) -> int:
    await _check_server(connection)
    await connection.execute("select pg_advisory_lock($1)", LOCK)  # freed with the connection
    applied: dict[int, str] = {}
    if await connection.fetchval("select to_regclass('migrations') is not null"):
        rows = await connection.fetch("select version, digest from migrations")
        applied = {row["version"]: row["digest"] for row in rows}
    _check_applied(applied, known)
    for migration in known:
        if migration.version not in applied:
            await _apply(connection, migration)
    return known[-1].version


async def _check_server(connection: Connection) -> None:
    number = int(await connection.fetchval("show server_version_num"))
    if number < SERVER_MIN:
        raise SchemaRefused(
            f"this is PostgreSQL {number // 10_000}; Handrail needs 15 or later: upgrade the server"
        )
    encoding = await connection.fetchval("show server_encoding")
    if encoding != "UTF8":
        raise SchemaRefused(f"the database stores text as {encoding}: create it with UTF8")


def _check_applied(applied: dict[int, str], known: list[Migration]) -> None:
    newest = max(applied, default=0)
    if newest > known[-1].version:
        raise SchemaRefused(
            f"the database has schema {newest}, this Handrail knows {known[-1].version}: "
            "run the newer Handrail, or restore a backup from before its upgrade"
        )
    for migration in known:
        if applied.get(migration.version, migration.digest) != migration.digest:
            raise SchemaRefused(
                f"migration {migration.version} ({migration.name}) is not the one that made this "
                "database: run the Handrail that made it, or restore a backup"
            )


async def _apply(connection: Connection, migration: Migration) -> None:
    async with connection.transaction():
        await connection.execute(_TABLE)
        await connection.execute(migration.text)
        await connection.execute(
            "insert into migrations (version, name, digest) values ($1, $2, $3)",
            migration.version,
            migration.name,
            migration.digest,
        )
