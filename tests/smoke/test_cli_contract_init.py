"""`handrail contract init` as a person types it: what it writes passes check and rehearsals."""

import csv
import json
import os
import pty
import random
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.smoke.typed import Typed, typed

Type = Callable[..., Typed]

TEAMS = {"dach": ["hans", "heidi"], "enterprise": ["eve", "ed"], "inbound": ["ida", "ivo", "ian"]}
STRAYS = 0.03  # part of the history that went where nobody can say why


@pytest.fixture
def contract(capfd: pytest.CaptureFixture[str]) -> Type:
    def run(*words: str | Path) -> Typed:
        return typed(capfd, "contract", *words)

    return run


def assert_sound(capfd: pytest.CaptureFixture[str], folder: Path) -> None:
    """The checks that a person would run next."""
    files = (folder / "contract.yaml", "--roster", folder / "roster.yaml", "--json")
    checked = typed(capfd, "contract", "check", *files)
    assert checked.returncode == 0, checked.stderr
    findings = json.loads(checked.stdout)["findings"]
    assert not [one for one in findings if one["severity"] != "note"]
    rehearsed = typed(capfd, "rehearse", folder, "--json")
    assert rehearsed.returncode == 0, rehearsed.stdout
    assert json.loads(rehearsed.stdout)["passed"] >= 3
    assert typed(capfd, "contract", "fmt", "--check", folder / "contract.yaml").returncode == 0


@pytest.mark.parametrize("template", ["minimal", "inbound", "enterprise", "plg"])
def test_every_template_passes_check_and_rehearsals(
    contract: Type, capfd: pytest.CaptureFixture[str], tmp_path: Path, template: str
) -> None:
    folder = tmp_path / "new"
    done = contract("init", folder, "--yes", "--template", template, "--countries", "US,DE")
    assert done.returncode == 0, done.stderr
    assert_sound(capfd, folder)
    text = (folder / "contract.yaml").read_text()
    assert text.startswith("# yaml-language-server: $schema=.schema/contract.json\n")
    assert text.count("\n# ") > 5, "a first contract explains itself"
    assert (folder / ".schema" / "contract.json").is_file()


def test_what_is_there_is_not_replaced_unless_it_is_said(contract: Type, tmp_path: Path) -> None:
    (tmp_path / "roster.yaml").write_text("mine\n")
    done = contract("init", tmp_path, "--yes")
    assert done.returncode == 2
    assert "--force" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["roster.yaml"], "all or nothing"
    assert contract("init", tmp_path, "--yes", "--force").returncode == 0
    assert (tmp_path / "roster.yaml").read_text() != "mine\n"
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".handrail")]


def test_a_file_in_the_way_of_a_folder_leaves_everything_as_it_was(
    contract: Type, tmp_path: Path
) -> None:
    (tmp_path / "rehearsals").write_text("a file\n")
    (tmp_path / "contract.yaml").write_text("old\n")
    done = contract("init", tmp_path, "--yes", "--force")
    assert done.returncode == 2
    assert "nothing was changed" in done.stderr
    assert (tmp_path / "contract.yaml").read_text() == "old\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["contract.yaml", "rehearsals"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--template", "huge"], "no template"),
        (["--timezone", "Mars/Base"], "no time zone"),
        (["--countries", "US,XX"], "XX"),
        (["--minutes", "0"], "1 to 240"),
        (["--asks", "demo,lunch"], "lunch"),
        (["--reps", "ada"], "no address"),
        (["--marketing", "a@b.example", "--sales", "A@b.example"], "different people"),
        (["--from-history", "none.csv"], "cannot be read"),
        (["--from-rules", "none.xml"], "cannot be read"),
        (["--from-rules", "a", "--from-history", "b"], "not from both"),
    ],
)
def test_answers_that_cannot_be_are_told(
    contract: Type, tmp_path: Path, words: list[str], message: str
) -> None:
    done = contract("init", tmp_path / "new", "--yes", *words)
    assert done.returncode == 2
    assert message in done.stderr
    assert not (tmp_path / "new").exists()


def history(path: Path, *, rows: int, with_team: bool) -> None:
    """Leads that three teams got by rules, save a few strays; reps take turns by chance."""
    chance = random.Random(7)
    start = datetime(2026, 1, 1, tzinfo=UTC)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        last = ["team"] if with_team else []
        writer.writerow(["id", "captured_at", "country", "employees", "note", "owner", *last])
        for number in range(rows):
            country = chance.choice(["US", "US", "US", "CA", "DE", "AT", "FR"])
            employees = chance.choice([5, 80, 300, 900, 1500, ""])
            team = "inbound"
            if country in ("DE", "AT"):
                team = "dach"
            elif employees != "" and int(employees) >= 900:
                team = "enterprise"
            if chance.random() < STRAYS:
                team = chance.choice(list(TEAMS))
            owner = f"{chance.choice(TEAMS[team])}@acme.example"
            at = (start + timedelta(hours=number)).isoformat()
            note = f"free text {number}"
            row = [f"l{number}", at, country, employees, note, owner]
            writer.writerow([*row, *([team] if with_team else [])])


@pytest.mark.parametrize("with_team", [True, False])
def test_routing_is_drafted_from_history(
    contract: Type, capfd: pytest.CaptureFixture[str], tmp_path: Path, with_team: bool
) -> None:
    history(tmp_path / "history.csv", rows=2_000, with_team=with_team)
    folder = tmp_path / "new"
    done = contract("init", folder, "--from-history", tmp_path / "history.csv", "--json")
    assert done.returncode == 0, done.stderr
    agreement = json.loads(done.stdout)["agreement"]
    assert agreement["rows"] == 2_000
    assert agreement["held_out"] == 400
    assert agreement["teams_found"] is with_team
    assert agreement["rate"] > 0.95 > agreement["always_right"] / agreement["held_out"]
    unexplained = (folder / "unexplained.ndjson").read_text().splitlines()
    assert len(unexplained) == agreement["unexplained"]
    assert 0 < len(unexplained) < 2_000 * STRAYS * 1.5
    assert {"id", "given", "drafted", "rule", "attributes"} == set(json.loads(unexplained[0]))
    text = (folder / "contract.yaml").read_text()
    assert 'lead.country in ["AT", "DE"]' in text
    assert "account.employees >= 900" in text or "account.employees < 900" in text
    assert "free text" not in text, "a text of a thousand kinds is no rule"
    for members in TEAMS.values():
        assert f"[{', '.join(members)}]" in by_name((folder / "roster.yaml").read_text())
    assert_sound(capfd, folder)


def by_name(roster: str) -> str:
    """The roster with the members of each team in the order of `TEAMS`."""
    lines = []
    for line in roster.splitlines():
        head, _, members = line.partition("members: [")
        known = members.rstrip("]}").split(", ")
        order = next((names for names in TEAMS.values() if sorted(names) == sorted(known)), known)
        lines.append(f"{head}[{', '.join(order)}]")
    return "\n".join(lines)


def test_too_little_history_is_told(contract: Type, tmp_path: Path) -> None:
    history(tmp_path / "history.csv", rows=19, with_team=True)
    done = contract("init", tmp_path / "new", "--from-history", tmp_path / "history.csv")
    assert done.returncode == 2
    assert "at least 20 are needed" in done.stderr


RULES = """<?xml version="1.0" encoding="UTF-8"?>
<AssignmentRules xmlns="http://soap.sforce.com/2006/04/metadata">
  <assignmentRule><fullName>Standard</fullName><active>true</active>
    <ruleEntry><assignedTo>DACH_Queue</assignedTo><assignedToType>Queue</assignedToType>
      <criteriaItems><field>Lead.Country</field><operation>equals</operation>
        <value>Germany,Austria</value></criteriaItems></ruleEntry>
    <ruleEntry><assignedTo>eve@acme.example</assignedTo><assignedToType>User</assignedToType>
      <criteriaItems><field>Lead.NumberOfEmployees</field><operation>greaterOrEqual</operation>
        <value>1000</value></criteriaItems></ruleEntry>
    <ruleEntry><assignedTo>Hot</assignedTo><assignedToType>Queue</assignedToType>
      <formula>ISPICKVAL(Rating, "Hot")</formula></ruleEntry>
    <ruleEntry><assignedTo>Bavaria</assignedTo><assignedToType>Queue</assignedToType>
      <criteriaItems><field>Lead.Country</field><operation>equals</operation>
        <value>Germany</value></criteriaItems></ruleEntry>
    <ruleEntry><assignedTo>Inside_Sales</assignedTo><assignedToType>Queue</assignedToType>
    </ruleEntry>
  </assignmentRule>
</AssignmentRules>
"""


def test_routing_is_drafted_from_exported_rules(
    contract: Type, capfd: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "Lead.assignmentRules").write_text(RULES)
    folder = tmp_path / "new"
    done = contract("init", folder, "--from-rules", tmp_path / "Lead.assignmentRules", "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["rules"] == 2
    unsaid = " | ".join(told["unsaid"])
    assert "ISPICKVAL" in unsaid
    assert "entry 4: every lead" in unsaid, "hidden by the first"
    text = (folder / "contract.yaml").read_text()
    assert 'lead.country in ["Germany", "Austria"]' in text
    assert "to: [team:inside-sales]" in text
    assert all(f"# - {line}" in text for line in told["unsaid"])
    assert_sound(capfd, folder)


def test_questions_are_asked_at_a_terminal(tmp_path: Path) -> None:
    keyboard, terminal = pty.openpty()
    answers = ["Globex", "Europe/Berlin", "", "", "", "gil@globex.example", "demo", "x", "15", "DE"]
    os.write(keyboard, "".join(f"{answer}\n" for answer in answers).encode())
    command = [Path(sys.executable).with_name("handrail"), "contract", "init", tmp_path / "new"]
    done = subprocess.run(command, stdin=terminal, capture_output=True, text=True, check=False)
    os.close(keyboard)
    os.close(terminal)
    assert done.returncode == 0, done.stderr
    assert "Time zone" in done.stderr
    assert "'x' is no time to act" in done.stderr, "and asked again"
    text = (tmp_path / "new" / "contract.yaml").read_text()
    assert "globex-inbound" in text and "Europe/Berlin" in text and "first_action: 15m" in text
    assert "gil@globex.example" in (tmp_path / "new" / "roster.yaml").read_text()
