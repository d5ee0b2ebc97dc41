"""Conditions of one or more contracts as formulas over the variables that they share."""

from collections.abc import Iterator, Mapping, Sequence

from handrail.contract.cel.typed import (
    Chosen,
    Computed,
    Counted,
    FieldValue,
    Joined,
    LookedUp,
    Negated,
    Not,
    Sized,
    Term,
)
from handrail.contract.facts import Facts
from handrail.contract.model import Condition, Contract, Field, Place
from handrail.contract.proof.atoms import Atoms
from handrail.contract.proof.classes.booleans import Booleans
from handrail.contract.proof.classes.counts import PREFIX, Counts
from handrail.contract.proof.classes.lists import Lists
from handrail.contract.proof.classes.ordered import Ordered
from handrail.contract.proof.classes.partition import (
    UNDECIDED_CLASS,
    Answers,
    Atom,
    Placed,
    Variable,
    answered,
    undecided,
)
from handrail.contract.proof.classes.texts import Texts
from handrail.contract.proof.formula import (
    FALSE,
    TRUE,
    Amount,
    Formula,
    Literal,
    every,
    some,
)
from handrail.contract.proof.linear import Quantity, linear_answers
from handrail.contract.proof.made import Made
from handrail.contract.proof.now import NOW
from handrail.contract.proof.scores import Divided, names_of_pasts, names_of_scores
from handrail.contract.proof.scores import Quantity as ScoreQuantity
from handrail.contract.proof.terms import all_in, fields_in, is_strict, periods_in, term_of
from handrail.terms.lead import Value

ALWAYS_THERE = ("lead.times_mql",)
FieldPartition = Booleans | Lists | Ordered | Texts
Partition = FieldPartition | Counts


class Encoding:
    """What each condition says, as a formula. Made once; any number of questions may use it.

    `more`: conditions beside those of the contracts, in the words of each of them.
    """

    def __init__(self, contracts: Sequence[Contract], more: Sequence[Condition] = ()) -> None:
        self.contracts = tuple(contracts)
        self._atoms = Atoms(contracts, more)
        self.partitions: dict[str, Partition] = {}
        self.variables: dict[str, Variable] = {}
        self.constraints: dict[str, list[Formula]] = {}  # by each variable of their partition
        self.quantities: dict[str, ScoreQuantity] = {}
        self._present: dict[Field, Formula] = {}
        self._undecided: dict[str, Atom] = {}
        self._answers: dict[object, Answers] = {}
        self._sides: dict[tuple[int, str | Place], Answers] = {}
        self._cut()
        scores, pasts = names_of_scores(contracts), names_of_pasts(contracts)
        self.made = tuple(
            Made(contract, number, self.holds, self.quantities, scores[number], pasts[number])
            for number, contract in enumerate(contracts)
        )
        for atom in self._atoms.constant:
            self._answers[atom.key] = _constant(atom)
        for number, atom in enumerate(self._atoms.others):
            self._answers[atom.key] = self._over_several(None, f"free:{number}", atom)
        self._unmade = {atom.key: (number, atom) for number, atom in self._atoms.made}

    # Conditions

    def holds(self, number: int, condition: Condition) -> Formula:
        """The condition of a contract is true: neither false nor a fault."""
        return self.answers(number, condition).truth

    def answers(self, number: int, condition: Condition) -> Answers:
        key = (number, condition.text if condition.readable else condition.place)
        if key not in self._sides:
            self._sides[key] = self._said(number, condition, term_of(condition))
        return self._sides[key]

    def part(self, number: int, condition: Condition, term: Term) -> Answers:
        """The same of a part of a condition that is true or false by itself."""
        return self._said(number, condition, term)

    def has_value(self, field: str, value: Value) -> Formula:
        """The field has a value that no condition tells from this one."""
        partition = self.partitions[field]
        assert isinstance(partition, Ordered), "only of fields with an order"
        return Literal(field, 1 << partition.number(value))

    def present(self, number: int, field: str) -> Formula:
        """The lead has the field, as the contract reads it."""
        return self._present_of(self.contracts[number].fields[field], number)

    def _said(self, number: int, condition: Condition, term: Term) -> Answers:
        match term:
            case Not(operand=operand):
                said = self._said(number, condition, operand)
                return Answers(said.falsity, said.truth)
            case Joined(sign=sign, operands=operands):
                parts = [self._said(number, condition, one) for one in operands]
                truths, falsities = [p.truth for p in parts], [p.falsity for p in parts]
                if sign == "&&":
                    return Answers(every(truths), some(falsities))
                return Answers(some(truths), every(falsities))
            case Chosen(test=test, then=then, otherwise=otherwise) if term.sort == "boolean":
                asked = self._said(number, condition, test)
                first = self._said(number, condition, then)
                second = self._said(number, condition, otherwise)
                return Answers(
                    _chosen(asked, first.truth, second.truth),
                    _chosen(asked, first.falsity, second.falsity),
                )
            case _:
                return self._of_atom(self._atoms.of(number, condition, term))

    def _of_atom(self, atom: Atom) -> Answers:
        if atom.key not in self._answers:
            number, unmade = self._unmade[atom.key]
            answers = self.made[number].answers(unmade)
            name = f"free:{number}:{len(self._answers)}"
            self._answers[atom.key] = answers or self._over_several(number, name, unmade)
        return self._answers[atom.key]

    # Atoms that no single variable decides

    def _over_several(self, number: int | None, name: str, atom: Atom) -> Answers:
        """A comparison of quantities is encoded truly; anything else may be either."""
        found = linear_answers(
            atom.term,
            lambda term: self._quantity(number, term),
            lambda amounts, plus, by: self._divided(number, atom, amounts, plus, by),
        )
        return found or self._free(number, name, atom)

    def _divided(
        self,
        number: int | None,
        atom: Atom,
        amounts: tuple[tuple[int, Amount], ...],
        plus: int,
        by: int,
    ) -> str:
        name = f"quotient {len(self.quantities)}"
        reads = self._reads(number, atom)
        self.quantities[name] = Divided(name, amounts, plus, by, frozenset(reads))
        return name

    def _reads(self, number: int | None, atom: Atom) -> set[str]:
        reads = {PREFIX + signal for signal in periods_in(atom.term)}
        for name in fields_in(atom.term):
            own = None if number is None else self.made[number].reads_of(name)
            reads |= {name} if own is None else own
        return reads

    def _quantity(self, number: int | None, term: Term) -> Quantity | None:
        match term:
            case FieldValue(field=field):
                if number is not None and (score := self.made[number].score(field.name)):
                    return Quantity(score, TRUE)
                is_line = isinstance(self.partitions.get(field.name), Ordered)
                if not is_line or field in self._atoms.mixed:
                    return None
                return Quantity(field.name, self._present_of(field, number))
            case Counted(signal=signal, period=period):
                counts = self.partitions[PREFIX + signal]
                assert isinstance(counts, Counts)
                return Quantity(counts.line_name(period), TRUE)
            case Sized(operand=FieldValue(field=field)) if self._is_list(field):
                return Quantity(f"{field.name}#size", self._present_of(field, number))
            case _:
                return None

    def _free(self, number: int | None, name: str, atom: Atom) -> Answers:
        fields, reads = fields_in(atom.term), self._reads(number, atom)
        there: Formula = TRUE
        if is_strict(atom.term):
            there = every(self._present_of(one, number) for one in fields.values())
        may_fault = any(isinstance(one, _FAULTING) for one in all_in(atom.term))
        free = undecided(name, tuple(sorted(reads)), there, may_fault=may_fault)
        self.variables[name] = free.variable
        self.constraints[name] = list(free.constraints)
        self._undecided[name] = atom
        return free.answers

    def _is_list(self, field: Field) -> bool:
        return isinstance(self.partitions.get(field.name), Lists) and field not in self._atoms.mixed

    def _present_of(self, field: Field, number: int | None) -> Formula:
        """A contract makes its values of every lead, save that a territory may be none."""
        if number is not None and self.made[number].reads_of(field.name) is not None:
            return self.made[number].placed() if field.name == "territory" else TRUE
        if field not in self._present:
            self._present[field] = self._there(field)
        return self._present[field]

    def _there(self, field: Field) -> Formula:
        if field in self._atoms.mixed:
            name = f"{field.name}:{field.type}"
            self.variables[name] = Variable(name, 2, (field.name,))
            self.constraints[name] = []
            return Literal(name, 0b10)
        partition = self.partitions[field.name]
        assert isinstance(partition, FieldPartition)
        return Literal(field.name, partition.present(field))

    # Classes

    def _cut(self) -> None:
        for name, declared in self._atoms.fields.items():
            self._add(name, _partition(name, self._atoms.by_field.get(name, []), [*declared]))
        for name in ALWAYS_THERE:
            if name in self.partitions:
                self.constraints[name].append(Literal(name, self.variables[name].present))
        for signal, periods in self._atoms.periods.items():
            counts = Counts(signal, self._atoms.by_signal.get(signal, []), [*periods])
            self._add(counts.name, counts)

    def _add(self, name: str, partition: Partition) -> None:
        self.partitions[name] = partition
        shared = list(partition.constraints)
        for variable in partition.variables:
            self.variables[variable.name] = variable
            self.constraints[variable.name] = shared
        self._answers.update(partition.answers)

    # Leads

    def undecided_by(self, facts: Facts) -> Mapping[str, int]:
        """What is true of a lead of that which the classes leave open: the class of each."""
        return {
            name: UNDECIDED_CLASS[answered(atom.test, facts)]
            for name, atom in self._undecided.items()
        }

    def place(self, facts: Facts) -> Iterator[Placed]:
        """Where a lead lies whose facts are known. Only for worlds of one contract."""
        assert len(self.contracts) == 1
        for partition in self.partitions.values():
            yield from partition.place(facts)
        for name, number in self.undecided_by(facts).items():
            yield Placed(name, number)


_FAULTING = Computed | Negated | LookedUp | Chosen | Joined


def _partition(name: str, atoms: list[Atom], fields: list[Field]) -> FieldPartition:
    match fields[0].type:
        case "string" | "rep":
            return Texts(name, atoms, fields)
        case "list":
            return Lists(name, atoms)
        case "boolean":
            return Booleans(name, atoms)
        case "integer" | "number" | "date":
            return Ordered(name, atoms, fields)


def _chosen(asked: Answers, first: Formula, second: Formula) -> Formula:
    return some((every((asked.truth, first)), every((asked.falsity, second))))


def _constant(atom: Atom) -> Answers:
    answer = answered(atom.test, Facts({}, (), NOW))
    return Answers(TRUE if answer is True else FALSE, TRUE if answer is False else FALSE)
