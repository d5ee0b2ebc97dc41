"""Cells -> a whole lead line, as `handrail decide` reads it."""

import re
from collections.abc import Mapping
from datetime import date, datetime

from handrail.contract.checks.cells import NOW, Cell
from handrail.contract.checks.space import DERIVED, TOLD_BY_MAIL
from handrail.contract.facts import Facts
from handrail.contract.model import Contract
from handrail.terms.lead import Value
from handrail.terms.signal import Signal

Lead = dict[str, object]
MAIL_NAME = "lena"
_ADDRESS = re.compile(r"[\w+-]+(\.[\w+-]+)*@[\w-]+(\.[\w-]+)+", re.ASCII)  # plain ones will do


def lead_line(contract: Contract, cells: Mapping[str, Cell]) -> Lead | None:
    """None where the cells contradict each other or stand for no known value."""
    values: dict[str, Value] = {}
    signals: list[Signal] = []
    for cell in cells.values():
        signals.extend(cell.signals)
        values.update(cell.values)
    email = _email(values)
    if email is None or _ADDRESS.fullmatch(email) is None:
        return None
    values.pop("lead.email", None)
    values.pop("lead.email_domain", None)
    line: Lead = {"id": "example", "email": email, "captured_at": _written(NOW)}
    for name in sorted(values):
        if "." in name and name not in DERIVED:
            line[name] = _as_json(values[name])
    _fill_required(contract, line, cells)
    line["signals"] = [_signal_line(signal) for signal in sorted(signals, key=_age)]
    return line


def _fill_required(contract: Contract, line: Lead, cells: Mapping[str, Cell]) -> None:
    """A lead that lacks what is required may be held back, which would hide the claim."""
    for name in contract.mql.require:
        full = name if "." in name else f"lead.{name}"
        field = contract.fields.get(full)
        is_open = field is not None and field.type == "string" and field.values is None
        if full in cells or full in TOLD_BY_MAIL:
            continue
        if is_open or full == "lead.source_campaign":
            line.setdefault(full, "spring")


def _email(values: Mapping[str, Value]) -> str | None:
    """An address that gives the domains which the values ask for."""
    email = values.get("lead.email")
    domain = values.get("lead.email_domain")
    if isinstance(domain, str) and domain.startswith("."):
        domain = f"fresh{domain}"
    if isinstance(domain, str) and isinstance(email, str) and not email.endswith(f"@{domain}"):
        email = None if not email.startswith(f"{MAIL_NAME}") else f"{MAIL_NAME}@{domain}"
        return email
    if isinstance(email, str):
        return _whole(email) if "@" in email else None
    host = domain or values.get("account.domain") or "fresh.example"
    return f"{MAIL_NAME}@{host}"


def _whole(address: str) -> str:
    """A condition may name a part of one only, such as `@acme.example`."""
    name, _, host = address.rpartition("@")
    return f"{name or MAIL_NAME}@{host or 'fresh.example'}"


def plain_facts(contract: Contract, line: Lead) -> Facts:
    values: dict[str, Value] = {}
    for name, value in line.items():
        field = contract.fields.get(name)
        if field is not None and field.type == "date":
            values[name] = datetime.fromisoformat(str(value))
        elif "." in name and isinstance(value, str | int | float):
            values[name] = value
        elif "." in name and isinstance(value, list):
            values[name] = tuple(value)
    email = str(line["email"])
    values["lead.email"] = email
    values["lead.email_domain"] = email.rpartition("@")[2]
    values.setdefault("account.domain", values["lead.email_domain"])
    return Facts(values, (), NOW)


def _as_json(value: Value) -> object:
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def _age(signal: Signal) -> tuple[object, str]:
    return signal.at, signal.name


def _written(at: object) -> str:
    return str(at).replace(" ", "T").replace("+00:00", "Z")


def _signal_line(signal: Signal) -> object:
    return signal.name if signal.at == NOW else {"name": signal.name, "at": _written(signal.at)}
