"""`handrail contract check` and `schema` as a person types them."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.smoke.typed import Typed, typed

Type = Callable[..., Typed]

ACME = Path(__file__).resolve().parents[2] / "examples" / "acme"


@pytest.fixture
def contract(capfd: pytest.CaptureFixture[str]) -> Type:
    def run(*words: str | Path) -> Typed:
        return typed(capfd, "contract", *words)

    return run


def changed(folder: Path, old: str, new: str) -> Path:
    """The sample contract with one change, beside its tables."""
    for file in ACME.iterdir():
        shutil.copy(file, folder)
    path = folder / "contract.yaml"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    return path


def test_a_good_contract_is_in_order(contract: Type) -> None:
    done = contract("check", str(ACME / "contract.yaml"), "--roster", str(ACME / "roster.yaml"))
    assert done.returncode == 0, done.stderr
    assert "in order" in done.stderr
    assert done.stdout == ""


def test_the_last_line_counts_what_was_found_by_its_severity(
    tmp_path: Path, contract: Type
) -> None:
    path = changed(tmp_path, "C: 0}", "C: 10}")
    done = contract("check", str(path))
    assert done.returncode == 0
    assert done.stderr.endswith(f"{path}: no errors, 1 warning\n")
    path = changed(tmp_path, 'lead_type == "demo"\'', "fit > 200'")
    path.write_text(path.read_text().replace("C: 0}", "C: 10}"))
    assert contract("check", str(path)).stderr.endswith(f"{path}: 1 error, 1 warning\n")


def test_a_day_from_which_shifts_count_needs_a_roster(contract: Type) -> None:
    done = contract("check", str(ACME / "contract.yaml"), "--from", "2026-03-02")
    assert done.returncode == 2
    assert "give --roster too" in done.stderr


def test_json_is_one_document(tmp_path: Path, contract: Type) -> None:
    done = contract("check", str(changed(tmp_path, '"executive"', '"boss"')), "--json")
    assert done.returncode == 1
    assert done.stderr == ""
    document = json.loads(done.stdout)
    assert list(document) == ["ok", "findings"]
    assert document["ok"] is False
    finding = document["findings"][0]
    assert {"kind", "severity", "line", "column", "message", "example"} <= set(finding)
    assert (finding["kind"], finding["severity"]) == ("value", "error")


def test_the_offending_text_is_marked(tmp_path: Path, contract: Type) -> None:
    done = contract("check", str(changed(tmp_path, 'seen("demo_request")', 'seen("dmo")')))
    assert done.returncode == 1
    assert "undefined" in done.stderr
    assert "^^^" in done.stderr


@pytest.mark.parametrize("text", ["", "a: [", "\t", "- x", "contract: x\n", "a: b\0"])
def test_a_readable_file_always_gets_its_findings(
    tmp_path: Path, text: str, contract: Callable[..., Typed]
) -> None:
    path = tmp_path / "contract.yaml"
    path.write_text(text)
    done = contract("check", str(path), "--json")
    assert done.returncode == 1, done.stderr
    assert json.loads(done.stdout)["findings"]


def test_a_file_that_cannot_be_opened_is_no_contract(
    tmp_path: Path, contract: Callable[..., Typed]
) -> None:
    for path in (tmp_path / "none.yaml", tmp_path):
        done = contract("check", str(path), "--json")
        assert done.returncode == 2
        assert done.stdout == ""
        assert "check the path" in done.stderr


def test_a_rule_that_nothing_can_reach_shows_a_lead(
    tmp_path: Path, contract: Callable[..., Typed]
) -> None:
    path = changed(
        tmp_path,
        "  - {name: everyone else",
        "  - {name: german again, when: 'lead.country == \"DE\"', to: [team:inbound]}\n"
        "  - {name: everyone else",
    )
    done = contract("check", str(path), "--json")
    assert done.returncode == 1
    dead = [one for one in json.loads(done.stdout)["findings"] if one["kind"] == "dead_rule"]
    assert len(dead) == 1
    assert dead[0]["example"]["lead.country"] == "DE"
    assert dead[0]["example"]["id"]


def test_a_roster_without_a_named_team_is_an_error_at_its_name(
    tmp_path: Path, contract: Callable[..., Typed]
) -> None:
    roster = tmp_path / "other.yaml"
    roster.write_text(
        (ACME / "roster.yaml").read_text().replace("{name: enterprise-na", "{name: enterprise")
    )
    done = contract("check", str(ACME / "contract.yaml"), "--roster", str(roster), "--json")
    assert done.returncode == 1
    assert {one["kind"] for one in json.loads(done.stdout)["findings"]} >= {"undefined"}


def test_a_broken_roster_does_not_keep_the_findings_back(
    tmp_path: Path, contract: Callable[..., Typed]
) -> None:
    roster = tmp_path / "other.yaml"
    roster.write_text("roster: [")
    done = contract("check", str(ACME / "contract.yaml"), "--roster", str(roster), "--json")
    assert done.returncode == 2
    assert json.loads(done.stdout)["ok"] is True
    assert "other.yaml:1" in done.stderr


def test_the_schema_is_json(contract: Type) -> None:
    done = contract("schema")
    assert done.returncode == 0
    assert json.loads(done.stdout)["$schema"].startswith("https://json-schema.org/")
