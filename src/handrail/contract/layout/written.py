"""YAML text -> what is written there: nodes with their style, and the comments between them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ruamel.yaml import YAML

from handrail.contract.text.source import LINE_BREAK

_COMMENT = re.compile(r"(?:(?<=\s)|^)#[^\r\n]*", re.MULTILINE)
_BLOCK_STYLES = ("|", ">")


@dataclass(slots=True)
class Scalar:
    """`style` is None (plain), a quote, `|` or `>`; `raw` is how it stands in the file."""

    start: int
    end: int
    anchor: str | None
    text: str
    style: str | None
    raw: str


@dataclass(slots=True)
class Alias:
    start: int
    end: int
    name: str


@dataclass(slots=True)
class Items:
    start: int
    end: int
    anchor: str | None
    flow: bool
    items: list["Node"]


@dataclass(slots=True)
class Pairs:
    start: int
    end: int
    anchor: str | None
    flow: bool
    entries: list[tuple["Node", "Node"]]


Node = Scalar | Alias | Items | Pairs


@dataclass(frozen=True, slots=True)
class Comment:
    """`alone`: nothing else stands on its line. `after_blank`: the line before is empty."""

    start: int
    text: str
    alone: bool
    after_blank: bool


def written_in(text: str) -> tuple[Node, list[Comment]]:
    """The root and every comment, in order. `text` was read before without a finding."""
    events = (
        event
        for event in YAML(typ="safe", pure=True).parse(text)
        if not type(event).__name__.startswith(("Stream", "Document"))
    )
    root = _node(next(events), events, text)
    return root, list(_comments(text, root))


def _node(event: Any, events: Iterator[Any], text: str) -> Node:
    start, end = event.start_mark.index, event.end_mark.index
    match type(event).__name__:
        case "AliasEvent":
            return Alias(start, end, event.anchor)
        case "ScalarEvent":
            raw = text[start:end]
            return Scalar(start, end, event.anchor, event.value, event.style, raw)
        case "SequenceStartEvent":
            found = Items(start, end, event.anchor, bool(event.flow_style), [])
            for inner in events:
                found.end = inner.end_mark.index
                if type(inner).__name__ == "SequenceEndEvent":
                    break
                found.items.append(_node(inner, events, text))
            return found
        case _:
            pairs = Pairs(start, end, event.anchor, bool(event.flow_style), [])
            for inner in events:
                pairs.end = inner.end_mark.index
                if type(inner).__name__ == "MappingEndEvent":
                    break
                key = _node(inner, events, text)
                pairs.entries.append((key, _node(next(events), events, text)))
            return pairs


def _scalars(node: Node) -> Iterator[Scalar]:
    match node:
        case Scalar():
            yield node
        case Items(items=items):
            for item in items:
                yield from _scalars(item)
        case Pairs(entries=entries):
            for key, value in entries:
                yield from _scalars(key)
                yield from _scalars(value)
        case Alias():
            pass


def _comments(text: str, root: Node) -> Iterator[Comment]:
    """A `#` after a blank is a comment wherever no scalar stands."""
    at = 0
    for scalar in _scalars(root):
        yield from _between(text, at, scalar.start)
        at = scalar.end
        if scalar.style in _BLOCK_STYLES:  # beside its sign a comment may stand
            header = LINE_BREAK.search(text, scalar.start)
            yield from _between(text, scalar.start, header.start() if header else at)
    yield from _between(text, at, len(text))


def _between(text: str, start: int, end: int) -> Iterator[Comment]:
    for found in _COMMENT.finditer(text, start, end):
        line = text.rfind("\n", 0, found.start()) + 1
        yield Comment(
            start=found.start(),
            text=found.group().rstrip(),
            alone=not text[line : found.start()].strip(),
            after_blank=is_after_blank(text, found.start()),
        )


def is_after_blank(text: str, at: int) -> bool:
    """Whether the line before the one of this offset is empty."""
    line = text.rfind("\n", 0, at) + 1
    before = text.rfind("\n", 0, max(line - 1, 0)) + 1
    return line > 0 and not text[before : line - 1].strip()
