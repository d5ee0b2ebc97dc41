"""`overlap`: two routing rules want the same lead for different people.

A note: the first of them wins, so their order matters. It is said of the later rule, once for each
earlier rule with other targets, when a lead that no rule before them takes can match both. A rule
that takes everybody is meant to overlap with those before it, and one that ends in `continue` with
those after it; both are passed over.

`example` is a lead that matches both rules.
"""

from collections.abc import Iterator

from handrail.contract.checks.dead_rule import clauses_of
from handrail.contract.checks.examples import Claim, Examples
from handrail.contract.checks.lines import Lead
from handrail.contract.checks.search import Budget, OutOfSteps, solve
from handrail.contract.checks.space import Space
from handrail.contract.findings import Finding
from handrail.contract.model import ContinueTarget, Contract, RoutingRule

KIND = "overlap"
OVERLAPS_MAX = 100  # notes; who has more orders the rules by hand anyway
PAIRS_MAX = 20_000


def find(contract: Contract, examples: Examples, budget: Budget) -> Iterator[Finding]:
    rules = contract.routing
    whens = [rule.when for rule in rules]
    space = examples.spaces.of(whens)
    said = 0
    for pair, (first, second) in enumerate(_pairs(rules)):
        if said == OVERLAPS_MAX or pair == PAIRS_MAX:
            return
        claim = _claim(rules, first, second)
        try:
            if not _can_be(claim, space, budget):
                continue
        except OutOfSteps:
            continue
        said += 1
        yield _finding(rules[first], rules[second], examples.lead(claim, whens))


def _pairs(rules: tuple[RoutingRule, ...]) -> Iterator[tuple[int, int]]:
    """Indexes of two rules with other targets, the earlier first."""
    for second in range(len(rules)):
        for first in range(second):
            goes_on = any(isinstance(target, ContinueTarget) for target in rules[first].to)
            if rules[first].to != rules[second].to and not goes_on:
                yield first, second


def _claim(rules: tuple[RoutingRule, ...], first: int, second: int) -> Claim:
    """A lead that nobody takes before matches both."""
    before = tuple(clause.when for clause in clauses_of(rules[:first]) if clause.takes)
    return Claim(holds=(rules[first].when, rules[second].when), fails=before)


def _can_be(claim: Claim, space: Space, budget: Budget) -> bool:
    one, other = claim.holds
    if solve([space.fails(other)], space.full, budget) is None:
        return False  # it takes everybody
    if solve([space.holds(one), space.holds(other)], space.full, budget) is None:
        return False
    return solve(claim.formulas(space), space.full, budget) is not None


def _finding(first: RoutingRule, second: RoutingRule, example: Lead | None) -> Finding:
    place = second.when.place
    message = (
        f"a lead can match `{second.name}` and `{first.name}` (line {first.when.place.line}); "
        f"`{first.name}` stands first and wins"
    )
    marked = second.when.text.strip().splitlines()[0]
    return Finding(KIND, "note", place.line, place.column, message, example, marked)
