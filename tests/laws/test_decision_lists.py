"""Laws of rules learned from history: the contract decides as the list does, row by row."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handrail.contract.model import Contract, TeamTarget
from handrail.contract.read import read_contract_text
from handrail.kernel.assess import assess
from handrail.lab.first_draft import (
    TEMPLATES,
    HistoryRow,
    answers_for,
    draft_from_history,
    draft_of,
    draft_pages,
)
from handrail.terms.evidence import AccountHistory
from handrail.terms.lead import Lead
from tests.cast import START

SIZES = ["1", "49", "50", "51", "900"]


@st.composite
def histories(draw: st.DrawFn) -> list[HistoryRow]:
    """Leads that went by a size and a place, save where they did not."""
    cut = draw(st.sampled_from(SIZES[1:]))
    row = st.tuples(
        st.sampled_from([None, "US", "DE", 'A"B', "x\\y"]),
        st.sampled_from([None, *SIZES]),
        st.sampled_from([None, 0.5, 2.0]),
        st.sampled_from([None, True, False]),
        st.sampled_from([None] * 9 + ["stray"]),
    )
    return [
        history_row(number, drawn, cut=int(cut))
        for number, drawn in enumerate(draw(st.lists(row, min_size=20, max_size=80)))
    ]


def history_row(number: int, drawn: tuple[object, ...], *, cut: int) -> HistoryRow:
    place, size, part, known, stray = drawn
    given = {
        "lead.place": place,
        "account.employees": size,
        "lead.part": part,
        "lead.known": known,
    }
    team = "large" if isinstance(size, str) and int(size) >= cut else "small"
    if place == "DE":
        team = "dach"
    return HistoryRow(
        id=f"l{number}",
        attributes={name: value for name, value in given.items() if value is not None},
        owner=None,
        team=str(stray or team),
    )


def team_of(contract: Contract, row: HistoryRow) -> str:
    lead = Lead(id=row.id, captured_at=START, attributes=dict(row.attributes))
    facts = assess(contract=contract, lead=lead, account=AccountHistory(), now=START).facts
    rule = next(rule for rule in contract.routing if rule.when.test(facts) is True)
    (target,) = rule.to
    assert isinstance(target, TeamTarget)
    return target.team


@pytest.mark.long
@given(rows=histories())
def test_the_drafted_contract_explains_exactly_the_rows_that_are_not_listed(
    rows: list[HistoryRow],
) -> None:
    found = draft_from_history(rows)
    pages = draft_pages(draft_of(answers_for(), TEMPLATES["minimal"], found.routes))
    contract = read_contract_text(pages["contract.yaml"], proofs="none").contract
    assert contract is not None
    listed = {one.id: one.drafted for one in found.agreement.unexplained}
    for row in rows:
        team = team_of(contract, row)
        assert (team != row.team) == (row.id in listed), row
        assert listed.get(row.id, team) == team


@given(rows=histories())
def test_the_rates_count_every_row_once(rows: list[HistoryRow]) -> None:
    found = draft_from_history(rows).agreement
    assert found.learned_from + found.held_out == found.rows == len(rows)
    right = found.learned_right + found.held_out_right
    assert right + len(found.unexplained) == found.rows
