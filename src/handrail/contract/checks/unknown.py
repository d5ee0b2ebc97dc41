"""`unknown`: a proof that was not finished.

A warning. The question is larger than the budget of proofs, which is counted in steps of the
solver, so that the same contract always has the same findings. Nothing is claimed then: neither
that the rule is in order nor that it is not. It stands at the condition that was asked about.
"""

from handrail.contract.findings import Finding
from handrail.contract.model import Condition

KIND = "unknown"


def not_settled(when: Condition, question: str) -> Finding:
    """`question`: what was asked, as `whether ...`."""
    message = (
        f"{question} could not be settled within the budget of proofs; "
        "split the condition, or compare fewer values with each other"
    )
    marked = when.text.strip().splitlines()[0]
    return Finding(KIND, "warning", when.place.line, when.place.column, message, None, marked)
