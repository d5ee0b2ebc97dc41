"""The shapes that values of the file may have: each reads a node, and describes itself.

The key tables in `keys.py` are made of these; the reader and the published JSON Schema both come
from them, so that there is no second truth. A shape that cannot read a node says why in the report
and gives None.
"""

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar, cast

from handrail.contract.read.report import Report, listed, nearest, nearest_of, quoted
from handrail.contract.text.tree import Block, Node, Scalar, Sequence

T = TypeVar("T")
Word = TypeVar("Word", bound=str)
T_co = TypeVar("T_co", covariant=True)
Schema = dict[str, Any]

_NULL = re.compile(r"~|null|Null|NULL|")
_TRUTH = re.compile(r"true|True|TRUE|false|False|FALSE")
_TWO_DIGITS = re.compile(r"([0-9]{1,9})(?:\.([0-9]{1,2})0*)?")
_WHOLE = re.compile(r"[-+]?[0-9]{1,18}")
_NUMBER = re.compile(
    r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|nan)"
)


class Shape(Protocol[T_co]):
    def read(self, node: Node, report: Report) -> T_co | None: ...
    def schema(self) -> Schema: ...


@dataclass(frozen=True, slots=True)
class Item(Generic[T]):
    """A value that was read, with the node it was read from and the key it stands under."""

    value: T
    node: Node
    key: Scalar | None = None


def is_null(node: Node) -> bool:
    return isinstance(node, Scalar) and node.style is None and bool(_NULL.fullmatch(node.text))


def in_words(node: Node) -> str:
    """What stands there, for messages."""
    match node:
        case Block():
            return "a mapping"
        case Sequence():
            return "a list"
        case Scalar(style=None, text=text) if _NULL.fullmatch(text):
            return "nothing"
        case Scalar(style=None, text=text) if _TRUTH.fullmatch(text):
            return f"the boolean {text}"
        case Scalar(style=None, text=text) if _WHOLE.fullmatch(text) or _NUMBER.fullmatch(text):
            return f"the number {text[:40]}"
        case Scalar(text=text):
            return f"the text {quoted(text)}"


def _is_text(node: Node) -> bool:
    return isinstance(node, Scalar) and (
        node.style is not None
        or not any(other.fullmatch(node.text) for other in (_NULL, _TRUTH, _WHOLE, _NUMBER))
    )


def _expected(what: str, node: Node, report: Report) -> None:
    report.at(node, "type", f"{what} belongs here, not {in_words(node)}")


@dataclass(frozen=True, slots=True)
class Text:
    """A text that is not empty, of a given pattern if any."""

    what: str = "a text"
    pattern: str | None = None
    remedy: str = ""
    characters_max: int = 2_000
    parse: Callable[[str], object] | None = None  # raises ValueError with what to do

    def read(self, node: Node, report: Report) -> str | None:
        if not isinstance(node, Scalar) or not _is_text(node):
            quotes = "; put it in quotes" if isinstance(node, Scalar) and node.text else ""
            report.at(node, "type", f"{self.what} belongs here, not {in_words(node)}{quotes}")
            return None
        problem = self._problem(node.text)
        if problem is not None:
            report.at(node, "value", problem)
            return None
        return node.text

    def _problem(self, text: str) -> str | None:
        if not text.strip():
            return f"{self.what} belongs here, and it is empty"
        if len(text) > self.characters_max:
            return f"longer than {self.characters_max:,} characters"
        if self.pattern is not None and re.fullmatch(self.pattern, text) is None:
            return f"{quoted(text)} is not {self.what}; {self.remedy}"
        if self.parse is not None:
            try:
                self.parse(text)
            except ValueError as wrong:
                return str(wrong)
        return None

    def schema(self) -> Schema:
        pattern = {} if self.pattern is None else {"pattern": f"^(?:{self.pattern})$"}
        return {"type": "string", "minLength": 1, **pattern}


@dataclass(frozen=True, slots=True)
class Whole:
    """An integer within bounds."""

    min: int | None = None
    max: int | None = None

    def read(self, node: Node, report: Report) -> int | None:
        if (
            not isinstance(node, Scalar)
            or node.style is not None
            or not _WHOLE.fullmatch(node.text)
        ):
            if isinstance(node, Scalar) and node.style is None and _NUMBER.fullmatch(node.text):
                report.at(node, "value", f"a whole number belongs here, not {node.text[:40]}")
            else:
                _expected("a whole number", node, report)
            return None
        number = int(node.text)
        if self.min is not None and number < self.min:
            report.at(node, "value", f"{number} is too small: at least {self.min}")
            return None
        if self.max is not None and number > self.max:
            report.at(node, "value", f"{number} is too large: at most {self.max:,}")
            return None
        return number

    def schema(self) -> Schema:
        low = {} if self.min is None else {"minimum": self.min}
        high = {} if self.max is None else {"maximum": self.max}
        return {"type": "integer", **low, **high}


@dataclass(frozen=True, slots=True)
class Number:
    def read(self, node: Node, report: Report) -> float | None:
        if isinstance(node, Scalar) and node.style is None and _NUMBER.fullmatch(node.text):
            number = float(node.text.replace(".inf", "inf").replace(".nan", "nan"))
            if math.isfinite(number):
                return number
        _expected("a number", node, report)
        return None

    def schema(self) -> Schema:
        return {"type": "number"}


@dataclass(frozen=True, slots=True)
class Hundredths:
    """A number over 0 with two digits after the point at most: read exactly, as hundredths."""

    max: int

    def read(self, node: Node, report: Report) -> int | None:
        if (
            not isinstance(node, Scalar)
            or node.style is not None
            or not _NUMBER.fullmatch(node.text)
        ):
            _expected("a number such as 1.5", node, report)
            return None
        found = _TWO_DIGITS.fullmatch(node.text)
        if found is None:
            message = f"{quoted(node.text[:40])} is no number such as 1.5 or 0.25"
            report.at(node, "value", f"{message}: two digits after the point at most")
            return None
        number = int(found[1]) * 100 + int((found[2] or "").ljust(2, "0"))
        if not 0 < number <= self.max * 100:
            report.at(node, "value", f"{node.text} is out of range: over 0, and at most {self.max}")
            return None
        return number

    def schema(self) -> Schema:
        return {"type": "number", "exclusiveMinimum": 0, "maximum": self.max}


@dataclass(frozen=True, slots=True)
class Truth:
    def read(self, node: Node, report: Report) -> bool | None:
        if isinstance(node, Scalar) and node.style is None and _TRUTH.fullmatch(node.text):
            return node.text.lower() == "true"
        _expected("true or false", node, report)
        return None

    def schema(self) -> Schema:
        return {"type": "boolean"}


@dataclass(frozen=True, slots=True)
class Written(Generic[T]):
    """One word with a grammar of its own; whatever is wrong with it is a `value`."""

    what: str
    pattern: str
    parse: Callable[[str], T]  # raises ValueError with what to do
    in_clause: bool = False  # a mistake in it is known to whoever reads the clause

    def read(self, node: Node, report: Report) -> T | None:
        if not isinstance(node, Scalar) or is_null(node):
            _expected(self.what, node, report)
            return None
        try:
            return self.parse(node.text)
        except ValueError as wrong:
            report.at(node, "value", str(wrong), in_clause=self.in_clause)
            return None

    def schema(self) -> Schema:
        return {"type": "string", "pattern": f"^(?:{self.pattern})$"}


@dataclass(frozen=True, slots=True)
class Choice(Generic[Word]):
    """One of a fixed set of words."""

    words: tuple[Word, ...]

    def read(self, node: Node, report: Report) -> Word | None:
        if not isinstance(node, Scalar) or is_null(node):
            _expected(f"one of {listed(self.words)}", node, report)
            return None
        chosen = next((word for word in self.words if word == node.text), None)
        if chosen is None:
            hint = nearest(node.text, self.words)
            known = listed(self.words)
            report.at(node, "value", f"{quoted(node.text)} is none of: {known}.{hint}")
            return None
        return chosen

    def schema(self) -> Schema:
        return {"enum": list(self.words)}


@dataclass(frozen=True, slots=True)
class Condition:
    """The text of a condition; it is compiled once all names are known."""

    def read(self, node: Node, report: Report) -> str | None:
        if not isinstance(node, Scalar):
            message = f"a condition is a text, not {in_words(node)}; put it in quotes"
            report.at(node, "type", message, in_clause=True)
            return None
        if is_null(node) or not node.text.strip():
            message = "the condition is empty; write `true` for one that always holds"
            report.at(node, "syntax", message, in_clause=True)
            return None
        return node.text

    def schema(self) -> Schema:
        return {"type": ["string", "boolean"], "description": "A condition in the CEL subset."}


@dataclass(frozen=True, slots=True)
class ListOf(Generic[T]):
    """A list; a bare value stands for a list of one where `bare` allows it."""

    of: Shape[T]
    min: int = 0
    bare: bool = False
    unique: bool = False

    def read(self, node: Node, report: Report) -> tuple[Item[T], ...] | None:
        if not isinstance(node, Sequence):
            if self.bare and not is_null(node):
                value = self.of.read(node, report)
                return None if value is None else (Item(value, node),)
            _expected("a list", node, report)
            return None
        if len(node.items) < self.min:
            report.at(node, "value", f"the list needs at least {self.min} entry")
        found: list[Item[T]] = []
        for one in node.items:
            value = self.of.read(one, report)
            if value is not None:
                found.append(Item(value, one))
        if self.unique:
            self._refuse_twins(found, report)
        return tuple(found)

    def _refuse_twins(self, items: list[Item[T]], report: Report) -> None:
        seen: set[object] = set()
        for item in items:
            if item.value in seen:
                report.at(item.node, "value", f"{quoted(str(item.value))} stands twice; keep one")
            seen.add(item.value)

    def schema(self) -> Schema:
        each = self.of.schema()
        listing: Schema = {"type": "array", "items": each}
        if self.min:
            listing["minItems"] = self.min
        return {"anyOf": [each, listing]} if self.bare else listing


@dataclass(frozen=True, slots=True)
class MapOf(Generic[T]):
    """A mapping whose keys are names that people choose."""

    of: Shape[T]
    key: str = r"[^\s].*"  # pattern
    key_remedy: str = ""
    min: int = 0

    def read(self, node: Node, report: Report) -> dict[str, Item[T]] | None:
        if not isinstance(node, Block):
            _expected("a mapping", node, report)
            return None
        if len(node.entries) < self.min:
            report.at(node, "value", f"at least {self.min} entry is needed here")
        found: dict[str, Item[T]] = {}
        for key, one in node.entries:
            if re.fullmatch(self.key, key.text) is None:
                report.at(key, "value", f"{quoted(key.text)} cannot be a name; {self.key_remedy}")
                continue
            value = self.of.read(one, report)
            if value is not None:
                found[key.text] = Item(value, one, key)
        return found

    def schema(self) -> Schema:
        each = self.of.schema()
        size: Schema = {"minProperties": self.min} if self.min else {}
        pattern = {f"^(?:{self.key})$": each}
        return {
            "type": "object",
            "patternProperties": pattern,
            "additionalProperties": False,
            **size,
        }


@dataclass(frozen=True, slots=True, eq=False)
class Key(Generic[T_co]):
    """A key of a record: its name, the shape of its value and what it means."""

    name: str
    shape: Shape[T_co]
    means: str
    required: bool = False


class Entries:
    """A record as read: the value, node and key of each of its keys."""

    def __init__(self, node: Block) -> None:
        self.node = node
        self._items: dict[str, Item[Any]] = {}

    def put(self, name: str, item: Item[Any]) -> None:
        self._items[name] = item

    def item(self, key: Key[T]) -> Item[T] | None:
        return self._items.get(key.name)

    def get(self, key: Key[T]) -> T | None:
        item = self._items.get(key.name)
        return None if item is None else cast(T, item.value)

    def take(self, key: Key[T], otherwise: T) -> T:
        item = self._items.get(key.name)
        return otherwise if item is None else cast(T, item.value)

    def written(self, key: Key[object]) -> Node | None:
        """The node under the key, readable or not."""
        return self.node.get(key.name)

    def at(self, key: Key[object]) -> Node:
        """The value's node, or the record itself where the key is missing."""
        return self.node.get(key.name) or self.node


@dataclass(frozen=True, slots=True)
class Record:
    """A mapping with known keys."""

    keys: tuple[Key[Any], ...]

    def read(self, node: Node, report: Report) -> Entries | None:
        if not isinstance(node, Block):
            keys = ", ".join(key.name for key in self.keys)
            report.at(node, "type", f"a mapping belongs here ({keys}), not {in_words(node)}")
            return None
        entries = Entries(node)
        by_name = {key.name: key for key in self.keys}
        meant: set[str | None] = set()
        for written, value_node in node.entries:
            key = by_name.get(written.text)
            if key is None:
                meant.add(self._report_unknown(written, by_name, report))
                continue
            value = key.shape.read(value_node, report)
            if value is not None:
                entries.put(key.name, Item(value, value_node, written))
        self._report_missing(node, meant, report)
        return entries

    def _report_unknown(
        self, written: Scalar, known: Mapping[str, "Key[Any]"], report: Report
    ) -> str | None:
        """The key that was meant, if one comes near."""
        meant = nearest_of(written.text, known)
        hint = nearest(written.text, known) or f" Known keys: {', '.join(known)}."
        message = f"{quoted(written.text)} is no key of this mapping.{hint}"
        report.at(written, "undefined", message, in_clause=_is_condition(known.get(meant or "")))
        return meant

    def _report_missing(self, node: Block, meant: set[str | None], report: Report) -> None:
        """A key that stands there misspelt was reported as that."""
        there = {key.text for key, _ in node.entries}
        for key in self.keys:
            if key.required and key.name not in there and key.name not in meant:
                message = f"the key `{key.name}` is missing: {key.means}"
                report.at(node, "value", message, in_clause=_is_condition(key))

    def schema(self) -> Schema:
        return {
            "type": "object",
            "properties": {
                key.name: {**key.shape.schema(), "description": key.means} for key in self.keys
            },
            "required": [key.name for key in self.keys if key.required],
            "additionalProperties": False,
        }


def _is_condition(key: Key[Any] | None) -> bool:
    """A clause whose condition is missing is known as one, so that the others can be proved."""
    return key is not None and isinstance(key.shape, Condition)


@dataclass(frozen=True, slots=True)
class Either(Generic[T]):
    """A short form for a scalar, a long form for anything else (or the other way round)."""

    scalar: Shape[T]
    other: Shape[T]

    def read(self, node: Node, report: Report) -> T | None:
        shape = self.scalar if isinstance(node, Scalar) and not is_null(node) else self.other
        return shape.read(node, report)

    def schema(self) -> Schema:
        return {"anyOf": [self.scalar.schema(), self.other.schema()]}
