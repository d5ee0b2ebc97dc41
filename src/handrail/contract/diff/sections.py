"""Which sections of a contract mean something else than before: who signs a change goes by this."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from handrail.contract.model import Condition, Contract, Place

Part = Callable[[Contract], object]


def changed_sections(old: Contract, new: Contract) -> frozenset[str]:
    """The top-level keys whose value differs; places, comments and `version` do not count.

    Conditions are compared as written, tables by their content.
    """
    return frozenset(
        name for name, part in SECTIONS.items() if _plain(part(old)) != _plain(part(new))
    )


def _declared(contract: Contract) -> object:
    """Without `tier`, `lead_type` and the like, whose values follow from other sections."""
    return {name: field for name, field in contract.fields.items() if "." in name}


SECTIONS: Mapping[str, Part] = {
    "contract": lambda contract: contract.name,
    "timezone": lambda contract: contract.timezone,
    "owners": lambda contract: contract.owners,
    "sources": lambda contract: contract.sources,
    "tables": lambda contract: (contract.tables, contract.table_sources),
    "fields": _declared,
    "scores": lambda contract: contract.scores,
    "tiers": lambda contract: contract.tiers,
    "exclude": lambda contract: contract.exclude,
    "territories": lambda contract: contract.territories,
    "lead_types": lambda contract: contract.lead_types,
    "mql": lambda contract: contract.mql,
    "sal": lambda contract: contract.sal,
    "sql": lambda contract: contract.sql,
    "routing": lambda contract: contract.routing,
    "fairness": lambda contract: contract.fairness_window,
    "sla": lambda contract: contract.sla,
    "triage": lambda contract: contract.triage,
    "alerts": lambda contract: contract.alerts,
    "governance": lambda contract: contract.governance,
}


def _plain(value: Any) -> Any:
    """The value without the places at which it was read; compiled conditions as their text."""
    match value:
        case Condition():
            return value.text.strip()
        case Place():
            return None
        case msgspec.Struct():
            parts = {name: _plain(getattr(value, name)) for name in value.__struct_fields__}
            return type(value).__name__, parts
        case Mapping():
            return {key: _plain(part) for key, part in value.items()}
        case tuple() | list():
            return [_plain(part) for part in value]
        case _:
            return value
