"""What changes in meaning from one version of a contract to another."""

from handrail.contract.checks.examples import Evaluate
from handrail.contract.diff.clauses import clause_differences, word_differences
from handrail.contract.diff.leads import LeadDifferences
from handrail.contract.diff.model import Diff
from handrail.contract.diff.sections import SECTIONS, changed_sections
from handrail.contract.model import Contract
from handrail.contract.proof import Budget


def diff(old: Contract, new: Contract, *, evaluate: Evaluate, budget: Budget | None = None) -> Diff:
    """Every way in which leads are treated differently, and every clause that differs.

    Each example is a whole lead line on which the real conditions of both versions differ as said.
    What the solver could not settle within its budget is `unknown`, and never equivalent.
    """
    changed = changed_sections(old, new)
    differences = [*clause_differences(old, new)]
    unknown: tuple[str, ...] = ()
    if changed:
        leads = LeadDifferences(old, new, evaluate=evaluate, budget=budget)
        differences, unknown = [*leads.found, *differences], tuple(leads.unknown)
    same = not differences and not unknown
    return Diff(
        equivalent=same,
        same_treatment=same,
        differences=tuple(differences),
        unknown=unknown,
        words=tuple(word_differences(old, new)),
        sections=tuple(name for name in SECTIONS if name in changed),
    )
