"""One criterion of somebody else's assignment rule, as a condition."""

import re
from collections.abc import Iterable, Mapping

import msgspec

from handrail.contract.model import FieldType
from handrail.lab.first_draft.quoting import literal, literals
from handrail.lab.first_draft.routes import FieldDraft

Operation = str

NUMBER = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,9})?")
_ORDER = {
    "lessThan": "<",
    "lessOrEqual": "<=",
    "greaterThan": ">",
    "greaterOrEqual": ">=",
}
_TEXT = {"contains": "contains", "notContain": "contains", "startsWith": "startsWith"}
# What others call these; the rest is `lead.` and the name in snake case.
_KNOWN = {
    "company": "account.name",
    "country": "lead.country",
    "country_code": "lead.country",
    "number_of_employees": "account.employees",
    "employees": "account.employees",
    "industry": "account.industry",
    "annual_revenue": "account.revenue",
    "website": "account.website",
    "email": "lead.email",
    "campaign": "lead.source_campaign",
}


class Criterion(msgspec.Struct, frozen=True):
    """`operation` as Salesforce names it: equals, notEqual, lessThan, contains, ..."""

    field: str
    operation: Operation
    value: str


class Unsayable(Exception):
    """A criterion that a condition cannot say, or not without a person's decision."""


def field_of(name: str) -> str:
    """`Lead.NumberOfEmployees` is `account.employees`, `Lead.Region__c` is `lead.region`."""
    bare = name.rpartition(".")[2].removesuffix("__c")
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", bare).lower()
    word = re.sub(r"[^a-z0-9]+", "_", snake).strip("_")
    if not word or word[0].isdigit():
        raise Unsayable(f"the field {name!r} has no name that a contract could use")
    return _KNOWN.get(word, f"lead.{word}")


def fields_of(criteria: Iterable[Criterion]) -> Mapping[str, FieldDraft]:
    """Each field with the type that all comparisons of it can be: a number where all are."""
    used: dict[str, list[Criterion]] = {}
    for one in criteria:
        try:
            used.setdefault(field_of(one.field), []).append(one)
        except Unsayable:
            continue
    return {name: FieldDraft(name, _type_of(name, of)) for name, of in sorted(used.items())}


def _type_of(name: str, criteria: list[Criterion]) -> FieldType:
    if name == "lead.email":
        return "string"
    is_ordered = any(one.operation in _ORDER for one in criteria)
    values = [value for one in criteria for value in values_of(one)]
    if is_ordered and values and all(NUMBER.fullmatch(value) for value in values):
        return "number" if any("." in value for value in values) else "integer"
    if values and all(value in ("true", "false", "True", "False") for value in values):
        return "boolean"
    return "string"


def values_of(criterion: Criterion) -> tuple[str, ...]:
    """Salesforce writes several values with commas between them, any of which may hold."""
    parts = (part.strip().strip('"') for part in criterion.value.split(","))
    return tuple(dict.fromkeys(part for part in parts if part))


def condition(criterion: Criterion, fields: Mapping[str, FieldDraft]) -> str:
    """The criterion as CEL. `not equal` and `does not contain` hold of what is missing, as there.

    Raises Unsayable.
    """
    name = field_of(criterion.field)
    values = values_of(criterion)
    kind = fields[name].type
    match criterion.operation:
        case "equals":
            return _any_of(name, values, kind) if values else f"!has({name})"
        case "notEqual":
            if not values:
                return f"has({name})"
            return f"(!has({name}) || !({_any_of(name, values, kind)}))"
        case "lessThan" | "lessOrEqual" | "greaterThan" | "greaterOrEqual":
            if kind == "string" or len(values) != 1:
                raise Unsayable(f"{criterion.field} is compared with {criterion.value!r} by order")
            return f"{name} {_ORDER[criterion.operation]} {_number(values[0], kind)}"
        case "contains" | "notContain" | "startsWith":
            if kind != "string" or not values:
                raise Unsayable(f"{criterion.operation} of {criterion.field}, which is no text")
            return _text_test(criterion.operation, name, values)
        case _:
            raise Unsayable(f"{criterion.operation} of {criterion.field}")


def _any_of(name: str, values: tuple[str, ...], kind: FieldType) -> str:
    match kind:
        case "boolean":
            tests = [f"{name} == {value.lower()}" for value in values]
        case "integer" | "number":
            tests = [f"{name} == {_number(value, kind)}" for value in values]
        case _ if len(values) > 1:
            return f"{name} in {literals(values)}"
        case _:
            tests = [f"{name} == {literal(value)}" for value in values]
    return tests[0] if len(tests) == 1 else f"({' || '.join(tests)})"


def _number(value: str, kind: FieldType) -> str:
    if kind == "number" and "." not in value:
        return f"{int(value)}.0"
    return value if "." in value else str(int(value))


def _text_test(operation: Operation, name: str, values: tuple[str, ...]) -> str:
    tests = [f"{name}.{_TEXT[operation]}({literal(value)})" for value in values]
    found = tests[0] if len(tests) == 1 else f"({' || '.join(tests)})"
    return f"(!has({name}) || !({found}))" if operation == "notContain" else found


# --- criteria joined by a filter such as `1 AND (2 OR 3)`

_TOKEN = re.compile(r"\s*(\d+|AND|OR|NOT|\(|\))", re.IGNORECASE)
FILTER_TOKENS_MAX = 200
DEPTH_MAX = 10


def joined(conditions: tuple[str, ...], filter_: str) -> str:
    """The conditions as the filter joins them; without one all must hold. Raises Unsayable."""
    if not conditions:
        return "true"
    if not filter_.strip():
        return " && ".join(conditions)
    return _Filter(conditions, filter_).read()


class _Filter:
    """`NOT` binds tightest, then `AND`, then `OR`."""

    def __init__(self, conditions: tuple[str, ...], text: str) -> None:
        self._conditions, self._text = conditions, text
        self._tokens = [found.upper() for found in _TOKEN.findall(text)]
        if _TOKEN.sub("", text).strip() or len(self._tokens) > FILTER_TOKENS_MAX:
            raise self._unsayable()
        self._at = 0

    def read(self) -> str:
        found = self._either(0)
        if self._at != len(self._tokens):
            raise self._unsayable()
        return found

    def _either(self, depth: int) -> str:
        parts = [self._both(depth)]
        while self._skip("OR"):
            parts.append(self._both(depth))
        return parts[0] if len(parts) == 1 else f"({' || '.join(parts)})"

    def _both(self, depth: int) -> str:
        parts = [self._one(depth)]
        while self._skip("AND"):
            parts.append(self._one(depth))
        return " && ".join(parts)

    def _one(self, depth: int) -> str:
        if depth > DEPTH_MAX:
            raise self._unsayable()
        if self._skip("NOT"):
            return f"!({self._one(depth + 1)})"
        if self._skip("("):
            inside = self._either(depth + 1)
            if not self._skip(")"):
                raise self._unsayable()
            return inside if inside.startswith("(") else f"({inside})"
        return self._numbered()

    def _numbered(self) -> str:
        token = self._tokens[self._at] if self._at < len(self._tokens) else ""
        if not token.isdigit() or not 1 <= int(token) <= len(self._conditions):
            raise self._unsayable()
        self._at += 1
        return self._conditions[int(token) - 1]

    def _skip(self, token: str) -> bool:
        if self._at < len(self._tokens) and self._tokens[self._at] == token:
            self._at += 1
            return True
        return False

    def _unsayable(self) -> Unsayable:
        return Unsayable(f"the filter {self._text!r} cannot be read")
