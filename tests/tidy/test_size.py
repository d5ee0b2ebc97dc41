"""Rooms and functions stay small enough to be read in one go."""

import ast
import statistics
from pathlib import Path

from tests.tidy.source import PACKAGE, ROOT, Definition, functions

MODULE_LINES_MAX = 500
FUNCTION_MEDIAN_MAX = 12
FUNCTION_95TH_MAX = 40
FUNCTION_LINES_MAX = 100


def length(function: Definition) -> int:
    """Lines from the `def` to the end, without the docstring."""
    assert function.end_lineno is not None
    lines = function.end_lineno - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function) is not None:
        assert first.end_lineno is not None
        lines -= first.end_lineno - first.lineno + 1
    return lines


def longest_first() -> list[tuple[int, str]]:
    return sorted(((length(node), place(path, node)) for path, node in functions()), reverse=True)


def place(path: Path, node: Definition) -> str:
    return f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"


def shown(rows: list[tuple[int, str]]) -> str:
    return "\n".join(f"{lines:5} {where}" for lines, where in rows)


def test_no_module_has_over_500_lines() -> None:
    counted = (
        (len(p.read_text().splitlines()), str(p.relative_to(ROOT))) for p in PACKAGE.rglob("*.py")
    )
    long = sorted((row for row in counted if row[0] > MODULE_LINES_MAX), reverse=True)
    assert not long, f"split these by what they are about:\n{shown(long)}"


def test_no_function_has_over_100_lines() -> None:
    long = [row for row in longest_first() if row[0] > FUNCTION_LINES_MAX]
    assert not long, f"take these apart:\n{shown(long)}"


def test_the_median_function_fits_in_12_lines() -> None:
    lengths = [lines for lines, _ in longest_first()]
    assert statistics.median(lengths or [0]) <= FUNCTION_MEDIAN_MAX


def test_95_of_100_functions_fit_in_40_lines() -> None:
    rows = longest_first()
    over = [row for row in rows if row[0] > FUNCTION_95TH_MAX]
    assert len(over) * 20 <= len(rows), (
        f"{len(over)} of {len(rows)} functions are over {FUNCTION_95TH_MAX} lines:\n{shown(over)}"
    )
