"""Acme's contract with other rules, unproved: what proofs are asked about."""

import json
from collections.abc import Sequence

from handrail.contract.model import Contract
from handrail.contract.read import read_contract_text
from tests.unit.contract.read.acme import TABLES, TEXT

ROUTING = TEXT.index("routing:")
AFTER = TEXT.index("fairness:")


def contract_with(rules: Sequence[str], *, changes: dict[str, str] | None = None) -> Contract:
    """A rule a condition, each to a team of its own, and a last one that takes everybody."""
    rows = [
        f"  - {{name: rule {number}, when: {json.dumps(when)}, to: [team:t{number}]}}\n"
        for number, when in enumerate([*rules, "true"])
    ]
    text = f"{TEXT[:ROUTING]}routing:\n{''.join(rows)}{TEXT[AFTER:]}"
    for old, new in (changes or {}).items():
        assert old in text
        text = text.replace(old, new)
    read = read_contract_text(text, tables=TABLES, proofs="none")
    assert read.contract is not None, read.findings
    return read.contract
