"""Statements by name, from `queries/*.sql`, and the joining of several into one."""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from types import MappingProxyType

_NAME = re.compile(r"^-- name: (\w+)\n", flags=re.MULTILINE)
_COMMENT = re.compile(r"^--.*\n", flags=re.MULTILINE)
_INSERT = re.compile(r"insert into (\w+) \(([^)]*)\)")
_PARAMETER = re.compile(r"\$(\d+)")


@cache
def statements(file: str) -> Mapping[str, str]:
    """The statements of `queries/FILE.sql`."""
    text = (files("handrail.store") / "queries" / f"{file}.sql").read_text(encoding="utf-8")
    _, *parts = _NAME.split(text)
    bodies = (_COMMENT.sub("", body).strip() for body in parts[1::2])
    return MappingProxyType(dict(zip(parts[::2], bodies, strict=True)))


@cache
def compose(names: tuple[str, ...], arities: tuple[int, ...]) -> str:
    """One statement that does the named parts of a write, then moves the chain's head.

    It answers (name, rows) for each part that returns rows. Parameters follow each other in the
    order of the parts; `arities` says how many each has.
    """
    parts = statements("stage")
    offset = 0
    listed = []
    for name, arity in zip(names, arities, strict=True):
        listed.append(f"{name} as (\n{_shifted(parts[name], offset)}\n)")
        offset += arity
    listed.append(f"head as (\n{_shifted(parts['head'], offset)}\nreturning seq\n)")
    counted = [name for name in ("head", *names) if "returning" in parts[name] or name == "head"]
    counts = ", ".join(f"(select count(*) from {name}) as {name}" for name in counted)
    return f"with {', '.join(listed)}\nselect {counts}"


@cache
def target(name: str) -> tuple[str, tuple[str, ...]]:
    """The table and the columns into which a part inserts."""
    found = _INSERT.match(statements("stage")[name])
    assert found is not None, name
    return found[1], tuple(column.strip() for column in found[2].split(","))


def _shifted(statement: str, offset: int) -> str:
    return _PARAMETER.sub(lambda found: f"${int(found[1]) + offset}", statement)


def board(conditions: Sequence[str]) -> str:
    """The board's page under these conditions, which know their own parameters."""
    return statements("reads")["board"].replace("{conditions}", " and ".join(conditions))
