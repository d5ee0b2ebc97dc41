"""The sections made of clauses in order: exclude, territories, lead types, routing."""

from handrail.contract.model import (
    SAME_DAY,
    ContinueTarget,
    Exclusion,
    FieldTarget,
    LeadType,
    RoutingRule,
    Target,
    Territory,
)
from handrail.contract.read import keys
from handrail.contract.read.report import Report, listed, nearest
from handrail.contract.read.shapes import Entries, Item
from handrail.contract.read.vocabulary import Vocabulary, refuse_twins
from handrail.contract.text.tree import Sequence
from handrail.terms.load import ONE_LOAD


def read_exclusions(root: Entries, vocabulary: Vocabulary) -> tuple[Exclusion, ...]:
    scope = vocabulary.everywhere()
    found = []
    for item in root.take(keys.EXCLUSIONS, ()):
        when = scope.compile(item.value.item(keys.EXCLUDE_WHEN), item.node)
        found.append(Exclusion(when, item.value.take(keys.EXCLUDE_BECAUSE, when.text)))
    return tuple(found)


def read_territories(
    root: Entries, vocabulary: Vocabulary, report: Report
) -> tuple[Territory, ...]:
    items = root.take(keys.TERRITORIES, ())
    refuse_twins(items, keys.TERRITORY_NAME, report)
    scope = vocabulary.in_territories()
    return tuple(
        Territory(
            name=item.value.take(keys.TERRITORY_NAME, ""),
            when=scope.compile(item.value.item(keys.TERRITORY_WHEN), item.node),
        )
        for item in items
    )


def read_lead_types(root: Entries, vocabulary: Vocabulary, report: Report) -> tuple[LeadType, ...]:
    items = root.take(keys.LEAD_TYPES, ())
    refuse_twins(items, keys.TYPE_NAME, report)
    scope = vocabulary.in_lead_types()
    found = []
    for item in items:
        entries = item.value
        if entries.get(keys.TYPE_NAME) == "default":
            message = "`default` stands for all other types in if_missing; choose another name"
            report.at(entries.at(keys.TYPE_NAME), "value", message)
        found.append(
            LeadType(
                name=entries.take(keys.TYPE_NAME, ""),
                when=scope.compile(entries.item(keys.TYPE_WHEN), item.node),
                first_action=entries.take(keys.TYPE_FIRST_ACTION, SAME_DAY),
                strategy=entries.take(keys.TYPE_STRATEGY, "fastest"),
                load=_load(entries),
                loads=_loads(entries, vocabulary, report),
            )
        )
    return tuple(found)


def _load(entries: Entries) -> int:
    written = entries.take(keys.TYPE_LOAD, ONE_LOAD)
    if isinstance(written, int):
        return written
    return written["default"].value if "default" in written else ONE_LOAD


def _loads(entries: Entries, vocabulary: Vocabulary, report: Report) -> dict[str, int]:
    written = entries.take(keys.TYPE_LOAD, ONE_LOAD)
    if isinstance(written, int):
        return {}
    tiers = [name for name, _ in vocabulary.tiers]
    for name, item in written.items():
        if name not in ("default", *tiers):
            hint = nearest(name, ("default", *tiers)) or f" Known: default, {listed(tiers)}."
            report.at(item.key or item.node, "undefined", f"`{name}` is no tier.{hint}")
    return {name: item.value for name, item in written.items() if name != "default"}


def read_routing(root: Entries, vocabulary: Vocabulary, report: Report) -> tuple[RoutingRule, ...]:
    items = root.take(keys.ROUTING, ())
    refuse_twins(items, keys.ROUTE_NAME, report)
    scope = vocabulary.everywhere()
    found = []
    for item in items:
        entries = item.value
        targets = entries.take(keys.ROUTE_TO, ())
        check_targets(targets, vocabulary, report)
        _check_continue(targets, report)
        found.append(
            RoutingRule(
                name=entries.take(keys.ROUTE_NAME, ""),
                when=scope.compile(entries.item(keys.ROUTE_WHEN), item.node),
                to=_targets(targets, entries),
                needs=frozenset(skill.value for skill in entries.take(keys.ROUTE_NEEDS, ())),
            )
        )
    return tuple(found)


def _targets(read: tuple[Item[Target], ...], entries: Entries) -> tuple[Target, ...]:
    """A target that cannot be read may be `continue`, so the rule counts as taking nobody."""
    written = entries.written(keys.ROUTE_TO)
    count = len(written.items) if isinstance(written, Sequence) else 1
    targets = tuple(target.value for target in read)
    return targets if len(targets) == count else (*targets, ContinueTarget())


def check_targets(
    targets: tuple[Item[Target], ...], vocabulary: Vocabulary, report: Report
) -> None:
    """A field that is a target is declared, and of type rep."""
    reps = [field.name for field in vocabulary.fields.values() if field.type == "rep"]
    for item in targets:
        if not isinstance(item.value, FieldTarget):
            continue
        name = item.value.field
        field = vocabulary.fields.get(name)
        if field is None:
            hint = nearest(name, reps) or f" Fields of type rep: {listed(reps)}."
            message = f"the field `{name}` is not declared.{hint}"
            report.at(item.node, "undefined", message, in_clause=True)
        elif field.type != "rep":
            message = (
                f"`{name}` is of type {field.type}, and only a rep can be given a lead; "
                f"fields of type rep: {listed(reps)}"
            )
            report.at(item.node, "type", message, in_clause=True)


def _check_continue(targets: tuple[Item[Target], ...], report: Report) -> None:
    for item in targets[:-1]:
        if isinstance(item.value, ContinueTarget):
            message = "`continue` goes on with the next rule, so it must be the last target"
            report.at(item.node, "value", message, in_clause=True)
