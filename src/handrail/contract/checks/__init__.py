"""Checks of a readable contract: one file each, with its documentation in it."""

from datetime import datetime

from handrail.contract.checks import (
    bands,
    coverage,
    dead_rule,
    interference,
    no_exit,
    overlap,
    slower_sla,
    unrouted,
)
from handrail.contract.checks.examples import Evaluate, Examples
from handrail.contract.checks.roster import check_against_roster
from handrail.contract.checks.search import Budget
from handrail.contract.findings import Finding
from handrail.contract.model import Contract
from handrail.contract.text.tree import places_of
from handrail.terms.people import Roster

__all__ = ["Evaluate", "check_against_roster", "check_coverage", "check_rules"]


def check_rules(contract: Contract, evaluate: Evaluate | None = None) -> tuple[Finding, ...]:
    """What the rules of a contract do together, in order of place.

    `evaluate` gives the facts of a lead line as the kernel sees them. With it, claims that depend
    on scores, tier, territory or lead type have examples too.
    """
    examples = Examples(contract, evaluate)
    budget = Budget()
    dead = tuple(dead_rule.find(contract, examples, budget))
    at_dead = {(finding.line, finding.column) for finding in dead}
    overlaps = overlap.find(contract, examples, budget)
    found = [
        *unrouted.find(contract, examples, budget, lambda: places_of(contract.source)),
        *dead,
        *bands.find(contract, examples),
        *no_exit.find(contract, places_of(contract.source)),
        *(() if evaluate is None else interference.find(contract, evaluate)),
        *(() if evaluate is None else slower_sla.find(contract, evaluate)),
        *(one for one in overlaps if (one.line, one.column) not in at_dead),
    ]
    return tuple(sorted(found, key=lambda one: (one.line, one.column, one.kind, one.message)))


def check_coverage(
    contract: Contract, roster: Roster, evaluate: Evaluate, *, from_at: datetime, weeks: int
) -> tuple[Finding, ...]:
    """The times of the coming weeks at which nobody can take what the rules send them."""
    origins = coverage.Origins(contract, evaluate)
    found = coverage.find(
        contract, roster, from_at=from_at, weeks=weeks, comes_from=origins.lead_from
    )
    return tuple(found)
