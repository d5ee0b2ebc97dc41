"""Checks of a readable contract: one file each, with its documentation in it."""

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

from handrail.contract.checks import (
    bands,
    coverage,
    dead_rule,
    interference,
    no_exit,
    overlap,
    redundant,
    slower_sla,
    uncovered_lead_type,
    uncovered_territory,
    unrouted,
)
from handrail.contract.checks.examples import Evaluate, Examples
from handrail.contract.checks.roster import check_against_roster
from handrail.contract.findings import Finding
from handrail.contract.model import Contract
from handrail.contract.text.tree import places_of
from handrail.terms.people import Roster

__all__ = ["Evaluate", "Proofs", "check_against_roster", "check_coverage", "check_rules"]


Proofs = Literal["all", "errors", "none"]
"""Which findings about rules are looked for: all kinds, those that are errors, or none."""


def check_rules(
    contract: Contract, evaluate: Evaluate | None = None, proofs: Proofs = "all"
) -> tuple[Finding, ...]:
    """What the rules of a contract do together, in order of place.

    `evaluate` gives the facts of a lead line as the kernel sees them. With it, claims that depend
    on scores, tier, territory or lead type have examples too.
    """
    if proofs == "none":
        return ()
    examples = Examples(contract, evaluate)
    found = [
        *unrouted.find(contract, examples, lambda: places_of(contract.source)),
        *dead_rule.find(contract, examples),
        *(() if evaluate is None else interference.find(contract, evaluate)),
    ]
    if proofs == "all":
        dead = {(one.line, one.column) for one in found if one.kind == dead_rule.KIND}
        others = _others(contract, evaluate, examples)
        found += (one for one in others if (one.line, one.column) not in dead)
    return tuple(sorted(found, key=lambda one: (one.line, one.column, one.kind, one.message)))


def _others(contract: Contract, evaluate: Evaluate | None, examples: Examples) -> Iterator[Finding]:
    yield from bands.find(contract, examples)
    yield from no_exit.find(contract, places_of(contract.source))
    yield from overlap.find(contract, examples)
    yield from redundant.find(contract, examples)
    yield from uncovered_lead_type.find(contract, examples)
    yield from uncovered_territory.find(contract, examples)
    if evaluate is not None:
        yield from slower_sla.find(contract, evaluate)


def check_coverage(
    contract: Contract, roster: Roster, evaluate: Evaluate, *, from_at: datetime, weeks: int
) -> tuple[Finding, ...]:
    """The times of the coming weeks at which nobody can take what the rules send them."""
    origins = coverage.Origins(contract, evaluate)
    found = coverage.find(
        contract, roster, from_at=from_at, weeks=weeks, comes_from=origins.lead_from
    )
    return tuple(found)
