"""An embedded PostgreSQL: started with Handrail, gone with Handrail."""

import asyncio
import shutil
import signal
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import IO, Any, Literal, Self, assert_never
from urllib.parse import quote

import asyncpg

from handrail.store.embedded import binaries as found_binaries
from handrail.store.embedded import settings as server_settings
from handrail.store.embedded import sockets
from handrail.store.embedded.binaries import Account, Binaries
from handrail.store.embedded.cluster import ROLE, Cluster, OpenFolder
from handrail.store.embedded.errors import (
    InitFailed,
    ServerStillRunning,
    StartFailed,
    StartTimedOut,
)
from handrail.store.embedded.processes import Guarded, servers_in

StopMode = Literal["fast", "immediate"]

DATABASE = "handrail"
LOOK_S = 0.005  # between two looks at whether the server is ready or gone
INIT_MAX_S = 120.0  # one second on an idle machine
START_MAX_S = 300.0  # recovery reads up to max_wal_size from disk
STOP_MAX_S = 60.0  # the last checkpoint writes up to shared_buffers
PREVIOUS_MAX_S = 15.0  # what the server of a killed Handrail may take to end
CTYPE = "en_US.UTF-8" if sys.platform == "darwin" else "C.UTF-8"  # macOS has no C.UTF-8


class EmbeddedPostgres:
    """A PostgreSQL server of our own on the files in `data_dir`; an async context manager.

    Start it in the main thread where you can: there the kernel itself ends the server with us.
    Errors are subclasses of EmbeddedPostgresError.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        settings: Mapping[str, str] = MappingProxyType({}),
        start_max: float = START_MAX_S,
        stop_max: float = STOP_MAX_S,
        previous_max: float = PREVIOUS_MAX_S,
        binaries: Binaries | None = None,
        watcher: bool | None = None,
    ) -> None:
        """Limits are seconds; `watcher` forces the macOS way of ending the server with us."""
        self._cluster = Cluster(data_dir)
        self._settings = dict(settings)
        self._start_max = start_max
        self._stop_max = stop_max
        self._previous_max = previous_max
        self._source = binaries
        self._watcher = watcher
        self._server: Guarded | None = None
        self._socket_folder: Path | None = None

    @property
    def pid(self) -> int | None:
        """The postmaster's; None while no server runs."""
        server = self._server
        return server.pid if server is not None and server.status() is None else None

    @property
    def dsn(self) -> str:
        """The same through restarts, until `stop`."""
        assert self._socket_folder is not None, "not started"
        return _dsn(self._socket_folder, DATABASE)

    async def start(self) -> str:
        """Run the server and return the address of its database `handrail`, for asyncpg.

        Makes the cluster when there is none; waits for the end of a server whose Handrail was
        killed, and for recovery.
        """
        assert self.pid is None, "started twice"
        self._cluster.claim()
        try:
            await self._start_claimed()
        except BaseException:  # cancelled too: never leave a server behind
            self.kill()
            self._remove_socket_folder()
            raise
        return self.dsn

    async def stop(self, *, mode: StopMode = "fast") -> None:
        """End the server: `fast` ends connections and writes all out, `immediate` writes nothing.

        One that does not end in `stop_max` seconds is killed: its data is recovered at the start.
        """
        await self._end(mode)
        self._remove_socket_folder()

    async def restart(self, *, mode: StopMode = "fast") -> str:
        """Also after `kill`. The address stays the same."""
        await self._end(mode)
        return await self.start()

    def kill(self) -> None:
        """SIGKILL the postmaster and its children; return when they are dead."""
        if self._server is not None:
            self._server.kill_all()
            self._server = None
        self._cluster.release()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()

    async def _start_claimed(self) -> None:
        cluster = self._cluster
        account = found_binaries.server_account(owner=cluster.owner())
        source = self._source or found_binaries.find_binaries()
        binaries = await asyncio.to_thread(
            found_binaries.binaries_for, account, source=source
        )  # copying can take a second
        if cluster.exists:
            await self._await_previous_end()
            cluster.check(account=account, binaries=binaries)
            cluster.forget_dead_server()
        else:
            await self._init(account=account, binaries=binaries)
        cluster.admit(account=account)
        await self._launch(account=account, binaries=binaries)
        await _ensure_database(self._socket())

    async def _await_previous_end(self) -> None:
        """A killed Handrail's server ends by itself, but not at once."""
        files = self._cluster.files
        give_up_at = time.monotonic() + self._previous_max
        while running := servers_in(files):
            if time.monotonic() > give_up_at:
                raise ServerStillRunning(files, running, self._previous_max)
            await asyncio.sleep(LOOK_S)

    async def _init(self, *, account: Account, binaries: Binaries) -> None:
        """Sorted by code point everywhere (C); letters of all languages are letters."""
        with OpenFolder(self._cluster.begin(account=account), account=account) as folder:
            command = [
                *(binaries.program("initdb"), "-D", folder.path, "--username", ROLE),
                *("--encoding=UTF8", "--locale=C", f"--lc-ctype={CTYPE}"),
                *("--locale-provider=builtin", "--builtin-locale=C.UTF-8"),
                *("--data-checksums", "--auth=reject", "--no-instructions"),
            ]
            if self._settings.get("fsync") == "off":
                command.append("--no-sync")
            status, said = await self._run(*command, account=account, folder=folder)
        if status != 0:
            shutil.rmtree(self._cluster.unfinished, ignore_errors=True)
            raise InitFailed(self._cluster.data_dir, said)
        self._cluster.finish()

    async def _run(
        self, *command: str, account: Account, folder: OpenFolder
    ) -> tuple[int | None, str]:
        """Status (None: took too long) and output, by way of a file, which never fills up."""
        output = self._cluster.data_dir / "initdb.log"
        with output.open("w+b") as file:
            initdb = self._guarded(*command, account=account, output=file, folder=folder)
            give_up_at = time.monotonic() + INIT_MAX_S
            try:
                while (status := initdb.status()) is None and time.monotonic() < give_up_at:
                    await asyncio.sleep(LOOK_S)
            finally:
                if initdb.status() is None:
                    initdb.kill_all()
            file.seek(0)
            said = file.read().decode(errors="replace").strip()
        output.unlink(missing_ok=True)
        return status, said

    async def _launch(self, *, account: Account, binaries: Binaries) -> None:
        """Raises StartFailed, StartTimedOut."""
        cluster = self._cluster
        if self._socket_folder is None:
            sockets.remove_noted(cluster.socket_note)
            self._socket_folder = sockets.make_socket_folder(account)
            cluster.socket_note.write_text(f"{self._socket_folder}\n")
        sockets.clear(self._socket_folder)
        cluster.rotate_log()
        options = server_settings.arguments(self._settings, socket_folder=str(self._socket_folder))
        with (
            OpenFolder(cluster.files, account=account) as folder,
            cluster.log.open("ab") as log,
        ):
            command = (binaries.program("postgres"), "-D", folder.path, *options)
            server = self._guarded(*command, account=account, output=log, folder=folder)
        self._server = server
        give_up_at = time.monotonic() + self._start_max
        while cluster.server_status(pid=server.pid) != "ready":
            status = server.status()
            if status is not None:
                raise StartFailed(cluster.log, status, cluster.log_tail())
            if time.monotonic() > give_up_at:
                raise StartTimedOut(cluster.log, self._start_max, cluster.log_tail())
            await asyncio.sleep(LOOK_S)

    def _guarded(
        self, *command: str, account: Account, output: IO[bytes], folder: OpenFolder
    ) -> Guarded:
        return Guarded(
            *command,
            account=account,
            output=output,
            folder=folder.number,
            watcher=self._watcher,
        )

    async def _end(self, mode: StopMode) -> None:
        server = self._server
        try:
            if server is not None and server.status() is None:
                server.send(_signal_of(mode))
                give_up_at = time.monotonic() + self._stop_max
                while server.status() is None and time.monotonic() < give_up_at:
                    await asyncio.sleep(LOOK_S)
        finally:
            self.kill()  # also when cancelled while waiting; nothing to do when it ended

    def _socket(self) -> Path:
        assert self._socket_folder is not None
        return self._socket_folder

    def _remove_socket_folder(self) -> None:
        if self._socket_folder is not None:
            sockets.remove(self._socket_folder)
            self._socket_folder = None
            self._cluster.socket_note.unlink(missing_ok=True)


async def _ensure_database(socket_folder: Path) -> None:
    """Connecting also proves that the server answers."""
    connect: Any = asyncpg.connect  # asyncpg leaves its calls untyped
    connection = await connect(_dsn(socket_folder, "postgres"))
    known = "select exists (select from pg_database where datname = $1)"
    if not await connection.fetchval(known, DATABASE):
        await connection.execute(f'create database "{DATABASE}"')
    await connection.close()


def _dsn(socket_folder: Path, database: str) -> str:
    return f"postgresql://{ROLE}@/{database}?host={quote(str(socket_folder))}&port=5432"


def _signal_of(mode: StopMode) -> signal.Signals:
    match mode:
        case "fast":
            return signal.SIGINT
        case "immediate":
            return signal.SIGQUIT
        case _:
            assert_never(mode)
