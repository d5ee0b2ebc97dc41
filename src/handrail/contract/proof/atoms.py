"""The atoms of all conditions of one or more contracts, each once, sorted by what they look at."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from handrail.contract.cel.typed import Term
from handrail.contract.model import Condition, Contract, Field, FieldTarget
from handrail.contract.proof.classes.counts import Counts
from handrail.contract.proof.classes.ordered import Ordered
from handrail.contract.proof.classes.partition import Atom
from handrail.contract.proof.terms import atoms_of, fields_in, periods_in, term_of

MADE = frozenset({"lead_type", "tier", "territory"})  # out of other values; so is every score


class Atoms:
    """`by_field` and `by_signal` hold atoms that their one field or signal decides, `others` those
    that look at several, `made` those about values that a contract makes of a lead."""

    def __init__(self, contracts: Sequence[Contract], more: Sequence[Condition] = ()) -> None:
        self._contracts = contracts
        self._vocabularies = _vocabularies(contracts)
        self._made = [MADE | {score.name for score in one.scores} for one in contracts]
        self._known: dict[object, Atom] = {}
        self._by_text: list[dict[str, Atom]] = [{} for _ in contracts]
        self.fields: dict[str, dict[Field, None]] = {}  # by name, as each contract declares it
        self.mixed: dict[Field, None] = {}  # what is of another type in an earlier contract
        self.by_field: dict[str, list[Atom]] = {}
        self.periods: dict[str, set[timedelta]] = {}
        self.by_signal: dict[str, list[Atom]] = {}
        self.others: list[Atom] = []
        self.constant: list[Atom] = []
        self.made: list[tuple[int, Atom]] = []  # with the number of the contract
        for number, contract in enumerate(contracts):
            for condition in (*contract.conditions(), *more):
                self._add(number, condition)
            self._mention(number, _fields_told(contract))

    def of(self, number: int, condition: Condition, term: Term) -> Atom:
        """The atom that stands in a condition of a contract."""
        return self._by_text[number][_written(condition, term)]

    def _add(self, number: int, condition: Condition) -> None:
        by_text = self._by_text[number]
        for term in atoms_of(term_of(condition)):
            text = _written(condition, term)
            if text not in by_text:
                by_text[text] = self._atom(number, text, term)

    def _atom(self, number: int, text: str, term: Term) -> Atom:
        fields, periods = fields_in(term), periods_in(term)
        is_made = bool(self._made[number] & fields.keys())
        key = (number if is_made else self._vocabularies[number], text)
        if key in self._known:
            return self._known[key]
        atom = self._known[key] = Atom(key, term)
        self._mention(number, {n: one for n, one in fields.items() if n not in self._made[number]})
        for signal, counted in periods.items():
            self.periods.setdefault(signal, set()).update(counted)
        if is_made:
            self.made.append((number, atom))
        else:
            self._sort(atom, fields, [*periods])
        return atom

    def _mention(self, number: int, fields: Mapping[str, Field]) -> None:
        for name, field in fields.items():
            declared = self.fields.setdefault(name, {field: None})
            if next(iter(declared)).type == field.type:
                declared[field] = None
            else:
                self.mixed[field] = None

    def _sort(self, atom: Atom, fields: Mapping[str, Field], signals: list[str]) -> None:
        if not fields and not signals:
            self.constant.append(atom)
        elif any(field in self.mixed for field in fields.values()):
            self.others.append(atom)
        elif len(fields) == 1 and not signals and _decided(atom.term, fields):
            self.by_field.setdefault(next(iter(fields)), []).append(atom)
        elif len(signals) == 1 and not fields and Counts.decides(atom.term):
            self.by_signal.setdefault(signals[0], []).append(atom)
        else:
            self.others.append(atom)


def _written(condition: Condition, term: Term) -> str:
    """What tells an atom from others; one that cannot be read is like no other."""
    if not condition.readable:
        return f"unread at {condition.place}"
    return condition.text[term.start : term.end]


def _decided(term: Term, fields: Mapping[str, Field]) -> bool:
    """Whether the classes of its one field are made to decide the atom."""
    (field,) = fields.values()
    return field.type not in ("integer", "number", "date") or Ordered.decides(term)


def _vocabularies(contracts: Sequence[Contract]) -> list[int]:
    """For each contract the first one whose fields and tables are the same."""
    found = []
    for number, contract in enumerate(contracts):
        same = (
            earlier
            for earlier, other in enumerate(contracts[:number])
            if _declared(other) == _declared(contract) and other.tables == contract.tables
        )
        found.append(next(same, number))
    return found


def _declared(contract: Contract) -> dict[str, Field]:
    made = MADE | {score.name for score in contract.scores}
    return {name: field for name, field in contract.fields.items() if name not in made}


def _fields_told(contract: Contract) -> dict[str, Field]:
    """Fields that decide without standing in a condition: as a target, or because required."""
    names = [name if "." in name else f"lead.{name}" for name in contract.mql.require]
    for rule in contract.routing:
        names += [to.field for to in rule.to if isinstance(to, FieldTarget)]
    return {name: contract.fields[name] for name in names if name in contract.fields}
