"""Small decisions as data: one file a rule, a case a difference from `base.yaml`.

`expect` holds the keys of a line that the case speaks of. `candidates` is written as a mapping from
rep to reason, with the rank behind it: `{ada: picked 1, ben: away}`.
"""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from ruamel.yaml import YAML

from handrail.contract.read import read_contract_text
from handrail.contract.roster import RosterFile, read_roster_text
from handrail.engine.alone import Alone
from handrail.engine.intake import read_capture, read_instant
from handrail.engine.items import CaptureItem

HERE = Path(__file__).parent
YAML_READER = YAML(typ="safe", pure=True)


def load(path: Path) -> Any:
    loaded = YAML_READER.load(path.read_text(encoding="utf-8"))
    return json.loads(json.dumps(loaded, default=lambda at: at.isoformat()))


BASE = load(HERE / "base.yaml")
CASES = [
    pytest.param(case, id=f"{path.stem}: {case['case']}")
    for path in sorted((HERE / "cases").glob("*.yaml"))
    for case in load(path)
]


@pytest.mark.parametrize("case", CASES)
def test_a_lead_is_decided_as_written(case: dict[str, Any]) -> None:
    line = decided(case)
    expected = case["expect"]
    assert {key: line[key] for key in expected} == expected


def decided(case: dict[str, Any]) -> dict[str, Any]:
    unknown = set(case) - {"case", "contract", "roster", "state", "at", "lead", "tables", "expect"}
    assert not unknown, unknown
    contract = read_contract_text(
        json.dumps(merged(BASE["contract"], case.get("contract", {}))),
        tables=case.get("tables"),
    )
    assert contract.contract is not None, contract.findings
    alone = Alone(
        contract=contract.contract,
        roster=roster_of(case),
        now=instant(case.get("at", BASE["at"])),
    )
    item = read_capture(merged(BASE["lead"], case.get("lead", {})), place="lead")
    assert isinstance(item, CaptureItem), item
    line: dict[str, Any] = msgspec.to_builtins(alone.decide(item))
    line["candidates"] = {
        one["rep"]: one["reason"] + (f" {one['rank']}" if one["eligible"] else "")
        for one in line["candidates"]
    }
    line["missing"] = list(line["missing"])
    return line


def roster_of(case: dict[str, Any]) -> RosterFile:
    tree = merged(BASE["roster"], case.get("roster", {}))
    tree["reps"] = [{"id": rep, **fields} for rep, fields in tree["reps"].items()]
    tree["state"] = case.get("state", {})
    read = read_roster_text(json.dumps(tree), name="roster.yaml")
    assert isinstance(read, RosterFile), read
    return read


def instant(text: str) -> datetime:
    at = read_instant(text)
    assert at is not None
    return at


def merged(base: Any, change: Any) -> Any:
    """`change` over `base`: mappings key by key, everything else whole; null takes a key away."""
    if not isinstance(base, dict) or not isinstance(change, dict):
        return change
    both = {key: merged(base.get(key), value) for key, value in change.items() if value is not None}
    return {
        key: both.get(key, base.get(key))
        for key in [*base, *both]
        if change.get(key, 0) is not None
    }
