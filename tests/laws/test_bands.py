"""Bands of score rules meet or not: held against a count of every whole number."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from handrail.contract.findings import Finding
from handrail.contract.read import read_contract_text
from handrail.engine.alone import facts_seen
from tests.unit.contract.read.acme import TABLES, TEXT

NUMBERS = range(20)
SIGNS = ("<", "<=", ">", ">=")
BOUNDS = st.builds(
    lambda low, size, above, below: (f"{above} {low}", f"{below} {low + size}"),
    st.integers(0, 8),
    st.integers(1, 10),
    st.sampled_from((">", ">=")),
    st.sampled_from(("<", "<=")),
)


def findings_of(bands: list[tuple[str, str]]) -> list[Finding]:
    rules = "".join(
        f"      - {{when: account.employees {low} && account.employees {high}, add: 1}}\n"
        for low, high in bands
    )
    old = "      - {when: account.employees >= 1000, add: 40, because: enterprise size}\n"
    assert old in TEXT
    result = read_contract_text(TEXT.replace(old, rules), tables=TABLES, evaluate=facts_seen)
    return [one for one in result.findings if one.kind.startswith("band_")]


def values_of(band: tuple[str, str]) -> frozenset[int]:
    test = compile(f"n {band[0]} and n {band[1]}", "band", "eval")
    return frozenset(n for n in NUMBERS if eval(test, {"n": n}))


@pytest.mark.long
@settings(deadline=None, max_examples=40)
@example([(">= 0", "<= 1"), (">= 0", "<= 1"), ("> 1", "<= 2"), ("> 3", "<= 5")])
@given(st.lists(BOUNDS, min_size=3, max_size=4))
def test_a_gap_or_overlap_is_said_exactly_where_a_number_is_in_no_band_or_in_two(
    bands: list[tuple[str, str]],
) -> None:
    found = findings_of(bands)
    sets = [values_of(band) for band in bands]
    real = [one for one in sets if len(one) > 1]
    if len(real) < 3:
        return
    covered = frozenset().union(*sets)
    left_out = frozenset(range(min(map(min, real)), max(map(max, real)))) - covered
    shared = [
        a & b
        for number, a in enumerate(real)
        for b in real[number + 1 :]
        if a & b and not a <= b and not b <= a
    ]
    gaps = [one for one in found if one.kind == "band_gap"]
    overlaps = [one for one in found if one.kind == "band_overlap"]
    assert bool(gaps) == bool(left_out)
    assert len(overlaps) == len(shared)
    for finding in found:
        assert finding.example is not None
        number = finding.example["account.employees"]
        inside = sum(number in one for one in sets)
        assert inside == 0 if finding.kind == "band_gap" else inside >= 2
