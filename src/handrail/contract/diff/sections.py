"""Which sections of a contract say something else than before: who must sign goes by this."""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from handrail.contract.model import Condition, Contract, Field, Place, Table

Part = Callable[[Contract], object]
FOLLOWING = frozenset(("start", "end", "sort"))  # of a term: where it stands, what it must be


def changed_sections(old: Contract, new: Contract) -> frozenset[str]:
    """The top-level keys whose value differs; layout, comments and `version` do not count.

    Conditions are compared as they are built, not by what they come to: `!(a < 5)` in place of
    `a >= 5` counts. A change in a table or a field counts there, not where conditions use it.
    """
    return frozenset(
        name for name, part in SECTIONS.items() if plain(part(old)) != plain(part(new))
    )


def plain(value: Any) -> Any:
    """The value without the places at which it was read; tables and fields by their names."""
    match value:
        case Condition():
            return plain(value.expression)
        case Place():
            return None
        case Table() | Field():
            return value.name
        case msgspec.Struct():
            names = [name for name in value.__struct_fields__ if name not in FOLLOWING]
            return type(value), [plain(getattr(value, name)) for name in names]
        case Mapping():
            return {key: plain(part) for key, part in value.items()}
        case tuple():
            return [plain(part) for part in value]
        case _:
            return type(value), value  # as Python has it, 1 == 1.0 == True


def _declared(contract: Contract) -> object:
    """Without `tier`, `lead_type` and the like, whose values follow from other sections."""
    return {
        name: (field.type, field.values, field.min, field.max)
        for name, field in contract.fields.items()
        if "." in name
    }


def _tables(contract: Contract) -> object:
    return {name: (table.keys, table.second) for name, table in contract.tables.items()}


SECTIONS: Mapping[str, Part] = {
    "contract": lambda contract: contract.name,
    "timezone": lambda contract: contract.timezone,
    "owners": lambda contract: contract.owners,
    "sources": lambda contract: frozenset(contract.sources),
    "tables": _tables,
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
    "booking": lambda contract: contract.booking,
    "governance": lambda contract: contract.governance,
}
"""In the order of the handbook. Each key of a contract but `version` has one."""
