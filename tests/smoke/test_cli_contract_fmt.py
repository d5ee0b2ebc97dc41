"""`handrail contract fmt` as a person types it."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.smoke.typed import Typed, typed

Type = Callable[..., Typed]

ACME = Path(__file__).resolve().parents[2] / "examples" / "acme"


@pytest.fixture
def fmt(capfd: pytest.CaptureFixture[str]) -> Type:
    def run(*words: str | Path) -> Typed:
        return typed(capfd, "contract", "fmt", *words)

    return run


@pytest.fixture
def contract(tmp_path: Path) -> Path:
    return Path(shutil.copy(ACME / "contract.yaml", tmp_path / "contract.yaml"))


def test_it_lays_out_once_and_finds_nothing_the_second_time(fmt: Type, contract: Path) -> None:
    contract.chmod(0o640)
    done = fmt(contract, "--json")
    assert (done.returncode, json.loads(done.stdout)["changed"]) == (0, [str(contract)])
    assert contract.stat().st_mode & 0o777 == 0o640
    laid_out = contract.read_bytes()
    again = fmt(contract, "--json")
    assert json.loads(again.stdout)["changed"] == []
    assert contract.read_bytes() == laid_out
    assert [path.name for path in contract.parent.iterdir()] == ["contract.yaml"]


def test_check_changes_nothing_and_says_which(fmt: Type, contract: Path) -> None:
    before = contract.read_bytes()
    done = fmt("--check", contract)
    assert done.returncode == 1
    assert "laid out otherwise" in done.stderr
    assert contract.read_bytes() == before


def test_a_file_that_cannot_be_read_stays_as_it_was(
    fmt: Type, contract: Path, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text("contract: [\n")
    done = fmt(broken, contract)
    assert done.returncode == 2
    assert "broken.yaml:" in done.stderr
    assert broken.read_text() == "contract: [\n"
    assert fmt("--check", contract).returncode == 0, "the other one was laid out all the same"


def test_a_link_stays_a_link(fmt: Type, contract: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.yaml"
    link.symlink_to(contract)
    assert fmt(link).returncode == 0
    assert link.is_symlink()
    assert fmt("--check", contract).returncode == 0


def test_a_file_that_is_not_there_is_told(fmt: Type, tmp_path: Path) -> None:
    done = fmt(tmp_path / "none.yaml")
    assert done.returncode == 2
    assert "cannot be read" in done.stderr
