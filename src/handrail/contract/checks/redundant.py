"""`redundant`: a routing rule that could be removed, and every lead would go where it goes now.

A note. Every lead that the rule takes would be taken, without it, by a later rule with the same
targets and the same needs. A rule that ends in `continue` is passed over, and so is a dead one. It
may stand on purpose, for its name in the record.

There is no `example`: nothing would be different for any lead.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence

from handrail.contract.checks.examples import Examples
from handrail.contract.findings import Finding
from handrail.contract.model import ContinueTarget, Contract, RoutingRule
from handrail.contract.proof import Impossible
from handrail.contract.proof.formula import FALSE, Formula, Named, every, negated, some

KIND = "redundant"
LINKS_MAX = 200_000  # clauses in all chains; beyond, the rarest outcomes are not looked at


def find(contract: Contract, examples: Examples) -> Iterator[Finding]:
    rules = contract.routing
    world, lead = examples.world, examples.any_lead
    for group in _groups(rules):
        same = _followed_by_same(rules, group, examples)
        for index in group[:-1]:
            if _goes_on(rules[index]) or _is_needed(rules, index, examples):
                continue
            differs = world.ask(
                lead.takes("routing", index), negated(lead.says(same[index])), shown=False
            )
            if isinstance(differs, Impossible):
                yield _finding(rules[index])


def _is_needed(rules: Sequence[RoutingRule], index: int, examples: Examples) -> bool:
    """A lead of the rule's own words is taken by it, and would go elsewhere without it."""
    rule = rules[index]
    for matching in examples.world.plain_leads("routing").of(index):
        if any(number < index and not _goes_on(rules[number]) for number in matching):
            continue
        following = next((rules[number] for number in matching if number > index), None)
        if following is None or (following.to, following.needs) != (rule.to, rule.needs):
            return True
    return False


def _groups(rules: Sequence[RoutingRule]) -> list[list[int]]:
    """Indexes of rules that want the same, the last of each group last."""
    groups: dict[object, list[int]] = defaultdict(list)
    for index, rule in enumerate(rules):
        groups[rule.to, rule.needs].append(index)
    many = sorted((one for one in groups.values() if len(one) > 1), key=len, reverse=True)
    return many[: max(1, LINKS_MAX // max(1, len(rules)))]


def _followed_by_same(
    rules: Sequence[RoutingRule], group: Sequence[int], examples: Examples
) -> dict[int, Formula]:
    """By index of the group: of the rules after it, one of the group is the first that matches."""
    encoding = examples.world.encoding
    found: dict[int, Formula] = {group[-1]: FALSE}
    for index, following in zip(group[-2::-1], group[:0:-1], strict=True):
        between = some(encoding.holds(0, one.when) for one in rules[index + 1 : following])
        matches = encoding.holds(0, rules[following].when)
        taken = some((matches, found[following]))
        found[index] = Named(every((negated(between), taken)))
    return found


def _goes_on(rule: RoutingRule) -> bool:
    return any(isinstance(target, ContinueTarget) for target in rule.to)


def _finding(rule: RoutingRule) -> Finding:
    place = rule.when.place
    message = (
        f"without `{rule.name}` every lead would go to the same targets by a later rule; "
        "remove it, unless its name in the record is wanted"
    )
    marked = rule.when.text.strip().splitlines()[0]
    return Finding(KIND, "note", place.line, place.column, message, None, marked)
