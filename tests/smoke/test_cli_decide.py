"""`handrail decide` as a person types it."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.smoke.typed import Typed, typed

Type = Callable[..., Typed]

ACME = Path(__file__).resolve().parents[2] / "examples" / "acme"
KEYS = [
    "lead", "fit", "intent", "lead_type", "tier", "stage", "rule", "owner", "threshold",
    "candidates", "missing",
]  # fmt: skip
LENA = {
    "id": "lena",
    "email": "Lena <lena@bigco.example>",
    "captured_at": "2026-03-02T15:00:00Z",
    "lead.country": "US",
    "account.employees": 4000,
    "lead.source_campaign": "spring",
    "signals": ["demo_request"],
}


@pytest.fixture
def decide(capfd: pytest.CaptureFixture[str]) -> Type:
    def run(
        leads: Path,
        *more: str,
        contract: Path = ACME / "contract.yaml",
        roster: Path = ACME / "roster.yaml",
    ) -> Typed:
        given = ("--contract", contract, "--roster", roster, "--leads", leads)
        return typed(capfd, "decide", *given, *more)

    return run


def written(folder: Path, *lines: str, name: str = "leads.ndjson") -> Path:
    path = folder / name
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def test_a_line_has_all_keys_in_their_order(tmp_path: Path, decide: Type) -> None:
    nobody = json.dumps({"id": "nobody"})
    done = decide(written(tmp_path, json.dumps(LENA), nobody), "--json")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    first, second = [json.loads(line) for line in done.stdout.splitlines()]
    assert list(first) == list(second) == KEYS
    assert first == {
        "lead": "lena",
        "fit": 40,
        "intent": 100,
        "lead_type": "demo",
        "tier": "B",
        "stage": "assigned",
        "rule": "enterprise NA",
        "owner": "ada",
        "threshold": "asked for a demo",
        "candidates": [
            {"rep": "ada", "eligible": True, "reason": "picked", "rank": 1},
            {"rep": "ben", "eligible": True, "reason": "tier", "rank": 2},
        ],
        "missing": ["lead.persona", "account.industry"],
    }
    assert (second["stage"], second["owner"], second["candidates"]) == ("nurture", None, [])


def test_the_file_s_latest_capture_is_the_time_of_all(
    tmp_path: Path, decide: Callable[..., Typed]
) -> None:
    late = {"id": "late", "captured_at": "2026-03-07T15:00:00Z"}  # a Saturday: Ada is off shift
    leads = written(tmp_path, json.dumps(LENA), json.dumps(late))
    assert json.loads(decide(leads).stdout.splitlines()[0])["owner"] == "ben"
    at = decide(leads, "--at", "2026-03-02T15:00:00Z")
    assert json.loads(at.stdout.splitlines()[0])["owner"] == "ada"


def test_bad_lines_are_told_and_the_good_ones_decided(
    tmp_path: Path, decide: Callable[..., Typed]
) -> None:
    leads = written(
        tmp_path, json.dumps(LENA), "nonsense", '{"id": "x", "email": "x"}', '{"id": "y"}'
    )
    done = decide(leads)
    assert done.returncode == 2
    assert [json.loads(line)["lead"] for line in done.stdout.splitlines()] == ["lena", "y"]
    assert "line 2: not JSON" in done.stderr
    assert "line 3, email: 'x' is no address" in done.stderr
    assert "Traceback" not in done.stderr


def test_each_lead_is_decided_alone(tmp_path: Path, decide: Type) -> None:
    same = [json.dumps({**LENA, "id": f"l{number}"}) for number in range(20)]
    done = decide(written(tmp_path, *same))
    assert {json.loads(line)["owner"] for line in done.stdout.splitlines()} == {"ada"}


def test_a_contract_with_errors_is_told_and_ends_the_command(
    tmp_path: Path, decide: Callable[..., Typed]
) -> None:
    broken = tmp_path / "contract.yaml"
    broken.write_text((ACME / "contract.yaml").read_text().replace('seen("demo', 'seen("dmo'))
    for table in ACME.glob("*.csv"):
        (tmp_path / table.name).write_text(table.read_text())
    done = decide(written(tmp_path, json.dumps(LENA)), contract=broken)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "undefined" in done.stderr
    assert "^^^" in done.stderr


def test_a_roster_that_lacks_a_team_is_told(tmp_path: Path, decide: Type) -> None:
    roster = tmp_path / "roster.yaml"
    roster.write_text(
        (ACME / "roster.yaml").read_text().replace("{name: enterprise-na", "{name: enterprise")
    )
    done = decide(written(tmp_path, json.dumps(LENA)), roster=roster)
    assert done.returncode == 2
    assert "enterprise-na" in done.stderr


def test_files_that_are_not_there_are_told(tmp_path: Path, decide: Type) -> None:
    leads = written(tmp_path, json.dumps(LENA))
    for done in (
        decide(tmp_path / "none.csv"),
        decide(leads, contract=tmp_path / "none.yaml"),
        decide(leads, roster=tmp_path),
        decide(leads, "--mapping", str(tmp_path / "none.yaml")),
        decide(leads, "--at", "noon"),
    ):
        assert done.returncode == 2
        assert done.stdout == ""
        assert done.stderr
        assert "Traceback" not in done.stderr


def test_csv_says_the_same_as_ndjson(tmp_path: Path, decide: Type) -> None:
    rows = [
        "id,email,captured_at,lead.country,account.employees,lead.source_campaign,signals",
        "lena,Lena <lena@bigco.example>,2026-03-02T15:00:00Z,US,4000,spring,demo_request",
    ]
    csv = decide(written(tmp_path, *rows, name="leads.csv"))
    assert csv.stdout == decide(written(tmp_path, json.dumps(LENA))).stdout
    assert csv.returncode == 0
