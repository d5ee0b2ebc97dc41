"""YAML 1.2 text -> a tree of nodes that know where they stand, or what is wrong with it.

The tree is built from ruamel.yaml's events, not from its objects: so every key and value keeps its
place, `NO` and `on` stay strings, and depth, aliases and size are bounded before anything grows.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.reader import ReaderError

from handrail.contract.findings import Finding
from handrail.contract.model import Place
from handrail.contract.text.source import Source

SOURCE_CHARACTERS_MAX = 1_000_000  # a contract is read by two teams; more is not read by anybody

_PROPERTIES = re.compile(r"(?:[&!][^\s,\[\]{}]*\s+)*")


@dataclass(slots=True)
class Scalar:
    """One value as written. `style` is None (plain), a quote, `|` or `>`."""

    text: str
    style: str | None
    start: int
    end: int


@dataclass(slots=True)
class Sequence:
    start: int
    end: int
    items: list["Node"] = field(default_factory=list)


@dataclass(slots=True)
class Block:
    start: int
    end: int
    entries: list[tuple[Scalar, "Node"]] = field(default_factory=list)

    def get(self, key: str) -> "Node | None":
        return next((node for name, node in self.entries if name.text == key), None)


Node = Scalar | Sequence | Block


@dataclass(frozen=True, slots=True)
class Kind:
    """What sort of text it is: how it is spoken of, and how large it may grow."""

    name: str  # a contract
    begins: str  # what a good one begins with
    depth_max: int
    nodes_max: int  # after aliases are counted as what they stand for


CONTRACT = Kind("a contract", "`contract: NAME`", depth_max=40, nodes_max=200_000)  # needs 7 deep


class Unreadable(Exception):
    """The text is no tree; carries the one finding that says why."""

    def __init__(self, offset: int, message: str) -> None:
        super().__init__(message)
        self.offset = offset
        self.message = message


def read_tree(source: Source) -> tuple[Block | None, tuple[Finding, ...]]:
    """The root mapping and what is wrong with the syntax; no root when nothing can be read."""
    if len(source.text) > SOURCE_CHARACTERS_MAX:
        message = (
            f"the file has more than {SOURCE_CHARACTERS_MAX:,} characters; put lists in tables"
        )
        return None, (_syntax(source, 0, message),)
    try:
        root, duplicates = read_node(source.text, kind=CONTRACT)
        if not isinstance(root, Block):
            message = f"{CONTRACT.name} is a mapping: it begins with {CONTRACT.begins}"
            raise Unreadable(root.start, message)
    except Unreadable as wrong:
        return None, (_syntax(source, wrong.offset, wrong.message),)
    return root, tuple(_syntax(source, at, text) for at, text in duplicates)


def read_node(text: str, *, kind: Kind) -> tuple[Node, tuple[tuple[int, str], ...]]:
    """The tree of one document, and the keys that stand twice, each with its offset and what to
    do; the first of them counts. Raises Unreadable."""
    builder = _Builder(text, kind)
    return builder.read(), tuple(builder.duplicates)


@lru_cache(maxsize=4)  # several checks ask it of one text, and parsing costs more than they do
def places_of(text: str) -> Mapping[tuple[str | int, ...], Place]:
    """The place of every value of a readable contract text, by its path of keys and indexes."""
    source = Source(text.removeprefix("\ufeff"))
    root, _ = read_tree(source)
    return {} if root is None else dict(_walk(source, root, ()))


def _walk(
    source: Source, node: Node, path: tuple[str | int, ...]
) -> Iterator[tuple[tuple[str | int, ...], Place]]:
    yield path, source.place(node.start)
    match node:
        case Block(entries=entries):
            for key, value in entries:
                yield from _walk(source, value, (*path, key.text))
        case Sequence(items=items):
            for index, item in enumerate(items):
                yield from _walk(source, item, (*path, index))
        case Scalar():
            pass


def _syntax(source: Source, offset: int, message: str) -> Finding:
    place = source.place(min(offset, len(source.text)))
    return Finding("syntax", "error", place.line, place.column, message)


class _Builder:
    """Folds the parser's events into nodes."""

    def __init__(self, text: str, kind: Kind) -> None:
        self._text = text
        self._kind = kind
        self._anchors: dict[str, Node | None] = {}  # None: still open
        self._sizes: dict[int, int] = {}
        self.duplicates: list[tuple[int, str]] = []

    def read(self) -> Node:
        root: Node | None = None
        events = self._events()
        for event in events:
            kind = type(event).__name__
            if kind == "DocumentStartEvent" and root is not None:
                message = f"a second document starts here; a file is one {self._bare_name}"
                raise Unreadable(event.start_mark.index, message)
            if kind.startswith(("Stream", "Document")):
                continue
            root = self._node(event, events, 0)
        if root is None:
            message = f"this is empty; {self._kind.name} begins with {self._kind.begins}"
            raise Unreadable(0, message)
        return root

    @property
    def _bare_name(self) -> str:
        return self._kind.name.partition(" ")[2]

    def _events(self) -> Iterator[Any]:
        try:
            yield from YAML(typ="safe", pure=True).parse(self._text)
        except ReaderError as wrong:
            raise Unreadable(
                int(wrong.position), "a character that may not stand in a text file"
            ) from None
        except MarkedYAMLError as wrong:
            raise _explained(wrong) from None
        except (
            YAMLError,
            ValueError,
            LookupError,
            AttributeError,
            TypeError,
            AssertionError,
        ) as bad:
            # ruamel lets a few malformed directives and escapes out as bare Python errors
            raise Unreadable(0, f"this is not YAML: {bad}") from None

    def _node(self, event: Any, events: Iterator[Any], depth: int) -> Node:
        start, end = event.start_mark.index, event.end_mark.index
        if depth > self._kind.depth_max:
            raise Unreadable(start, f"nested deeper than {self._kind.depth_max} levels")
        kind = type(event).__name__
        if kind == "AliasEvent":
            return self._aliased(event.anchor, start)
        if event.tag is not None and event.tag != "!":
            message = f"tags such as `!name` have no meaning in {self._kind.name}; remove it"
            raise Unreadable(start, message)
        if event.anchor is not None:
            self._anchors[event.anchor] = None
        node: Node
        if kind == "ScalarEvent":
            properties = _PROPERTIES.match(self._text, start, end)
            start = properties.end() if event.anchor is not None and properties else start
            node = Scalar(event.value, event.style, start, end)
            self._sizes[id(node)] = 1
        elif kind == "SequenceStartEvent":
            node = self._sequence(start, end, events, depth)
        else:
            node = self._mapping(start, end, events, depth)
        if event.anchor is not None:
            self._anchors[event.anchor] = node
        return node

    def _aliased(self, name: str, at: int) -> Node:
        if name not in self._anchors:
            raise Unreadable(
                at, f"no `&{name}` comes before `*{name}`; put a text that begins with * in quotes"
            )
        node = self._anchors[name]
        if node is None:
            raise Unreadable(at, f"`*{name}` contains itself")
        return node

    def _sequence(self, start: int, end: int, events: Iterator[Any], depth: int) -> Sequence:
        node = Sequence(start, end)
        size = 1
        for event in events:
            if type(event).__name__ == "SequenceEndEvent":
                node.end = event.end_mark.index
                break
            item = self._node(event, events, depth + 1)
            node.items.append(item)
            size = self._grown(size, item, start)
        self._sizes[id(node)] = size
        return node

    def _mapping(self, start: int, end: int, events: Iterator[Any], depth: int) -> Block:
        node = Block(start, end)
        size = 1
        seen: set[str] = set()
        for event in events:
            if type(event).__name__ == "MappingEndEvent":
                node.end = event.end_mark.index
                break
            key = self._node(event, events, depth + 1)
            if not isinstance(key, Scalar):
                raise Unreadable(key.start, "a key must be one word or text, not a list or mapping")
            value = self._node(next(events), events, depth + 1)
            if isinstance(value, Scalar) and value.start == value.end:
                value.start = value.end = key.end + self._text.startswith(":", key.end)
            size = self._grown(size, value, start)
            if key.text in seen:
                self.duplicates.append(
                    (key.start, f"`{key.text}` stands twice here; keep one of the two")
                )
                continue
            seen.add(key.text)
            node.entries.append((key, value))
        self._sizes[id(node)] = size
        return node

    def _grown(self, size: int, child: Node, at: int) -> int:
        size += self._sizes[id(child)]
        if size > self._kind.nodes_max:
            limit = f"{self._kind.nodes_max:,}"
            raise Unreadable(at, f"more than {limit} values once aliases are written out")
        return size


def _explained(wrong: MarkedYAMLError) -> Unreadable:
    mark = wrong.problem_mark or wrong.context_mark
    offset = mark.index if mark is not None else 0
    problem = str(wrong.problem or wrong.context or "cannot be read").strip()
    if "'\\t'" in problem:
        problem = "a tab; indent with spaces"
    elif "mapping values are not allowed" in problem:
        problem = "a `:` where none may stand; check the indentation, or put the text in quotes"
    elif wrong.context and wrong.problem:
        problem = f"{str(wrong.context).strip()}: {problem}"
    return Unreadable(offset, f"this is not YAML: {problem}")
