"""A mapping file: how the columns of somebody else's file become leads. Its page is
docs/reference/mapping.md."""

from collections.abc import Mapping as MappingOf
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import msgspec

from handrail.contract.findings import Finding
from handrail.contract.model import Place
from handrail.contract.roster import fields as f
from handrail.contract.roster.tree import Block, Items, Node, Report, Scalar, read_yaml
from handrail.engine.intake import (
    CAPTURED_AT,
    ID,
    SIGNALS,
    BadInput,
    read_capture,
    shown,
)
from handrail.engine.items import CaptureItem
from handrail.terms.zones import is_timezone

MAPPING_BYTES_MAX = 1_000_000
MAPPING_KEYS = ("columns", "ignore", "defaults", "values", "signals", "timezone", "date_format")
SIGNAL_KEYS = ("name", "when", "at")

Findings = tuple[Finding, ...]


class SignalRule(msgspec.Struct, frozen=True):
    """A signal that a row stands for when each column of `when` has one of the values."""

    name: str
    when: MappingOf[str, frozenset[str]]
    at: str | None = None  # a column with its instant; None: the row's `captured_at`


class Mapping(msgspec.Struct, frozen=True):
    """Source columns by their own names; `defaults` by the names of fields."""

    columns: MappingOf[str, str] = {}
    ignore: frozenset[str] = frozenset()
    defaults: MappingOf[str, object] = {}
    values: MappingOf[str, MappingOf[str, str]] = {}
    signals: tuple[SignalRule, ...] = ()
    timezone: str | None = None  # of dates without a zone
    date_format: str | None = None  # as strptime reads it; None: ISO 8601

    def capture(
        self, raw: MappingOf[object, object], *, place: str
    ) -> CaptureItem | tuple[BadInput, ...]:
        """Read one row under its new names."""
        fields: dict[object, object] = {}
        faults: list[BadInput] = []
        for column, value in raw.items():
            if column in self.ignore or value is None or value == "":
                continue
            target = self._target(column)
            if target in fields:
                faults.append(BadInput(place, str(target), _TWICE))
            fields[target] = self._value(column, value)
        for name, default in self.defaults.items():
            fields.setdefault(name, default)
        signals = list(self._signals(raw, place, faults))
        if CAPTURED_AT in fields:
            fields[CAPTURED_AT] = self._instant(fields[CAPTURED_AT], CAPTURED_AT, place, faults)
        if signals:
            fields[SIGNALS] = _joined(fields.get(SIGNALS), signals)
        read = read_capture(fields, place=place)
        if isinstance(read, tuple):
            return (*faults, *read)
        return tuple(faults) or read

    def header_fault(self, header: list[str]) -> str | None:
        """Why these columns cannot be read by this mapping; None when they can."""
        named = [*self.columns, *self.ignore, *self.values]
        for rule in self.signals:
            named += [*rule.when, *([rule.at] if rule.at is not None else [])]
        absent = next((column for column in named if column not in header), None)
        if absent is not None:
            remedy = f.did_you_mean(absent, header)
            return f"the mapping names the column {shown(absent)}, which is not here{remedy}"
        sources: dict[object, str] = {}
        for column in header:
            if column in self.ignore:
                continue
            target = self._target(column)
            if target in sources:
                both = f"{shown(sources[target])} and {shown(column)}"
                return f"{both} both give `{target}`; name one of them in `ignore`"
            sources[target] = column
        return None

    def gives_id(self, header: list[str]) -> bool:
        return any(self._target(column) == ID for column in header if column not in self.ignore)

    def _target(self, column: object) -> object:
        return self.columns.get(column, column) if isinstance(column, str) else column

    def _value(self, column: object, value: object) -> object:
        known = self.values.get(column) if isinstance(column, str) else None
        return known.get(value, value) if known is not None and isinstance(value, str) else value

    def _signals(
        self, raw: MappingOf[object, object], place: str, faults: list[BadInput]
    ) -> list[object]:
        found: list[object] = []
        for rule in self.signals:
            if not all(_text(raw.get(column)) in any_of for column, any_of in rule.when.items()):
                continue
            at = raw.get(rule.at) if rule.at is not None else None
            if at is None or at == "":
                found.append(rule.name)
            else:
                found.append(
                    {"name": rule.name, "at": self._instant(at, str(rule.at), place, faults)}
                )
        return found

    def _instant(
        self, value: object, field: str, place: str, faults: list[BadInput]
    ) -> object | None:
        """An instant where the mapping can make one of the text; else the text as it came."""
        if not isinstance(value, str):
            return value
        try:
            if self.date_format is not None:
                at = datetime.strptime(value.strip(), self.date_format)  # noqa: DTZ007  # zone: below
            else:
                at = datetime.fromisoformat(value.strip())
        except ValueError:
            if self.date_format is None:
                return value
            faults.append(
                BadInput(place, field, f"{shown(value)} is no date of the form {self.date_format}")
            )
            return None
        if at.tzinfo is None and self.timezone is not None:
            at = at.replace(tzinfo=ZoneInfo(self.timezone))
        return at


_TWICE = "two columns give this field; name one of them in `ignore` of the mapping"


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def _joined(given: object, added: list[object]) -> object:
    """Signals of the row's own column, and those that the mapping adds."""
    if given is None:
        return added
    if isinstance(given, str):
        names = given.replace(";", " ").replace("|", " ").replace(",", " ").split()
        return [*names, *added] if not given.strip().startswith("[") else given
    return [*given, *added] if isinstance(given, list) else given


# --- reading the file


def read_mapping(path: Path) -> Mapping | Findings:
    """Read a mapping file, or say all that is wrong with it. Faults are findings, never raised."""
    try:
        with path.open("rb") as file:
            content = file.read(MAPPING_BYTES_MAX + 1)
    except (OSError, ValueError) as wrong:
        reason = wrong.strerror if isinstance(wrong, OSError) else str(wrong)
        return (_top(f"{path} cannot be read ({reason}); check the path"),)
    if len(content) > MAPPING_BYTES_MAX:
        return (_top(f"{path} has more than {MAPPING_BYTES_MAX:,} bytes; it is no mapping"),)
    try:
        return read_mapping_text(content.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return (_top(f"{path} is not UTF-8; save it as UTF-8"),)


def read_mapping_text(text: str) -> Mapping | Findings:
    report = Report()
    root = read_yaml(text, report=report)
    if root is not None and not isinstance(root, Block):
        report.error("type", root, "a mapping file begins with `columns:`")
    if not isinstance(root, Block):
        return report.findings()
    given = f.Fields(root, what="a mapping", keys=MAPPING_KEYS, report=report)
    columns = given.take("columns", _texts_by_name, {})
    _check_targets(given.node("columns"), columns, report)
    mapping = Mapping(
        columns=columns,
        ignore=frozenset(given.take("ignore", f.one_or_each(f.text), ())),
        defaults=given.take("defaults", _values_by_name, {}),
        values=given.take("values", _words_by_column, {}),
        signals=given.take("signals", f.each(_signal_rule), ()),
        timezone=given.take("timezone", _timezone, None),
        date_format=given.take("date_format", f.text, None),
    )
    return report.findings() if report else mapping


def _check_targets(node: Node | None, columns: MappingOf[str, str], report: Report) -> None:
    """No field is given by two columns."""
    if not isinstance(node, Block):
        return
    by_target: dict[str, str] = {}
    for key, value in node.entries:
        target = columns.get(key.text)
        if target is None:
            continue
        if target in by_target:
            message = f"`{by_target[target]}` gives `{target}` already; keep one of the two"
            report.error("value", value, message)
        by_target.setdefault(target, key.text)


def _texts_by_name(node: Node, report: Report) -> dict[str, str] | None:
    block = f.as_block(node, report)
    if block is None:
        return None
    read = ((key.text, f.text_or_number(value, report)) for key, value in block.entries)
    return {name: value for name, value in read if value is not None}


def _words_by_column(node: Node, report: Report) -> dict[str, dict[str, str]] | None:
    block = f.as_block(node, report)
    if block is None:
        return None
    read = ((key.text, _texts_by_name(value, report)) for key, value in block.entries)
    return {name: value for name, value in read if value is not None}


def _values_by_name(node: Node, report: Report) -> dict[str, object] | None:
    block = f.as_block(node, report)
    if block is None:
        return None
    read = ((key.text, _plain(value, report)) for key, value in block.entries)
    return {name: value for name, value in read if value is not None}


def _plain(node: Node, report: Report) -> object | None:
    """A text, whole number or boolean, or a list of texts."""
    if isinstance(node, Items):
        return list(f.each(f.text)(node, report) or ())
    if isinstance(node, Scalar) and node.whole is not None:
        return node.whole
    if isinstance(node, Scalar) and node.flag is not None:
        return node.flag
    return f.text(node, report)


def _signal_rule(node: Node, report: Report) -> SignalRule | None:
    block = f.as_block(node, report)
    if block is None:
        return None
    given = f.Fields(block, what="a signal", keys=SIGNAL_KEYS, report=report)
    name = given.need("name", f.text, None)
    when = given.take("when", _conditions, {})
    at = given.take("at", f.text, None)
    return SignalRule(name=name, when=when, at=at) if name is not None else None


def _conditions(node: Node, report: Report) -> dict[str, frozenset[str]] | None:
    block = f.as_block(node, report)
    if block is None:
        return None
    any_of = f.one_or_each(_word)
    read = ((key.text, any_of(value, report)) for key, value in block.entries)
    return {name: frozenset(values) for name, values in read if values is not None}


def _word(node: Node, report: Report) -> str | None:
    """A value as a file has it: `""` stands for an empty cell."""
    if isinstance(node, Scalar) and (node.text or not node.plain):
        return node.text
    return f.text(node, report)


def _timezone(node: Node, report: Report) -> str | None:
    name = f.text(node, report)
    if name is not None and not is_timezone(name):
        report.error("value", node, f"`{name}` is no time zone; write one like America/Sao_Paulo")
        return None
    return name


def _top(message: str) -> Finding:
    return Finding("syntax", "error", Place(1, 1).line, 1, message)
