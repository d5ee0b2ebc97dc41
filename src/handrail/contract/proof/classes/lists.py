"""Lists of strings: which of the named items are in it, and how long it is."""

from collections.abc import Iterator, Mapping, Sequence

from handrail.contract.cel.typed import Compared, FieldValue, Items, Known, Present, Sized, Within
from handrail.contract.facts import Facts
from handrail.contract.model import Field
from handrail.contract.proof.classes.ordered import (
    Line,
    Span,
    comparison,
    cuts_of,
    spans_of,
)
from handrail.contract.proof.classes.partition import (
    MISSING,
    UNDECIDED_CLASS,
    Answers,
    Atom,
    Placed,
    Shown,
    Variable,
    answered,
    in_sets,
    undecided,
)
from handrail.contract.proof.classes.scales import Sizes
from handrail.contract.proof.formula import (
    TRUE,
    Amount,
    AtLeast,
    Formula,
    Literal,
    Not,
    every,
)
from handrail.contract.proof.now import NOW
from handrail.contract.proof.terms import is_strict

SHOWN_MAX = 200  # items of a list in an example
FILLING = "other"


class Lists:
    """One field of type list. A list may hold what nobody names, and an item twice."""

    def __init__(self, name: str, atoms: Sequence[Atom]) -> None:
        self._name = name
        self._here: Formula = Literal(name, 0b10)
        self._sizes = Sizes()
        spans = {atom.key: self._size_spans(atom) for atom in atoms}
        self._line = Line(
            f"{name}#size",
            (name,),
            Span(self._sizes.low, self._sizes.high),
            cuts_of(span for found in spans.values() for span in found or ()),
            always=True,
        )
        self._items: dict[str, str] = {}  # item -> the variable that says whether it is in
        self._variables = [Variable(name, 2, (name,)), self._line.variable]
        self._constraints: list[Formula] = [
            Literal(self._line.variable.name, self._line.variable.present)
        ]
        self._free: dict[str, Atom] = {}
        self.answers: dict[object, Answers] = {}
        for number, atom in enumerate(atoms):
            self.answers[atom.key] = self._answers(number, atom, spans[atom.key])
        self._constraints.append(self._long_enough())
        self.variables = tuple(self._variables)
        self.constraints = tuple(self._constraints)

    def present(self, field: Field) -> int:
        return 0b10

    def _size_spans(self, atom: Atom) -> list[Span] | None:
        compared = comparison(atom.term, Sized)
        return None if compared is None else spans_of(compared, self._sizes)

    def _answers(self, number: int, atom: Atom, spans: list[Span] | None) -> Answers:
        if spans is not None:
            long = Literal(self._line.variable.name, self._line.classes_in(spans))
            return self._when_there(long)
        match atom.term:
            case Present():
                return in_sets(self._name, 0b10, MISSING)
            case Within(item=Known(value=str(item)), items=FieldValue()):
                return self._when_there(self._has(item))
            case Compared(sign="==" | "!=" as sign, left=left, right=right):
                whole = _literal_list(left) if isinstance(right, FieldValue) else None
                if isinstance(left, FieldValue):
                    whole = _literal_list(right)
                if whole is not None:
                    same = self._same(number, atom, whole)
                    return same if sign == "==" else Answers(same.falsity, same.truth)
        return self._undecided(number, atom)

    def _when_there(self, formula: Formula) -> Answers:
        return Answers(every((self._here, formula)), every((self._here, Not(formula))))

    def _has(self, item: str) -> Formula:
        if item not in self._items:
            self._items[item] = f"{self._name}#{item}"
            self._variables.append(Variable(self._items[item], 2, (self._name,)))
        return Literal(self._items[item], 0b10)

    def _same(self, number: int, atom: Atom, whole: tuple[str, ...]) -> Answers:
        """Equal lists have the same items; lists with the same items may differ in order."""
        free = self._undecided(number, atom)
        equal = free.truth
        if isinstance(atom.term, Compared) and atom.term.sign == "!=":
            equal = free.falsity
        self._constraints += [Not(every((equal, Not(self._has(item))))) for item in whole]
        return Answers(equal, free.falsity if equal is free.truth else free.truth)

    def _undecided(self, number: int, atom: Atom) -> Answers:
        name = f"{self._name}?{number}"
        there = self._here if is_strict(atom.term) else TRUE
        free = undecided(name, (self._name,), there, may_fault=True)
        self._free[name] = atom
        self._variables.append(free.variable)
        self._constraints += free.constraints
        return free.answers

    def _long_enough(self) -> Formula:
        """A list has at least as many items as there are named ones in it."""
        named = tuple((-1, Literal(one, 0b10)) for one in self._items.values())
        return AtLeast(((1, Amount(self._line.variable.name)), *named), 0)

    # Leads

    def place(self, facts: Facts) -> Iterator[Placed]:
        items = facts.values.get(self._name)
        yield Placed(self._name, int(items is not None))
        held = items if isinstance(items, tuple) else ()
        yield Placed(self._line.variable.name, self._line.number(len(held)), len(held))
        for item, variable in self._items.items():
            yield Placed(variable, int(item in held))
        for name, atom in self._free.items():
            yield Placed(name, UNDECIDED_CLASS[answered(atom.test, facts)])

    def show(self, chosen: Mapping[str, int], amounts: Mapping[str, int]) -> Shown | None:
        if chosen[self._name] == 0:
            return Shown()
        held = [item for item, variable in self._items.items() if chosen[variable] == 1]
        low, high = self._line.span(chosen[self._line.variable.name])
        for items in (*self._whole_lists(), self._filled(held, low)):
            facts = Facts({self._name: items}, (), NOW)
            fits = all(chosen[one.variable] == one.number for one in self.place(facts))
            if fits and low <= len(items) <= min(high, SHOWN_MAX):
                return Shown({self._name: items})
        return None

    def _whole_lists(self) -> Iterator[tuple[str, ...]]:
        for atom in self._free.values():
            match atom.term:
                case Compared(left=left, right=right):
                    whole = _literal_list(left) or _literal_list(right)
                    if whole:
                        yield whole
                case _:
                    pass

    def _filled(self, held: list[str], size: int) -> tuple[str, ...]:
        others = (f"{FILLING}{number}" for number in range(len(self._items) + SHOWN_MAX + 1))
        filling = [one for one in others if one not in self._items]
        return (*held, *filling[: max(0, min(size, SHOWN_MAX) - len(held))])


def _literal_list(term: object) -> tuple[str, ...] | None:
    match term:
        case Items(items=items):
            texts = tuple(one.value for one in items if isinstance(one, Known))
            found = tuple(one for one in texts if isinstance(one, str))
            return found if len(found) == len(items) else None
        case _:
            return None
