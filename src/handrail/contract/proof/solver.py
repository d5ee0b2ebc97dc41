"""Formulas as z3 sees them, and its answers.

A variable with n classes is n - 1 booleans, `the class is at least i`, each implying the one
before; a set of classes is a few runs of them. What is added up is an integer, tied to the classes
where it has any. Every solver has a context of its own and the same seeds, and counts its budget in
steps of z3, not in time: the same questions always have the same answers.

z3 takes a tenth of a second to load, and is loaded when the first solver is made.
"""

import itertools
from collections.abc import Mapping, Sequence
from typing import Literal as OneOf
from typing import NamedTuple, assert_never

from handrail.contract.proof.classes.partition import Variable
from handrail.contract.proof.encoding import Encoding
from handrail.contract.proof.expressions import Booleans, Expression
from handrail.contract.proof.formula import (
    All,
    Amount,
    Any,
    AtLeast,
    Formula,
    Literal,
    Named,
    Not,
    Of,
    leaves_first,
)
from handrail.contract.proof.scores import Clamped, Divided, Unfixed

Answer = OneOf["possible", "impossible", "unknown"]

QUESTION_STEPS = 20_000_000  # of z3, for one question: some seconds
MINIMIZED_MAX = 20  # formulas of a contradiction: of more, none is left out any more
ALL_STEPS = 400_000_000  # for all questions of one world: a minute or two


class Budget(NamedTuple):
    """In steps of z3 (its `rlimit`), about ten million a second."""

    question: int = QUESTION_STEPS
    in_all: int = ALL_STEPS


class Who(NamedTuple):
    """One symbolic lead: equal to `like` save for what reads anything of `apart_from`."""

    name: str
    like: "Who | None" = None
    apart_from: frozenset[str] = frozenset()

    def shares(self, reads: frozenset[str] | tuple[str, ...]) -> bool:
        return self.like is not None and self.apart_from.isdisjoint(reads)

    def owner(self, reads: frozenset[str] | tuple[str, ...]) -> "Who":
        """The lead to which a variable belongs that reads these fields and signals."""
        return self.like.owner(reads) if self.like is not None and self.shares(reads) else self


class Solver:
    """Answers questions about symbolic leads; what is added once holds in all later ones."""

    def __init__(self, encoding: Encoding, budget: Budget) -> None:
        import z3  # only what proves anything pays for loading it

        self._z3 = z3
        self._encoding = encoding
        self._budget = budget
        self._context = z3.Context()
        self._solver = z3.SimpleSolver(ctx=self._context)
        self._solver.set("random_seed", 0)
        self._solver.set("rlimit", budget.question)
        self._solver.set("smt.relevancy", 0)  # twice as fast on chains of a thousand rules
        self._booleans = Booleans(z3, self._context)
        self._zero = z3.IntVal(0, self._context)
        self._steps: dict[tuple[str, str], list[Expression]] = {}  # the booleans of a variable
        self._amounts: dict[tuple[str, str], Expression] = {}
        self._said: dict[tuple[str, Formula], Expression] = {}
        self._names: dict[int, tuple[Expression, Expression]] = {}
        self._leads: dict[str, Who] = {}
        self._links = 0
        self._owed: list[tuple[Formula, str]] = []  # constraints that are still to be added
        self._sets: dict[tuple[int, int], Expression] = {}  # by the variable's booleans
        self._as_made = self._booleans.named("as made")
        self.spent = 0
        self.reason = ""

    def know(self, lead: Who) -> None:
        self._leads[lead.name] = lead

    def add(self, formula: Formula, *, when: Expression | None = None) -> None:
        """From now on the formula holds, or holds wherever `when` is supposed."""
        found = self._expression(formula)
        self._pay()
        self._add(found if when is None else self._booleans.implied(found, when))

    def switch(self, name: str) -> Expression:
        """A supposition that questions may make or not."""
        return self._booleans.named(name)

    def ask(
        self, formulas: Sequence[Formula], *, supposing: Sequence[Expression], overridden: bool
    ) -> Answer:
        """Whether a lead can be for which all formulas hold. `reason` says why it is unknown.

        `overridden`: scores may be anything, since a person may set them.
        """
        asked = [self._name(self._expression(one)) for one in formulas]
        made = [] if overridden else [self._as_made]
        return self._answer((*asked, *supposing, *made))

    def needed(self, formulas: Sequence[Formula], among: Sequence[Formula]) -> list[int]:
        """Of formulas that cannot all hold beside the others: the numbers of few that cannot.

        Leaving out any one of them would leave the contradiction unproved.
        """
        fixed = [self._as_made, *(self._name(self._expression(one)) for one in formulas)]
        names = [self._name(self._expression(one)) for one in among]
        kept = [*range(len(among))]
        if self._answer((*fixed, *names)) != "impossible":
            return kept
        kept = self._in_core(names, kept)
        for one in kept if len(kept) <= MINIMIZED_MAX else ():
            fewer = [other for other in kept if other != one]
            if self._answer((*fixed, *(names[other] for other in fewer))) == "impossible":
                kept = self._in_core(names, fewer)
        return kept

    def _in_core(self, names: Sequence[Expression], kept: Sequence[int]) -> list[int]:
        core = {one.get_id() for one in self._solver.unsat_core()}
        return [one for one in kept if names[one].get_id() in core]

    def _answer(self, supposing: Sequence[Expression]) -> Answer:
        if self.spent >= self._budget.in_all:
            self.reason = "the budget of all questions is spent"
            return "unknown"
        self._pay()
        answer = self._booleans.check(self._solver, supposing)
        self.spent = self._count()
        if answer == self._z3.sat:
            return "possible"
        if answer == self._z3.unsat:
            return "impossible"
        self.reason = str(self._solver.reason_unknown())
        return "unknown"

    def model(self) -> "Found":
        return Found(self, self._solver.model())

    def _count(self) -> int:
        return int(self._solver.statistics().get_key_value("rlimit count"))

    # Formulas

    def _name(self, expression: Expression) -> Expression:
        """A boolean that supposes the expression: only such may be supposed in a question."""
        key = expression.get_id()
        if key not in self._names:
            name = self._booleans.named(f"asked {len(self._names)}")
            self._add(self._booleans.implied(expression, name))
            self._names[key] = (name, expression)
        return self._names[key][0]

    def _expression(self, formula: Formula, lead: str = "") -> Expression:
        said = self._said
        for one in leaves_first(formula, known=lambda part: (lead, part) in said):
            said[lead, one] = self._made(one, lead)
        return said[lead, formula]

    def _made(self, formula: Formula, lead: str) -> Expression:
        match formula:
            case Literal(variable, classes):
                return self._in_classes(self._encoding.variables[variable], classes, lead)
            case All(parts):
                return self._booleans.every([self._said[lead, part] for part in parts])
            case Any(parts):
                return self._booleans.some([self._said[lead, part] for part in parts])
            case Not(part):
                return self._booleans.negated(self._said[lead, part])
            case AtLeast(amounts, least):
                return self._sum(amounts, lead) >= least
            case Named(part):
                return self._link(self._said[lead, part])
            case Of(lead=other, part=part):
                return self._expression(part, other)
            case _:
                assert_never(formula)

    def _link(self, expression: Expression) -> Expression:
        self._links += 1
        link = self._booleans.named(f"link {self._links}")
        self._add(self._booleans.same(link, expression))
        self._names[link.get_id()] = (link, expression)  # has a name already
        return link

    def _add(self, expression: Expression) -> None:
        self._booleans.add(self._solver, expression)

    def _in_classes(self, variable: Variable, classes: int, lead: str) -> Expression:
        """The runs of a set of classes, or those of the others where these are fewer."""
        steps = self._steps_of(variable, lead)
        key = (id(steps), classes)
        if key not in self._sets:
            self._sets[key] = self._set(variable, classes, steps)
        return self._sets[key]

    def _set(self, variable: Variable, classes: int, steps: list[Expression]) -> Expression:
        kept, others = classes & variable.everything, variable.everything & ~classes
        if _runs(others) < _runs(kept):
            return self._booleans.negated(self._in_runs(others, steps))
        return self._in_runs(kept, steps)

    def _in_runs(self, classes: int, steps: list[Expression]) -> Expression:
        parts = []
        while classes:
            first = (classes & -classes).bit_length() - 1
            beyond = first + (~(classes >> first) & (classes >> first) + 1).bit_length() - 1
            parts.append(self._run(first, beyond, steps))
            classes &= -1 << beyond
        return self._booleans.some(parts)

    def _run(self, first: int, beyond: int, steps: list[Expression]) -> Expression:
        ends = [self._booleans.negated(steps[beyond - 1])] if beyond <= len(steps) else []
        return self._booleans.every([*([steps[first - 1]] if first else []), *ends])

    # Variables

    def _steps_of(self, variable: Variable, lead: str) -> list[Expression]:
        owner = self._leads[lead].owner(variable.reads).name
        key = (owner, variable.name)
        if key not in self._steps:
            steps = [
                self._booleans.named(f"{owner} {variable.name} {number}")
                for number in range(1, variable.size)
            ]
            self._steps[key] = steps
            for less, more in itertools.pairwise(steps):
                self._add(self._booleans.implied(less, more))
            self._owed += ((one, owner) for one in self._encoding.constraints[variable.name])
        return self._steps[key]

    def _pay(self) -> None:
        """Add what is owed for the variables in use. A constraint may bring in the next variable,
        thousands in a row, which is why they wait here and are not followed as they come."""
        while self._owed:
            constraint, owner = self._owed.pop()
            self._add(self._expression(constraint, owner))

    def _sum(self, amounts: tuple[tuple[int, Amount | Formula], ...], lead: str) -> Expression:
        z3, zero = self._z3, self._zero
        parts = []
        for factor, one in amounts:
            if not isinstance(one, Amount):
                parts.append(z3.If(self._said[lead, one], z3.IntVal(factor, self._context), zero))
            elif factor == 1:
                parts.append(self._amount(one.variable, lead))
            else:
                parts.append(factor * self._amount(one.variable, lead))
        return z3.Sum(parts) if len(parts) > 1 else parts[0] if parts else zero

    def _amount(self, name: str, lead: str) -> Expression:
        quantity = self._encoding.quantities.get(name)
        variable = self._encoding.variables.get(name)
        reads = quantity.reads if quantity is not None else variable.reads if variable else ()
        owner = self._leads[lead].owner(reads).name
        if (owner, name) not in self._amounts:
            amount = self._z3.Int(f"{owner} {name} amount", self._context)
            self._amounts[owner, name] = amount
            match quantity:
                case Clamped():
                    self._clamp(amount, quantity, owner)
                case Unfixed():
                    self._bound(amount, quantity)
                case Divided():
                    self._divide(amount, quantity, owner)
                case None:
                    assert variable is not None, f"{name} is no quantity"
                    self._tie(amount, variable, owner)
        return self._amounts[owner, name]

    def _clamp(self, amount: Expression, quantity: Clamped, lead: str) -> None:
        z3 = self._z3
        for _, one in quantity.amounts:
            if not isinstance(one, Amount):
                self._expression(one, lead)
        total = self._sum(quantity.amounts, lead)
        bounded = z3.If(total < quantity.floor, z3.IntVal(quantity.floor, self._context), total)
        if quantity.cap is not None:
            cap = z3.IntVal(quantity.cap, self._context)
            bounded = z3.If(bounded > quantity.cap, cap, bounded)
        self._solver.add(z3.Or(z3.Not(self._as_made), amount == bounded))

    def _bound(self, amount: Expression, quantity: Unfixed) -> None:
        if quantity.least is not None:
            self._solver.add(amount >= quantity.least)
        if quantity.most is not None:
            self._solver.add(amount <= quantity.most)

    def _divide(self, amount: Expression, quantity: Divided, lead: str) -> None:
        """The remainder is smaller than the divisor, and never of the other sign than the whole."""
        z3, whole = self._z3, self._sum(quantity.amounts, lead) + quantity.plus
        rest, by = whole - quantity.by * amount, abs(quantity.by)
        self._solver.add(z3.Or(whole < 0, z3.And(rest >= 0, rest < by)))
        self._solver.add(z3.Or(whole > 0, z3.And(rest <= 0, rest > -by)))

    def _tie(self, amount: Expression, variable: Variable, lead: str) -> None:
        """The amount lies where the class says, when there is one."""
        z3 = self._z3
        steps = self._steps_of(variable, lead)
        inside = z3.And(amount >= variable.starts[0], amount <= variable.end)
        self._solver.add(z3.Or(z3.Not(steps[0]), inside))
        for step, start in zip(steps[1:], variable.starts[1:], strict=True):
            self._solver.add(z3.Or(z3.Not(steps[0]), step == (amount >= start)))

    # Models

    def class_in(self, model: Expression, variable: Variable, lead: Who) -> int | None:
        """The class that a model gives a variable; None when no question was about it."""
        steps = self._steps.get((lead.owner(variable.reads).name, variable.name))
        if steps is None:
            return None
        low, high = 0, len(steps)
        while low < high:
            middle = (low + high) // 2
            if self._booleans.is_true_in(model, steps[middle]):
                low = middle + 1
            else:
                high = middle
        return low

    def says_in(self, model: Expression, formula: Formula) -> bool:
        found = self._expression(formula)
        return bool(self._z3.is_true(model.eval(found, model_completion=True)))

    def amount_in(self, model: Expression, name: str, lead: Who) -> int | None:
        quantity = self._encoding.quantities.get(name)
        reads = self._encoding.variables[name].reads if quantity is None else quantity.reads
        amount = self._amounts.get((lead.owner(reads).name, name))
        if amount is None:
            return None
        return int(model.eval(amount, model_completion=True).as_long())


class Found:
    """One way in which all that was asked holds."""

    def __init__(self, solver: Solver, model: Expression) -> None:
        self._solver = solver
        self._model = model

    def classes(self, lead: Who, variables: Mapping[str, Variable]) -> dict[str, int]:
        """The class of each variable that a question was about."""
        found = {
            name: self._solver.class_in(self._model, variable, lead)
            for name, variable in variables.items()
        }
        return {name: number for name, number in found.items() if number is not None}

    def says(self, formula: Formula) -> bool:
        return self._solver.says_in(self._model, formula)

    def amounts(self, lead: Who, names: Sequence[str]) -> dict[str, int]:
        found = {name: self._solver.amount_in(self._model, name, lead) for name in names}
        return {name: amount for name, amount in found.items() if amount is not None}


def _runs(classes: int) -> int:
    return (classes & ~(classes << 1)).bit_count()
