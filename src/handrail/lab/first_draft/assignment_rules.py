"""Exported assignment rules -> routing rules, and all that a person must look at.

Two forms: Salesforce's metadata (`Lead.assignmentRules`, API 27 and later), and a CSV with a row a
criterion: `rule`, `field`, `operation`, `value`, `assigned_to`, and `type` (User or Queue).
"""

import csv
import io
from collections.abc import Iterator, Mapping
from xml.etree import ElementTree

import msgspec

from handrail.lab.first_draft.answers import team_slug
from handrail.lab.first_draft.criteria import (
    Criterion,
    Unsayable,
    condition,
    fields_of,
    joined,
)
from handrail.lab.first_draft.routes import OWN_NAMES, FieldDraft, RouteDraft, Routes

CHARACTERS_MAX = 5_000_000
ENTRIES_MAX = 3_000
DEFAULT_TEAM = "inbound"
CSV_COLUMNS = ("rule", "field", "operation", "value", "assigned_to")
_OPERATIONS = {
    "=": "equals",
    "==": "equals",
    "in": "equals",
    "!=": "notEqual",
    "<": "lessThan",
    "<=": "lessOrEqual",
    ">": "greaterThan",
    ">=": "greaterOrEqual",
}


class CannotReadRules(Exception):
    """Why the file gives no rules at all; the message says what to do."""


class Entry(msgspec.Struct, frozen=True):
    """One rule as it was exported. `formula`: a condition in the vendor's own language."""

    name: str
    criteria: tuple[Criterion, ...]
    assigned_to: str
    is_queue: bool
    filter: str = ""
    formula: str = ""


def draft_from_rules(text: str) -> Routes:
    """Rules in their order, first match wins. Raises CannotReadRules."""
    if len(text) > CHARACTERS_MAX:
        raise CannotReadRules(f"more than {CHARACTERS_MAX:,} characters; export the rules alone")
    entries, unsaid = _of_xml(text) if text.lstrip("\ufeff \r\n\t")[:1] == "<" else _of_csv(text)
    if not entries:
        raise CannotReadRules("there is no rule in it; export the assignment rules of leads")
    if len(entries) > ENTRIES_MAX:
        raise CannotReadRules(f"more than {ENTRIES_MAX:,} rules; divide them")
    return _routes(entries, unsaid)


def _routes(entries: list[Entry], unsaid: list[str]) -> Routes:
    fields = fields_of(one for entry in entries for one in entry.criteria)
    rules: list[RouteDraft] = []
    members: dict[str, tuple[str, ...]] = {}
    fallback: str | None = None
    for entry in entries:
        team = _team(entry)
        if fallback is not None:
            unsaid.append(f"{entry.name}: stands after a rule that takes every lead")
            continue
        try:
            when = _when(entry, fields)
        except Unsayable as wrong:
            unsaid.append(f"{entry.name} (to {entry.assigned_to}): {wrong}")
            continue
        if not entry.is_queue and entry.assigned_to:
            members[team] = (entry.assigned_to,)
        if when == "true":
            fallback = team
        else:
            name = entry.name if entry.name not in OWN_NAMES else f"{entry.name} (exported)"
            rules.append(RouteDraft(name, when, team))
    used = {name: field for name, field in fields.items() if any(name in r.when for r in rules)}
    return Routes(
        rules=tuple(rules),
        fields=tuple(used.values()),
        fallback=fallback or DEFAULT_TEAM,
        unsaid=(*unsaid, *_asides(rules, fallback)),
        members=tuple(members.items()),
        title=(f"Drafted from {len(entries):,} exported rules, in their order.",),
    )


def _asides(rules: list[RouteDraft], fallback: str | None) -> Iterator[str]:
    if any('"' in rule.when for rule in rules):
        yield "texts are compared with their capitals here; where they came from perhaps not"
    if fallback is None:
        yield f"no exported rule takes every lead; what is left goes to {DEFAULT_TEAM}"


def _when(entry: Entry, fields: Mapping[str, FieldDraft]) -> str:
    if entry.formula:
        raise Unsayable(f"a formula: {entry.formula}")
    if not entry.assigned_to:
        raise Unsayable("it assigns to nobody")
    return joined(tuple(condition(one, fields) for one in entry.criteria), entry.filter)


def _team(entry: Entry) -> str:
    """A queue is a team; a user is a team of one."""
    return team_slug(entry.assigned_to if entry.is_queue else entry.assigned_to.partition("@")[0])


# --- Salesforce


def _of_xml(text: str) -> tuple[list[Entry], list[str]]:
    """The entries of the active rule; the others are told."""
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise CannotReadRules("a document type stands in the XML; Salesforce writes none")
    try:
        root = ElementTree.fromstring(text.removeprefix("\ufeff").encode())
    except ElementTree.ParseError as wrong:
        raise CannotReadRules(f"not XML ({wrong}); export the rules again") from None
    rules = [one for one in root.iter() if _tag(one) == "assignmentRule"]
    active = [rule for rule in rules if _text(rule, "active").lower() == "true"]
    if not active:
        raise CannotReadRules(f"none of its {len(rules)} assignment rules is active; activate one")
    unsaid = [
        f"the assignment rule {_text(rule, 'fullName')!r} is not active and was left out"
        for rule in rules
        if rule is not active[0]
    ]
    found = (one for one in active[0] if _tag(one) == "ruleEntry")
    return [_entry(one, number) for number, one in enumerate(found, start=1)], unsaid


def _entry(element: ElementTree.Element, number: int) -> Entry:
    criteria = tuple(
        Criterion(_text(one, "field"), _text(one, "operation"), _text(one, "value"))
        for one in element
        if _tag(one) == "criteriaItems"
    )
    assigned_to = _text(element, "assignedTo")
    return Entry(
        name=f"entry {number}",
        criteria=criteria,
        assigned_to=assigned_to,
        is_queue=_text(element, "assignedToType") == "Queue",
        filter=_text(element, "booleanFilter"),
        formula=_text(element, "formula"),
    )


def _text(element: ElementTree.Element, name: str) -> str:
    return next(((one.text or "").strip() for one in element if _tag(one) == name), "")


def _tag(element: ElementTree.Element) -> str:
    return element.tag.rpartition("}")[2]


# --- CSV


def _of_csv(text: str) -> tuple[list[Entry], list[str]]:
    """Rows of one `rule` belong together; a rule without a field takes every lead."""
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    lacking = [name for name in CSV_COLUMNS if name not in (reader.fieldnames or ())]
    if lacking:
        raise CannotReadRules(
            f"neither Salesforce's XML nor a CSV with the columns {', '.join(CSV_COLUMNS)}; "
            f"missing: {', '.join(lacking)}"
        )
    by_rule: dict[str, list[dict[str, str]]] = {}
    try:
        for row in reader:
            by_rule.setdefault((row["rule"] or "").strip(), []).append(row)
    except csv.Error as wrong:
        raise CannotReadRules(f"line {reader.line_num}: not CSV ({wrong})") from None
    return [_rule_of(name, rows) for name, rows in by_rule.items()], []


def _rule_of(name: str, rows: list[dict[str, str]]) -> Entry:
    criteria = tuple(
        Criterion(_cell(row, "field"), _operation(row), _cell(row, "value"))
        for row in rows
        if _cell(row, "field")
    )
    return Entry(
        name=name or "rule",
        criteria=criteria,
        assigned_to=next(
            (_cell(row, "assigned_to") for row in rows if _cell(row, "assigned_to")), ""
        ),
        is_queue=_cell(rows[0], "type").lower() != "user",
    )


def _operation(row: dict[str, str]) -> str:
    written = _cell(row, "operation")
    return _OPERATIONS.get(written, written)


def _cell(row: dict[str, str], name: str) -> str:
    return (row.get(name) or "").strip()
