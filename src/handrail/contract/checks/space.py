"""The space of leads that a set of conditions can tell apart."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from handrail.contract.cel.compile import compile_term
from handrail.contract.cel.typed import Chosen, Joined, Known, Not, Present, Term
from handrail.contract.checks.cells import (
    LOOSE_MAX,
    NOW,
    Cell,
    field_cells,
    is_exact,
    is_exact_signal_test,
    is_guessable,
    signal_cells,
)
from handrail.contract.checks.formulas import (
    FALSE,
    TRUE,
    All,
    Any,
    Formula,
    Literal,
    atoms_of,
    key_of,
    negated,
    variables_of,
)
from handrail.contract.checks.search import Domains
from handrail.contract.facts import Facts
from handrail.contract.model import Condition, Contract, Field
from handrail.terms.lead import Value

FREE_CLASSES = 3  # true, false, fault
ALWAYS_THERE = frozenset({"lead_type", "lead.times_mql"})
DERIVED = frozenset(
    {"lead_type", "tier", "territory", "lead.times_mql", "account.last_owner"}
    | {"account.last_lead_days"}
)
TOLD_BY_MAIL = ("lead.email", "lead.email_domain", "account.domain")
SELDOM_MISSING = frozenset({*TOLD_BY_MAIL, "lead.source_campaign"})  # capture gives them


class Space:
    """Variables with their classes, and each condition as a formula over them."""

    def __init__(self, contract: Contract, conditions: Iterable[Condition]) -> None:
        self._contract = contract
        self._scores = {score.name: score for score in contract.scores}
        self.derived = DERIVED | set(self._scores)  # what a lead line cannot state
        self.cells: dict[str, list[Cell]] = {}
        self.full: Domains = {}
        self._holds: dict[str, Formula] = {}  # by the condition's text
        self._fails: dict[str, Formula] = {}
        self._truth: dict[object, Formula] = {}
        self._falsity: dict[object, Formula] = {}
        atoms = {
            key_of(atom): atom for condition in conditions for atom in atoms_of(_term(condition))
        }
        for variable, group in self._grouped(atoms).items():
            self._settle(variable, group)

    def holds(self, condition: Condition) -> Formula:
        """The condition is true: neither false nor a fault."""
        if condition.text not in self._holds:
            self._holds[condition.text] = self._formula(_term(condition), True)
        return self._holds[condition.text]

    def fails(self, condition: Condition) -> Formula:
        if condition.text not in self._fails:
            self._fails[condition.text] = negated(self.holds(condition), self.full)
        return self._fails[condition.text]

    def chosen(self, domains: Domains) -> dict[str, Cell]:
        """One cell for each variable that has cells, the plainest that is left."""
        return {
            variable: cells[(domains[variable] & -domains[variable]).bit_length() - 1]
            for variable, cells in self.cells.items()
        }

    def _grouped(self, atoms: Mapping[object, Term]) -> dict[str, dict[object, Term]]:
        groups: dict[str, dict[object, Term]] = defaultdict(dict)
        for number, (key, atom) in enumerate(atoms.items()):
            variables = {"fit" if name == "tier" else name for name in variables_of(atom)}
            if not variables:
                self._constant(key, atom)
            elif len(variables) == 1 and self._is_decided(atom):
                groups[variables.pop()][key] = atom
            else:
                self._free(f"free:{number}", key)
        return groups

    def _is_decided(self, atom: Term) -> bool:
        """Whether the cells of its one variable give its answer."""
        name = min(variables_of(atom))
        if name.startswith("signal:"):
            return is_exact_signal_test(atom)
        field = self._contract.fields[name]
        return isinstance(atom, Present) or is_exact(atom, field) or is_guessable(atom, field)

    def _constant(self, key: object, atom: Term) -> None:
        answer = compile_term(atom)(Facts({}, (), NOW))
        self._truth[key] = TRUE if answer is True else FALSE
        self._falsity[key] = TRUE if answer is False else FALSE

    def _free(self, variable: str, key: object) -> None:
        self.full[variable] = (1 << FREE_CLASSES) - 1
        self._truth[key] = Literal(variable, 0b001)
        self._falsity[key] = Literal(variable, 0b010)

    def _settle(self, variable: str, group: Mapping[object, Term]) -> None:
        """Cut the variable's values into classes; where that cannot be done, its atoms are free."""
        group = self._without_loose(variable, group)
        cells = self._cells_of(variable, list(group.values()))
        if cells is None:
            for number, key in enumerate(group):
                self._free(f"free:{variable}:{number}", key)
            return
        tests = [compile_term(atom) for atom in group.values()]
        classes: dict[tuple[object, ...], Cell] = {}
        for cell in cells:
            classes.setdefault(_answers(cell, tests), cell)
        self.cells[variable] = list(classes.values())
        self.full[variable] = (1 << len(classes)) - 1
        for number, key in enumerate(group):
            self._truth[key] = Literal(variable, _bits(classes, number, True))
            self._falsity[key] = Literal(variable, _bits(classes, number, False))

    def _without_loose(self, variable: str, group: Mapping[object, Term]) -> Mapping[object, Term]:
        """Beyond a few, tests that look inside a string are free: each doubles the regions."""
        field = self._contract.fields.get(variable)
        if field is None or field.type not in ("string", "rep") or field.values is not None:
            return group
        loose = [key for key, atom in group.items() if not is_exact(atom, field)]
        for number, key in enumerate(loose[LOOSE_MAX:]):
            self._free(f"free:{variable}:loose:{number}", key)
        return {key: atom for key, atom in group.items() if key not in loose[LOOSE_MAX:]}

    def _cells_of(self, variable: str, atoms: list[Term]) -> list[Cell] | None:
        if variable.startswith("signal:"):
            return signal_cells(variable.removeprefix("signal:"), atoms)
        if variable == "fit":
            return self._fit_cells(atoms)
        field = self._bounded(self._contract.fields[variable])
        always = variable in ALWAYS_THERE or variable in self._scores
        cells = field_cells(field, atoms, may_miss=not always)
        if cells is not None and variable in SELDOM_MISSING:
            cells = [*cells[1:], cells[0]]
        return cells

    def _bounded(self, field: Field) -> Field:
        score = self._scores.get(field.name)
        if score is None:
            return field
        return Field(field.name, field.type, None, score.floor, score.cap)

    def _fit_cells(self, atoms: list[Term]) -> list[Cell] | None:
        """Fit together with the tier that it gives."""
        tiers = self._contract.tiers
        named = [Known(start=0, end=0, sort="integer", value=least) for _, least in tiers]
        field = self._bounded(self._contract.fields["fit"])
        cells = field_cells(field, [*atoms, *named], may_miss=False)
        return None if cells is None else [self._with_tier(cell) for cell in cells]

    def _with_tier(self, cell: Cell) -> Cell:
        fit = cell.values["fit"]
        assert isinstance(fit, int)
        tiers = self._contract.tiers
        tier = next((name for name, least in tiers if fit >= least), tiers[-1][0])
        return Cell({"fit": fit, "tier": tier})

    def _formula(self, term: Term, want: bool) -> Formula:
        match term:
            case Not(operand=operand):
                return self._formula(operand, not want)
            case Joined(sign=sign, operands=operands):
                parts = tuple(self._formula(operand, want) for operand in operands)
                return All(parts) if (sign == "&&") is want else Any(parts)
            case Chosen(test=test, then=then, otherwise=otherwise):
                first = All((self._formula(test, True), self._formula(then, want)))
                second = All((self._formula(test, False), self._formula(otherwise, want)))
                return Any((first, second))
            case _:
                return (self._truth if want else self._falsity)[key_of(term)]


class Spaces:
    """The spaces of one contract, each made once."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._made: dict[tuple[str, ...], Space] = {}

    def of(self, conditions: Sequence[Condition]) -> Space:
        texts = tuple(condition.text for condition in conditions)
        if texts not in self._made:
            self._made[texts] = Space(self._contract, conditions)
        return self._made[texts]


def _term(condition: Condition) -> Term:
    term = condition.expression
    assert isinstance(term, Term), "only conditions that were compiled are checked"
    return term


def _answers(cell: Cell, tests: Sequence[Callable[[Facts], object]]) -> tuple[object, ...]:
    """True, False, or None for a fault."""
    facts = Facts(dict(cell.values), cell.signals, NOW)
    answers: list[object] = []
    for test in tests:
        answer = test(facts)
        answers.append(answer if isinstance(answer, bool) else None)
    for number, guess in cell.guessed:
        answers[number] = guess
    return tuple(answers)


def _bits(classes: Iterable[tuple[object, ...]], atom: int, answer: bool) -> int:
    return sum(1 << bit for bit, answers in enumerate(classes) if answers[atom] is answer)


def values_of(cells: Mapping[str, Cell]) -> dict[str, Value]:
    return {name: value for cell in cells.values() for name, value in cell.values.items()}
