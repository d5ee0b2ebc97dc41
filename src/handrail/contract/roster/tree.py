"""Roster text as a tree of nodes that know where they stand, whether it was YAML or CSV."""

import re
from collections.abc import Callable

import msgspec

from handrail.contract.findings import Finding
from handrail.contract.model import Place
from handrail.contract.text import tree
from handrail.contract.text.source import Source

# It needs 6 levels; 10,000 reps of 50 values.
ROSTER = tree.Kind("a roster", "`roster: NAME`", depth_max=20, nodes_max=500_000)
FAULTS_MAX = 1_000  # nobody mends more in one go; each costs a search for what was meant

_WHOLE = re.compile(r"[-+]?[0-9]+")
_NUMBER = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|0o[0-7]+|0x[0-9a-fA-F]+")
_TRUE = frozenset({"true", "True", "TRUE"})
_FALSE = frozenset({"false", "False", "FALSE"})
_NULL = frozenset({"", "~", "null", "Null", "NULL"})


class Scalar(msgspec.Struct, frozen=True, gc=False):
    """One value as written. `plain`: without quotes, so that 7 is a number and true a boolean."""

    place: Place
    text: str
    plain: bool = True

    @property
    def is_null(self) -> bool:
        return self.plain and self.text in _NULL

    @property
    def whole(self) -> int | None:
        """The value of a whole number; None for anything else."""
        short = self.plain and len(self.text) <= 19 and _WHOLE.fullmatch(self.text)
        return int(self.text) if short else None

    @property
    def flag(self) -> bool | None:
        """The value of a boolean; None for anything else."""
        if not self.plain or self.text not in _TRUE | _FALSE:
            return None
        return self.text in _TRUE

    @property
    def is_text(self) -> bool:
        if not self.plain:
            return True
        return not self.is_null and self.flag is None and _NUMBER.fullmatch(self.text) is None


class Items(msgspec.Struct, frozen=True):
    """A list."""

    place: Place
    nodes: tuple["Node", ...]


class Block(msgspec.Struct, frozen=True):
    """A mapping; no key stands twice."""

    place: Place
    entries: tuple[tuple[Scalar, "Node"], ...]


Node = Scalar | Items | Block


class TooManyFaults(Exception):
    """So many faults are found that the rest is not looked at."""


class Report:
    """Collects what is wrong, so that all faults are told at once."""

    def __init__(self) -> None:
        self._found: list[Finding] = []

    def error(self, kind: str, node: "Node | Place", message: str) -> None:
        place = node if isinstance(node, Place) else node.place
        marked = node.text if isinstance(node, Scalar) else None
        found = Finding(kind, "error", place.line, place.column, message, marked=marked)
        if found not in self._found[-1:]:
            self._found.append(found)
        if len(self._found) >= FAULTS_MAX:
            raise TooManyFaults

    def findings(self) -> tuple[Finding, ...]:
        """Everything found, in the order of the file."""
        return tuple(sorted(self._found, key=lambda found: (found.line, found.column)))

    def __bool__(self) -> bool:
        return bool(self._found)


def read_yaml(text: str, *, report: Report, at: Place | None = None) -> Node | None:
    """The tree of one YAML 1.2 document; None when its syntax is wrong, which is then reported.

    With `at`, every node stands there: the text is one cell of a table.
    """
    source = Source(text)

    def place(offset: int) -> Place:
        return at or source.place(min(offset, len(text)))

    try:
        root, duplicates = tree.read_node(text, kind=ROSTER)
    except tree.Unreadable as wrong:
        report.error("syntax", place(wrong.offset), wrong.message)
        return None
    for offset, message in duplicates:
        report.error("syntax", place(offset), message)
    return _placed(root, place)


def _placed(node: tree.Node, place: Callable[[int], Place]) -> Node:
    match node:
        case tree.Scalar():
            return _scalar(node, place)
        case tree.Sequence(start=start, items=items):
            return Items(place(start), tuple(_placed(item, place) for item in items))
        case tree.Block(start=start, entries=entries):
            pairs = ((_scalar(key, place), _placed(value, place)) for key, value in entries)
            return Block(place(start), tuple(pairs))


def _scalar(node: tree.Scalar, place: Callable[[int], Place]) -> Scalar:
    return Scalar(place(node.start), node.text, node.style is None)
