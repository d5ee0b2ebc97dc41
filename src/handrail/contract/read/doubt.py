"""Which mistakes leave the rest of a contract provable.

A mistake in one condition or target leaves a clause of which nothing is known, and that is how the
proofs take it. A mistake elsewhere in a section that rules are made of leaves values, scores or
clauses that are not as meant: a claim about them could be false, so that none is made. Other
sections say nothing about which lead a rule takes.
"""

from handrail.contract.read import keys
from handrail.contract.read.report import Report
from handrail.contract.read.shapes import Key
from handrail.contract.text.tree import Block

_SAYS_NOTHING_OF_RULES: tuple[Key[object], ...] = (
    keys.CONTRACT,
    keys.VERSION,
    keys.TIMEZONE,
    keys.OWNERS,
    keys.SAL_SECTION,
    keys.SQL_SECTION,
    keys.FAIRNESS_SECTION,
    keys.SLA_SECTION,
    keys.TRIAGE_SECTION,
    keys.ALERTS_SECTION,
    keys.GOVERNANCE_SECTION,
)
_APART = frozenset(key.name for key in _SAYS_NOTHING_OF_RULES)


def is_in_doubt(tree: Block, report: Report) -> bool:
    """Whether an error stands in a section of rules, outside a condition or target."""
    begins = sorted((report.place(key), key.text) for key, _ in tree.entries)
    for place in report.doubts:
        section = next((name for at, name in reversed(begins) if at <= place), None)
        if section not in _APART:
            return True
    return False
