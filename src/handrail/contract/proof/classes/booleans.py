"""Yes or no, or absent."""

from collections.abc import Iterator, Mapping, Sequence

from handrail.contract.facts import Facts
from handrail.contract.model import Field
from handrail.contract.proof.classes.partition import (
    Answers,
    Atom,
    Placed,
    Shown,
    Variable,
    answered,
    in_sets,
)
from handrail.contract.proof.formula import Formula
from handrail.contract.proof.now import NOW

VALUES = (None, False, True)  # by class


class Booleans:
    """One field of type boolean: there are so few values that each atom is asked of all."""

    def __init__(self, name: str, atoms: Sequence[Atom]) -> None:
        self._name = name
        self.variables = (Variable(name, len(VALUES), (name,)),)
        self.constraints: tuple[Formula, ...] = ()
        self.answers: Mapping[object, Answers] = {
            atom.key: in_sets(name, self._classes(atom, True), self._classes(atom, False))
            for atom in atoms
        }

    def present(self, field: Field) -> int:
        return self.variables[0].present

    def _classes(self, atom: Atom, wanted: bool) -> int:
        found = 0
        for number, value in enumerate(VALUES):
            facts = Facts({} if value is None else {self._name: value}, (), NOW)
            if answered(atom.test, facts) is wanted:
                found |= 1 << number
        return found

    def place(self, facts: Facts) -> Iterator[Placed]:
        value = facts.values.get(self._name)
        yield Placed(self._name, 0 if value is None else 1 + int(value is True))

    def show(self, chosen: Mapping[str, int], amounts: Mapping[str, int]) -> Shown | None:
        value = VALUES[chosen[self._name]]
        return Shown() if value is None else Shown({self._name: value})
