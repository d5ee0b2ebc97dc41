"""`dead_rule`: a rule that never decides anything.

An error. Of the sections in which the first match wins (routing, territories, lead_types) every
rule is looked at: a rule is dead when no lead can match it, or when every lead that matches it is
taken by an earlier one. A routing rule that ends in `continue` takes nobody for good, so it shadows
nothing. Of exclude, mql.any, score rules and alerts only those are dead that no lead can match.

`example` is a lead that matches the rule and is taken earlier, or null when none can match.

A claim is made only after all values that conditions can tell apart, absence included, were
searched. Scores, tier, territory and lead type count as free to take any value that they may have.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from handrail.contract.checks.examples import Claim, Examples
from handrail.contract.checks.lines import Lead
from handrail.contract.checks.search import Budget, OutOfSteps, solve
from handrail.contract.checks.space import Space
from handrail.contract.findings import Finding
from handrail.contract.model import Condition, ContinueTarget, Contract, RoutingRule

KIND = "dead_rule"
SHADOWS_NAMED_MAX = 3


class Clause(NamedTuple):
    name: str
    when: Condition
    takes: bool = True  # False: a lead that matches goes on to the next


def find(contract: Contract, examples: Examples, budget: Budget) -> Iterator[Finding]:
    for clauses in _first_match_sections(contract):
        yield from _dead_in(clauses, examples, budget)
    for name, when in _standing_alone(contract):
        yield from _never_true(contract, name, when, budget)


def clauses_of(rules: Sequence[RoutingRule]) -> list[Clause]:
    return [
        Clause(rule.name, rule.when, not any(isinstance(to, ContinueTarget) for to in rule.to))
        for rule in rules
    ]


def _first_match_sections(contract: Contract) -> list[list[Clause]]:
    return [
        [Clause(area.name, area.when) for area in contract.territories],
        [Clause(kind.name, kind.when) for kind in contract.lead_types],
        clauses_of(contract.routing),
    ]


def _standing_alone(contract: Contract) -> Iterator[tuple[str, Condition]]:
    for score in contract.scores:
        for rule in score.rules:
            yield f"a rule of `{score.name}`", rule.when
    for clause in contract.exclude:
        yield f"the exclusion `{clause.because}`", clause.when
    for way in contract.mql.any:
        yield f"`{way.name}`", way.when
    if contract.alerts.high_intent is not None:
        yield "the alert `high_intent`", contract.alerts.high_intent


def _dead_in(clauses: list[Clause], examples: Examples, budget: Budget) -> Iterator[Finding]:
    space = examples.spaces.of([clause.when for clause in clauses])
    for index, clause in enumerate(clauses):
        earlier = [one for one in clauses[:index] if one.takes]
        try:
            if solve([space.holds(clause.when)], space.full, budget) is None:
                yield _finding(clause.when, f"`{clause.name}` matches no lead at all", None)
                continue
            alone = [space.holds(clause.when), *(space.fails(one.when) for one in earlier)]
            if solve(alone, space.full, budget) is not None:
                continue
        except OutOfSteps:
            continue
        sharing = _sharing(space, clause, earlier, budget)
        claim = Claim(holds=(clause.when,), any_of=tuple(one.when for one in sharing))
        example = examples.lead(claim, [one.when for one in clauses])
        yield _finding(clause.when, _shadowed(clause, sharing), example)


def _sharing(space: Space, clause: Clause, earlier: list[Clause], budget: Budget) -> list[Clause]:
    """Those earlier rules that can match a lead together with this one."""
    sharing = []
    for one in earlier:
        try:
            both = solve([space.holds(clause.when), space.holds(one.when)], space.full, budget)
        except OutOfSteps:
            continue
        if both is not None:
            sharing.append(one)
    return sharing


def _shadowed(clause: Clause, sharing: list[Clause]) -> str:
    named = [f"`{one.name}` (line {one.when.place.line})" for one in sharing]
    shown = ", ".join(named[:SHADOWS_NAMED_MAX])
    more = len(sharing) - SHADOWS_NAMED_MAX
    rest = f" and {more} more" if more > 0 else ""
    return (
        f"every lead that matches `{clause.name}` is taken earlier, by {shown}{rest}; "
        "move it up, narrow those, or remove it"
    )


def _never_true(
    contract: Contract, name: str, when: Condition, budget: Budget
) -> Iterator[Finding]:
    space = Space(contract, [when])
    try:
        if solve([space.holds(when)], space.full, budget) is None:
            yield _finding(when, f"{name} matches no lead at all", None)
    except OutOfSteps:
        return


def _finding(when: Condition, message: str, example: Lead | None) -> Finding:
    place = when.place
    marked = when.text.strip().splitlines()[0]
    return Finding(KIND, "error", place.line, place.column, message, example, marked)
