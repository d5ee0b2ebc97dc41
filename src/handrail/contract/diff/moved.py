"""Which values mean something else in another version, though conditions call them the same."""

from handrail.contract.cel.typed import FieldValue, InTable, LookedUp, Present
from handrail.contract.diff.sections import plain
from handrail.contract.model import Condition, Contract, Score
from handrail.contract.proof.terms import all_in


class Moved:
    """Fields, scores and made values by name, and tables, that differ between two versions."""

    def __init__(self, old: Contract, new: Contract) -> None:
        self._tables = _differing(old.tables, new.tables)
        self.names = _differing(_declared(old), _declared(new))
        self._add_scores(old, new)
        tiers = "fit" in self.names or old.tiers != new.tiers
        self.names |= {"tier"} if tiers else set()
        for name, one, other in (
            ("territory", old.territories, new.territories),
            ("lead_type", old.lead_types, new.lead_types),
        ):
            said = plain(one) != plain(other)
            if said or any(self.reads_moved(clause.when) for clause in one):
                self.names.add(name)

    def reads_moved(self, condition: Condition) -> bool:
        return any(
            (isinstance(term, FieldValue | Present) and term.field.name in self.names)
            or (isinstance(term, InTable | LookedUp) and term.table.name in self._tables)
            for term in all_in(condition.expression)
        )

    def _add_scores(self, old: Contract, new: Contract) -> None:
        before = {score.name: score for score in old.scores}
        after = {score.name: score for score in new.scores}
        for name in [*after, *before]:  # sums come after what they add up
            one, other = before.get(name), after.get(name)
            if one is None or other is None or plain(one) != plain(other) or self._follows(one):
                self.names.add(name)

    def _follows(self, score: Score) -> bool:
        """Said the same, but of something that moved."""
        return any(self.reads_moved(rule.when) for rule in score.rules) or not (
            self.names.isdisjoint(score.sum_of)
        )


def _declared(contract: Contract) -> dict[str, object]:
    return {name: field for name, field in contract.fields.items() if "." in name}


def _differing(old: object, new: object) -> set[str]:
    assert isinstance(old, dict) and isinstance(new, dict)
    return {name for name in {*old, *new} if old.get(name) != new.get(name)}
