"""Leads that show a claim. Each one given out was put through the real conditions."""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from handrail.contract.checks.cells import NOW, Cell
from handrail.contract.checks.formulas import Any, Formula
from handrail.contract.checks.lines import Lead, lead_line, plain_facts
from handrail.contract.checks.search import Budget, Domains, OutOfSteps, solve
from handrail.contract.checks.space import Space, Spaces
from handrail.contract.facts import Facts
from handrail.contract.model import Condition, Contract, ScoreRule
from handrail.terms.signal import Signal

Evaluate = Callable[[Contract, Lead], Facts]
"""All that conditions see of a lead line: scores, tier, territory and lead type among it."""

TRIES_MAX = 1_500  # leads evaluated for one example
STEPS_MAX = 500_000  # of solving, for all examples of a contract
TRIES_IN_ALL_MAX = 20_000  # for all examples of a contract: some seconds
RULES_COMBINED_MAX = 6  # score rules that are tried in every combination
SIGNAL_COUNTS = (1, 3, 6)  # how often a signal is given that only scores look at
TOGETHER_MAX = 2  # values changed at once, on top of a seed
OPTIONS_MAX = 6  # values of one variable that are tried


class Claim(NamedTuple):
    """All of `holds`, none of `fails`, and one of `any_of` where there are any."""

    holds: tuple[Condition, ...] = ()
    fails: tuple[Condition, ...] = ()
    any_of: tuple[Condition, ...] = ()

    @property
    def conditions(self) -> tuple[Condition, ...]:
        return (*self.holds, *self.fails, *self.any_of)

    def formulas(self, space: Space) -> list[Formula]:
        found = [space.holds(one) for one in self.holds]
        found.extend(space.fails(one) for one in self.fails)
        if self.any_of:
            found.append(Any(tuple(space.holds(one) for one in self.any_of)))
        return found

    def is_true(self, facts: Facts) -> bool:
        return (
            all(one.test(facts) is True for one in self.holds)
            and not any(one.test(facts) is True for one in self.fails)
            and (not self.any_of or any(one.test(facts) is True for one in self.any_of))
        )


class Examples:
    """Looks for leads, with a budget of its own.

    Without `evaluate` only claims about attributes have examples: nothing here knows how scores
    are made.
    """

    def __init__(self, contract: Contract, evaluate: Evaluate | None) -> None:
        self._contract = contract
        self._evaluate = evaluate
        self._tries_left = TRIES_IN_ALL_MAX
        self._budget = Budget(STEPS_MAX)
        self.spaces = Spaces(contract)

    def lead(self, claim: Claim, among: Sequence[Condition]) -> Lead | None:
        """A lead for which the claim is true; if possible one that would be routed: not excluded,
        and qualified. `among` are the conditions of the section, those of the claim with them."""
        try:
            if self._evaluate is None:
                return self._plain_lead(claim, self.spaces.of(among))
            space = self.spaces.of((*among, *_all_conditions(self._contract)))
            return self._evaluated_lead(claim, space, self._evaluate)
        except OutOfSteps:
            return None

    def _plain_lead(self, claim: Claim, space: Space) -> Lead | None:
        domains = solve(claim.formulas(space), space.full, self._budget)
        looks_at_scores = any(one.fields & space.derived for one in claim.conditions)
        if domains is None or looks_at_scores:
            return None
        line = lead_line(self._contract, space.chosen(domains))
        return (
            line if line is not None and claim.is_true(plain_facts(self._contract, line)) else None
        )

    def _evaluated_lead(self, claim: Claim, space: Space, evaluate: Evaluate) -> Lead | None:
        second: Lead | None = None
        for line in itertools.islice(self._candidates(claim, space), TRIES_MAX):
            self._tries_left -= 1
            if self._tries_left < 0:
                break
            facts = evaluate(self._contract, line)
            if claim.is_true(facts):
                if self._is_routed(facts):
                    return line
                second = second or line
        return second

    def _is_routed(self, facts: Facts) -> bool:
        barred = any(clause.when.test(facts) is True for clause in self._contract.exclude)
        return not barred and any(way.when.test(facts) is True for way in self._contract.mql.any)

    def _candidates(self, claim: Claim, space: Space) -> Iterator[Lead]:
        """Seeds first; then seeds with one value changed or one signal added, then two."""
        seeds = list(itertools.islice(self._seeds(space, claim), TRIES_MAX))
        for changes in range(TOGETHER_MAX + 1):
            for domains in seeds:
                cells = space.chosen(domains)
                for changed in _variations(self._options(space, domains), changes):
                    line = lead_line(self._contract, {**cells, **changed})
                    if line is not None:
                        yield line

    def _seeds(self, space: Space, claim: Claim) -> Iterator[Domains]:
        """Domains in which the claim may be true: for each lead type, with score rules that add up
        to much and to little."""
        wanted = claim.formulas(space)
        kinds = self._contract.lead_types
        for rules in _rule_sets(self._contract):
            scored = [space.holds(rule.when) for rule in rules]
            for index, kind in enumerate(kinds):
                typed = [space.holds(kind.when), *(space.fails(k.when) for k in kinds[:index])]
                domains = solve([*wanted, *typed, *scored], space.full, self._budget)
                if domains is not None:
                    yield domains

    def _options(self, space: Space, domains: Domains) -> dict[str, list[Cell]]:
        """What may be changed, signals that score most first."""
        options: dict[str, list[Cell]] = {}
        for name, add in sorted(_signal_points(self._contract).items(), key=lambda one: -one[1]):
            if f"signal:{name}" not in space.cells and add > 0:
                once = (Signal(name, NOW),)
                options[f"signal:{name}"] = [Cell({}, once * count) for count in SIGNAL_COUNTS]
        for variable, cells in space.cells.items():
            if variable not in space.derived:
                allowed = [cell for bit, cell in enumerate(cells) if domains[variable] >> bit & 1]
                options[variable] = allowed[1 : OPTIONS_MAX + 1]
        return options


def _variations(options: Mapping[str, list[Cell]], size: int) -> Iterator[dict[str, Cell]]:
    for names in itertools.combinations(options, size):
        for values in itertools.product(*(options[name] for name in names)):
            yield dict(zip(names, values, strict=True))


def _rule_sets(contract: Contract) -> list[tuple[ScoreRule, ...]]:
    """Combinations of score rules, small ones first; all together where there are many."""
    rules = sorted(
        (rule for score in contract.scores for rule in score.rules), key=lambda rule: -rule.add
    )
    few = rules[:RULES_COMBINED_MAX]
    found = [chosen for size in range(len(few) + 1) for chosen in itertools.combinations(few, size)]
    more = range(RULES_COMBINED_MAX + 1, len(rules) + 1)
    return [*found, *(tuple(rules[:size]) for size in more)]


def _all_conditions(contract: Contract) -> list[Condition]:
    found = [rule.when for score in contract.scores for rule in score.rules]
    found += [clause.when for clause in contract.territories]
    found += [clause.when for clause in contract.lead_types]
    found += [clause.when for clause in contract.exclude]
    return found + [clause.when for clause in contract.mql.any]


def _signal_points(contract: Contract) -> dict[str, int]:
    points: dict[str, int] = {}
    for score in contract.scores:
        for name, signal in score.signals.items():
            points[name] = points.get(name, 0) + signal.add
    return points
