"""What was committed is there after any end of the server."""

from pathlib import Path
from typing import LiteralString

import psycopg
import pytest

from handrail.store.embedded import EmbeddedPostgres, StopMode
from handrail.store.embedded.processes import children_of, is_alive, servers_in


def add(dsn: str, number: int) -> None:
    with psycopg.connect(dsn) as connection:
        connection.execute("create table if not exists kept (number int)")
        connection.execute("insert into kept values (%s)", (number,))


def kept(dsn: str) -> list[int]:
    with psycopg.connect(dsn) as connection:
        return [number for (number,) in connection.execute("select * from kept order by number")]


async def test_what_was_committed_survives_sigkill(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path)
    dsn = await server.start()
    for number in range(3):
        add(dsn, number)
        family = (server.pid or 0, *children_of(server.pid or 0))
        server.kill()
        assert not any(map(is_alive, family))
        assert servers_in(tmp_path / "cluster") == ()
        assert await server.restart() == dsn
        assert kept(dsn) == list(range(number + 1))
    await server.stop()


@pytest.mark.parametrize("mode", ["fast", "immediate"])
async def test_what_was_committed_survives_a_stop(tmp_path: Path, mode: StopMode) -> None:
    server = EmbeddedPostgres(tmp_path)
    add(await server.start(), 1)
    add(await server.restart(mode=mode), 2)
    await server.stop(mode=mode)
    assert kept(await server.start()) == [1, 2]
    await server.stop()


async def test_the_defaults_promise_durability(tmp_path: Path) -> None:
    async with EmbeddedPostgres(tmp_path) as server:
        assert told(server.dsn, "show fsync") == "on"
        assert told(server.dsn, "show synchronous_commit") == "on"
        assert told(server.dsn, "show full_page_writes") == "on"
        assert told(server.dsn, "show data_checksums") == "on"


async def test_text_and_time_mean_the_same_on_every_machine(tmp_path: Path) -> None:
    async with EmbeddedPostgres(tmp_path) as server:
        assert told(server.dsn, "show timezone") == "UTC"
        assert told(server.dsn, "show server_encoding") == "UTF8"
        assert told(server.dsn, "select 'Z' < 'a' and 'z' < 'é'"), "sorted by code point"
        assert told(server.dsn, "select lower('É')") == "é"


async def test_nobody_can_come_in_over_the_network(tmp_path: Path) -> None:
    open_door = {"listen_addresses": "127.0.0.1"}
    async with EmbeddedPostgres(tmp_path, settings=open_door) as server:
        assert told(server.dsn, "show listen_addresses") == ""


def told(dsn: str, question: LiteralString) -> object:
    with psycopg.connect(dsn) as connection:
        row = connection.execute(question).fetchone()
    assert row is not None
    return row[0]
