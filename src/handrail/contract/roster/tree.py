"""Roster text as a tree of nodes that know where they stand, whether it was YAML or CSV."""

import re
from collections.abc import Iterator
from typing import Any, NoReturn

import msgspec
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.reader import ReaderError

from handrail.contract.findings import Finding
from handrail.contract.model import Place

DEPTH_MAX = 20  # a roster needs 6
NODES_MAX = 500_000  # 10,000 reps of 50 values, aliases counted as what they stand for
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
    reading = _Reading(text, report=report, at=at)
    try:
        return reading.document()
    except _Unreadable as wrong:
        report.error("syntax", wrong.place, wrong.message)
        return None


class _Unreadable(Exception):
    def __init__(self, place: Place, message: str) -> None:
        super().__init__(message)
        self.place = place
        self.message = message


class _Reading:
    """Folds the parser's events into nodes; depth and size are bounded before anything grows."""

    def __init__(self, text: str, *, report: Report, at: Place | None) -> None:
        self._text = text
        self._report = report
        self._at = at
        self._anchors: dict[str, Node | None] = {}  # None: not yet complete
        self._sizes: dict[int, int] = {}  # of anchored nodes
        self._nodes = 0

    def document(self) -> Node:
        root: Node | None = None
        events = self._events()
        for event in events:
            kind = type(event).__name__
            if kind == "DocumentStartEvent" and root is not None:
                self._fail(event, "a second document starts here; write one roster in a file")
            if not kind.startswith(("Stream", "Document")):
                root = self._node(event, events, 0)
        if root is None:
            raise _Unreadable(self._at or Place(1, 1), "there is nothing here; write a roster")
        return root

    def _events(self) -> Iterator[Any]:
        try:
            yield from YAML(typ="safe", pure=True).parse(self._text)
        except ReaderError as wrong:
            place = self._at or _place_of(self._text, int(wrong.position))
            raise _Unreadable(
                place, "a character that may not stand in a text; remove it"
            ) from None
        except MarkedYAMLError as wrong:
            raise self._explained(wrong) from None
        except (
            YAMLError,
            ValueError,
            LookupError,
            AttributeError,
            TypeError,
            AssertionError,
        ) as bad:
            # ruamel lets a few malformed directives and escapes out as bare Python errors
            place = self._at or Place(1, 1)
            raise _Unreadable(place, f"this is not YAML ({bad}); see yaml.org/spec/1.2.2") from None

    def _explained(self, wrong: MarkedYAMLError) -> _Unreadable:
        mark = wrong.problem_mark or wrong.context_mark
        place = self._at or (Place(mark.line + 1, mark.column + 1) if mark else Place(1, 1))
        said = " ".join(str(part).strip() for part in (wrong.context, wrong.problem) if part)
        return _Unreadable(
            place, f"this is not YAML: {said}; check brackets, indentation and quotes around here"
        )

    def _node(self, event: Any, events: Iterator[Any], depth: int) -> Node:
        if depth > DEPTH_MAX:
            self._fail(event, f"nested deeper than {DEPTH_MAX} levels; a roster needs 6")
        kind = type(event).__name__
        if kind == "AliasEvent":
            return self._aliased(event)
        if event.tag is not None and event.tag != "!":
            self._fail(event, "tags such as `!name` mean nothing in a roster; remove it")
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        before = self._nodes
        self._count(event, 1)
        node = self._written(event, kind, events, depth)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
            self._sizes[id(node)] = self._nodes - before
        return node

    def _written(self, event: Any, kind: str, events: Iterator[Any], depth: int) -> Node:
        place = self._place(event)
        if kind == "ScalarEvent":
            return Scalar(place, event.value, event.style is None)
        if kind == "SequenceStartEvent":
            return Items(place, tuple(self._items(events, depth + 1)))
        return Block(place, tuple(self._entries(events, depth + 1)))

    def _items(self, events: Iterator[Any], depth: int) -> Iterator[Node]:
        for event in events:
            if type(event).__name__ == "SequenceEndEvent":
                return
            yield self._node(event, events, depth)

    def _entries(self, events: Iterator[Any], depth: int) -> Iterator[tuple[Scalar, Node]]:
        seen: set[str] = set()
        for event in events:
            if type(event).__name__ == "MappingEndEvent":
                return
            key = self._node(event, events, depth)
            value = self._node(next(events), events, depth)
            if not isinstance(key, Scalar):
                self._report.error("syntax", key, "a key is a word, not a list or a mapping")
            elif key.text in seen:
                self._report.error(
                    "syntax", key, f"`{key.text}` stands twice here; keep one of them"
                )
            else:
                seen.add(key.text)
                yield key, value

    def _aliased(self, event: Any) -> Node:
        node = self._anchors.get(event.anchor)
        if node is None:
            self._fail(event, f"`*{event.anchor}` stands for nothing complete; write it out")
        self._count(event, self._sizes[id(node)])
        return node

    def _count(self, event: Any, nodes: int) -> None:
        self._nodes += nodes
        if self._nodes > NODES_MAX:
            self._fail(
                event, f"more than {NODES_MAX:,} values, aliases written out; divide the file"
            )

    def _place(self, event: Any) -> Place:
        return self._at or Place(event.start_mark.line + 1, event.start_mark.column + 1)

    def _fail(self, event: Any, message: str) -> NoReturn:
        raise _Unreadable(self._place(event), message)


def _place_of(text: str, offset: int) -> Place:
    before = text[:offset]
    return Place(before.count("\n") + 1, offset - (before.rfind("\n") + 1) + 1)
