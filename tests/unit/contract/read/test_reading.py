"""What reading makes of whole files: syntax, tables, digests, the values that come out."""

from datetime import timedelta
from pathlib import Path

import jsonschema
import pytest
from ruamel.yaml import YAML

from handrail.contract.checks import check_against_roster
from handrail.contract.model import Contract, FieldTarget, Frequency
from handrail.contract.read import (
    ReadResult,
    read_contract,
    read_contract_file,
    read_contract_text,
    render_finding,
)
from handrail.contract.schema import contract_schema
from handrail.contract.tables import TableFault, digest_of, read_table
from handrail.terms.people import Member, Rep, Roster, Team
from tests.unit.contract.read.acme import FOLDER, TABLES, TEXT, changed, only, read


def acme() -> Contract:
    contract = read_contract(FOLDER / "contract.yaml")
    assert isinstance(contract, Contract)
    return contract


def usable(result: ReadResult) -> Contract:
    assert result.contract is not None, result.findings
    return result.contract


def test_a_folder_and_its_texts_give_the_same_contract() -> None:
    assert acme().digest == usable(read(TEXT)).digest


def test_the_sample_says_what_it_says() -> None:
    contract = acme()
    intent = next(score for score in contract.scores if score.name == "intent")
    assert contract.name == "acme-inbound"
    assert intent.signals["pricing_view"].at_most == Frequency(1, timedelta(days=7))
    assert contract.tiers == (("A", 70), ("B", 40), ("C", 0))
    assert contract.routing[0].to[0] == FieldTarget("account.csm")
    assert contract.sla.warn_at == 60
    assert contract.teams_named() == {"inbound", "enterprise-na", "revops"}
    assert contract.fields["tier"].values == {"A", "B", "C"}


def test_no_and_on_are_texts() -> None:
    contract = changed("values: [US, CA", "values: [NO, on, US, CA").contract
    assert contract is not None
    assert {"NO", "on"} <= (contract.fields["lead.country"].values or set())


def test_iso3166_stands_for_all_countries() -> None:
    contract = changed("values: [US, CA, DE, AT, CH]", "values: iso3166").contract
    assert contract is not None
    assert len(contract.fields["lead.country"].values or ()) == 249


def test_a_sum_comes_after_what_it_adds_up() -> None:
    result = changed(
        "  fit:\n", "  all: {sum: [both, fit]}\n  both: {sum: [fit, intent]}\n  fit:\n"
    )
    assert result.contract is not None
    names = [score.name for score in result.contract.scores]
    assert names.index("intent") < names.index("both") < names.index("all")


def test_what_is_absent_has_its_default() -> None:
    start, end = TEXT.index("fairness:"), TEXT.index("sla:")
    contract = read(TEXT[:start] + TEXT[end:]).contract
    assert contract is not None
    assert contract.fairness_window == "month"
    contract = changed("  if_missing: {demo: route_and_flag, default: triage}\n", "").contract
    assert contract is not None
    assert contract.mql.if_missing == {"default": "triage"}
    contract = changed("  accepted_by: [accept, meeting_booked, conversation]\n", "").contract
    assert contract is not None
    assert contract.sal.accepted_by == {"accept", "meeting_booked", "conversation"}


def test_every_fault_is_said_at_once() -> None:
    text = TEXT.replace("version: 3", "version: x").replace("at: 35%", "at: 0%")
    text = text.replace("has(account.csm)", 'has(account.cms) && fit > "x"')
    assert {one.kind for one in read(text).findings} >= {"type", "value", "undefined"}


@pytest.mark.parametrize(
    ("text", "place", "says"),
    [
        ("", (1, 1), "empty"),
        ("# nothing\n", (1, 1), "empty"),
        ("- a\n", (1, 1), "mapping"),
        ("a: b: c\n", (1, 5), "indentation"),
        ("a:\n\t- b\n", (2, 1), "tab"),
        ("a: 1\n---\nb: 2\n", (2, 1), "second document"),
        ("a: &x [*x]\n", (1, 8), "itself"),
        ("a: 'open\n", (2, 1), "end of stream"),
        ("a: \x00\n", (1, 4), "character"),
        ("a: " + "[" * 60, (1, 44), "levels"),
        ("? [a]\n: b\n", (1, 3), "key"),
        ("x" * 1_000_001, (1, 1), "1,000,000"),
    ],
)
def test_what_is_no_tree_is_one_finding(text: str, place: tuple[int, int], says: str) -> None:
    finding = only(read_contract_text(text))
    assert (finding.kind, finding.severity) == ("syntax", "error")
    assert (finding.line, finding.column) == place
    assert says in finding.message


def test_a_bomb_of_aliases_does_not_go_off() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 20)]
    finding = only(read_contract_text("\n".join(lines)))
    assert "aliases" in finding.message


def test_an_alias_is_read_where_it_is_used() -> None:
    text = TEXT.replace("both_sign: [scores", "both_sign: &s [scores")
    assert read(text).contract is not None


def test_bytes_that_are_no_text_have_a_place(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_bytes("contract: é\n".encode() + b"a: \xff\n")
    finding = only(read_contract_file(path))
    assert (finding.line, finding.column, finding.kind) == (2, 4, "syntax")


# Tables


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "empty"),
        ("a,b\nx,1\nx,2\n", "line 3"),
        ("a,b\nx,1\ny\n", "line 3: 1 columns"),
        ("a,\nx,1\n", "without a name"),
        ("a,a\nx,1\n", "twice"),
        ("a,b\n,1\n", "line 2: the key is empty"),
        ('a,b\n"x\ny",1\nz\n', "line 4"),
        ('a,b\n"x"y,1\n', "line 2: not CSV"),
    ],
)
def test_a_bad_table_names_its_line(text: str, says: str) -> None:
    with pytest.raises(TableFault, match=says):
        read_table("t", text)


def test_a_bad_table_stands_at_its_entry() -> None:
    finding = only(read_contract_text(TEXT, tables={**TABLES, "zips.csv": "a,b\nx\n"}))
    assert (finding.line, finding.kind) == (5, "value")
    assert "zips.csv: line 2" in finding.message


def test_digests_tell_contents_apart() -> None:
    assert digest_of("a", {"b": "c"}) != digest_of("a", {"bc": ""})
    assert digest_of("a", {"b": "c", "d": "e"}) == digest_of("a", {"d": "e", "b": "c"})
    other = {**TABLES, "named.csv": TABLES["named.csv"] + "more.example,More\n"}
    assert usable(read_contract_text(TEXT, tables=other)).digest != acme().digest


# Around reading


def test_the_schema_takes_the_sample_and_refuses_what_it_can() -> None:
    schema = contract_schema()
    jsonschema.Draft202012Validator.check_schema(schema)
    valid = jsonschema.Draft202012Validator(schema).is_valid
    load = YAML(typ="safe", pure=True).load
    assert valid(load(TEXT))
    for old, new in (
        ("first_action: 5m", "first_action: 0m"),
        ("warn_at: 60%", "warn_at: 60"),
        ("accept_within: 4h", "acept_within: 4h"),
        ("do: reroute", "do: rerout"),
        ("version: 3", "version: three"),
    ):
        assert not valid(load(TEXT.replace(old, new, 1)))


def test_a_finding_is_shown_with_its_token_marked() -> None:
    text = TEXT.replace("has(account.csm)", "has(account.cms)")
    shown = render_finding(only(read(text)), text, "acme.yaml").splitlines()
    assert shown[0].startswith("acme.yaml:75:38: error undefined: ")
    assert shown[-1].index("^") == shown[-2].index("account.cms")
    assert shown[-1].count("^") == len("account.cms")


def test_a_roster_must_have_what_the_contract_names() -> None:
    ada = Rep("ada", "Ada", "ada@acme.example", "UTC", territories=("named", "rest"))
    team = Team("inbound", "mo", (Member("ada"),))
    roster = Roster("acme", {"inbound": team}, {"ada": ada})
    found = check_against_roster(acme(), roster)
    kinds = [(one.kind, one.severity, one.marked) for one in found]
    assert kinds.count(("undefined", "error", "team:enterprise-na")) == 2
    assert ("undefined", "error", "team:revops") in kinds
    said = " ".join(one.message for one in found)
    assert "`us-west`" in said and "german" in said and "`mo`" in said
    line = TEXT[: TEXT.index("team:enterprise-na, team:inbound")].count("\n") + 1
    assert any(one.line == line and one.marked == "team:enterprise-na" for one in found)


def test_people_who_are_gone_are_told_of() -> None:
    gone = Rep("mo", "Mo", "mo@acme.example", "UTC", active=False)
    teams = {
        name: Team(name, "mo", (Member("mo"),)) for name in ("inbound", "enterprise-na", "revops")
    }
    found = check_against_roster(acme(), Roster("acme", teams, {"mo": gone}))
    said = [(one.kind, one.message) for one in found if one.severity == "warning"]
    for team in teams:
        assert any(kind == "uncovered" and f"team `{team}`" in told for kind, told in said)
        assert any(kind == "escalation" and f"team `{team}`" in told for kind, told in said)
