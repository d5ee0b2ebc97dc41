"""Chosen classes -> a whole lead line, as `handrail decide` reads it."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from handrail.contract.facts import Facts
from handrail.contract.model import Contract
from handrail.contract.proof.classes.addresses import is_address
from handrail.contract.proof.encoding import Encoding
from handrail.contract.proof.now import NOW
from handrail.terms.lead import Value
from handrail.terms.signal import Signal, in_order

Lead = dict[str, object]
MAIL_NAME = "lena"
FREE_MAIL = "gmail.com"  # stands for no account
FROM_ACCOUNT = "fresh.example"
TOLD_BY_MAIL = ("lead.email", "lead.email_domain", "account.domain")
WORKED_OUT = frozenset({"lead.times_mql", "account.last_owner", "account.last_lead_days"})
COPIES = "copies:"  # before the name of a signal that only scores look at
_SECOND = timedelta(seconds=1)


class Unwritable(NamedTuple):
    """No line is known that lies in these classes: they contradict each other, or are too odd."""

    variables: tuple[str, ...]


def lead_line(
    encoding: Encoding, chosen: Mapping[str, int], amounts: Mapping[str, int]
) -> Lead | Unwritable:
    """A line whose lead lies in the chosen classes; what nothing was chosen for is left out."""
    full = {name: chosen.get(name, one.usual) for name, one in encoding.variables.items()}
    values: dict[str, Value] = {}
    signals: list[Signal] = []
    for partition in encoding.partitions.values():
        shown = partition.show(full, amounts)
        if shown is None:
            return Unwritable(tuple(one.name for one in partition.variables))
        values.update(shown.values)
        signals.extend(shown.signals)
    for name, count in amounts.items():
        if name.startswith(COPIES):
            signals += [Signal(name.removeprefix(COPIES), NOW)] * count
    absent = {name for name in TOLD_BY_MAIL if chosen.get(name) == 0}
    email = _email(values, absent)
    if email is not None and not is_address(email):
        return Unwritable(TOLD_BY_MAIL)
    line: Lead = {"id": "example", "email": email, "captured_at": _written(NOW)}
    for name in sorted(values):
        if name not in WORKED_OUT and name not in ("lead.email", "lead.email_domain"):
            line[name] = _as_json(values[name])
    for contract in encoding.contracts:
        _fill_required(contract, line, chosen)
    scores = (score for contract in encoding.contracts for score in contract.scores)
    resets = frozenset().union(*(score.reset_on for score in scores))
    ordered = in_order(tuple(_before_others(one, resets) for one in signals))
    line["signals"] = [_signal_line(one) for one in ordered]
    return line


def with_signals(line: Lead, signals: Sequence[Signal]) -> Lead:
    """The line with more signals, of names that it has none of."""
    known = line["signals"]
    assert isinstance(known, list)
    names = {one["name"] if isinstance(one, dict) else one for one in known}
    more = [_signal_line(one) for one in in_order(tuple(signals)) if one.name not in names]
    return {**line, "signals": [*more, *known]}


def _before_others(signal: Signal, resets: frozenset[str]) -> Signal:
    """A reset takes away what came before it, so it comes first."""
    return Signal(signal.name, signal.at - _SECOND) if signal.name in resets else signal


def _fill_required(contract: Contract, line: Lead, chosen: Mapping[str, int]) -> None:
    """A lead that lacks what is required may be held back, which would hide the claim."""
    for name in contract.mql.require:
        full = name if "." in name else f"lead.{name}"
        field = contract.fields.get(full)
        is_open = field is not None and field.type == "string" and field.values is None
        if chosen.get(full) == 0 or full in TOLD_BY_MAIL:
            continue
        if is_open or full == "lead.source_campaign":
            line.setdefault(full, "spring")


def _email(values: Mapping[str, Value], absent: set[str]) -> str | None:
    """An address that gives the domains which the values ask for, or else one that is none.

    None where it must be absent.
    """
    email, domain = values.get("lead.email"), values.get("lead.email_domain")
    if absent & {"lead.email", "lead.email_domain"}:
        return None if email is None and domain is None else ""
    if isinstance(email, str) and isinstance(domain, str) and not email.endswith(f"@{domain}"):
        return f"{MAIL_NAME}@{domain}" if email.startswith(MAIL_NAME) else ""
    if isinstance(email, str):
        return email
    account = values.get("account.domain")
    host = domain or (FREE_MAIL if "account.domain" in absent else account) or FROM_ACCOUNT
    return f"{MAIL_NAME}@{host}"


def plain_facts(contract: Contract, line: Lead) -> Facts:
    """The attributes of a line alone: what can be seen where nothing evaluates scores."""
    values: dict[str, Value] = {}
    for name, value in line.items():
        field = contract.fields.get(name)
        if field is not None and field.type == "date":
            values[name] = datetime.fromisoformat(str(value))
        elif "." in name and isinstance(value, str | int | float):
            values[name] = value
        elif "." in name and isinstance(value, list):
            values[name] = tuple(value)
    email = line["email"]
    if isinstance(email, str):
        values["lead.email"] = email
        values["lead.email_domain"] = email.rpartition("@")[2]
        if not email.endswith(f"@{FREE_MAIL}"):
            values.setdefault("account.domain", email.rpartition("@")[2])
    return Facts(values, (), NOW)


def _as_json(value: Value) -> object:
    if isinstance(value, date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def _written(at: object) -> str:
    return str(at).replace(" ", "T").replace("+00:00", "Z")


def _signal_line(signal: Signal) -> object:
    return signal.name if signal.at == NOW else {"name": signal.name, "at": _written(signal.at)}
