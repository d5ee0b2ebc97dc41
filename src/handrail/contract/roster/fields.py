"""Reading nodes as values: each reader gives the value, or reports the fault and gives None."""

from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from difflib import get_close_matches
from typing import Literal, TypeVar, get_args

from handrail.contract.roster.tree import Block, Items, Node, Report, Scalar
from handrail.terms.durations import parse_instant

YEARS = range(1970, 2200)  # instants of other years are typing errors, and break calendars
WHOLE_MAX = 1_000_000  # of counts and weights
TEXT_MAX = 1_000  # characters of one value
WORD_MAX = 60  # characters compared in the search for what was meant,
KNOWN_MAX = 700  # and words compared with: all time zones, most rosters

T = TypeVar("T")
D = TypeVar("D")
Read = Callable[[Node, Report], T | None]


class Fields:
    """The values of one mapping by key; keys that nobody knows are reported. null is absent."""

    def __init__(self, block: Block, *, what: str, keys: Sequence[str], report: Report) -> None:
        self.block = block
        self._what = what
        self._report = report
        self._nodes = dict(self._known(keys))

    def _known(self, keys: Sequence[str]) -> Iterator[tuple[str, Node]]:
        for key, node in self.block.entries:
            if key.text not in keys:
                self._report.error(
                    "undefined", key, unknown_key(key.text, what=self._what, keys=keys)
                )
            elif not (isinstance(node, Scalar) and node.is_null):
                yield key.text, node

    def node(self, key: str) -> Node | None:
        return self._nodes.get(key)

    def take(self, key: str, read: Read[T], default: D) -> T | D:
        """The value, or the default when it is absent or faulty."""
        node = self._nodes.get(key)
        value = None if node is None else read(node, self._report)
        return default if value is None else value

    def need(self, key: str, read: Read[T], stand_in: D) -> T | D:
        """As `take`, but absence is a fault."""
        if key not in self._nodes:
            message = f"{self._what} needs `{key}`; write it in"
            self._report.error("value", self.block, message)
        return self.take(key, read, stand_in)


def unknown_key(key: str, *, what: str, keys: Sequence[str]) -> str:
    return f"{what} has no `{key}`{did_you_mean(key, keys)}"


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """What to write instead, to stand after what is wrong."""
    close = get_close_matches(word[:WORD_MAX], known[:KNOWN_MAX], n=1)
    if close:
        return f"; did you mean `{close[0]}`?"
    if not known:
        return "; remove it"
    listed = ", ".join(known[:20]) + (", ..." if len(known) > 20 else "")
    return f"; write one of: {listed}"


def as_block(node: Node, report: Report) -> Block | None:
    if isinstance(node, Block):
        return node
    _wrong(node, report, "a mapping, such as {key: value}")
    return None


def as_items(node: Node, report: Report) -> Items | None:
    if isinstance(node, Items):
        return node
    _wrong(node, report, "a list, such as [one, two]")
    return None


def as_scalar(node: Node, report: Report) -> Scalar | None:
    """A text with something in it."""
    if not isinstance(node, Scalar) or not node.is_text:
        remedy = "a text; put it in quotes" if isinstance(node, Scalar) else "a text"
        _wrong(node, report, remedy)
        return None
    if not node.text.strip() or len(node.text) > TEXT_MAX:
        report.error("value", node, f"write a text of 1 to {TEXT_MAX:,} characters here")
        return None
    return node


def text(node: Node, report: Report) -> str | None:
    scalar = as_scalar(node, report)
    return None if scalar is None else scalar.text


def text_or_number(node: Node, report: Report) -> str | None:
    """Ids of other systems: 77 keeps its digits as written."""
    if isinstance(node, Scalar) and node.whole is not None:
        return node.text
    return text(node, report)


def name(node: Node, report: Report) -> str | None:
    """An id or a name that others refer to."""
    scalar = as_scalar(node, report)
    if scalar is None:
        return None
    if any(sign.isspace() or sign in ":,;" or not sign.isprintable() for sign in scalar.text):
        report.error(
            "value", scalar, f"`{scalar.text}` has a space or one of : , ; in it; use - or _"
        )
        return None
    return scalar.text


def ids(node: Node, report: Report) -> dict[str, str] | None:
    """By system: `{slack: U123, hubspot: 77}`."""
    block = as_block(node, report)
    if block is None:
        return None
    known = {key.text: text_or_number(value, report) for key, value in block.entries}
    return {system: id_ for system, id_ in known.items() if id_ is not None}


def email(node: Node, report: Report) -> str | None:
    scalar = as_scalar(node, report)
    if scalar is None:
        return None
    local, _, domain = scalar.text.rpartition("@")
    if not local or not domain or " " in scalar.text:
        report.error(
            "value", scalar, f"`{scalar.text}` is no address; write one like ada@acme.example"
        )
        return None
    return scalar.text


def flag(node: Node, report: Report) -> bool | None:
    value = node.flag if isinstance(node, Scalar) else None
    if value is None:
        _wrong(node, report, "true or false")
    return value


def whole(*, least: int, most: int = WHOLE_MAX) -> Read[int]:
    """A reader of whole numbers from `least` to `most`."""

    def read(node: Node, report: Report) -> int | None:
        value = node.whole if isinstance(node, Scalar) else None
        if value is None:
            _wrong(node, report, f"a whole number from {least} to {most:,}")
            return None
        if not least <= value <= most:
            report.error("value", node, f"{value} is out of range: write {least} to {most:,}")
            return None
        return value

    return read


def choice(options: object) -> Callable[[Node, Report], str | None]:
    """A reader of one word of a Literal type."""
    words: tuple[str, ...] = get_args(options)

    def read(node: Node, report: Report) -> str | None:
        scalar = as_scalar(node, report)
        if scalar is None or scalar.text in words:
            return None if scalar is None else scalar.text
        report.error(
            "value", scalar, f"`{scalar.text}` is not known{did_you_mean(scalar.text, words)}"
        )
        return None

    return read


def each(read: Read[T]) -> Read[tuple[T, ...]]:
    """A reader of lists; faulty items are left out."""

    def read_each(node: Node, report: Report) -> tuple[T, ...] | None:
        items = as_items(node, report)
        if items is None:
            return None
        values = (read(item, report) for item in items.nodes)
        return tuple(value for value in values if value is not None)

    return read_each


def one_or_each(read: Read[T]) -> Read[tuple[T, ...]]:
    """A reader of lists that may be written without brackets when they hold one value."""
    many = each(read)

    def read_either(node: Node, report: Report) -> tuple[T, ...] | None:
        if isinstance(node, Items):
            return many(node, report)
        value = read(node, report)
        return None if value is None else (value,)

    return read_either


def local_date(node: Node, report: Report) -> date | None:
    value = day_or_instant(node, report)
    if isinstance(value, datetime):
        report.error("value", node, "a date stands here, without a time: write it like 2026-03-02")
        return None
    return value


def instant(node: Node, report: Report) -> datetime | None:
    value = day_or_instant(node, report)
    if value is not None and not isinstance(value, datetime):
        report.error("value", node, "an instant stands here: write it like 2026-03-02T15:00:00Z")
        return None
    return value


def day_or_instant(node: Node, report: Report) -> date | datetime | None:
    scalar = as_scalar(node, report)
    if scalar is None:
        return None
    try:
        value = _parsed(scalar.text)
    except ValueError as error:
        report.error("value", scalar, str(error))
        return None
    if value.year not in YEARS:
        report.error("value", scalar, f"write a year from {YEARS[0]} to {YEARS[-1]}")
        return None
    return value


def _parsed(written: str) -> date | datetime:
    if len(written) > 10:
        return parse_instant(written)
    try:
        if len(written) == 10 and written[4] == written[7] == "-":
            return date.fromisoformat(written)
    except ValueError:
        pass
    raise ValueError(f"{written!r} is no date: write one that exists, like 2026-03-02")


def _wrong(node: Node, report: Report, wanted: str) -> None:
    report.error("type", node, f"{_found(node)} stands here; write {wanted}")


def _found(node: Node) -> Literal["a list", "a mapping", "nothing", "a number", "a word"]:
    match node:
        case Items():
            return "a list"
        case Block():
            return "a mapping"
        case Scalar():
            if node.is_null:
                return "nothing"
            return "a word" if node.is_text or node.flag is not None else "a number"
