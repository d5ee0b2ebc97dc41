"""`handrail contract diff`: told in lines and as JSON, and shown by `decide` on the example."""

import json
import shutil
from pathlib import Path

import pytest

from tests.smoke.typed import typed

ACME = Path(__file__).resolve().parents[2] / "examples" / "acme"
BOUND = '"CA"] && account.employees >= 1000'


@pytest.fixture
def files(tmp_path: Path) -> Path:
    shutil.copytree(ACME, tmp_path, dirs_exist_ok=True)
    return tmp_path


def changed(folder: Path, old: str, new: str) -> Path:
    text = (folder / "contract.yaml").read_text()
    assert old in text
    (folder / "new.yaml").write_text(text.replace(old, new))
    return folder / "new.yaml"


def test_a_moved_bound_is_shown_by_a_lead_that_decide_treats_otherwise(
    capfd: pytest.CaptureFixture[str], files: Path
) -> None:
    new = changed(files, BOUND, BOUND.replace("1000", "2000"))
    done = typed(capfd, "contract", "diff", files / "contract.yaml", new, "--json")
    assert done.returncode == 1, done.stderr
    found = json.loads(done.stdout)
    assert not found["equivalent"]
    assert found["sections"] == ["routing"]
    (one,) = found["differences"]
    (files / "leads.ndjson").write_text(json.dumps(one["example"]))
    rules = []
    for contract in (files / "contract.yaml", new):
        words = ("decide", "--contract", contract, "--roster", files / "roster.yaml")
        decided = typed(capfd, *words, "--leads", files / "leads.ndjson")
        rules.append(json.loads(decided.stdout)["rule"])
    assert rules == ["enterprise NA", "everyone else"]


def test_another_way_to_say_the_same_ends_well(
    capfd: pytest.CaptureFixture[str], files: Path
) -> None:
    new = changed(files, BOUND, BOUND.replace(">= 1000", "> 999"))
    done = typed(capfd, "contract", "diff", files / "contract.yaml", new)
    assert done.returncode == 0, done.stderr
    assert "are equivalent" in done.stderr
    assert done.stdout == ""


def test_a_version_that_cannot_be_read_ends_with_two(
    capfd: pytest.CaptureFixture[str], files: Path
) -> None:
    new = changed(files, BOUND, BOUND.replace(">= 1000", ">= many"))
    done = typed(capfd, "contract", "diff", files / "contract.yaml", new)
    assert done.returncode == 2
    assert "new.yaml has 1 error" in done.stderr
    missing = typed(capfd, "contract", "diff", files / "contract.yaml", files / "gone.yaml")
    assert missing.returncode == 2
    assert "check the path" in missing.stderr
