"""Several mistakes of different layers in the sample contract: all are said at once."""

import json
import shutil
from pathlib import Path

import pytest

from handrail.contract.facts import Facts
from handrail.contract.model import Contract
from handrail.contract.read import read_contract_text
from handrail.engine.alone import facts_seen
from tests.smoke.typed import typed

ACME = Path(__file__).resolve().parents[2] / "examples" / "acme"
TEXT = (ACME / "contract.yaml").read_text("utf-8")
TABLES = {path.name: path.read_text("utf-8") for path in ACME.glob("*.csv")}

REMOVED = "  - {name: everyone else, when: 'true', to: [team:inbound]}\n"
NARROW = 'lead.country in ["DE", "AT", "CH"]'
WIDE = 'lead.country in ["DE", "AT", "CH", "US", "CA"]'
BOUND = "account.employees >= 1000, add"
CONTRADICTION = "account.employees >= 1000 && account.employees < 500, add"
NAME = 'lead.persona == "executive"'
TYPO = 'lead.persna == "executive"'


def faulty(*changes: tuple[str, str]) -> str:
    text = TEXT
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


def findings_of(
    text: str, folder: Path, capfd: pytest.CaptureFixture[str]
) -> dict[tuple[str, int], dict]:
    for file in ACME.iterdir():
        shutil.copy(file, folder)
    path = folder / "contract.yaml"
    path.write_text(text, "utf-8")
    done = typed(capfd, "contract", "check", path, "--roster", folder / "roster.yaml", "--json")
    assert done.returncode == 1, done.stderr
    document = json.loads(done.stdout)
    assert document["ok"] is False
    severe = [one for one in document["findings"] if one["severity"] != "note"]
    found = {(one["kind"], one["line"]): one for one in severe}
    assert len(found) == len(severe), severe
    return found


def line_of(text: str, passage: str) -> int:
    assert text.count(passage) == 1
    return text[: text.index(passage)].count("\n") + 1


def column_of(text: str, passage: str, token: str) -> int:
    line = text.splitlines()[line_of(text, passage) - 1]
    return line.index(token) + 1


def matches(contract: Contract, facts: Facts) -> dict[str, bool]:
    return {rule.name: rule.when.test(facts) is True for rule in contract.routing}


def test_a_removed_a_widened_a_contradictory_rule_and_a_typo_are_four_findings(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    faults = [(REMOVED, ""), (NARROW, WIDE), (BOUND, CONTRADICTION), (NAME, TYPO)]
    text = faulty(*faults)
    found = findings_of(text, tmp_path, capfd)
    last = line_of(text, "name: enterprise NA")
    contradictory = line_of(text, CONTRADICTION)
    misspelt = line_of(text, TYPO)
    assert set(found) == {
        ("unrouted", last),
        ("dead_rule", last),
        ("dead_rule", contradictory),
        ("undefined", misspelt),
    }
    assert found["undefined", misspelt]["column"] == column_of(text, TYPO, "lead.persna")
    assert "lead.persona" in found["undefined", misspelt]["message"]
    assert found["dead_rule", contradictory]["example"] is None
    meant = read_contract_text(faulty((NARROW, WIDE)), tables=TABLES).partial
    assert meant is not None
    dead = matches(meant, facts_seen(meant, found["dead_rule", last]["example"]))
    assert dead["german"] and dead["enterprise NA"]
    unrouted = matches(meant, facts_seen(meant, found["unrouted", last]["example"]))
    assert unrouted.pop("everyone else")
    assert not any(unrouted.values())


def test_a_typo_in_a_target_and_in_a_step_hides_nothing_of_the_rules(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    text = faulty(
        ("to: [team:enterprise-na, team:inbound]", "to: [tem:enterprise-na, team:inbound]"),
        ("do: reroute", "do: rerout"),
        (BOUND, CONTRADICTION),
    )
    found = findings_of(text, tmp_path, capfd)
    assert set(found) == {
        ("value", line_of(text, "tem:enterprise-na")),
        ("value", line_of(text, "do: rerout")),
        ("dead_rule", line_of(text, CONTRADICTION)),
    }


@pytest.mark.parametrize(
    "changes",
    [
        [(NARROW, 'lead.cuntry in ["DE"]')],
        [("when: 'true', to: [team:inbound]", "when: 'tru', to: [team:inbound]")],
        [("when: 'true', to: [team:inbound]", "when: '', to: [team:inbound]")],
        [("when: 'true', to: [team:inbound]", "wehn: 'true', to: [team:inbound]")],
        [
            (
                'lookup("zips", lead.postal_code) == "us-west"',
                'lookup("zip", lead.postal_code) == "x"',
            )
        ],
        [
            (
                'seen("demo_request") || count("pricing_view", "2h") >= 3\', first',
                'sen("demo_request")\', first',
            )
        ],
        [('lead_type == "demo"', 'lead_tpe == "demo"')],
        [("account.employees:    {type: integer, min: 0}", "account.employees: {type: intger}")],
    ],
    ids=lambda changes: changes[0][1],
)
def test_of_what_cannot_be_read_nothing_else_is_claimed(
    changes: list[tuple[str, str]], tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    text = faulty(*changes)
    found = findings_of(text, tmp_path, capfd)
    assert not {kind for kind, _ in found} & {"unrouted", "dead_rule", "overlap"}, found


def test_a_rule_behind_an_unreadable_one_is_not_called_dead_for_it(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    text = faulty((NARROW, 'lead.country in ["DE", "AT"] || lead.cuntry == "US"'))
    found = findings_of(text, tmp_path, capfd)
    assert {kind for kind, _ in found} == {"undefined"}
