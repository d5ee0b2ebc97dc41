"""Rows of history as columns of values, each with the field that it would be in a contract."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec

from handrail.contract.model import FieldType
from handrail.lab.first_draft.routes import FieldDraft

DISTINCT_MAX = 50  # values of a text column; with more it names people or things, not kinds
OWNER_COLUMNS = ("owner", "lead.owner", "account.owner", "rep")
TEAM_COLUMNS = ("team", "lead.team", "queue")

Value = str | int | float | bool

_ACCOUNT = frozenset(
    "employees industry company domain revenue size headcount segment sector technologies".split()
)
_COUNTRY = re.compile(r"[A-Z]{2}")


class HistoryRow(msgspec.Struct, frozen=True):
    """One lead of the past: what was known of it, and who got it."""

    id: str
    attributes: Mapping[str, object]
    owner: str | None
    team: str | None
    at: datetime | None = None


class Table(msgspec.Struct, frozen=True):
    """`values` by field, a value a row, None where it was absent. `names` by column as it came."""

    fields: tuple[FieldDraft, ...]
    values: Mapping[str, tuple[Value | None, ...]]
    names: Mapping[str, str]


def history_row(id_: str, attributes: Mapping[str, object], at: datetime | None) -> HistoryRow:
    """A row with its owner and team found by their columns."""
    owner, team = _first(attributes, OWNER_COLUMNS), _first(attributes, TEAM_COLUMNS)
    rest = {
        name: value
        for name, value in attributes.items()
        if name not in (*OWNER_COLUMNS, *TEAM_COLUMNS)
    }
    return HistoryRow(id_, rest, owner, team, at)


def _first(attributes: Mapping[str, object], names: Iterable[str]) -> str | None:
    found = (attributes.get(name) for name in names)
    return next((str(value).strip() for value in found if value not in (None, "")), None)


def table_of(rows: Sequence[HistoryRow]) -> Table:
    """Columns that a rule could look at. Texts of too many kinds are left out."""
    columns = dict.fromkeys(name for row in rows for name in row.attributes)
    fields: list[FieldDraft] = []
    values: dict[str, tuple[Value | None, ...]] = {}
    names: dict[str, str] = {}
    for column in columns:
        raw = [row.attributes.get(column) for row in rows]
        name = field_name(column)
        if name is None or name in values:
            continue
        kind = _type_of(raw)
        read = tuple(_read(one, kind) for one in raw)
        distinct = tuple(sorted({one for one in read if isinstance(one, str)}))
        if kind == "string" and not 0 < len(distinct) <= DISTINCT_MAX:
            continue
        fields.append(_field(name, kind, distinct, read))
        values[name] = read
        names[column] = name
    return Table(tuple(fields), values, names)


def field_name(column: str) -> str | None:
    """As a contract could call it: `Number of Employees` is `lead.number_of_employees`."""
    parts = [re.sub(r"[^A-Za-z0-9]+", "_", part).strip("_") for part in column.split(".")]
    if any(not part or part[0].isdigit() for part in parts):
        return None
    if len(parts) > 1:
        return ".".join(parts)
    word = parts[0].lower()
    return f"account.{word}" if word in _ACCOUNT else f"lead.{word}"


def _field(
    name: str, kind: FieldType, distinct: tuple[str, ...], read: Sequence[Value | None]
) -> FieldDraft:
    if kind == "string":
        is_country = name.endswith("country") and all(map(_COUNTRY.fullmatch, distinct))
        return FieldDraft(name, kind, () if is_country else distinct, is_country=is_country)
    if kind in ("integer", "number"):
        numbers = [one for one in read if isinstance(one, int | float)]
        return FieldDraft(name, kind, min=0 if numbers and min(numbers) >= 0 else None)
    return FieldDraft(name, kind)


def _type_of(raw: Sequence[object]) -> FieldType:
    present = [one for one in raw if one not in (None, "")]
    kinds: tuple[FieldType, ...] = ("boolean", "integer", "number")
    for kind in kinds:
        if present and all(_read(one, kind) is not None for one in present):
            return kind
    return "string"


def _read(raw: object, kind: str) -> Value | None:
    match kind:
        case "boolean":
            return raw if isinstance(raw, bool) else None
        case "integer":
            return _integer(raw)
        case "number":
            return _number(raw)
        case _:
            return None if raw is None or raw == "" or isinstance(raw, list) else str(raw)


def _integer(raw: object) -> int | None:
    if isinstance(raw, bool):
        return None
    if isinstance(raw, int):
        return raw
    text = raw.strip() if isinstance(raw, str) else ""
    return int(text) if re.fullmatch(r"-?(0|[1-9][0-9]{0,17})", text) else None


def _number(raw: object) -> float | None:
    if isinstance(raw, bool):
        return None
    if isinstance(raw, int | float):
        return float(raw)
    text = raw.strip() if isinstance(raw, str) else ""
    return float(text) if re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{1,15})?", text) else None
