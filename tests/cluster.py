"""Databases for tests: one embedded cluster a test run, one template in it, a copy of that a test.

    def test_...(database: str) -> None:  # a DSN for asyncpg or psycopg; nobody else's, and empty

The cluster lies in memory where it can, without fsync: it never has to survive anything.
"""

import asyncio
import itertools
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from handrail.store.embedded import EmbeddedPostgres
from handrail.store.embedded.processes import is_alive
from handrail.store.migrate import migrate

MEMORY = Path("/dev/shm")
MEMORY_FREE_MIN = 1 << 30  # bytes; a container has 64 MB there, and a few databases fill that
PREFIX = "handrail-tests-"
TEMPLATE = "handrail_template"
LOOK_S = 0.01
UNSAFE = {
    "fsync": "off",
    "full_page_writes": "off",
    "max_wal_size": "512MB",
    "min_wal_size": "32MB",
    "shared_buffers": "128MB",
    "max_connections": "100",
    "autovacuum": "off",  # it would hold a database that is being copied
}


async def prepare_template(dsn: str) -> None:
    """Lay into the empty template what every test's database starts with.

    Connections must be closed at the end: PostgreSQL copies only a database that nobody uses.
    """
    await migrate(dsn)


class Cluster:
    """A running server and the template in it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._server = EmbeddedPostgres(folder / "data", settings=UNSAFE)
        self._numbers = itertools.count(1)

    def start(self) -> None:
        asyncio.run(self._server.start())
        self._admin = psycopg.connect(self._server.dsn, autocommit=True)
        self._admin.execute(f"create database {TEMPLATE}".encode())
        asyncio.run(prepare_template(self.dsn(TEMPLATE)))
        self._admin.execute(f"alter database {TEMPLATE} allow_connections false".encode())

    def stop(self) -> None:
        self._admin.close()
        asyncio.run(self._server.stop(mode="immediate"))
        shutil.rmtree(self._folder, ignore_errors=True)

    def dsn(self, database: str) -> str:
        return urlsplit(self._server.dsn)._replace(path=f"/{database}").geturl()

    @contextmanager
    def database(self) -> Iterator[str]:
        """The DSN of a new copy of the template, which is dropped at the end."""
        name = f"test_{next(self._numbers)}"
        copy = f"template {TEMPLATE} strategy file_copy"  # in memory a third of the default's time
        self._admin.execute(f"create database {name} {copy}".encode())
        try:
            yield self.dsn(name)
        finally:
            self._admin.execute(f"drop database {name} with (force)".encode())


_shared: list[Cluster] = []
_borrowers = 0


@contextmanager
def shared_cluster() -> Iterator[Cluster]:
    """The one cluster of this process, however many folders of tests ask for it."""
    global _borrowers
    if not _shared:
        remove_leftovers()
        folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=roomy_folder()))
        cluster = Cluster(folder)
        cluster.start()
        _shared.append(cluster)
    _borrowers += 1
    try:
        yield _shared[0]
    finally:
        _borrowers -= 1
        if _borrowers == 0:
            _shared.pop().stop()


def roomy_folder() -> Path:
    if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= MEMORY_FREE_MIN:
        return MEMORY
    return Path(tempfile.gettempdir())


def remove_leftovers() -> None:
    """Give back the memory of runs that were killed."""
    for folder in roomy_folder().glob(f"{PREFIX}*-*"):
        pid = folder.name.removeprefix(PREFIX).partition("-")[0]
        if pid.isdigit() and not is_alive(int(pid)):
            shutil.rmtree(folder, ignore_errors=True)


def wait_until(condition: Callable[[], object], *, within_s: float, what: str) -> None:
    """Look again and again, for at most `within_s` seconds."""
    give_up_at = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < give_up_at, f"not within {within_s:g} s: {what}"
        time.sleep(LOOK_S)
