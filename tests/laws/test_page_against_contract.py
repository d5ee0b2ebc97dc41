"""Two contracts that differ have pages that differ.

Law: whatever single thing changes in a contract, its page says something else. So a new key of the
language that the page forgets is found here, and nobody signs what they were not shown.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from handrail.contract import model as m
from handrail.contract.page import page_of
from handrail.contract.page.spoken import is_always
from handrail.contract.read import read_contract_file

ACME = Path(__file__).resolve().parents[2] / "examples" / "acme" / "contract.yaml"
# What the page leaves to the content hash, or says through something else of the same clause.
UNSAID = {
    (m.Contract, "digest"),
    (m.Contract, "source"),
    (m.Contract, "table_sources"),
    (m.Condition, "place"),
    (m.Condition, "test"),
    (m.Condition, "expression"),
    (m.Condition, "fields"),
    (m.Condition, "signals"),
    (m.Condition, "readable"),
    (m.EscalationStep, "place"),
    (m.Table, "second"),
}
OTHER_WORDS = {
    "business": "wall",
    "fastest": "fair",
    "fair": "fastest",
    "month": "week",
    "recycle": "reroute",
    "reroute": "recycle",
    "disqualify": "recycle",
    "merge": "recycle",
    "route_and_flag": "nurture",
    "triage": "nurture",
    "string": "integer",
    "integer": "number",
    "number": "integer",
    "list": "string",
    "rep": "string",
}
Path_ = str


def others(value: Any, path: Path_) -> Iterator[tuple[Path_, Any]]:
    """Each value that differs from this one in a single thing, with the place of the thing."""
    if isinstance(value, m.Condition) and is_always(value):
        return  # however it is spelt
    if isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            if (type(value), name) not in UNSAID:
                for place, other in others(getattr(value, name), f"{path}.{name}"):
                    yield place, msgspec.structs.replace(value, **{name: other})
    elif isinstance(value, tuple):
        if len({isinstance(item, int) for item in value}) < 2:  # a tier is a pair, not a list
            yield from _fewer(value, path, lambda rest: rest)
        for at, item in enumerate(value):
            for place, other in others(item, f"{path}[{at}]"):
                yield place, (*value[:at], other, *value[at + 1 :])
    elif isinstance(value, frozenset):
        yield from _fewer(tuple(sorted(value)), path, frozenset)
    elif isinstance(value, Mapping):
        yield from _fewer(tuple(value.items()), path, dict)
        for key, item in value.items():
            for place, other in others(item, f"{path}.{key}"):
                yield place, {**value, key: other}
    else:
        yield from ((path, other) for other in _other_leaf(value))


def _fewer(items: tuple[Any, ...], path: Path_, make: Callable[[Any], Any]) -> Iterator[Any]:
    """Without one; the last rule of all stays, or there is nothing to say of."""
    for at in range(len(items) if len(items) > 1 else 0):
        yield f"{path} without {at}", make(items[:at] + items[at + 1 :])


def _other_leaf(value: Any) -> Iterator[Any]:
    match value:
        case None:
            return
        case bool():
            yield not value
        case int() | float():
            yield value + 1
        case str():
            yield OTHER_WORDS.get(value, f"{value}x")
        case timedelta():
            yield value + timedelta(hours=1)
        case m.SAME_DAY:
            yield timedelta(hours=1)
        case _:
            raise AssertionError(f"how does {value!r} differ from another?")


def full() -> m.Contract:
    """The sample, with every option in use that it leaves out."""
    contract = read_contract_file(ACME).contract
    assert contract is not None
    replace = msgspec.structs.replace
    fields = {**contract.fields, "lead.age_days": m.Field("lead.age_days", "number", None, 1, 90)}
    sums = m.Score("both", sum_of=("fit", "intent"), cap=400, floor=-5)
    return replace(
        contract,
        fields=fields,
        scores=(*contract.scores, sums),
        sources=("web", "events"),
        sal=replace(contract.sal, require=("lead.country", "budget")),
        alerts=replace(contract.alerts, always=m.Always(("stalled", "new_signal"), ("email",))),
        booking=m.Booking(
            before=timedelta(minutes=5),
            after=timedelta(minutes=10),
            per_day=6,
            reminders=(timedelta(hours=24), timedelta(hours=1)),
            no_show=m.NoShow(credit=True),
        ),
        governance=replace(contract.governance, emergency=timedelta(hours=8)),
        lead_types=(
            replace(
                contract.lead_types[0], first_action=timedelta(minutes=7), loads={"A": 150, "C": 50}
            ),
            *contract.lead_types[1:],
        ),
    )


FULL = full()
CHANGED = dict(others(FULL, "contract"))


def said(contract: m.Contract) -> bytes:
    return msgspec.json.encode(page_of(contract))


def test_whatever_changes_in_a_contract_changes_its_page() -> None:
    same = said(FULL)
    unseen = [place for place, other in CHANGED.items() if said(other) == same]
    assert len(CHANGED) > 300
    assert not unseen, "the page does not show: " + ", ".join(unseen)


KINDS = [
    kind
    for kind in vars(m).values()
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and kind.__module__ == m.__name__
]


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind is not m.Place])
def test_every_part_of_the_language_is_among_what_was_changed(kind: type[msgspec.Struct]) -> None:
    """An option that is nowhere in use would not be asked about."""
    used = [one for one in _parts(FULL) if isinstance(one, kind)]
    assert used
    never = [
        name
        for name in kind.__struct_fields__
        if (kind, name) not in UNSAID and all(not _is_used(getattr(one, name)) for one in used)
    ]
    assert not never, f"{kind.__name__} is never seen with {never}"


def _is_used(value: Any) -> bool:
    return value is not None and value not in ((), frozenset(), {})


def _parts(value: Any) -> Iterator[Any]:
    yield value
    if isinstance(value, msgspec.Struct):
        inner = [getattr(value, name) for name in value.__struct_fields__]
    elif isinstance(value, Mapping):
        inner = list(value.values())
    elif isinstance(value, tuple | frozenset):
        inner = list(value)
    else:
        return
    for one in inner:
        yield from _parts(one)
