"""Codes that no file of leads can bring about: they need a history, a calendar or a rejection."""

from datetime import UTC, datetime

import pytest

from handrail.kernel.eligibility import Demand, Verdict, judge
from handrail.terms.evidence import RepConditions, RepLoad
from handrail.terms.hours import WorkingTime, working_time
from handrail.terms.people import Caps, Rep

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
ADA = Rep(id="ada", name="Ada", email="ada@acme.example", timezone="UTC", caps=Caps(timed=2))


class Around:
    """A `Staffing` of one rep, as far as verdicts look at it."""

    def __init__(self, conditions: RepConditions, load: RepLoad) -> None:
        self._conditions, self._load = conditions, load

    def conditions(self, rep: str) -> RepConditions:
        return self._conditions

    def load(self, rep: str) -> RepLoad:
        return self._load

    def hours(self, rep: str) -> WorkingTime:
        return working_time(ADA)


@pytest.mark.parametrize(
    ("demand", "conditions", "load", "code"),
    [
        (Demand(same_day=False), RepConditions(), RepLoad(timed=1), None),
        (Demand(same_day=False), RepConditions(), RepLoad(timed=2), "busy_with_timed_lead"),
        (
            Demand(same_day=False, breached_by=frozenset({"ada"})),
            RepConditions(calendar_stale=True),
            RepLoad(),
            "excluded_after_breach",
        ),
        (
            Demand(same_day=False, declined_by=frozenset({"ada"})),
            RepConditions(),
            RepLoad(),
            "declined",
        ),
        (
            Demand(same_day=False, breached_by=frozenset({"ben"})),
            RepConditions(calendar_stale=True),
            RepLoad(timed=9),
            "calendar_stale",
        ),
    ],
)
def test_what_lies_in_the_history_is_told_in_the_fixed_order(
    demand: Demand, conditions: RepConditions, load: RepLoad, code: str | None
) -> None:
    around = Around(conditions, load)
    verdict = judge(rep=ADA, demand=demand, staffing=around, now=NOW)  # type: ignore[arg-type]  # three of its answers
    assert verdict == Verdict(code=code)
