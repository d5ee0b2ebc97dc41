"""`dead_rule`: a rule that never decides anything.

An error. Of the sections in which the first match wins (routing, territories, lead_types) every
rule is looked at: a rule is dead when no lead can match it, or when every lead that matches it is
taken by an earlier one, by whichever of them. A routing rule that ends in `continue` takes nobody
for good, so it shadows nothing. Of exclude, mql.any, score rules and alerts only those are dead
that no lead can match.

`example` is a lead that matches the rule and is taken earlier, or null when none can match.

Every claim is a proof over all values, absence included. Scores, tier, territory and lead type are
what the contract makes of a lead: `fit >= 90` is dead where the rules of fit add up to 80. Where
only that makes a rule dead the message says so, since a person may set a score.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from handrail.contract.checks.examples import Claim, Examples
from handrail.contract.checks.unknown import not_settled
from handrail.contract.findings import Finding
from handrail.contract.model import Condition, ContinueTarget, Contract, RoutingRule
from handrail.contract.proof import Impossible, Possible
from handrail.contract.proof.lines import Lead

KIND = "dead_rule"
SHADOWS_NAMED_MAX = 3


class Clause(NamedTuple):
    name: str
    when: Condition
    takes: bool = True  # False: a lead that matches goes on to the next


def find(contract: Contract, examples: Examples) -> Iterator[Finding]:
    for section, clauses in _first_match_sections(contract):
        yield from _dead_in(section, clauses, examples)
    for name, when in _standing_alone(contract):
        yield from _never_true(name, when, examples)


def clauses_of(rules: Sequence[RoutingRule]) -> list[Clause]:
    return [
        Clause(rule.name, rule.when, not any(isinstance(to, ContinueTarget) for to in rule.to))
        for rule in rules
    ]


def _first_match_sections(contract: Contract) -> Iterator[tuple[str, list[Clause]]]:
    yield "territories", [Clause(area.name, area.when) for area in contract.territories]
    yield "lead_types", [Clause(kind.name, kind.when) for kind in contract.lead_types]
    yield "routing", clauses_of(contract.routing)


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


def _dead_in(section: str, clauses: list[Clause], examples: Examples) -> Iterator[Finding]:
    world, lead = examples.world, examples.any_lead
    for index, clause in enumerate(clauses):
        if _takes_a_plain_lead(section, clauses, index, examples):
            continue
        takes = lead.takes(section, index)
        match world.ask(takes, shown=False):
            case Impossible():
                alive = world.ask(takes, overridden=True, shown=False)
                unless = _UNLESS if not isinstance(alive, Impossible) else ""
                yield from _dead(clauses[: index + 1], examples, unless)
            case Possible():
                continue
            case _:
                yield not_settled(clause.when, f"whether `{clause.name}` ever decides")


def _takes_a_plain_lead(
    section: str, clauses: list[Clause], index: int, examples: Examples
) -> bool:
    """A lead of the clause's own words reaches it: nothing needs to be proved."""
    return any(
        not any(clauses[number].takes for number in matching if number < index)
        for matching in examples.world.plain_leads(section).of(index)
    )


_UNLESS = " (unless a person overrides its score)"


def _dead(clauses: list[Clause], examples: Examples, unless: str) -> Iterator[Finding]:
    """The last of the clauses is known to take nobody."""
    clause = clauses[-1]
    lead = examples.any_lead
    match examples.world.ask(lead.holds(clause.when), shown=False):
        case Impossible():
            yield _finding(clause.when, _matches_none(f"`{clause.name}`", unless), None)
        case _:
            taken_by = _taken_by(clauses, examples)
            claim = Claim(holds=(clause.when,), any_of=tuple(one.when for one in taken_by))
            message = _shadowed(clause, taken_by, unless)
            yield _finding(
                clause.when, message, examples.lead_proved(claim, lead.holds(clause.when))
            )


def _matches_none(name: str, unless: str) -> str:
    return f"{name} matches no lead at all{unless}; mend its condition, or remove it"


def _taken_by(clauses: list[Clause], examples: Examples) -> list[Clause]:
    """Earlier clauses that together match all that the last one matches, none too many."""
    lead = examples.any_lead
    earlier = [one for one in clauses[:-1] if one.takes]
    fails = [lead.fails(one.when) for one in earlier]
    found = examples.world.needed([lead.holds(clauses[-1].when)], fails)
    return [earlier[number] for number in found]


def _shadowed(clause: Clause, taken_by: list[Clause], unless: str) -> str:
    named = [f"`{one.name}` (line {one.when.place.line})" for one in taken_by]
    shown = ", ".join(named[:SHADOWS_NAMED_MAX])
    more = len(taken_by) - SHADOWS_NAMED_MAX
    rest = f" and {more} more" if more > 0 else ""
    return (
        f"every lead that matches `{clause.name}` is taken earlier, by {shown}{rest}{unless}; "
        "move it up, narrow those, or remove it"
    )


def _never_true(name: str, when: Condition, examples: Examples) -> Iterator[Finding]:
    world, holds = examples.world, examples.any_lead.holds(when)
    match world.ask(holds, shown=False):
        case Impossible():
            alive = world.ask(holds, overridden=True, shown=False)
            unless = _UNLESS if not isinstance(alive, Impossible) else ""
            yield _finding(when, _matches_none(name, unless), None)
        case Possible():
            return
        case _:
            yield not_settled(when, f"whether {name} ever matches")


def _finding(when: Condition, message: str, example: Lead | None) -> Finding:
    place = when.place
    marked = when.text.strip().splitlines()[0]
    return Finding(KIND, "error", place.line, place.column, message, example, marked)
