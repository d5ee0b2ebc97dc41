"""What an earlier run left on disk is taken up, cleared away, or refused with its remedy."""

import os
from pathlib import Path

import pytest

from handrail.store.embedded import (
    EmbeddedPostgres,
    OtherMajorVersion,
    StartFailed,
    StartTimedOut,
)
from handrail.store.embedded.processes import servers_in

QUICK = {"fsync": "off"}


async def made(data_dir: Path) -> EmbeddedPostgres:
    server = EmbeddedPostgres(data_dir, settings=QUICK)
    await server.start()
    return server


async def test_a_note_with_the_number_of_a_stranger_is_no_server(tmp_path: Path) -> None:
    server = await made(tmp_path)
    server.kill()
    note = tmp_path / "cluster" / "postmaster.pid"
    lines = note.read_text().split("\n")
    note.write_text("\n".join([str(os.getpid()), *lines[1:]]))  # alive, and not PostgreSQL
    await server.restart()
    await server.stop()


async def test_a_half_made_cluster_is_made_anew(tmp_path: Path) -> None:
    half = tmp_path / "cluster.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n")
    server = await made(tmp_path)
    assert not half.exists()
    await server.stop()


@pytest.mark.parametrize("version", ["17\n", ""])
async def test_data_of_another_major_version_is_refused_untouched(
    tmp_path: Path, version: str
) -> None:
    server = await made(tmp_path)
    await server.stop()
    (tmp_path / "cluster" / "PG_VERSION").write_text(version)
    with pytest.raises(OtherMajorVersion, match=r"carries 18;.*pg_dump.*pg_restore"):
        await server.start()
    assert (tmp_path / "cluster" / "PG_VERSION").read_text() == version


async def test_a_failed_start_says_why(tmp_path: Path) -> None:
    with pytest.raises(StartFailed, match=r"server\.log.*\n.*no_such_setting"):
        await EmbeddedPostgres(tmp_path, settings={**QUICK, "no_such_setting": "1"}).start()
    server = await made(tmp_path)  # and is no harm to the next
    await server.stop()


async def test_a_start_that_takes_too_long_leaves_no_server(tmp_path: Path) -> None:
    server = EmbeddedPostgres(tmp_path, settings=QUICK, start_max=-1)
    with pytest.raises(StartTimedOut, match=r"server\.log: PostgreSQL was not ready"):
        await server.start()
    assert server.pid is None
    assert servers_in(tmp_path / "cluster") == ()
