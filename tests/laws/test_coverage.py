"""Law of roster coverage: interval arithmetic and a count minute by minute find the same time."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from handrail.contract.checks.coverage import Need, uncovered, without
from handrail.contract.model import Contract
from handrail.terms.hours import working_time
from handrail.terms.people import Leave, LocalSpan, Member, Rep, Roster, Shift, Team
from handrail.terms.zones import Period, day_of
from tests.cast import CONTRACT, contract

FROM_AT = datetime(2026, 3, 27, tzinfo=UTC)  # Europe's clocks go forward two days later
DAYS = 4
STEP = timedelta(minutes=15)  # every edge that is drawn lies on one
BUSINESS = contract()
WALL = contract(CONTRACT.replace("clock: business", "clock: wall"))
SILENT = contract(
    CONTRACT.replace("clock: business", "clock: wall")
    .replace("[alert_manager, assign team:inbound]", "reroute")
    .replace("do: incident, repeat: 15m", "do: reroute")
)

# Few values: reps who look alike, edges that meet.
MINUTES = st.sampled_from([0, 480, 540, 720, 780, 1_020, 1_440])
SPANS = st.tuples(MINUTES, MINUTES).filter(lambda ends: ends[0] < ends[1])
DAYS_OF_SHIFT = st.lists(SPANS, max_size=1).map(lambda spans: tuple(LocalSpan(*s) for s in spans))
SHIFTS = st.none() | st.tuples(*[DAYS_OF_SHIFT] * 7).map(Shift)
DATES = st.sampled_from([datetime(2026, 3, day, tzinfo=UTC).date() for day in (26, 28, 29, 30)])


@st.composite
def reps(draw: st.DrawFn, name: str) -> Rep:
    first = draw(DATES)
    return Rep(
        id=name,
        name=name,
        email=f"{name}@acme.example",
        timezone=draw(st.sampled_from(["Europe/Berlin", "America/New_York", "UTC"])),
        shift=draw(SHIFTS),
        skills=frozenset(draw(st.sets(st.sampled_from(["german"])))),
        territories=draw(st.sampled_from([None, ("rest",), ("named",)])),
        leave=draw(st.sampled_from([(), (Leave(first, first),)])),
        joined=draw(st.none() | DATES),
        active=draw(st.sampled_from([True, True, False])),
    )


@st.composite
def rosters(draw: st.DrawFn) -> Roster:
    staff = [draw(reps(name)) for name in ("ada", "ben", "cy")]
    teams = {
        "inbound": Team("inbound", "mo", (Member("ada"), Member("ben"))),
        "elsewhere": Team("elsewhere", "mo", (Member("ben"), Member("cy"))),
    }
    return Roster("acme", teams, {rep.id: rep for rep in staff})


def works(rep: Rep, at: datetime) -> bool:
    begins = rep.joined is None or at >= day_of(rep.joined, rep.timezone)[0][0]
    return rep.active and begins and working_time(rep).contains(at)


def is_uncovered(of: Contract, roster: Roster, need: Need, at: datetime) -> bool:
    """The sentence, at one instant."""
    staff = [roster.reps[m.rep] for team in need.teams for m in roster.teams[team].members]
    for rep in staff:
        covers = (
            need.territory is None or rep.territories is None or need.territory in rep.territories
        )
        if covers and need.skills <= rep.skills and works(rep, at):
            return False
    last = [roster.reps[member.rep] for member in roster.teams[need.teams[-1]].members]
    return of is SILENT or any(working_time(rep).contains(at) for rep in last)


@pytest.mark.long
@settings(max_examples=60)
@given(
    of=st.sampled_from([BUSINESS, WALL, SILENT]),
    roster=rosters(),
    teams=st.sampled_from([("inbound",), ("inbound", "elsewhere")]),
    skills=st.sampled_from([frozenset[str](), frozenset({"german"})]),
    territory=st.sampled_from([None, "rest"]),
)
def test_a_minute_is_uncovered_when_its_clock_runs_and_nobody_able_works(
    of: Contract,
    roster: Roster,
    teams: tuple[str, ...],
    skills: frozenset[str],
    territory: str | None,
) -> None:
    need = Need("everyone", 0, teams, skills, territory)
    until_at = FROM_AT + timedelta(days=DAYS)
    gaps = uncovered(of, roster, need, from_at=FROM_AT, until_at=until_at)
    at = FROM_AT
    while at < until_at:
        inside = any(start <= at < end for start, end in gaps)
        assert inside is is_uncovered(of, roster, need, at), at
        at += STEP


PERIODS = st.lists(st.integers(0, 12), unique=True, max_size=8).map(
    lambda edges: [
        (FROM_AT + start * STEP, FROM_AT + end * STEP)
        for start, end in zip(sorted(edges)[::2], sorted(edges)[1::2], strict=False)
    ]
)


@given(periods=PERIODS, taken=PERIODS)
def test_what_is_left_of_periods_is_in_them_and_was_not_taken(
    periods: list[Period], taken: list[Period]
) -> None:
    left = without(periods, taken)
    for number in range(13):
        at = FROM_AT + number * STEP
        was = any(start <= at < end for start, end in periods)
        gone = any(start <= at < end for start, end in taken)
        assert any(start <= at < end for start, end in left) is (was and not gone)
    assert all(start < end for start, end in left)
    assert [edge for one in left for edge in one] == sorted(edge for one in left for edge in one)
