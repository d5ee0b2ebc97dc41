"""The repository as text and syntax, for tests of the code itself."""

import ast
import functools
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "src" / "handrail"

Definition = ast.FunctionDef | ast.AsyncFunctionDef


class Line(NamedTuple):
    path: Path
    number: int
    text: str

    def __str__(self) -> str:
        return f"{self.path.relative_to(ROOT)}:{self.number}: {self.text.strip()}"


@functools.cache
def tracked_files() -> tuple[Path, ...]:
    """What the repository holds or is about to: everything that git does not ignore."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    paths = (ROOT / name for name in listed.stdout.split("\0") if name)
    return tuple(path for path in paths if path.is_file())


def tracked_lines(*, under: Path = ROOT) -> Iterator[Line]:
    """Every line of every tracked text file."""
    for path in tracked_files():
        if not path.is_relative_to(under):
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(text.splitlines(), start=1):
            yield Line(path, number, line)


@functools.cache
def modules() -> dict[Path, ast.Module]:
    """The syntax tree of each module of the package."""
    return {
        path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(PACKAGE.rglob("*.py"))
    }


def functions() -> Iterator[tuple[Path, Definition]]:
    for path, tree in modules().items():
        for node in ast.walk(tree):
            if isinstance(node, Definition):
                yield path, node


def words_named(*names: str) -> frozenset[str]:
    """The words of each `NAME = Literal["...", ...]` or `NAME = ("...", ...)` of the package."""
    return frozenset(
        constant.value
        for tree in modules().values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign | ast.AnnAssign)
        and node.value is not None
        and any(name in names for name in _targets(node))
        for constant in ast.walk(node.value)
        if isinstance(constant, ast.Constant) and isinstance(constant.value, str)
    )


def _targets(node: ast.Assign | ast.AnnAssign) -> list[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    return [target.id for target in targets if isinstance(target, ast.Name)]
