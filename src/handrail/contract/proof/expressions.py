"""Expressions of z3, made without its checks: they cost ten times what they guard.

All that is joined here is boolean and of one context, which is what the checks look at.
"""

from collections.abc import Sequence
from typing import Any as AnyType

Expression = AnyType  # of z3, which has no types


class Booleans:
    """Booleans of one context, and what they are joined to."""

    def __init__(self, z3: AnyType, context: AnyType) -> None:
        self._z3 = z3
        self._context = context
        self._ref = context.ref()
        self._sort = z3.BoolSort(context)
        self.true = z3.BoolVal(True, context)
        self.false = z3.BoolVal(False, context)

    def named(self, name: str) -> Expression:
        symbol = self._z3.to_symbol(name, self._context)
        return self._made(self._z3.Z3_mk_const(self._ref, symbol, self._sort.ast))

    def negated(self, one: Expression) -> Expression:
        return self._made(self._z3.Z3_mk_not(self._ref, one.ast))

    def every(self, parts: Sequence[Expression]) -> Expression:
        if len(parts) < 2:
            return parts[0] if parts else self.true
        return self._made(self._z3.Z3_mk_and(self._ref, len(parts), self._array(parts)))

    def some(self, parts: Sequence[Expression]) -> Expression:
        if len(parts) < 2:
            return parts[0] if parts else self.false
        return self._made(self._z3.Z3_mk_or(self._ref, len(parts), self._array(parts)))

    def implied(self, one: Expression, by: Expression) -> Expression:
        return self._made(self._z3.Z3_mk_implies(self._ref, by.ast, one.ast))

    def same(self, one: Expression, other: Expression) -> Expression:
        return self._made(self._z3.Z3_mk_iff(self._ref, one.ast, other.ast))

    def add(self, solver: AnyType, one: Expression) -> None:
        self._z3.Z3_solver_assert(self._ref, solver.solver, one.ast)

    def check(self, solver: AnyType, supposing: Sequence[Expression]) -> AnyType:
        """z3's answer; the suppositions are booleans with names."""
        answer = self._z3.Z3_solver_check_assumptions(
            self._ref, solver.solver, len(supposing), self._array(supposing)
        )
        return self._z3.CheckSatResult(answer)

    def is_true_in(self, model: AnyType, one: Expression) -> bool:
        """Whether a named boolean is true in a model; one that does not matter is not."""
        found = self._z3.Z3_model_get_const_interp(self._ref, model.model, self._declared(one))
        if not found:
            return False
        return bool(self._z3.Z3_get_bool_value(self._ref, found) == self._z3.Z3_L_TRUE)

    def _declared(self, one: Expression) -> AnyType:
        return self._z3.Z3_get_app_decl(self._ref, self._z3.Z3_to_app(self._ref, one.ast))

    def _array(self, parts: Sequence[Expression]) -> AnyType:
        return (self._z3.Ast * len(parts))(*[one.ast for one in parts])

    def _made(self, ast: AnyType) -> Expression:
        return self._z3.BoolRef(ast, self._context)
