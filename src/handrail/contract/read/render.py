"""A finding as people read it in a terminal."""

from handrail.contract.findings import Finding
from handrail.contract.text.source import LINE_BREAK

COLUMNS_MAX = 160  # of a source line; a longer one is cut around the mark
_BEFORE_MARK = 40


def render_finding(finding: Finding, source: str, filename: str) -> str:
    """`file:line:column`, severity, kind and message; below it the line with the token marked."""
    head = (
        f"{filename}:{finding.line}:{finding.column}: "
        f"{finding.severity} {finding.kind}: {_safe(finding.message)}"
    )
    lines = LINE_BREAK.split(source.removeprefix("\ufeff"))
    if not 1 <= finding.line <= len(lines) or not lines[finding.line - 1].strip():
        return head
    line, column = _cut(_safe(lines[finding.line - 1]), finding.column)
    width = max(1, min(len(finding.marked or ""), len(line) - column + 1))
    number = str(finding.line)
    gutter = " " * len(number)
    return f"{head}\n{gutter} |\n{number} | {line}\n{gutter} | {' ' * (column - 1)}{'^' * width}"


def _cut(line: str, column: int) -> tuple[str, int]:
    if len(line) <= COLUMNS_MAX:
        return line, column
    start = max(0, column - 1 - _BEFORE_MARK)
    shown = line[start : start + COLUMNS_MAX]
    return ("..." + shown, column - start + 3) if start else (shown, column)


def _safe(text: str) -> str:
    """Without characters that would move a terminal's cursor; widths stay."""
    return "".join(char if char.isprintable() else " " for char in text)
