"""A lead as conditions see it: attributes read as their declared types, built-ins beside them."""

from collections.abc import Callable
from datetime import UTC, date, datetime

from handrail.contract.facts import Facts
from handrail.contract.model import Contract, Field, FieldType
from handrail.kernel import identify
from handrail.terms.evidence import AccountHistory
from handrail.terms.lead import Lead, Value

CAMPAIGN = "lead.source_campaign"
SOURCE = "lead.source"
UNATTRIBUTED = "unattributed"  # the stamp of a capture without campaign
TRUE_WORDS = frozenset({"true", "yes", "1"})
FALSE_WORDS = frozenset({"false", "no", "0"})
_WORKED_OUT = frozenset(
    {
        "lead.email",
        "lead.email_domain",
        "lead.times_mql",
        "account.last_owner",
        "account.last_lead_days",
    }
)


def facts_of(
    *, contract: Contract, lead: Lead, account: AccountHistory, now: datetime
) -> tuple[Facts, tuple[str, ...]]:
    """The facts, and the names of values that were not understood: these count as missing."""
    values: dict[str, Value] = {}
    unreadable: list[str] = []
    fields = contract.fields
    for name, raw in lead.attributes.items():
        field = fields.get(name)
        if field is None or raw is None or raw == "":
            continue
        value = read_value(field=field, raw=raw)
        if value is None:
            if not is_stamp(name, raw):
                unreadable.append(name)
        else:
            values[name] = value
    _add_source(values, contract=contract, lead=lead)
    _add_built_ins(values, lead=lead, account=account, now=now)
    since = lead.previous.ended_at if lead.previous is not None else None
    signals = lead.signals
    if signals and (since is not None or signals[-1].at > now):
        signals = tuple(
            signal
            for signal in signals
            if signal.at <= now and (since is None or signal.at > since)
        )
    return Facts(values=values, signals=signals, now=now), tuple(sorted(unreadable))


def is_built_in(name: str) -> bool:
    """Whether the value is worked out from what we know, and cannot be given."""
    return name in _WORKED_OUT


def is_stamp(name: str, raw: object) -> bool:
    """Whether this is the stamp of a capture without campaign: nobody wrote it."""
    return name == CAMPAIGN and raw == UNATTRIBUTED


def read_value(*, field: Field, raw: object) -> Value | None:
    """The value as the field's type, or None when it is not one or lies outside its `values`."""
    value = _READERS[field.type](raw)
    if value is None:
        return None
    if field.values is not None and value not in field.values:
        return None
    if isinstance(value, int | float) and not isinstance(value, bool):
        if field.min is not None and value < field.min:
            return None
        if field.max is not None and value > field.max:
            return None
    return value


def _add_source(values: dict[str, Value], *, contract: Contract, lead: Lead) -> None:
    """The source is a field for the contracts that declare it."""
    field = contract.fields.get(SOURCE)
    if field is not None and SOURCE not in values and lead.source is not None:
        value = read_value(field=field, raw=lead.source)
        if value is not None:
            values[SOURCE] = value


def _add_built_ins(
    values: dict[str, Value], *, lead: Lead, account: AccountHistory, now: datetime
) -> None:
    if lead.email is not None:
        values["lead.email"] = lead.email
        domain = identify.email_domain(lead.email)
        if domain is not None:
            values["lead.email_domain"] = domain
            company = identify.account_domain(domain)
            if company is not None:
                values.setdefault("account.domain", company)
    values["lead.times_mql"] = lead.handoffs
    if account.last_owner is not None:
        values["account.last_owner"] = account.last_owner
    if account.last_lead_at is not None:
        values["account.last_lead_days"] = (now - account.last_lead_at).days


def _text(raw: object) -> Value | None:
    if isinstance(raw, str):
        return raw
    if isinstance(raw, int | float) and not isinstance(raw, bool):
        return str(raw)
    return None


def _integer(raw: object) -> Value | None:
    if isinstance(raw, bool):
        return None
    if isinstance(raw, int):
        return raw if -(2**63) <= raw < 2**63 else None
    if isinstance(raw, float):
        return int(raw) if raw.is_integer() and abs(raw) < 2**53 else None
    if isinstance(raw, str):
        text = raw.strip()
        if text.removeprefix("-").isdecimal() and text.isascii() and len(text) <= 18:
            return int(text)
    return None


def _number(raw: object) -> Value | None:
    if isinstance(raw, bool):
        return None
    if isinstance(raw, int | float):
        return float(raw) if abs(raw) < 1e300 else None
    if isinstance(raw, str):
        try:
            number = float(raw)
        except ValueError:
            return None
        return number if abs(number) < 1e300 else None
    return None


def _boolean(raw: object) -> Value | None:
    if isinstance(raw, bool):
        return raw
    if isinstance(raw, str):
        word = raw.strip().lower()
        if word in TRUE_WORDS:
            return True
        if word in FALSE_WORDS:
            return False
    return None


def _date(raw: object) -> Value | None:
    if isinstance(raw, datetime):
        return raw if raw.tzinfo is not None else raw.replace(tzinfo=UTC)
    if isinstance(raw, date):
        return raw
    if not isinstance(raw, str):
        return None
    try:
        return date.fromisoformat(raw.strip())
    except ValueError:
        pass
    try:
        instant = datetime.fromisoformat(raw.strip())
    except ValueError:
        return None
    return instant if instant.tzinfo is not None else instant.replace(tzinfo=UTC)


def _list(raw: object) -> Value | None:
    if isinstance(raw, str):
        return tuple(part.strip() for part in raw.replace("|", ";").split(";") if part.strip())
    if isinstance(raw, list | tuple) and all(isinstance(part, str) for part in raw):
        return tuple(raw)
    return None


_READERS: dict[FieldType, Callable[[object], Value | None]] = {
    "string": _text,
    "rep": _text,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "date": _date,
    "list": _list,
}
