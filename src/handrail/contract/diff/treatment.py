"""What is made of a lead, thing by thing: read off its facts, and said of any lead as formulas."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal

import msgspec

from handrail.contract.diff.words import in_words
from handrail.contract.facts import Facts
from handrail.contract.model import (
    Condition,
    ContinueTarget,
    Contract,
    LeadType,
    RoutingRule,
)
from handrail.terms.load import tell_load

Kind = Literal["exclude", "mql", "lead_type", "tier", "territory", "routing", "alerts"]
KINDS: tuple[Kind, ...] = (
    "exclude",
    "mql",
    "lead_type",
    "tier",
    "territory",
    "routing",
    "alerts",
)


class Treated(msgspec.Struct, frozen=True):
    """What is made of one lead in one respect, and the line of the clause that says so."""

    outcome: str
    line: int | None


def treated(kind: Kind, contract: Contract, facts: Facts) -> Treated:
    """By the facts of one lead, as the kernel gives them."""
    match kind:
        case "exclude":
            return _first([(bar.when, "excluded") for bar in contract.exclude], facts, "let in")
        case "mql":
            return _first([(way.when, "MQL") for way in contract.mql.any], facts, "below MQL")
        case "lead_type":
            clauses = [(one.when, type_in_words(contract, one)) for one in contract.lead_types]
            return _first(clauses, facts, clauses[-1][1])
        case "tier":
            return Treated(str(facts.values["tier"]), None)
        case "territory":
            areas = [(area.when, area.name) for area in contract.territories]
            return _first(areas, facts, "no territory")
        case "routing":
            return _routed(contract.routing, facts)
        case "alerts":
            return _first(alert_clauses(contract), facts, "no alert")


def type_in_words(contract: Contract, kind: LeadType) -> str:
    """All that follows from a lead type; its name is only a name."""
    ways = contract.mql.if_missing
    missing = ways.get(kind.name, ways.get("default", "triage"))
    fills = f", fills {load_in_words(kind)}" if kind.load_differs else ""
    window = in_words(kind.first_action)
    return f"first action {window}, {kind.strategy}, {missing} if incomplete{fills}"


def load_in_words(kind: LeadType) -> str:
    """`1.5`, or `3 (A), 1`."""
    by_tier = (f"{tell_load(load)} ({tier})" for tier, load in kind.loads.items())
    return ", ".join((*by_tier, tell_load(kind.load)))


def alert_clauses(contract: Contract) -> list[tuple[Condition, str]]:
    moment = contract.alerts.high_intent
    return [] if moment is None else [(moment, "high_intent")]


def rule_in_words(rule: RoutingRule) -> str:
    needs = f" needing {', '.join(sorted(rule.needs))}" if rule.needs else ""
    return f"{' then '.join(map(in_words, rule.to))}{needs}"


def does_nothing(rule: RoutingRule) -> bool:
    """Its leads go on as if it were not there."""
    return all(isinstance(to, ContinueTarget) for to in rule.to)


def goes_on(rule: RoutingRule) -> bool:
    return any(isinstance(to, ContinueTarget) for to in rule.to)


def _routed(rules: Sequence[RoutingRule], facts: Facts) -> Treated:
    reached = [*_reached(rules, facts)]
    # Who could not take the lead the first time cannot the second time.
    words = "; ".join(dict.fromkeys(map(rule_in_words, reached)))
    return Treated(words or "nobody", reached[-1].when.place.line if reached else None)


def _reached(rules: Sequence[RoutingRule], facts: Facts) -> Iterator[RoutingRule]:
    for rule in rules:
        if not does_nothing(rule) and rule.when.test(facts) is True:
            yield rule
            if not goes_on(rule):
                return


def _first(clauses: Sequence[tuple[Condition, str]], facts: Facts, otherwise: str) -> Treated:
    for when, outcome in clauses:
        if when.test(facts) is True:
            return Treated(outcome, when.place.line)
    return Treated(otherwise, None)


def scores_of(contract: Contract, facts: Facts) -> Mapping[str, int]:
    return {score.name: int(str(facts.values[score.name])) for score in contract.scores}
