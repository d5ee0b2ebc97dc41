"""However Handrail ends, its PostgreSQL ends too."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import anyio.to_thread
import psycopg
import pytest

from handrail.store.embedded import EmbeddedPostgres, ServerStillRunning, sockets
from handrail.store.embedded.processes import children_of, is_alive, servers_in
from tests.cluster import wait_until

ENDS_WITHIN_S = 10.0
HANDRAIL = """
import asyncio, sys
from pathlib import Path
from handrail.store.embedded import EmbeddedPostgres

async def main() -> None:
    server = EmbeddedPostgres(Path(sys.argv[1]), watcher={"yes": True, "no": None}[sys.argv[2]])
    dsn = await server.start()
    print(server.pid, dsn, flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


@contextmanager
def handrail_on(data_dir: Path, *, watcher: str = "no") -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-c", HANDRAIL, str(data_dir), watcher]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        try:
            yield parent
        finally:
            parent.kill()


def first_line(parent: subprocess.Popen[str]) -> tuple[int, str]:
    assert parent.stdout is not None
    pid, dsn = parent.stdout.readline().split()
    return int(pid), dsn


@pytest.mark.parametrize("watcher", ["no", "yes"])
def test_no_process_is_left_after_kill_9_of_the_parent(tmp_path: Path, watcher: str) -> None:
    with handrail_on(tmp_path, watcher=watcher) as parent:
        pid, _ = first_line(parent)
        family = (pid, *children_of(pid))
        assert len(family) > 3
        parent.kill()
    wait_until(
        lambda: not any(map(is_alive, family)), within_s=ENDS_WITHIN_S, what="the server ends"
    )
    sockets.remove_noted(tmp_path / "socket")  # as the next start would


def test_no_process_is_left_after_kill_9_during_initdb(tmp_path: Path) -> None:
    with handrail_on(tmp_path) as parent:
        unfinished = tmp_path / "cluster.new"
        wait_until(lambda: (unfinished / "base").exists(), within_s=30, what="initdb is at work")
        (initdb,) = children_of(parent.pid)
        parent.kill()
    wait_until(lambda: not is_alive(initdb), within_s=ENDS_WITHIN_S, what="initdb ends")
    wait_until(lambda: not servers_in(unfinished), within_s=ENDS_WITHIN_S, what="its child ends")


async def test_a_start_waits_for_the_server_of_a_killed_parent(tmp_path: Path) -> None:
    with handrail_on(tmp_path) as parent:
        pid, dsn = first_line(parent)
        with psycopg.connect(dsn) as connection:
            connection.execute("create table kept as select 7 as number")
        old_socket = Path((tmp_path / "socket").read_text().strip())
        os.kill(pid, signal.SIGSTOP)  # so that it cannot end yet
        parent.kill()
    impatient = EmbeddedPostgres(tmp_path, previous_max=0.1)
    with pytest.raises(ServerStillRunning, match=f"process {pid}.*kill -INT {pid}"):
        await impatient.start()
    threading.Timer(0.2, os.kill, (pid, signal.SIGCONT)).start()
    async with EmbeddedPostgres(tmp_path) as server:
        with psycopg.connect(server.dsn) as connection:
            assert connection.execute("select number from kept").fetchone() == (7,)
        assert not old_socket.exists()


async def test_a_server_outlives_the_thread_that_started_it(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path, settings={"fsync": "off"})

    def start() -> None:
        thread = threading.Thread(target=lambda: asyncio.run(server.start()))
        thread.start()
        thread.join()

    await anyio.to_thread.run_sync(start)
    pid = server.pid
    assert pid is not None
    with psycopg.connect(server.dsn) as connection:
        assert connection.execute("select 1").fetchone() == (1,)
    await server.stop()
    assert not is_alive(pid)


async def test_a_cancelled_start_leaves_no_process(tmp_path: Path) -> None:
    before = children_of(os.getpid())  # the test run's own server may be among them
    with anyio.move_on_after(0.2) as scope:  # in the middle of initdb
        await EmbeddedPostgres(tmp_path).start()
    assert scope.cancelled_caught
    assert children_of(os.getpid()) == before
    assert servers_in(tmp_path / "cluster.new") == ()
    async with EmbeddedPostgres(tmp_path, settings={"fsync": "off"}) as server:
        assert server.pid is not None
    assert server.pid is None
