"""`handrail demo --once --json` runs the story to its end, and says the same each time."""

import json
from pathlib import Path

from tests.cluster import wait_until
from tests.served import run, running_under

KEYS = (
    "leads mql assigned breaches escalations accepted rejected sql ledger_ok".split()
)  # fixed: other people's checks read them


def test_the_story_ends_with_one_document_in_which_everything_happened(tmp_path: Path) -> None:
    first, second = (run("demo", "--once", "--json", TMPDIR=str(tmp_path)) for _ in range(2))
    assert first.returncode == 0, first.stderr
    document = json.loads(first.stdout)
    assert list(document) == KEYS
    assert document["ledger_ok"] is True
    assert all(document[name] > 0 for name in KEYS)
    assert second.stdout == first.stdout
    assert "has the lead" in first.stderr
    wait_until(lambda: not running_under(tmp_path), within_s=10, what="no server is left")
    assert list(tmp_path.glob("handrail-demo-*")) == []


def test_a_kept_demo_goes_on_with_new_leads(tmp_path: Path) -> None:
    data = str(tmp_path / "data")
    counts = []
    for _ in range(2):
        told = run("demo", "--once", "--json", "--data-dir", data)
        assert told.returncode == 0, told.stderr
        counts.append(json.loads(told.stdout)["leads"])
    assert counts[1] == 2 * counts[0]


def test_json_without_once_is_refused() -> None:
    told = run("demo", "--json")
    assert told.returncode == 2
    assert told.stdout == ""
    assert "--once" in told.stderr
