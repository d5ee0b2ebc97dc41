"""`overlap`: two routing rules want the same lead for different people.

A note: the first of them wins, so their order matters. It is said of the later rule, once for each
earlier rule with other targets, when a lead that no rule before them takes can match both. A rule
that takes everybody is meant to overlap with those before it, and one that ends in `continue` with
those after it; both are passed over.

`example` is a lead that matches both rules.
"""

from collections.abc import Callable, Iterator

from handrail.contract.checks.dead_rule import clauses_of
from handrail.contract.checks.examples import Examples
from handrail.contract.checks.search import Budget, Domains, OutOfSteps, solve
from handrail.contract.checks.space import Space
from handrail.contract.facts import Facts
from handrail.contract.findings import Finding
from handrail.contract.model import Condition, ContinueTarget, Contract, RoutingRule

KIND = "overlap"
OVERLAPS_MAX = 100  # notes; who has more orders the rules by hand anyway
PAIRS_MAX = 20_000


def find(contract: Contract, examples: Examples, budget: Budget) -> Iterator[Finding]:
    rules = contract.routing
    space = Space(contract, [rule.when for rule in rules])
    said = 0
    for pair, (first, second) in enumerate(_pairs(rules)):
        if said == OVERLAPS_MAX or pair == PAIRS_MAX:
            return
        try:
            domains = _shared(space, contract, first, second, budget)
        except OutOfSteps:
            continue
        if domains is not None:
            said += 1
            yield _finding(rules[first], rules[second], space, domains, examples)


def _pairs(rules: tuple[RoutingRule, ...]) -> Iterator[tuple[int, int]]:
    """Indexes of two rules with other targets, the earlier first."""
    for second in range(len(rules)):
        for first in range(second):
            goes_on = any(isinstance(target, ContinueTarget) for target in rules[first].to)
            if rules[first].to != rules[second].to and not goes_on:
                yield first, second


def _shared(
    space: Space, contract: Contract, first: int, second: int, budget: Budget
) -> Domains | None:
    """Where a lead that nobody takes before matches both."""
    rules = contract.routing
    one, other = rules[first].when, rules[second].when
    if solve([space.fails(other)], space.full, budget) is None:
        return None  # it takes everybody
    if solve([space.holds(one), space.holds(other)], space.full, budget) is None:
        return None
    before = [clause for clause in clauses_of(rules[:first]) if clause.takes]
    both = [space.holds(one), space.holds(other), *(space.fails(c.when) for c in before)]
    return solve(both, space.full, budget)


def _finding(
    first: RoutingRule, second: RoutingRule, space: Space, domains: Domains, examples: Examples
) -> Finding:
    example = examples.lead(
        space, domains, _both(first.when, second.when), [first.when, second.when]
    )
    place = second.when.place
    message = (
        f"a lead can match `{second.name}` and `{first.name}` (line {first.when.place.line}); "
        f"`{first.name}` stands first and wins"
    )
    marked = second.when.text.strip().splitlines()[0]
    return Finding(KIND, "note", place.line, place.column, message, example, marked)


def _both(one: Condition, other: Condition) -> Callable[[Facts], bool]:
    def claim(facts: Facts) -> bool:
        return one.test(facts) is True and other.test(facts) is True

    return claim
