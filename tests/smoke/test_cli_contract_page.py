"""`handrail contract page` as a person types it."""

import json
import shutil
from pathlib import Path

import pytest

from tests.smoke.typed import Typed, typed

ACME = Path(__file__).resolve().parents[2] / "examples" / "acme"


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    """A copy of the sample contract and its tables."""
    for file in ACME.iterdir():
        if file.is_file():
            shutil.copy(file, tmp_path)
    return tmp_path / "contract.yaml"


def page(capfd: pytest.CaptureFixture[str], *words: str | Path) -> Typed:
    return typed(capfd, "contract", "page", *words)


def test_a_page_is_one_file_beside_the_contract(
    capfd: pytest.CaptureFixture[str], mine: Path
) -> None:
    done = page(capfd, mine, "--roster", ACME / "roster.yaml")
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    html = mine.with_suffix(".html").read_text("utf-8")
    assert str(mine.with_suffix(".html")) in done.stderr
    assert "Mo Malik" in html
    assert "src=" not in html
    assert "http://" not in html
    assert "https://" not in html


def test_as_text_it_says_what_changed(capfd: pytest.CaptureFixture[str], mine: Path) -> None:
    old = mine.with_name("old.yaml")
    shutil.copy(mine, old)
    mine.write_text(mine.read_text().replace("accept_within: 4h", "accept_within: 2h", 1))
    done = page(capfd, mine, "--since", old, "--text")
    assert done.returncode == 0, done.stderr
    changed, _, rest = done.stdout.partition("WHAT WE CALL QUALIFIED")
    assert "4 hours of getting it" in changed
    assert "2 hours of getting it" in changed
    assert "within 2 hours" in rest
    assert "within 4 hours of getting it" not in rest


def test_as_json_it_is_one_document(capfd: pytest.CaptureFixture[str], mine: Path) -> None:
    done = page(capfd, mine, "--json")
    made = json.loads(done.stdout)
    assert made["title"] == "acme-inbound"
    assert [section["id"] for section in made["sections"]][-1] == "signatures"


def test_a_contract_with_errors_has_no_page(capfd: pytest.CaptureFixture[str], mine: Path) -> None:
    mine.write_text(mine.read_text().replace("fit >= 40", "fitt >= 40", 1))
    done = page(capfd, mine, "--text")
    assert done.returncode == 2
    assert "fitt" in done.stderr
    assert "nobody can sign it" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_place_that_cannot_be_written_is_named(
    capfd: pytest.CaptureFixture[str], mine: Path
) -> None:
    done = page(capfd, mine, "--out", mine / "page.html")
    assert done.returncode == 2
    assert "--out" in done.stderr
