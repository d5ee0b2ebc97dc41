"""`handrail contract check` on what a contract owes: fields kept out, people who are there."""

import json
import shutil
from pathlib import Path

import pytest

from tests.smoke.typed import Typed, typed

ACME = Path(__file__).resolve().parents[2] / "examples" / "acme"
CONTRACT, ROSTER = ACME / "contract.yaml", ACME / "roster.yaml"


def check(capfd: pytest.CaptureFixture[str], *words: str | Path) -> Typed:
    return typed(capfd, "contract", "check", *words)


def test_a_field_that_changes_nothing_is_told_as_proved(capfd: pytest.CaptureFixture[str]) -> None:
    done = check(capfd, CONTRACT, "--independent", "lead.source_campaign")
    assert done.returncode == 0, done.stderr
    assert "independent of lead.source_campaign: proved" in done.stderr


def test_a_field_that_decides_is_an_error_with_an_example(
    capfd: pytest.CaptureFixture[str],
) -> None:
    done = check(capfd, CONTRACT, "--independent", "lead.country", "--json")
    assert done.returncode == 1
    (finding,) = json.loads(done.stdout)["findings"]
    assert (finding["kind"], finding["severity"]) == ("interference", "error")
    assert finding["example"]["email"]
    assert done.stderr == ""


def test_a_field_that_is_not_declared_cannot_be_asked_about(
    capfd: pytest.CaptureFixture[str],
) -> None:
    done = check(capfd, CONTRACT, "--independent", "lead.contry")
    assert done.returncode == 2
    assert "Did you mean `lead.country`?" in done.stderr


def test_a_week_in_which_the_one_who_can_is_away_is_named(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    text = ROSTER.read_text()
    both = "skills: [german], ramp: 50%"
    assert both in text
    away = f"{both}, leave: [{{from: 2026-04-06, until: 2026-04-07}}]"
    roster = tmp_path / "roster.yaml"
    roster.write_text(text.replace(both, away))
    asked = ("--roster", roster, "--weeks", "2")
    done = check(capfd, CONTRACT, *asked, "--from", "2026-04-01")
    assert done.returncode == 0
    assert "nobody of inbound with german works for 24 hours a week" in done.stderr
    assert "Mon 2026-04-06 00:00" in done.stderr
    later = check(capfd, CONTRACT, *asked, "--from", "2026-04-08")
    assert "uncovered" not in later.stderr


def test_a_day_that_cannot_be_read_is_refused(capfd: pytest.CaptureFixture[str]) -> None:
    done = check(capfd, CONTRACT, "--roster", ROSTER, "--from", "tomorrow")
    assert done.returncode == 2
    assert "--from" in done.stderr


def test_a_contract_that_uses_what_it_must_not_decides_nothing(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for file in ACME.iterdir():
        shutil.copy(file, tmp_path)
    path = tmp_path / "contract.yaml"
    barred = path.read_text().replace(
        "  lead.persona:", "  lead.gender: {type: string}\n  lead.persona:", 1
    )
    rule = "  - {name: women, when: 'lead.gender == \"f\"', to: [team:revops]}\n  - {name: german,"
    path.write_text(barred.replace("  - {name: german,", rule, 1))
    leads = tmp_path / "leads.ndjson"
    leads.write_text('{"id": "l1", "email": "pat@bigco.example"}\n')
    done = typed(
        capfd, "decide", "--contract", path, "--roster", tmp_path / "roster.yaml", "--leads", leads
    )
    assert done.returncode == 2
    assert "never_use" in done.stderr
    assert done.stdout == ""
