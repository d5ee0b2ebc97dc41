"""What changes in meaning between two versions of a thousand rules."""

import time

from ruamel.yaml import YAML

from handrail.contract.diff import diff
from handrail.contract.model import Contract
from handrail.contract.read import read_contract_text
from handrail.engine.alone import facts_seen
from handrail.trials.bench.figures import Figure, figure
from handrail.trials.bench.ground import CONTRACT

RULES = 1_000
TEAMS = 40
WANTED_SECONDS = 3.0
FIELDS = """\
  lead.postal_code: {type: string}
  account.technologies: {type: list}
"""


def contract_diff() -> list[Figure]:
    """A bound, a target and an order changed among a thousand rules of six kinds."""
    old, new = versions()
    before, after = _read(old), _read(new)
    began = time.perf_counter()
    found = diff(before, after, evaluate=facts_seen)
    took = time.perf_counter() - began
    began = time.perf_counter()
    for text in (old, new):
        YAML(typ="safe", pure=True).load(text)
    parsed = time.perf_counter() - began
    assert not found.unknown, found.unknown
    assert {one.kind for one in found.differences} == {"routing"}, found.differences
    note = f"{len(found.differences)} ways to differ, wanted {WANTED_SECONDS:g} s"
    return [figure(f"contract_diff_{RULES}_rules", took, "s", yardstick=parsed, note=note)]


def versions() -> tuple[str, str]:
    """Rules 300 and 301 change places, which changes nothing; 500 and 996 are other ones."""
    rules = [_rule(number) for number in range(RULES)]
    changed = [*rules]
    changed[300], changed[301] = rules[301], rules[300]
    changed[500] = rules[500].replace("team:t", "team:u")
    changed[996] = rules[996].replace(">= ", "> ")
    return _text(rules), _text(changed)


def _rule(number: int) -> str:
    kinds = (
        f"account.employees >= {number * 9} && account.employees < {number * 9 + 9}",
        f'lead.postal_code == "{10_000 + number}"',
        f'account.industry == "finance" && lead.postal_code in ["{20_000 + number}", "x{number}"]',
        f"has(account.employees) && account.employees == {100_000 + number}",
        f'lead.source_campaign == "c{number}" && count("pricing_view", "7d") >= {number % 4 + 1}',
        f'"t{number}" in account.technologies || lead.source_campaign == "s{number}"',
    )
    when = kinds[number % len(kinds)]
    return f"  - {{name: r{number}, when: '{when}', to: [team:t{number % TEAMS}]}}\n"


def _text(rules: list[str]) -> str:
    head, _, rest = CONTRACT.partition("routing:\n")
    return head.replace("fields:\n", f"fields:\n{FIELDS}", 1) + "routing:\n" + "".join(rules) + rest


def _read(text: str) -> Contract:
    read = read_contract_text(text, tables={}, proofs="none")
    assert read.contract is not None, read.findings
    return read.contract
