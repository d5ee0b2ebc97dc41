"""Strings: those that atoms or tables name, together where no atom tells them apart; the others.

Most atoms name strings (`==`, `in`, tables): each is a set of them. What looks inside strings
(`startsWith`, `size`) is asked of every named string; of the others it may say anything that does
not contradict itself.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

from handrail.contract.cel.typed import InTable, Known, LookedUp
from handrail.contract.facts import Facts
from handrail.contract.model import Field
from handrail.contract.proof.classes.addresses import completed, fits
from handrail.contract.proof.classes.partition import (
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
from handrail.contract.proof.classes.texts_inside import contradictions, fresh, texts_passing
from handrail.contract.proof.classes.texts_said import Said, is_flag, is_settled, said_of
from handrail.contract.proof.formula import Formula, Literal, Not, every, some
from handrail.contract.proof.now import NOW
from handrail.contract.proof.terms import all_in, fields_in

ASKED_MAX = 2_000_000  # named strings times atoms that look inside them; beyond, these are free
OTHER = 1  # the class of all strings that nothing names


class Texts:
    """One field of type string or rep. Contracts may list different `values` for it."""

    def __init__(self, name: str, atoms: Sequence[Atom], fields: Iterable[Field]) -> None:
        self._name = name
        said = {atom.key: said_of(atom.term) for atom in atoms}
        self._inside = [atom for atom in atoms if said[atom.key] is None]
        named = _named(atoms, fields)
        asked = len(named) * len(self._inside) <= ASKED_MAX
        sets: dict[object, Iterable[str]] = {
            field.values: field.values for field in fields if field.values is not None
        }
        for one in said.values():
            if one is not None:
                sets.update(one.sets)
        for atom in self._inside:
            sets.update(self._asked(atom, named if asked else ()))
        self._classes = _Classes(named, sets)
        self._variable = Variable(name, self._classes.count + 2, (name,))
        self._fresh = fresh(name, named)
        self._flags: dict[str, Atom] = {}  # of tests that the other strings may pass or not
        self._loose: dict[str, Atom] = {}  # of atoms that they may also make a fault
        self._variables = [self._variable]
        self._constraints: list[Formula] = []
        self.answers: dict[object, Answers] = {}
        for number, atom in enumerate(atoms):
            one = said[atom.key]
            self.answers[atom.key] = (
                self._inside_answers(number, atom) if one is None else self._answers(atom, one)
            )
        self._constraints += contradictions(self._flags, Literal(name, 1 << OTHER))
        self.variables = tuple(self._variables)
        self.constraints = tuple(self._constraints)

    def present(self, field: Field) -> int:
        if field.values is None:
            return self._variable.present
        return self._classes.sets[field.values]

    def _asked(self, atom: Atom, named: Iterable[str]) -> dict[object, list[str]]:
        answers: dict[bool | None, list[str]] = {True: [], False: [], None: []}
        for text in named:
            answers[answered(atom.test, self._facts(text))].append(text)
        return {(True, atom.key): answers[True], (False, atom.key): answers[False]}

    def _facts(self, text: str) -> Facts:
        return Facts({self._name: text}, (), NOW)

    def _answers(self, atom: Atom, said: Said) -> Answers:
        here = self.present(_field(atom))
        if said.wanted is None:
            return in_sets(self._name, here, self._variable.everything & ~here)
        if said.among is not None:
            here &= self._classes.sets[said.among]
        truth = here & self._classes.sets[said.wanted]
        if said.denied:
            truth = here & ~truth
        return in_sets(self._name, truth, here & ~truth)

    def _inside_answers(self, number: int, atom: Atom) -> Answers:
        """As asked of the named strings; of the others what is not settled is a variable."""
        here = self.present(_field(atom))
        absent = self._variable.everything & ~here
        truth = here & self._classes.sets[(True, atom.key)]
        falsity = here & self._classes.sets[(False, atom.key)]
        without = answered(atom.test, Facts({}, (), NOW))
        truth |= absent if without is True else 0
        falsity |= absent if without is False else 0
        other = here & 1 << OTHER
        if is_settled(atom.term):
            answer = answered(atom.test, self._facts(self._fresh))
            truth |= other if answer is True else 0
            falsity |= other if answer is False else 0
            return in_sets(self._name, truth, falsity)
        name = f"{self._name}?{number}"
        named = in_sets(self._name, truth, falsity)
        return self._unsettled(name, atom, Literal(self._name, other), named)

    def _unsettled(self, name: str, atom: Atom, other: Formula, named: Answers) -> Answers:
        if is_flag(atom.term):
            self._flags[name] = atom
            self._variables.append(Variable(name, 2, (self._name,)))
            yes: Formula = Literal(name, 0b10)
            no: Formula = Not(yes)
        else:
            self._loose[name] = atom
            free = undecided(name, (self._name,), other, may_fault=True)
            self._variables.append(free.variable)
            self._constraints += free.constraints
            yes, no = free.answers
        return Answers(
            some((named.truth, every((other, yes)))), some((named.falsity, every((other, no))))
        )

    # Leads

    def place(self, facts: Facts) -> Iterator[Placed]:
        text = facts.values.get(self._name)
        assert text is None or isinstance(text, str)
        number = 0 if text is None else self._classes.number(text)
        yield Placed(self._name, number)
        for name, atom in self._flags.items():
            yield Placed(name, int(number == OTHER and atom.test(facts) is True))
        for name, atom in self._loose.items():
            answer = answered(atom.test, facts) if number == OTHER else None
            yield Placed(name, UNDECIDED_CLASS[answer])

    def show(self, chosen: Mapping[str, int], amounts: Mapping[str, int]) -> Shown | None:
        number = chosen[self._name]
        if number == 0:
            return Shown()
        if number != OTHER:
            return Shown({self._name: self._classes.members[number - 2]})
        text = self._text_passing(chosen)
        return None if text is None else Shown({self._name: text})

    def _text_passing(self, chosen: Mapping[str, int]) -> str | None:
        """One of the other strings, which answers its tests as was chosen."""
        tests = {**self._flags, **self._loose}
        passing = texts_passing(self._fresh, [atom.term for atom in tests.values()])
        for text in (whole for part in passing for whole in completed(self._name, part)):
            if not fits(self._name, text):
                continue
            placed = {one.variable: one.number for one in self.place(self._facts(text))}
            if placed[self._name] == OTHER and all(placed[one] == chosen[one] for one in tests):
                return text
        return None


class _Classes:
    """Named strings; two are in one class when they are in the same sets."""

    def __init__(self, named: Iterable[str], sets: Mapping[object, Iterable[str]]) -> None:
        marks: dict[str, list[int]] = defaultdict(list)
        for number, texts in enumerate(sets.values()):
            for text in texts:
                marks[text].append(number)
        self._numbers: dict[str, int] = {}
        numbers: dict[tuple[int, ...], int] = {}
        for text in named:
            found = numbers.setdefault(tuple(marks.get(text, ())), len(numbers) + OTHER + 1)
            self._numbers[text] = found
        self.count = len(numbers)
        first: dict[int, str] = {}
        for text, found in self._numbers.items():
            first.setdefault(found, text)
        self.members = list(first.values())
        masks = [0] * len(sets)
        for mark, found in numbers.items():
            for one in mark:
                masks[one] |= 1 << found
        self.sets = dict(zip(sets, masks, strict=True))

    def number(self, text: str) -> int:
        return self._numbers.get(text, OTHER)


def _named(atoms: Sequence[Atom], fields: Iterable[Field]) -> dict[str, None]:
    """Every string that an atom, a table or a list of values names, in a fixed order."""
    named: dict[str, None] = {}
    for field in fields:
        named.update(dict.fromkeys(sorted(field.values or ())))
    tables = {}
    for atom in atoms:
        for part in all_in(atom.term):
            match part:
                case Known(value=str(value)):
                    named[value] = None
                case InTable(table=table) | LookedUp(table=table):
                    tables[id(table)] = table
                case _:
                    pass
    for table in tables.values():
        named.update(dict.fromkeys(sorted(table.keys)))
    return named


def _field(atom: Atom) -> Field:
    (field,) = fields_in(atom.term).values()
    return field
