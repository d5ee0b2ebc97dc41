"""What becomes of a lead, as far as the contract alone says it, and whether two are apart in it."""

from collections.abc import Iterator

import msgspec

from handrail.contract.facts import Facts
from handrail.contract.model import (
    Condition,
    ContinueTarget,
    Contract,
    FieldTarget,
    RoutingRule,
    TeamTarget,
)
from handrail.contract.proof import SymbolicLead
from handrail.contract.proof.formula import Formula, every, negated, some


class Treatment(msgspec.Struct, frozen=True):
    """Nothing but `excluded` counts of an excluded lead, and no more than `threshold` below MQL."""

    excluded: bool
    threshold: str | None = None
    lead_type: str | None = None
    tier: object = None
    territory: object = None
    chain: tuple[str, ...] = ()

    def __str__(self) -> str:
        if self.excluded:
            return "excluded"
        if self.threshold is None:
            return "below MQL"
        area = "" if self.territory is None else f", territory {self.territory}"
        return (
            f"MQL by `{self.threshold}`, {self.lead_type}, tier {self.tier}{area}, "
            f"to {', '.join(self.chain) or 'nobody'}"
        )


def treatment(contract: Contract, facts: Facts) -> Treatment:
    """Of a lead whose facts are known. A field as a target stands with the value that it has."""
    if any(_holds(bar.when, facts) for bar in contract.exclude):
        return Treatment(excluded=True)
    threshold = next((way.name for way in contract.mql.any if _holds(way.when, facts)), None)
    if threshold is None:
        return Treatment(excluded=False)
    values = facts.values
    chain = tuple(_chain(contract, facts))
    return Treatment(
        excluded=False,
        threshold=threshold,
        lead_type=str(values["lead_type"]),
        tier=values["tier"],
        territory=values.get("territory"),
        chain=chain,
    )


def apart(contract: Contract, one: SymbolicLead, other: SymbolicLead) -> Iterator[Formula]:
    """Ways in which two leads may be treated differently; a difference is one of them."""
    let_in = every((negated(one.excluded()), negated(other.excluded())))
    yield _either(one.excluded(), other.excluded())
    yield every((let_in, _either(one.qualifies(), other.qualifies())))
    both = every((let_in, one.qualifies(), other.qualifies()))
    ways = range(len(contract.mql.any))
    types = [kind.name for kind in contract.lead_types]
    tiers = [name for name, _ in contract.tiers]
    areas = [area.name for area in contract.territories]
    sections = (
        [_either(one.threshold_is(way), other.threshold_is(way)) for way in ways],
        [_either(one.type_is(name), other.type_is(name)) for name in types],
        [_either(one.tier_is(name), other.tier_is(name)) for name in tiers],
        [_either(one.territory_is(name), other.territory_is(name)) for name in areas],
        [_either(_reach(one, rules), _reach(other, rules)) for rules in _alike(contract)],
    )
    for section in sections:
        yield every((both, some(section)))


def _alike(contract: Contract) -> list[list[int]]:
    """Rules that send leads to the same people. One that goes on is like no other, since its place
    among the targets depends on where it stands."""
    found: dict[object, list[int]] = {}
    for number, rule in enumerate(contract.routing):
        key: object = number if _goes_on(rule) else (rule.to, rule.needs)
        found.setdefault(key, []).append(number)
    return list(found.values())


def _reach(lead: SymbolicLead, rules: list[int]) -> Formula:
    return some(lead.rule_is(rule) for rule in rules)


def _either(one: Formula, other: Formula) -> Formula:
    return some((every((one, negated(other))), every((negated(one), other))))


def _chain(contract: Contract, facts: Facts) -> Iterator[str]:
    for rule in contract.routing:
        if not _holds(rule.when, facts):
            continue
        needs = f" with {', '.join(sorted(rule.needs))}" if rule.needs else ""
        for target in rule.to:
            match target:
                case TeamTarget(team=team):
                    yield f"team:{team}{needs}"
                case FieldTarget(field=field):
                    yield f"{field} {facts.values.get(field, 'of nobody')}{needs}"
                case ContinueTarget():
                    break
        if not _goes_on(rule):
            return


def _goes_on(rule: RoutingRule) -> bool:
    return any(isinstance(target, ContinueTarget) for target in rule.to)


def _holds(when: Condition, facts: Facts) -> bool:
    return when.test(facts) is True
