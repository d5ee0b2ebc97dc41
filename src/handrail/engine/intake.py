"""What a door was given -> one `CaptureItem`, or everything that is wrong with it.

Every door reads by this: HTTP, NDJSON and CSV. Structure is checked here, meaning is not: a field
of a wrong type is kept as it came, and the kernel counts it as missing and lists it for hygiene.
"""

import json
import math
import re
import unicodedata
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec
from email_validator import SPECIAL_USE_DOMAIN_NAMES, EmailNotValidError, validate_email

from handrail.engine.items import CaptureItem
from handrail.kernel import identify
from handrail.lab.observed import CRM_INSTANTS
from handrail.terms.durations import format_instant, parse_instant

ID_CHARACTERS_MAX = 200
EMAIL_CHARACTERS_MAX = 254  # RFC 5321
NAME_CHARACTERS_MAX = 100  # of a field or a signal
TEXT_CHARACTERS_MAX = 10_000  # of one value; a form's free text is shorter
FIELDS_MAX = 200  # of one lead
ITEMS_MAX = 200  # of one list
SIGNALS_MAX = 2_000  # of one capture: as many as a lead keeps
DEPTH_MAX = 4  # of objects within objects; `lead: {...}` is one
FAULTS_MAX = 20  # told of one lead
INTEGER_MAX = 2**63
DIGITS_MAX = 100  # of one number of a JSON text
INSTANT_CHARACTERS_MAX = 40
YEARS = range(1970, 2200)  # instants of other years are typing errors, and break calendars

ID, EMAIL, CAPTURED_AT, SIGNALS, SOURCE = "id", "email", "captured_at", "signals", "source"
OWN_NAMES = frozenset({ID, EMAIL, CAPTURED_AT, SIGNALS, SOURCE})  # no attributes
EMAIL_FIELD = "lead.email"

_SIGNAL_SPLIT = re.compile(r"[;|,\s]+")
SPECIAL_USE_DOMAIN_NAMES.clear()  # a company's own `.local` or `.test` is an address all the same


class BadInput(msgspec.Struct, frozen=True):
    """One thing that cannot be read: where it stands, and what to do about it."""

    place: str  # `line 3`, `leads[2]`, ...
    field: str | None
    message: str

    def __str__(self) -> str:
        where = f"{self.place}, {self.field}" if self.field else self.place
        told = f"{where}: {self.message}"
        return "".join(sign if sign.isprintable() else "\ufffd" for sign in told)


class Unreadable(Exception):
    """One value cannot be read; the message is for whoever wrote it."""


Attribute = str | int | float | bool | list[str]
SignalAt = tuple[str, datetime | None]


def read_capture(raw: object, *, place: str) -> CaptureItem | tuple[BadInput, ...]:
    """Read one source event, or say all that is wrong with it. Changes nothing, keeps the rest."""
    if not isinstance(raw, dict):
        return (BadInput(place, None, f"{kind_of(raw)} stands here; write an object of fields"),)
    return _Reading(place).read(raw)


class _Reading:
    """Collects the faults of one capture."""

    def __init__(self, place: str) -> None:
        self._place = place
        self._faults: list[BadInput] = []

    def read(self, raw: dict[Any, Any]) -> CaptureItem | tuple[BadInput, ...]:
        fields = self._flat(raw)
        id_ = self._value(fields, ID, read_id)
        email = self._value(fields, EMAIL, read_email)
        nested = self._value(fields, EMAIL_FIELD, read_email)
        captured_at = self._value(fields, CAPTURED_AT, read_instant)
        signals = self._value(fields, SIGNALS, read_signals)
        source = self._value(fields, SOURCE, read_source)
        if email is not None and nested is not None and email != nested:
            self._fault(EMAIL_FIELD, f"another address than `{EMAIL}`; keep one of the two")
        if ID not in fields and not self._has_fault(ID):
            self._fault(ID, "missing; give every lead the id of its source event")
        attributes = self._attributes(fields)
        if self._faults:
            return tuple(self._faults[:FAULTS_MAX])
        assert id_ is not None
        return CaptureItem(
            id=id_,
            email=email or nested,
            captured_at=captured_at,
            attributes=attributes,
            signals=signals or (),
            source=source,
        )

    def _flat(self, raw: dict[Any, Any]) -> dict[str, object]:
        """Fields by dotted name: `{lead: {country: US}}` is `lead.country`."""
        found: dict[str, object] = {}
        for name, value in self._walk(raw, prefix="", depth=0):
            if name in found:
                self._fault(name, "given twice; keep one of the two")
            found[name] = value
            if len(found) > FIELDS_MAX:
                self._fault(None, f"more than {FIELDS_MAX} fields; leave out what nobody reads")
                break
        return found

    def _walk(
        self, raw: dict[Any, Any], *, prefix: str, depth: int
    ) -> Iterator[tuple[str, object]]:
        for key, value in raw.items():
            name = f"{prefix}{key}"
            wrong = _bad_name(key) or (_bad_name(name) if prefix else None)
            if wrong is not None:
                self._fault(prefix + shown(key), wrong)
            elif not isinstance(value, dict):
                yield name, value
            elif name in OWN_NAMES:
                self._fault(name, "an object stands here; write a plain value")
            elif depth >= DEPTH_MAX:
                self._fault(name, f"nested deeper than {DEPTH_MAX} objects; write dotted names")
            else:
                yield from self._walk(value, prefix=f"{name}.", depth=depth + 1)

    def _value(self, fields: dict[str, object], name: str, read: Any) -> Any:
        raw = fields.get(name)
        if raw is None and name != ID:
            return None
        try:
            return read(raw) if name in fields else None
        except Unreadable as wrong:
            self._fault(name, str(wrong))
            return None

    def _attributes(self, fields: dict[str, object]) -> dict[str, object]:
        attributes: dict[str, object] = {}
        for name, raw in fields.items():
            if raw is None or name in OWN_NAMES or name == EMAIL_FIELD:
                continue
            try:
                value = _read_seen(raw) if name in CRM_INSTANTS else read_attribute(raw)
            except Unreadable as wrong:
                self._fault(name, str(wrong))
            else:
                if value is not None:
                    attributes[name] = value
        return attributes

    def _fault(self, field: str | None, message: str) -> None:
        self._faults.append(BadInput(self._place, field, message))

    def _has_fault(self, field: str) -> bool:
        return any(fault.field == field for fault in self._faults)


# --- single values


def read_id(raw: object) -> str:
    """The id of a source event. Raises Unreadable."""
    if not isinstance(raw, str):
        raise Unreadable(f"{kind_of(raw)} stands here; write the id as text, in quotes")
    if not raw.strip():
        raise Unreadable("empty; give every lead the id of its source event")
    if len(raw) > ID_CHARACTERS_MAX:
        raise Unreadable(f"longer than {ID_CHARACTERS_MAX} characters; shorten it")
    if not raw.isprintable() and any(unicodedata.category(sign) in _CONTROLS for sign in raw):
        raise Unreadable("a control character stands in it; remove it")
    return raw


_CONTROLS = frozenset({"Cc", "Cs", "Zl", "Zp"})


def read_email(raw: object) -> str | None:
    """The address by which a person is known; None when empty. Raises Unreadable."""
    if not isinstance(raw, str):
        raise Unreadable(f"{kind_of(raw)} stands here; write an address like pat@bigco.example")
    address = identify.email_key(raw)
    if not address:
        return None
    if len(address) > EMAIL_CHARACTERS_MAX:
        raise Unreadable(f"longer than {EMAIL_CHARACTERS_MAX} characters; write the address alone")
    try:
        found = validate_email(
            address, check_deliverability=False, globally_deliverable=False, strict=True
        )
    except EmailNotValidError as wrong:
        raise Unreadable(
            f"{shown(address)} is no address ({str(wrong).rstrip('.')}); "
            "write one like pat@bigco.example"
        ) from None
    return identify.email_key(found.normalized)


def read_source(raw: object) -> str | None:
    """Where a capture came from; None when empty. Raises Unreadable."""
    if not isinstance(raw, str):
        raise Unreadable(f"{kind_of(raw)} stands here; write the source as text: partner, events")
    wrong = _bad_name(raw) if raw.strip() else None
    if wrong is not None:
        raise Unreadable(wrong)
    return raw.strip() or None


def read_instant(raw: object) -> datetime | None:
    """An instant with its zone, in UTC; None when empty. Raises Unreadable."""
    if isinstance(raw, str):
        at = _parsed(raw.strip()) if raw.strip() else None
    elif isinstance(raw, datetime):
        at = raw
    else:
        raise Unreadable(f"{kind_of(raw)} stands here; write an instant like 2026-03-02T15:00:00Z")
    if at is None:
        return None
    if at.tzinfo is None:
        raise Unreadable(f"{at} names no time zone; give `timezone` in the mapping")
    if at.year not in YEARS:
        raise Unreadable(f"the year {at.year} cannot be; write one from 1970 to 2199")
    return at.astimezone(UTC)


def _parsed(text: str) -> datetime:
    if len(text) > INSTANT_CHARACTERS_MAX:
        raise Unreadable(f"{shown(text)} is no instant; write one like 2026-03-02T15:00:00Z")
    try:
        return parse_instant(text)
    except ValueError as wrong:
        raise Unreadable(str(wrong)) from None


def _read_seen(raw: object) -> str | None:
    """An instant that a CRM shows, as text that any later reader takes for the same."""
    at = read_instant(raw)
    return format_instant(at) if at is not None else None


def read_signals(raw: object) -> tuple[SignalAt, ...]:
    """Names, or `{name, at}`; in one text split on `;`, `|`, `,` and space. Raises Unreadable."""
    if isinstance(raw, str):
        raw = _signals_of_text(raw.strip())
    if not isinstance(raw, list | tuple):
        raise Unreadable(f'{kind_of(raw)} stands here; write a list like ["demo_request"]')
    if len(raw) > SIGNALS_MAX:
        raise Unreadable(f"more than {SIGNALS_MAX:,} signals; send them in several captures")
    return tuple(_signal(item, index) for index, item in enumerate(raw))


def _signals_of_text(text: str) -> object:
    if not text.startswith("["):
        return [name for name in _SIGNAL_SPLIT.split(text) if name]
    try:
        return parse_json(text)
    except ValueError as wrong:
        raise Unreadable(f"not a JSON list ({wrong}); write names split by `;`") from None


def _signal(item: object, index: int) -> SignalAt:
    at: datetime | None = None
    name = item
    try:
        if isinstance(item, dict):
            unknown = sorted(shown(key) for key in item if key not in ("name", "at"))
            if unknown:
                raise Unreadable(f"{unknown[0]} is not known; a signal has `name` and `at`")
            if "name" not in item:
                raise Unreadable("`name` is missing; write {name, at}")
            name = item["name"]
            at = read_instant(item["at"]) if item.get("at") is not None else None
        if not isinstance(name, str):
            raise Unreadable(f"{kind_of(name)} stands here; write a name or {{name, at}}")
        wrong = _bad_name(name)
        if wrong is not None:
            raise Unreadable(wrong)
    except Unreadable as fault:
        raise Unreadable(f"signal {index + 1}: {fault}") from None
    return name.strip(), at


def read_attribute(raw: object) -> Attribute:
    """A value of a field as it came. Raises Unreadable."""
    match raw:
        case bool():
            return raw
        case str():
            return _text(raw)
        case int():
            if not -INTEGER_MAX <= raw < INTEGER_MAX:
                raise Unreadable("a number of more than 64 bits; write it as text")
            return raw
        case float():
            if not math.isfinite(raw):
                raise Unreadable("not a finite number; leave it out")
            return raw
        case list() | tuple():
            return _texts(raw)
        case _:
            raise Unreadable(f"{kind_of(raw)} stands here; write text, a number, true or false")


def _texts(raw: Iterable[object]) -> list[str]:
    items = list(raw)
    if len(items) > ITEMS_MAX:
        raise Unreadable(f"a list of more than {ITEMS_MAX} values; shorten it")
    for item in items:
        if not isinstance(item, str):
            raise Unreadable(f"{kind_of(item)} stands in the list; write its values as text")
    return [_text(item) for item in items if isinstance(item, str)]


def _text(text: str) -> str:
    if len(text) > TEXT_CHARACTERS_MAX:
        raise Unreadable(f"longer than {TEXT_CHARACTERS_MAX:,} characters; shorten it")
    wrong = _unstorable(text)
    if wrong is not None:
        raise Unreadable(wrong)
    return text


def _bad_name(name: object) -> str | None:
    if not isinstance(name, str) or not name.strip():
        return "a name is empty; name every field and signal"
    if len(name) > NAME_CHARACTERS_MAX:
        return f"a name of more than {NAME_CHARACTERS_MAX} characters; shorten it"
    if not name.isprintable() and any(unicodedata.category(sign) in _CONTROLS for sign in name):
        return "a control character stands in the name; remove it"
    return None


def _unstorable(text: str) -> str | None:
    if "\0" in text:
        return "a NUL character stands in it; remove it"
    if text.isascii():
        return None
    if any("\ud800" <= sign <= "\udfff" for sign in text):
        return "half a character stands in it; save the file as UTF-8"
    return None


# --- JSON


def parse_json(text: str) -> object:
    """Parse strictly: no key twice, no NaN, bounded depth. Raises ValueError with the reason."""
    try:
        return _DECODER.decode(text)
    except json.JSONDecodeError as wrong:
        raise ValueError(f"column {wrong.colno}: {wrong.msg}") from None
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        for key, _ in pairs:
            if key in seen:
                raise ValueError(f"the key {shown(key)} stands twice; keep one of the two")
            seen.add(key)
    return found


def _no_constant(word: str) -> object:
    raise ValueError(f"{word} is no JSON number; leave the field out")


def _whole(digits: str) -> int:
    if len(digits) > DIGITS_MAX:
        raise ValueError(f"a number of more than {DIGITS_MAX} digits; write it as text")
    return int(digits)


_DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_no_constant, parse_int=_whole)


def shown(text: object) -> str:
    """A text as a message can carry it: short, on one line, in quotes."""
    short = str(text)
    return repr(short if len(short) <= 60 else f"{short[:57]}...")


def kind_of(raw: object) -> str:
    match raw:
        case None:
            return "nothing"
        case bool():
            return "true or false"
        case str():
            return "a text"
        case int() | float():
            return "a number"
        case dict():
            return "an object"
        case list() | tuple():
            return "a list"
        case _:
            return "an unknown thing"
