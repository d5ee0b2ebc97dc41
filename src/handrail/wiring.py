"""The only file that knows every concrete class: it puts a node together."""

import asyncio
import base64
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

import msgspec
import uvloop
from asyncpg.exceptions import PostgresError as DatabaseFault

from handrail.engine.clock import SystemClock, VirtualClock
from handrail.engine.engine import Engine
from handrail.engine.keys import Keys
from handrail.engine.notices import ConsoleOnly
from handrail.engine.ports import Store, StoreUnavailable
from handrail.engine.settings import (
    MASTER_KEY_BYTES,
    BadSetting,
    Role,
    Settings,
    decode_master_key,
    read_settings,
)
from handrail.engine.ticker import Ticker
from handrail.engine.vault import Unreadable, Vault
from handrail.store.embedded import DataDirInUse, EmbeddedPostgres, EmbeddedPostgresError
from handrail.store.keys import PostgresKeys
from handrail.store.migrate import SchemaRefused
from handrail.store.postgres import PostgresStore
from handrail.terms.command import Personal

DATABASE_FOLDER = "database"
MASTER_KEY_FILE = "master.key"
NOTHING_LASTS = {"fsync": "off", "full_page_writes": "off"}
OTHERS = 0o077  # permissions that the file of the master key must not have


new_event_loop: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop


class CannotOpen(Exception):
    """The node cannot be put together; the message says why and what to do."""


@dataclass(frozen=True)
class Node:
    """One node, opened: its engine and what stands beside it.

    `background` is what a worker runs, each until the event is set.
    """

    engine: Engine
    keys: Keys
    vault: Vault
    ticker: Ticker
    background: tuple[Callable[[asyncio.Event], Awaitable[None]], ...]
    dsn: str


def default_data_dir(environment: Mapping[str, str] = os.environ) -> Path:
    """`handrail` in the user's folder for data."""
    shared = environment.get("XDG_DATA_HOME") or ""
    base = Path(shared) if shared.startswith("/") else Path.home() / ".local" / "share"
    return base / "handrail"


def settings_with(
    *,
    database_url: str | None = None,
    data_dir: Path | None = None,
    role: Role | None = None,
    host: str | None = None,
    port: int | None = None,
    observe: bool | None = None,
    environment: Mapping[str, str] = os.environ,
) -> Settings:
    """The environment's settings, and over them what was said on the command line."""
    try:
        settings = read_settings(environment)
    except BadSetting as fault:
        raise CannotOpen(str(fault)) from fault
    said = {
        "database_url": database_url,
        "data_dir": data_dir,
        "role": role,
        "host": host,
        "port": port,
        "observe": observe,
    }
    given = {name: value for name, value in said.items() if value is not None}
    return msgspec.structs.replace(settings, **given)


@asynccontextmanager
async def open_engine(
    *,
    database_url: str | None = None,
    data_dir: Path | None = None,
    role: Role | None = None,
    join: bool = True,
) -> AsyncIterator[Engine]:
    """An engine on the database that these (else the environment) name. Raises CannotOpen.

    `join`: when a service of ours already runs on the data folder, use the server that it started.
    """
    settings = settings_with(database_url=database_url, data_dir=data_dir, role=role)
    async with open_node(settings, join=join) as node:
        yield node.engine


@asynccontextmanager
async def open_node(
    settings: Settings,
    *,
    join: bool = False,
    clock: VirtualClock | None = None,
    throwaway: bool = False,
) -> AsyncIterator[Node]:
    """Database, schema, keys and engine; all closed again at the end. Raises CannotOpen.

    `throwaway`: the data folder does not outlive the node, so its database writes nothing through.
    """
    data_dir = (settings.data_dir or default_data_dir()).expanduser()
    ticking = clock or SystemClock()
    async with AsyncExitStack() as opened:
        dsn = settings.database_url
        if dsn is None:
            server = EmbeddedPostgres(
                data_dir / DATABASE_FOLDER, settings=NOTHING_LASTS if throwaway else {}
            )
            dsn = await _own_database(server, data_dir / DATABASE_FOLDER, join, opened)
        store, keys = await _open_store(dsn, opened=opened)
        vault = await _open_vault(settings.master_key, data_dir=data_dir, proofs=keys)
        engine = Engine(store=store, clock=ticking, vault=vault, notices=ConsoleOnly())
        ticker = Ticker(engine)
        yield Node(
            engine=engine,
            keys=Keys(store=keys, clock=ticking, chance=os.urandom),
            vault=vault,
            ticker=ticker,
            background=(ticker.run,),
            dsn=dsn,
        )


async def _own_database(
    server: EmbeddedPostgres, folder: Path, join: bool, opened: AsyncExitStack
) -> str:
    try:
        return (await opened.enter_async_context(server)).dsn
    except DataDirInUse as fault:
        running = _running_server(folder) if join else None
        if running is None:
            raise CannotOpen(str(fault)) from fault
        return running
    except EmbeddedPostgresError as fault:
        raise CannotOpen(str(fault)) from fault


def _running_server(folder: Path) -> str | None:
    """The address of the server that another process of ours runs on this folder."""
    try:
        socket = (folder / "socket").read_text().strip()
    except OSError:
        return None
    return f"postgresql://handrail@/handrail?host={quote(socket)}&port=5432" if socket else None


async def _open_store(dsn: str, *, opened: AsyncExitStack) -> tuple[Store, PostgresKeys]:
    try:
        store = await PostgresStore.open(dsn)
        opened.push_async_callback(store.close)
        keys = await PostgresKeys.open(dsn)
        opened.push_async_callback(keys.close)
    except (ValueError, SchemaRefused, StoreUnavailable, DatabaseFault) as fault:
        raise CannotOpen(
            f"the database {_without_password(dsn)} cannot be used: {fault}"
        ) from fault
    return store, keys


def _without_password(dsn: str) -> str:
    parts = urlsplit(dsn)
    place = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{place}{parts.path}"


async def _open_vault(given: bytes | None, *, data_dir: Path, proofs: PostgresKeys) -> Vault:
    """The vault of the master key that this database is used with. Raises CannotOpen.

    The first node makes a key when it is given none; each later one must be given the same.
    """
    file = data_dir / MASTER_KEY_FILE
    proof = await proofs.proof()
    master = given if given is not None else _read_key(file)
    if master is None:
        if proof is not None:
            raise CannotOpen(
                f"the database is sealed under a master key that is not here: copy {file.name} of "
                f"the node that began to {file}, or set HANDRAIL_MASTER_KEY to what it holds"
            )
        master = _make_key(file)
    vault = Vault(master)
    if proof is None:
        proof = await proofs.prove(vault.new_key())
    try:
        vault.seal([Personal()], key=proof)
    except Unreadable as fault:
        place = "HANDRAIL_MASTER_KEY" if given is not None else str(file)
        raise CannotOpen(
            f"{place} is not the master key that this database is sealed under: give the one of "
            "the node that began; nothing was changed"
        ) from fault
    return vault


def _read_key(file: Path) -> bytes | None:
    try:
        if file.stat().st_mode & OTHERS:
            raise CannotOpen(f"others may read {file}; run `chmod 600 {file}`")
        return decode_master_key(file.read_text(encoding="ascii"), place=str(file))
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as fault:
        raise CannotOpen(f"{file} cannot be read: {fault}") from fault
    except BadSetting as fault:
        raise CannotOpen(str(fault)) from fault


def _make_key(file: Path) -> bytes:
    """A new key, on disk before anything is sealed under it."""
    key = os.urandom(MASTER_KEY_BYTES)
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        number = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(number, "wb") as opened:
            opened.write(base64.b64encode(key) + b"\n")
            opened.flush()
            os.fsync(opened.fileno())
    except OSError as fault:
        raise CannotOpen(f"the master key cannot be kept in {file}: {fault}") from fault
    return key
