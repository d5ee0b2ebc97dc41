"""Contract text -> the same contract, laid out.

Two blanks deeper a level; what stands in braces stays in one line where it fits and has no comment
in it, and is opened out where not; one blank line where there were some; comments at the end of
lines that follow each other start in one column. Nothing is put into another order.
"""

import re
from dataclasses import dataclass, field
from itertools import groupby

from handrail.contract.findings import Finding
from handrail.contract.layout.scalars import block_lines, inline
from handrail.contract.layout.written import (
    Alias,
    Comment,
    Items,
    Node,
    Pairs,
    Scalar,
    is_after_blank,
    written_in,
)
from handrail.contract.text.source import Source
from handrail.contract.text.tree import read_tree

WIDTH_MAX = 120  # of a line; a routing rule in braces should fit
_NULL = re.compile(r"~|null|Null|NULL|")

PASSES_MAX = 8


def lay_out(text: str) -> str | tuple[Finding, ...]:
    """The text laid out, or why it is no YAML that a contract may be. Laying out twice is laying
    out once."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    tree, faults = read_tree(Source(text))
    if tree is None or faults:
        return faults
    # A comment that moves may meet another and change how wide its lines are: seldom, and once.
    for _ in range(PASSES_MAX):
        before, text = text, _laid_out(text)
        if text == before:
            break
    return text


def _laid_out(text: str) -> str:
    root, comments = written_in(text)
    laid_out = _Page(text, comments).printed(root)
    again, faults = read_tree(Source(laid_out))
    assert again is not None and not faults, "what was laid out cannot be read"
    assert _same(written_in(laid_out)[0], root), "what was laid out says something else"
    return laid_out


@dataclass(slots=True)
class _Line:
    body: str
    comment: str | None = None
    is_text: bool = False  # a line of a block scalar: it takes no comment


@dataclass(slots=True)
class _Page:
    """Lines as they come; comments are put in on the way, each before what it stood before."""

    text: str
    comments: list[Comment]
    lines: list[_Line] = field(default_factory=list)
    opened: bool = True  # the last line opened a block: no empty line comes after it

    def printed(self, root: Node) -> str:
        match root:
            case Pairs(entries=entries) if entries:
                self._pairs(root, 0, "")
            case _:
                self._line(_in_one_line(root))
        self._comments_before(len(self.text) + 1, 0)
        _align(self.lines)
        return "".join(f"{line.body}\n" for line in self.lines)

    # --- what stands before a node

    def _before(self, node: Node, indent: int) -> None:
        self._comments_before(node.start, indent)
        if is_after_blank(self.text, node.start) and self._starts_line(node.start):
            self._blank()

    def _comments_before(self, offset: int, indent: int) -> None:
        while self.comments and self.comments[0].start < offset:
            comment = self.comments.pop(0)
            last = self.lines[-1] if self.lines else None
            if comment.alone or last is None or last.comment is not None or not last.body:
                if comment.after_blank and comment.alone:
                    self._blank()
                self._line(" " * indent + comment.text)
            elif last.is_text:
                self._line(" " * indent + comment.text)
            else:
                last.comment = comment.text

    def _starts_line(self, offset: int) -> bool:
        line = self.text.rfind("\n", 0, offset) + 1
        return not self.text[line:offset].strip(" -?")

    def _blank(self) -> None:
        if self.lines and not self.opened and self.lines[-1].body:
            self.lines.append(_Line(""))

    def _line(self, body: str, *, opens: bool = False) -> None:
        self.lines.append(_Line(body))
        self.opened = opens

    # --- nodes

    def _pairs(self, pairs: Pairs, indent: int, lead: str) -> None:
        """Entries at `indent`; the first line begins with `lead` where one is given."""
        for number, (key, value) in enumerate(pairs.entries):
            is_first = bool(lead) and number == 0
            self._before(key, len(lead) - 2 if is_first else indent)
            start = lead if is_first else " " * indent
            self._value(f"{start}{_in_one_line(key)}:", value, indent)

    def _items(self, items: Items, indent: int, lead: str) -> None:
        for number, item in enumerate(items.items):
            is_first = bool(lead) and number == 0
            self._before(item, len(lead) - 2 if is_first else indent)
            start = lead if is_first else " " * indent
            match item:
                case Pairs(anchor=None) if self._is_opened(item, indent + 2):
                    self._pairs(item, indent + 2, f"{start}- ")
                case Items(anchor=None) if self._is_opened(item, indent + 2):
                    self._items(item, indent + 2, f"{start}- ")
                case _:
                    self._value(f"{start}-", item, indent)

    def _value(self, head: str, value: Node, indent: int) -> None:
        """`head` and what it stands for, below it or beside it."""
        anchor = f" &{value.anchor}" if not isinstance(value, Alias) and value.anchor else ""
        match value:
            case Pairs() if self._is_opened(value, len(head) + 1):
                self._line(head + anchor, opens=True)
                self._pairs(value, indent + 2, "")
            case Items() if self._is_opened(value, len(head) + 1):
                self._line(head + anchor, opens=True)
                self._items(value, indent + 2, "")
            case Scalar(style="|" | ">"):
                self._block_scalar(head, value, indent)
            case _:
                self._line(f"{head} {_in_one_line(value)}".rstrip())

    def _block_scalar(self, head: str, scalar: Scalar, indent: int) -> None:
        found = block_lines(scalar)
        if found is None:
            self._line(f"{head} {inline(scalar)}")
            return
        header, lines = found
        self._line(f"{head} {header}")
        self._comments_before(scalar.end, indent)
        for line in lines:
            self.lines.append(_Line(" " * (indent + 2) + line if line else "", is_text=True))

    def _is_opened(self, node: Pairs | Items, column: int) -> bool:
        """Whether it takes lines of its own: it did before, it is too long, or it has a comment."""
        children = node.entries if isinstance(node, Pairs) else node.items
        if not children:
            return False
        if not node.flow or column + len(_in_one_line(node)) > WIDTH_MAX:
            return True
        return any(node.start < comment.start < node.end for comment in self.comments)


def _in_one_line(node: Node) -> str:
    match node:
        case Scalar():
            return inline(node)
        case Alias(name=name):
            return f"*{name}"
        case Items(anchor=anchor, items=items):
            return _anchored(anchor, f"[{', '.join(_in_flow(item) for item in items)}]")
        case Pairs(anchor=anchor, entries=entries):
            inner = ", ".join(f"{_in_one_line(key)}: {_in_flow(value)}" for key, value in entries)
            return _anchored(anchor, f"{{{inner}}}")


def _in_flow(node: Node) -> str:
    """Nothing is written out, since `{a: , b: 1}` looks like a mistake."""
    return _in_one_line(node) or "null"


def _anchored(anchor: str | None, written: str) -> str:
    return f"&{anchor} {written}" if anchor is not None else written


def _align(lines: list[_Line]) -> None:
    """Comments at the ends of lines that follow each other, as deep, start in one column."""
    for (has_comment, _), run in groupby(lines, key=_alignment):
        together = list(run)
        column = max(len(line.body) for line in together) + 2
        for line in together if has_comment else ():
            line.body = f"{line.body:<{column}}{line.comment}"


def _alignment(line: _Line) -> tuple[bool, int]:
    return line.comment is not None, len(line.body) - len(line.body.lstrip(" "))


def _same(one: Node, other: Node) -> bool:
    """Whether both say the same: a quoted word is a text, whatever its quotes."""
    match one, other:
        case Scalar(), Scalar():
            if one.text != other.text:
                return _is_nothing(one) and _is_nothing(other)
            return (one.style is None) == (other.style is None) or "\n" in one.text
        case Alias(), Alias():
            return one.name == other.name
        case Items(), Items():
            return len(one.items) == len(other.items) and all(map(_same, one.items, other.items))
        case Pairs(), Pairs():
            return len(one.entries) == len(other.entries) and all(
                _same(key, other_key) and _same(value, other_value)
                for (key, value), (other_key, other_value) in zip(
                    one.entries, other.entries, strict=True
                )
            )
        case _:
            return False


def _is_nothing(scalar: Scalar) -> bool:
    return scalar.style is None and bool(_NULL.fullmatch(scalar.text))
