"""The fields, signals and tables that the tests of conditions speak of."""

from datetime import UTC, datetime, timedelta

from handrail.contract.cel import Compiled, Names, Problem, compile_condition
from handrail.contract.facts import Facts, Fault
from handrail.contract.model import Field, Table
from handrail.terms.lead import Value
from handrail.terms.signal import Signal

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
COUNTRIES = frozenset(("US", "CA", "DE", "AT", "CH"))
FIELDS = (
    Field("lead.country", "string", values=COUNTRIES),
    Field("lead.name", "string"),
    Field("lead.born", "date"),
    Field("lead.opted_in", "boolean"),
    Field("account.employees", "integer", min=0, max=1_000_000),
    Field("account.revenue", "number", min=0),
    Field("account.technologies", "list"),
    Field("account.csm", "rep"),
    Field("fit", "integer"),
    Field("lead_type", "string", values=frozenset(("demo", "content"))),
)
NAMES = Names(
    fields={field.name: field for field in FIELDS},
    signals=frozenset(("demo_request", "pricing_view")),
    tables={
        "named": Table("named", frozenset(("acme.example",)), {}),
        "zips": Table("zips", frozenset(("94105",)), {"94105": "us-west"}),
    },
)


def facts(values: dict[str, Value] | None = None, *signals: tuple[str, timedelta]) -> Facts:
    """Signals are given by name and age, the oldest first."""
    return Facts(
        values=values or {},
        signals=tuple(Signal(name, NOW - age) for name, age in signals),
        now=NOW,
    )


def compiled(text: str) -> Compiled:
    found = compile_condition(text, NAMES)
    assert isinstance(found, Compiled), found
    return found


def problems(text: str) -> tuple[Problem, ...]:
    found = compile_condition(text, NAMES)
    assert isinstance(found, tuple), f"{text} has no problem"
    return found


def answer(text: str, given: Facts | None = None) -> bool | Fault:
    return compiled(text).test(given if given is not None else facts())
