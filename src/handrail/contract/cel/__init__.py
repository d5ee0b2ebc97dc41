"""Conditions: a strict subset of CEL. What it takes means what CEL means; the rest it refuses.

`compile_condition` gives a test with its typed tree, or every problem that it found.
"""

from collections.abc import Callable

import msgspec

from handrail.contract.cel.check import Names, check
from handrail.contract.cel.compile import compile_term
from handrail.contract.cel.parser import DEPTH_MAX, LENGTH_MAX, LIST_MAX, parse
from handrail.contract.cel.problem import Problem
from handrail.contract.cel.syntax import Expr
from handrail.contract.cel.typed import Term
from handrail.contract.facts import Facts, Fault

__all__ = [
    "DEPTH_MAX",
    "LENGTH_MAX",
    "LIST_MAX",
    "Compiled",
    "Expr",
    "Names",
    "Problem",
    "Term",
    "compile_condition",
    "parse",
]


class Compiled(msgspec.Struct, frozen=True):
    """`fields` are all that it reads or asks for with has, built-ins included."""

    test: Callable[[Facts], bool | Fault]
    expression: Term
    fields: frozenset[str]
    signals: frozenset[str]
    tables: frozenset[str]


def compile_condition(text: str, names: Names) -> Compiled | tuple[Problem, ...]:
    """Compile a condition once, to be tested often."""
    expr = parse(text)
    if isinstance(expr, tuple):
        return expr
    checked = check(expr, text=text, names=names)
    if isinstance(checked, tuple):
        return checked
    return Compiled(
        test=compile_term(checked.term),
        expression=checked.term,
        fields=checked.fields,
        signals=checked.signals,
        tables=checked.tables,
    )
