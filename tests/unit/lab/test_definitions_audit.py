"""Where two teams' definitions part, and the clause named for it."""

from collections.abc import Mapping

import pytest

from handrail.contract.definitions import Definitions, Stage, read_definitions_text
from handrail.lab.definitions import Answers, Audit, Labelled, Written, audit
from handrail.lab.definitions.agreement import kappa
from handrail.terms.lead import Lead
from handrail.terms.signal import Signal
from tests.cast import START

HEAD = """
definitions: {team}
fields:
  lead.country: {{type: string, values: [US, CA, DE]}}
  account.employees: {{type: integer, min: 0}}
scores:
  intent: {{signals: {{demo_request: {{add: 40}}}}}}
mql:
"""


def team(name: str, mql: str) -> Written:
    read = read_definitions_text(HEAD.format(team=name) + mql)
    assert isinstance(read, Definitions), read
    return Written(name, read)


def lead(number: int, *, employees: int | None = None, demo: bool = False) -> Lead:
    signals = (Signal("demo_request", START),) if demo else ()
    attributes: dict[str, object] = {} if employees is None else {"account.employees": employees}
    return Lead(id=f"l{number}", captured_at=START, attributes=attributes, signals=signals)


def compared(one: Answers, other: Answers, leads: list[Lead]) -> Audit:
    return audit([one, other], leads, now=START, tell=lambda done: None)


LEADS = [
    *(lead(number, employees=number * 10, demo=True) for number in range(10)),
    *(lead(10 + number, employees=number * 10) for number in range(10)),
    lead(20, demo=True),
]
SMALL = """
  any:
    - {name: wants a demo, when: 'seen("demo_request") && account.employees >= 20'}
"""
LARGE = """
  any:
    - {name: a demo for a company, when: 'seen("demo_request") && account.employees >= 50'}
"""


def test_the_part_that_parts_them_is_named_and_not_the_whole_rule() -> None:
    found = compared(team("marketing", SMALL), team("sales", LARGE), LEADS)
    mql = found.stages["mql"]
    assert (mql.both, mql.neither) == (5, 13)
    assert mql.only == {"marketing": 3, "sales": 0}
    (step,) = mql.clauses
    assert (step.team, step.part) == ("sales", "account.employees >= 50")
    assert (step.settled_by.team, step.settled_by.does) == ("marketing", "adopts")
    assert (step.explains, step.creates, step.remaining) == (3, 0, 0)
    assert [(one.lead, one.values) for one in step.examples] == [
        (f"l{number}", {"account.employees": number * 10}) for number in (2, 3, 4)
    ]
    assert found.settle_first is not None and found.settle_first.step is step


def test_the_other_way_to_settle_a_point_is_counted_too() -> None:
    found = compared(team("marketing", SMALL), team("sales", LARGE), LEADS)
    assert found.settle_first is not None
    other = found.settle_first.otherwise
    assert other is not None
    assert (other.team, other.does) == ("sales", "drops")
    assert other.remaining == 3, "sales would now take l0, l1 and the one of unknown size"


def test_teams_of_one_mind_agree_on_every_lead() -> None:
    found = compared(team("marketing", SMALL), team("sales", SMALL), LEADS)
    assert found.agree
    assert found.stages["mql"].clauses == ()
    assert found.settle_first is None
    assert found.all_agree == {"mql": len(LEADS)}


def test_a_missing_value_is_a_no_and_drops_out_of_an_or() -> None:
    either = team("marketing", "  any: [{name: e, when: 'account.employees >= 0 || true'}]")
    known = team("sales", "  any: [{name: k, when: 'account.employees >= 0'}]")
    found = compared(either, known, LEADS)
    assert found.stages["mql"].only == {"marketing": 1, "sales": 0}
    assert found.stages["mql"].clauses[0].examples[0].lead == "l20"


def test_all_means_that_every_clause_is_needed() -> None:
    strict = team(
        "sales",
        "  all: [{name: d, when: 'seen(\"demo_request\")'}, "
        "{name: big, when: 'account.employees >= 50'}]",
    )
    found = compared(team("marketing", SMALL), strict, LEADS)
    (step,) = found.stages["mql"].clauses
    assert (step.clause, step.part) == ("big", None)
    assert found.stages["mql"].both == 5


def test_a_later_stage_may_name_an_earlier_one() -> None:
    one = team("marketing", SMALL + "sal: {all: [{name: q, when: mql}]}\n")
    other = team("sales", SMALL + "sal: {any: [{name: q, when: 'mql && account.employees >= 60'}]}")
    found = compared(one, other, LEADS)
    assert found.stages["mql"].disagreements == 0
    assert found.stages["sal"].only == {"marketing": 4, "sales": 0}
    assert found.stages["sal"].clauses[0].part == "account.employees >= 60"


def test_an_earlier_stage_may_not_name_a_later_one() -> None:
    read = read_definitions_text(HEAD.format(team="x") + "  any: [{name: q, when: sal}]\n")
    assert isinstance(read, tuple)
    assert "defined before it" in read[0].message


def labels(team: str, yes: Mapping[str, bool]) -> Labelled:
    by_lead: dict[str, dict[Stage, bool]] = {id_: {"mql": label} for id_, label in yes.items()}
    return Labelled(team, by_lead)


def test_labels_are_held_against_the_clauses_that_they_contradict() -> None:
    people = labels("sales", {"l2": False, "l3": False, "l7": True, "l0": False})
    found = compared(team("marketing", SMALL), people, LEADS)
    mql = found.stages["mql"]
    assert (mql.compared, mql.both, mql.neither) == (4, 1, 1)
    assert mql.only == {"marketing": 2, "sales": 0}
    assert sum(step.explains for step in mql.clauses) + mql.unexplained == 2
    assert mql.clauses[0].team == "marketing"
    assert mql.kappa is not None and mql.kappa.low < mql.kappa.value < mql.kappa.high


def test_two_sets_of_labels_have_no_clause_to_settle() -> None:
    found = compared(labels("marketing", {"l1": True}), labels("sales", {"l1": False}), LEADS)
    assert found.stages["mql"].unexplained == found.stages["mql"].disagreements == 1
    assert found.settle_first is None


def test_of_three_teams_every_pair_is_compared() -> None:
    teams = [team("marketing", SMALL), team("sales", LARGE), team("success", SMALL)]
    found = audit(teams, LEADS, now=START, tell=lambda done: None)
    assert [pair.teams for pair in found.pairs] == [
        ("marketing", "sales"),
        ("marketing", "success"),
        ("sales", "success"),
    ]
    assert found.all_agree == {"mql": len(LEADS) - 3}


def test_kappa_of_the_textbook() -> None:
    """Cohen's own kind of example: 20 and 15 of 50 agree, 0.7 against 0.5 by chance."""
    found = kappa(both=20, neither=15, only_one=5, only_other=10)
    assert found is not None
    assert found.value == pytest.approx(0.4)
    assert (found.low, found.high) == (0.125, 0.618)


def test_thirty_leads_of_one_mind_still_leave_a_doubt() -> None:
    found = kappa(both=15, neither=15, only_one=0, only_other=0)
    assert found is not None
    assert found.value == found.high == 1.0
    assert 0.7 < found.low < 0.9


def test_there_is_no_kappa_of_one_answer() -> None:
    assert kappa(both=30, neither=0, only_one=0, only_other=0) is None
    assert kappa(both=0, neither=0, only_one=0, only_other=0) is None
