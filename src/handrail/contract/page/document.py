"""The page that both teams sign, as a value: sections of plain words, tables and a picture.

Two renderers read it, one for browsers and paper, one for terminals. Neither decides what is said.
"""

import re
from datetime import datetime

import msgspec

_NUMBER = re.compile(r"^[0-9]+\. ")


class Said(msgspec.Struct, frozen=True):
    """A thing in words; `exact` is the contract's own text of it, `note` adds what follows."""

    words: str
    exact: str | None = None
    note: str | None = None


class _Block(msgspec.Struct, frozen=True, tag=str.lower):
    """A part of a section; its tag names it for templates."""


class Heading(_Block, frozen=True):
    text: str


class Paragraph(_Block, frozen=True):
    said: Said


class Listing(_Block, frozen=True):
    """`title` says what the items have in common."""

    title: str
    items: tuple[Said, ...]


class Facts(_Block, frozen=True):
    """Names with what is said of them, each once."""

    rows: tuple[tuple[str, Said], ...]


class Table(_Block, frozen=True):
    """The first cell of a row names it."""

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Said, ...], ...]


class Moment(msgspec.Struct, frozen=True):
    """One instant of a timeline; `tone` is how grave it is: `calm`, `warn` or `late`."""

    when: str
    what: str
    tone: str = "calm"


class Timeline(_Block, frozen=True):
    title: str
    moments: tuple[Moment, ...]


class Box(msgspec.Struct, frozen=True):
    """A rectangle with lines of text, in pixels from the top left; `kind` says what it stands for:
    `rule`, `target`, `next` or `more`."""

    x: int
    y: int
    width: int
    height: int
    kind: str
    lines: tuple[str, ...]


class Arrow(msgspec.Struct, frozen=True):
    """A line through these points, and the three corners of its head; `kind`: `else`, `next`,
    `take`."""

    points: tuple[tuple[int, int], ...]
    head: tuple[tuple[int, int], ...]
    kind: str


class Picture(_Block, frozen=True):
    """What `described` says in words, drawn; sizes in pixels."""

    title: str
    described: str
    width: int
    height: int
    boxes: tuple[Box, ...]
    arrows: tuple[Arrow, ...]


class SignatureLine(msgspec.Struct, frozen=True):
    """A line to sign on: signed when `at` is set, by the person whose public key `key` is."""

    role: str
    address: str
    at: datetime | None = None
    key: str | None = None


class Signatures(_Block, frozen=True):
    lines: tuple[SignatureLine, ...]


Block = Heading | Paragraph | Listing | Facts | Table | Timeline | Picture | Signatures


class Section(msgspec.Struct, frozen=True):
    """`id` is stable over versions, so that two pages can be compared section by section."""

    id: str
    title: str
    blocks: tuple[Block, ...]


class Page(msgspec.Struct, frozen=True):
    """`digest` is the hash of the contract and its tables, in full."""

    title: str
    version: int
    digest: str
    timezone: str
    sections: tuple[Section, ...]


class Line(msgspec.Struct, frozen=True):
    """One thing that a section says, in full, under a heading; `name` is what it speaks of."""

    under: str
    name: str
    text: str


def lines_of(section: Section) -> tuple[Line, ...]:
    """All that a section says: what two versions are compared by."""
    lines: list[Line] = []
    under = ""
    for block in section.blocks:
        if isinstance(block, Heading):
            under = block.text
        lines += (Line(under, name, text) for name, text in _named(block))
    return tuple(lines)


def _named(block: Block) -> tuple[tuple[str, str], ...]:
    match block:
        case Paragraph(said):
            return (("", _line(said)),)
        case Listing(title, items):
            return tuple((item.words, f"{title} {_line(item)}") for item in items)
        case Facts(rows):
            return tuple((name, f"{name}: {_line(said)}") for name, said in rows)
        case Table(_, columns, rows):
            return tuple(_row(columns, row) for row in rows)
        case Timeline(_, moments):
            return tuple((one.when, f"{one.when}: {one.what}") for one in moments)
        case Heading() | Picture() | Signatures():
            return ()


def _row(columns: tuple[str, ...], row: tuple[Said, ...]) -> tuple[str, str]:
    """A rule's number is left out: one more rule above does not change the rules below it."""
    name = _NUMBER.sub("", _line(row[0]), count=1)
    told = [
        f"{column.lower()}: {_line(cell)}"
        for column, cell in zip(columns[1:], row[1:], strict=True)
        if cell.words
    ]
    return name, "; ".join([name, *told])


def _line(said: Said) -> str:
    exact = f" [{said.exact}]" if said.exact is not None else ""
    note = f" ({said.note})" if said.note is not None else ""
    return f"{said.words}{exact}{note}"
