"""Laws of the duties: what is proved of every lead holds of each of a few thousand."""

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handrail.contract.checks import interference, slower_sla
from handrail.contract.checks.treatment import Treatment, treatment
from handrail.contract.model import Contract
from handrail.contract.read import read_contract_text
from handrail.engine.alone import facts_seen
from tests.cast import CONTRACT

ATOMS = [
    'lead.gender == "f"',
    'lead.gender == "m"',
    "has(lead.gender)",
    'lead.country == "US"',
    "has(lead.country)",
    'seen("demo_request")',
]
SIGNS = [
    'seen("demo_request")',
    'seen("webinar_attended")',
    'seen("careers_view")',
    '!seen("demo_request")',
    '!seen("webinar_attended")',
    '!seen("careers_view")',
]
SIGNALS = ["demo_request", "webinar_attended", "pricing_view", "careers_view"]
RULE = "  - {name: everyone, when: 'true', to: [team:inbound]}\n"
DEMO = """  - {name: demo, when: 'seen("demo_request")', first_action: 5m, strategy: fastest}\n"""
GENDER = "  lead.country:"


def joined(atoms: list[str]) -> st.SearchStrategy[str]:
    one = st.sampled_from(atoms)
    pairs = st.tuples(one, st.sampled_from([" && ", " || "]), one).map("".join)
    return one | pairs


def line(gender: str | None, country: str | None, signals: tuple[str, ...]) -> dict[str, object]:
    given = {"lead.gender": gender, "lead.country": country}
    return {
        "id": "lena",
        "email": "lena@acme.example",
        "captured_at": "2026-03-02T15:00:00Z",
        **{name: value for name, value in given.items() if value is not None},
        "signals": list(signals),
    }


def subsets() -> list[tuple[str, ...]]:
    sizes = range(len(SIGNALS) + 1)
    return [some for size in sizes for some in itertools.combinations(SIGNALS, size)]


def treated(
    of: Contract, gender: str | None, country: str | None, signals: tuple[str, ...]
) -> Treatment:
    return treatment(of, facts_seen(of, line(gender, country, signals)))


@pytest.mark.long
@settings(max_examples=40)
@given(
    rules=st.lists(joined(ATOMS), min_size=1, max_size=3),
    teams=st.lists(st.sampled_from(["inbound", "elsewhere"]), min_size=3, max_size=3),
)
def test_a_field_is_independent_when_no_two_leads_apart_in_it_are_treated_apart(
    rules: list[str], teams: list[str]
) -> None:
    routing = "".join(
        f"  - {{name: r{number}, when: '{when}', to: [team:{team}]}}\n"
        for number, (when, team) in enumerate(zip(rules, teams, strict=False))
    )
    text = CONTRACT.replace(RULE, routing + RULE)
    read = contract_of(text.replace(GENDER, f"  lead.gender: {{type: string}}\n{GENDER}"))
    found = interference.check_independence(read, ["lead.gender"], "interference", facts_seen)
    apart = any(
        len({treated(read, gender, country, signals) for gender in (None, "f", "m", "x")}) > 1
        for country in (None, "US", "DE")
        for signals in subsets()
    )
    assert [one.kind for one in found.findings] == (["interference"] if apart else [])
    for one in found.findings:
        assert one.example is not None


@pytest.mark.long
@settings(max_examples=40)
@given(
    types=st.lists(joined(SIGNS), min_size=1, max_size=3),
    windows=st.lists(st.sampled_from(["5m", "2h", "same_day"]), min_size=3, max_size=3),
)
def test_a_type_is_slower_when_adding_a_signal_leads_to_it_from_a_quicker_one(
    types: list[str], windows: list[str]
) -> None:
    kinds = "".join(
        f"  - {{name: t{number}, when: '{when}', first_action: {window}}}\n"
        for number, (when, window) in enumerate(zip(types, windows, strict=False))
    )
    of = contract_of(CONTRACT.replace(DEMO, kinds).replace('lead_type == "demo"', "intent > 0"))
    found = slower_sla.find(of, facts_seen)
    slow = {kind.name: slower_sla.length(kind.first_action) for kind in of.lead_types}
    got = {signals: treated(of, None, None, signals).lead_type for signals in subsets()}
    expected = set()
    for less, more in itertools.product(got, repeat=2):
        added = set(more) - set(less)
        if set(less) <= set(more) and "careers_view" not in added:
            was, now = got[less], got[more]
            if was is not None and now is not None and slow[was] < slow[now]:
                expected.add(now)
    assert {named(of, one.line) for one in found if one.kind == "slower_sla"} == expected


def contract_of(text: str) -> Contract:
    """Rules drawn at random may be dead, which is beside the point here."""
    read = read_contract_text(text, tables={})
    assert read.partial is not None, read.findings
    return read.partial


def named(of: Contract, line: int) -> str:
    return next(kind.name for kind in of.lead_types if kind.when.place.line == line)
