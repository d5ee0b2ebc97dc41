"""`handrail definitions audit` as a person types it, on the 8,000 real leads among others."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.smoke.typed import Typed, typed

Type = Callable[..., Typed]

OLIST = Path(__file__).resolve().parents[2] / "examples" / "olist"
MARKETING, SALES = OLIST / "marketing.yaml", OLIST / "sales.yaml"


@pytest.fixture
def audit(capfd: pytest.CaptureFixture[str]) -> Type:
    def run(*words: str | Path) -> Typed:
        return typed(capfd, "definitions", "audit", *words)

    return run


def given(leads: Path, *, marketing: Path = MARKETING, sales: Path = SALES) -> list[str | Path]:
    mapping = OLIST / "mapping.yaml"
    return [
        *("--marketing", marketing, "--sales", sales),
        *("--leads", leads, "--mapping", mapping, "--json"),
    ]


@pytest.fixture(scope="module")
def leads(shared_data: Path) -> Path:
    return shared_data / "olist_marketing_qualified_leads_dataset.csv"


def test_the_counts_are_those_of_the_file_itself(audit: Type, leads: Path) -> None:
    with leads.open(encoding="utf-8", newline="") as file:
        origins = [row["origin"] for row in csv.DictReader(file)]
    only_marketing = sum(
        one in ("social", "display", "email", "other publicities") for one in origins
    )
    only_sales = sum(one in ("unknown", "") for one in origins)
    both = sum(
        one in ("paid search", "organic search", "direct traffic", "referral") for one in origins
    )

    done = audit(*given(leads))
    assert done.returncode == 1, done.stderr
    found = json.loads(done.stdout)
    mql = found["stages"]["mql"]
    assert found["leads"] == 8_000
    assert mql["only"] == {"marketing": only_marketing, "sales": only_sales}
    assert mql["both"] == both
    assert mql["both"] + mql["neither"] + sum(mql["only"].values()) == 8_000


def test_the_clause_named_first_explains_most_of_the_disagreement(audit: Type, leads: Path) -> None:
    found = json.loads(audit(*given(leads)).stdout)
    for stage in found["stages"].values():
        explained = [clause["explains"] for clause in stage["clauses"]]
        assert sum(explained) + stage["unexplained"] == stage["disagreements"]
    first = found["settle_first"]
    assert (first["stage"], first["step"]["clause"]) == ("mql", "shown an advertisement")
    assert first["step"]["explains"] * 2 > first["disagreements"]
    assert first["step"]["remaining"] == first["disagreements"] - first["step"]["explains"]
    example = first["step"]["examples"][0]
    assert example["values"]["lead.source_campaign"] in ("social", "display", "email", "publicity")


def test_teams_of_one_mind_end_well(audit: Type, leads: Path) -> None:
    done = audit(*given(leads, sales=MARKETING))
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["settle_first"] is None


def test_a_whole_contract_stands_for_a_definition(audit: Type, leads: Path) -> None:
    done = audit(*given(leads, sales=OLIST / "contract.yaml"))
    found = json.loads(done.stdout)
    assert list(found["stages"]) == ["mql"]
    assert found["silent"]["sales"] == ["sal", "sql"]


def test_thirty_labels_stand_for_a_definition(audit: Type, leads: Path, tmp_path: Path) -> None:
    with leads.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))[:30]
    labels = tmp_path / "labels.csv"
    yes = {True: "yes", False: "no"}
    labels.write_text(
        "id,mql,sal\n"
        + "".join(f"{row['mql_id']},{yes[row['origin'] == 'social']},\n" for row in rows)
    )
    found = json.loads(audit(*given(leads, sales=labels)).stdout)
    mql = found["stages"]["mql"]
    assert mql["compared"] == 30
    assert mql["kappa"]["low"] <= mql["kappa"]["value"] <= mql["kappa"]["high"]
    contradicted = {clause["clause"] for clause in mql["clauses"]}
    assert "clicked an advertisement" in contradicted


def test_a_third_team_is_compared_with_both(audit: Type, leads: Path, tmp_path: Path) -> None:
    third = tmp_path / "success.yaml"
    third.write_text(SALES.read_text().replace("definitions: sales", "definitions: success"))
    found = json.loads(audit(*given(leads), "--more", third).stdout)
    assert [pair["teams"] for pair in found["pairs"]] == [
        ["marketing", "sales"],
        ["marketing", "success"],
        ["sales", "success"],
    ]
    assert found["all_agree"]["mql"] == 8_000 - found["stages"]["mql"]["disagreements"]


def test_in_words_it_says_what_to_settle(audit: Type, leads: Path) -> None:
    done = audit(*given(leads)[:-1])
    assert done.stdout == ""
    assert 'Settle first, of mql: marketing\'s clause "shown an advertisement"' in done.stderr


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("definitions: x\nfields: {}\n", "no stage is defined"),
        ("definitions: x\nfields: {}\nmql: {means: y}\n", "write either `any` or `all`"),
        (
            "definitions: x\nfields: {}\nmql: {any: [{name: a, when: lead.size > 1}]}\n",
            "lead.size",
        ),
        ("definitions: x\nfields: {}\nmql: {all: [{name: a, when: 'true'}], some: 1}\n", "`some`"),
        ("definitions: [\n", "not YAML"),
    ],
)
def test_wrong_definitions_are_told_at_their_place(
    audit: Type, tmp_path: Path, text: str, message: str
) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(text)
    done = audit(*given(tmp_path / "none.csv", sales=wrong))
    assert done.returncode == 2
    assert message in done.stderr
    assert "wrong.yaml" in done.stderr


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("id,mql\na,perhaps\n", "'perhaps' is no label; write yes or no"),
        ("id,mql\na,yes\na,no\n", "labelled before"),
        ("id,name\na,b\n", "no label"),
        ("", "empty"),
    ],
)
def test_wrong_labels_are_told_at_their_line(
    audit: Type, tmp_path: Path, text: str, message: str
) -> None:
    wrong = tmp_path / "wrong.csv"
    wrong.write_text(text)
    done = audit(*given(tmp_path / "none.csv", sales=wrong))
    assert done.returncode == 2
    assert message in done.stderr


def test_two_teams_of_one_name_are_refused(audit: Type, leads: Path) -> None:
    done = audit(*given(leads), "--more", SALES)
    assert done.returncode == 2
    assert "two teams are called sales" in done.stderr


def test_the_schema_describes_the_examples(capfd: pytest.CaptureFixture[str]) -> None:
    import jsonschema
    from ruamel.yaml import YAML

    schema = json.loads(typed(capfd, "definitions", "schema").stdout)
    validator = jsonschema.Draft202012Validator(schema)
    for path in (MARKETING, SALES):
        assert not list(validator.iter_errors(YAML(typ="safe").load(path)))
    wrong = YAML(typ="safe").load("{definitions: x, fields: {}, mql: {some: []}}")
    assert list(validator.iter_errors(wrong))
