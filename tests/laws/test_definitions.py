"""Laws of the definitions audit: its counts are those of the evaluator, and they add up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from handrail.contract.definitions import Definition, Definitions, read_definitions_text
from handrail.contract.facts import Facts
from handrail.kernel.assess import assess
from handrail.lab.definitions import Written, audit
from handrail.terms.evidence import AccountHistory
from handrail.terms.lead import Lead
from handrail.terms.signal import Signal
from tests.cast import START

HEAD = """
definitions: team
fields:
  lead.country: {type: string, values: [US, DE]}
  account.employees: {type: integer, min: 0}
scores: {intent: {signals: {demo: {add: 40}}}}
"""
ATOMS = st.sampled_from(
    [
        "account.employees >= 1",
        "account.employees >= 2",
        'lead.country == "US"',
        'seen("demo")',
        "has(lead.country)",
        '!(lead.country == "DE")',
        "intent >= 40",
        "true",
    ]
)
CONDITIONS = st.recursive(
    ATOMS,
    lambda below: st.builds(
        lambda sign, parts: f" {sign} ".join(f"({part})" for part in parts),
        st.sampled_from(["&&", "||"]),
        st.lists(below, min_size=2, max_size=3),
    ),
    max_leaves=6,
)
BARS = st.lists(CONDITIONS, max_size=1)
LEADS = st.lists(
    st.tuples(st.sampled_from([None, 0, 1, 2]), st.sampled_from([None, "US", "DE"]), st.booleans()),
    min_size=1,
    max_size=12,
)


@st.composite
def definitions(draw: st.DrawFn) -> Definitions:
    clauses = draw(st.lists(CONDITIONS, min_size=1, max_size=3))
    written = "\n".join(f"    - {{name: c{n}, when: '{when}'}}" for n, when in enumerate(clauses))
    bars = "".join(f"exclude: [{{when: '{when}', because: b}}]\n" for when in draw(BARS))
    how = draw(st.sampled_from(["any", "all"]))
    read = read_definitions_text(f"{HEAD}{bars}mql:\n  {how}:\n{written}\n")
    assert isinstance(read, Definitions), read
    return read


def lead(number: int, employees: int | None, country: str | None, demo: bool) -> Lead:
    given = {"account.employees": employees, "lead.country": country}
    return Lead(
        id=f"l{number}",
        captured_at=START,
        attributes={name: value for name, value in given.items() if value is not None},
        signals=(Signal("demo", START),) if demo else (),
    )


def reached(definition: Definition, facts: Facts) -> bool:
    """The definition in ten lines, on one lead."""
    held = [clause.when.test(facts) is True for clause in definition.clauses]
    barred = any(bar.when.test(facts) is True for bar in definition.bars)
    return (any(held) if definition.how == "any" else all(held)) and not barred


@given(one=definitions(), other=definitions(), rows=LEADS)
def test_what_the_audit_counts_is_what_the_evaluator_says_of_each_lead(
    one: Definitions, other: Definitions, rows: list[tuple[int | None, str | None, bool]]
) -> None:
    leads = [lead(number, *row) for number, row in enumerate(rows)]
    said = []
    for of in (one, other):
        facts = (
            assess(contract=of.vocabulary, lead=who, account=AccountHistory(), now=START).facts
            for who in leads
        )
        said.append([reached(of.stages["mql"], each) for each in facts])
    found = audit(
        [Written("marketing", one), Written("sales", other)], leads, now=START, tell=lambda n: None
    ).stages["mql"]
    answers = list(zip(*said, strict=True))
    assert found.both == answers.count((True, True))
    assert found.neither == answers.count((False, False))
    assert found.only == {
        "marketing": answers.count((True, False)),
        "sales": answers.count((False, True)),
    }


@pytest.mark.long
@given(one=definitions(), other=definitions(), rows=LEADS)
def test_the_steps_explain_each_disagreement_once_and_leave_none(
    one: Definitions, other: Definitions, rows: list[tuple[int | None, str | None, bool]]
) -> None:
    leads = [lead(number, *row) for number, row in enumerate(rows)]
    found = audit(
        [Written("marketing", one), Written("sales", other)], leads, now=START, tell=lambda n: None
    ).stages["mql"]
    assert found.both + found.neither + sum(found.only.values()) == found.compared == len(leads)
    assert sum(step.explains for step in found.clauses) + found.unexplained == found.disagreements
    left = [found.disagreements, *(step.remaining for step in found.clauses)]
    assert left == sorted(set(left), reverse=True), "each step lessens what is in dispute"
    assert left[-1] == 0, "what one team says, the other can take up"
