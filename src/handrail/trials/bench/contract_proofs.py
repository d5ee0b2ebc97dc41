"""How long a contract of a thousand and of three thousand rules takes to be proved."""

import time
from collections import Counter

from ruamel.yaml import YAML

from handrail.contract.checks import Proofs
from handrail.contract.read import ReadResult, read_contract_text
from handrail.engine.alone import facts_seen
from handrail.trials.bench.contract_rules import TABLES, contract_of
from handrail.trials.bench.figures import Figure, figure

# what is proved, of how many rules, and how many seconds are wanted at most
WANTED: tuple[tuple[Proofs, int, float], ...] = (
    ("errors", 1_000, 2.0),
    ("all", 1_000, 6.0),
    ("all", 3_000, 30.0),
)


def contract_proofs() -> list[Figure]:
    """Parse, types, unions and gaps; then all analyses, and those of three times the rules."""
    return [_proved(proofs, rules, wanted) for proofs, rules, wanted in WANTED]


def _proved(proofs: Proofs, rules: int, wanted: float) -> Figure:
    text, dead = contract_of(rules)
    began = time.perf_counter()
    YAML(typ="safe", pure=True).load(text)
    parsed = time.perf_counter() - began
    began = time.perf_counter()
    read = read_contract_text(text, tables=TABLES, evaluate=facts_seen, proofs=proofs)
    took = time.perf_counter() - began
    note = f"{_found(read, dead)}, wanted {wanted:g} s"
    return figure(f"contract_{proofs}_{rules}_rules", took, "s", yardstick=parsed, note=note)


def _found(read: ReadResult, dead: int) -> str:
    """The findings by kind; each planted dead rule must be among them, and no other one."""
    kinds = Counter(one.kind for one in read.findings)
    assert kinds["dead_rule"] == dead, kinds
    return ", ".join(f"{count} {kind}" for kind, count in sorted(kinds.items()))
