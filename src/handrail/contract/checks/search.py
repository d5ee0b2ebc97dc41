"""Is there an assignment of classes under which all formulas hold? Complete, within a budget."""

from collections.abc import Iterable

from handrail.contract.checks.formulas import All, Any, Formula, Literal

Domains = dict[str, int]  # the classes that each variable may still have
STEPS_MAX = 20_000  # formulas looked at in one question; beyond it nothing is claimed
STEPS_IN_ALL_MAX = 2_000_000  # in one check of a contract: some seconds


class OutOfSteps(Exception):
    """The question is too large to be answered here; nobody may conclude anything."""


class Budget:
    def __init__(self, steps_max: int = STEPS_IN_ALL_MAX) -> None:
        self._left = steps_max

    def question(self) -> "_Steps":
        return _Steps(self)

    def spend(self) -> None:
        self._left -= 1
        if self._left < 0:
            raise OutOfSteps


class _Steps:
    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self._left = STEPS_MAX

    def spend(self) -> None:
        self._budget.spend()
        self._left -= 1
        if self._left < 0:
            raise OutOfSteps


def solve(formulas: Iterable[Formula], domains: Domains, budget: Budget) -> Domains | None:
    """Narrowed domains, of which every choice satisfies all formulas; None when there are none.

    Raises OutOfSteps when the budget does not suffice.
    """
    return _solve(list(formulas), dict(domains), budget.question())


def _solve(formulas: list[Formula], domains: Domains, steps: _Steps) -> Domains | None:
    pending = _narrowed(formulas, domains, steps)
    if pending is None:
        return None
    if not pending:
        return domains
    literal = min((_open_literal(one, domains) for one in pending), key=_width)
    for classes in (literal.classes, ~literal.classes):
        chosen = domains[literal.variable] & classes
        found = _solve(pending, {**domains, literal.variable: chosen}, steps)
        if found is not None:
            return found
    return None


def _width(literal: Literal) -> int:
    return literal.classes.bit_count()


def _narrowed(formulas: list[Formula], domains: Domains, steps: _Steps) -> list[Formula] | None:
    """What remains undecided, with literals that must hold put into the domains."""
    waiting = formulas
    while True:
        pending: list[Formula] = []
        changed = False
        for formula in waiting:
            steps.spend()
            left = _simplified(formula, domains)
            match left:
                case Any(parts=()):
                    return None
                case All(parts=()):
                    continue
                case Literal(variable, classes):
                    domains[variable] &= classes
                    changed = True
                case All(parts):
                    pending.extend(parts)
                    changed = True
                case _:
                    pending.append(left)
        if not changed:
            return pending
        waiting = pending


def _simplified(formula: Formula, domains: Domains) -> Formula:
    match formula:
        case Literal(variable, classes):
            left = domains[variable] & classes
            if left == 0:
                return Any(())
            return All(()) if left == domains[variable] else formula
        case All(parts):
            return _joined(parts, domains, All, Any)
        case Any(parts):
            return _joined(parts, domains, Any, All)


def _joined(
    parts: tuple[Formula, ...],
    domains: Domains,
    own: type[All] | type[Any],
    other: type[Any] | type[All],
) -> Formula:
    """All without what holds, false when a part is; Any is its mirror."""
    left: list[Formula] = []
    for part in parts:
        simple = _simplified(part, domains)
        if isinstance(simple, other) and not simple.parts:
            return other(())
        if isinstance(simple, own):
            left.extend(simple.parts)
        else:
            left.append(simple)
    return left[0] if len(left) == 1 else own(tuple(left))


def _open_literal(formula: Formula, domains: Domains) -> Literal:
    while not isinstance(formula, Literal):
        formula = formula.parts[0]
    return Literal(formula.variable, domains[formula.variable] & formula.classes)
