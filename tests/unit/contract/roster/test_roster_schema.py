"""The published schema of rosters knows the keys that the reader knows."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from ruamel.yaml import YAML

from handrail.contract.roster import read_roster, read_roster_text
from handrail.contract.roster.reading import ROSTER_KEYS
from handrail.contract.roster.reps import PERSON_KEYS, REP_KEYS
from handrail.contract.roster.schema import roster_schema
from handrail.contract.roster.start import STATE_KEYS
from handrail.contract.roster.teams import TEAM_KEYS
from handrail.terms.people import Caps

EXAMPLES = Path(__file__).resolve().parents[4] / "examples"
ROSTERS = sorted(
    path for path in EXAMPLES.rglob("*.yaml") if path.read_text().startswith("roster:")
)
SCHEMA = roster_schema()


def properties(schema: dict[str, Any]) -> set[str]:
    assert schema["additionalProperties"] is False
    return set(schema["properties"])


def test_every_key_of_the_reader_is_in_the_schema_and_no_other() -> None:
    of = SCHEMA["properties"]
    rep = of["reps"]["items"]
    assert properties(SCHEMA) == set(ROSTER_KEYS)
    assert properties(of["teams"]["items"]) == set(TEAM_KEYS)
    assert properties(rep) == set(REP_KEYS)
    assert properties(rep["properties"]["caps"]) == set(Caps.__struct_fields__)
    assert properties(of["people"]["items"]) == set(PERSON_KEYS)
    assert properties(of["state"]["additionalProperties"]) == set(STATE_KEYS)


def test_every_key_says_what_it_means() -> None:
    keys = list(keys_of(SCHEMA))
    assert len(keys) > 30
    assert not [name for name, schema in keys if "description" not in schema]


def keys_of(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name, one in schema.get("properties", {}).items():
        yield name, one
        yield from keys_of(one)
        yield from keys_of(one.get("items", {}))


@pytest.mark.parametrize("path", ROSTERS, ids=str)
def test_a_roster_that_can_be_read_is_one_by_the_schema(path: Path) -> None:
    assert not isinstance(read_roster(path), tuple)
    assert not list(validator().iter_errors(loaded(path.read_text())))


@pytest.mark.parametrize(
    "change",
    [
        ("weight: 100", "weight: 0"),
        ("weight: 100", "wait: 100"),
        ("tier: high", "tier: top"),
        ("mon-fri:", "mon-tag:"),
        ("ramp: 50%", "ramp: half"),
        ("email: ada@acme.example", "email: ada"),
        ("manager: mo,", ""),
    ],
    ids=str,
)
def test_what_the_reader_refuses_by_form_the_schema_refuses_too(change: tuple[str, str]) -> None:
    text = (EXAMPLES / "acme" / "roster.yaml").read_text()
    assert change[0] in text
    wrong = text.replace(*change)
    assert isinstance(read_roster_text(wrong, name="roster.yaml"), tuple)
    assert list(validator().iter_errors(loaded(wrong)))


def validator() -> Any:
    return jsonschema.Draft202012Validator(SCHEMA)


def loaded(text: str) -> Any:
    """As YAML's core schema reads it: a date is a text."""
    yaml = YAML(typ="safe", pure=True)
    yaml.constructor.add_constructor(
        "tag:yaml.org,2002:timestamp", lambda loader, node: loader.construct_scalar(node)
    )
    return yaml.load(text)
