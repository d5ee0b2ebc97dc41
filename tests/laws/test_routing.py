"""Laws of routing: exact shares, total order, a reason for everyone."""

from datetime import timedelta
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from handrail.engine.ports import LoadRow
from handrail.engine.standing import StandingAt
from handrail.kernel.decision import Candidate, Decision
from handrail.kernel.eligibility import INELIGIBILITY_CODES
from handrail.kernel.rank import CRITERIA, Shares
from handrail.terms import event as ev
from handrail.terms.evidence import RepConditions
from handrail.terms.people import Member, Presence, Rep, Roster, Span, Team
from tests.cast import START, THE_CONTRACT, THE_ROSTER, Scene, lena

# Few values, so that ties and look-alikes come up all the time.
REPS = st.lists(
    st.tuples(
        st.sampled_from([100, 300]),  # weight
        st.sampled_from([50, 100]),  # ramp
        st.sampled_from(["low", "high"]),  # tier
        st.integers(0, 2),  # turns had
        st.integers(0, 1),  # unworked
        st.sampled_from(["free", "away", "busy", "full"]),
    ),
    min_size=1,
    max_size=5,
)


def scene_of(reps: list[tuple[int, int, str, int, int, str]], *, reverse: bool = False) -> Scene:
    people, loads, conditions, turns = {}, {}, {}, []
    for index, (weight, ramp, tier, had, unworked, mood) in enumerate(reps):
        rep = f"r{index}"
        people[rep] = Rep(
            id=rep,
            name=rep,
            email=f"{rep}@acme.example",
            timezone="America/New_York",
            weight=weight,
            ramp=ramp,
            tier=tier,  # type: ignore[arg-type]  # one of the sampled words
        )
        loads[rep] = LoadRow(open=unworked, unworked=unworked, timed=int(mood == "full"))
        conditions[rep] = _conditions(mood)
        turns += [(START - timedelta(hours=1 + n), "inbound", rep) for n in range(had)]
    members = tuple(Member(rep=rep) for rep in (reversed(people) if reverse else people))
    teams = {
        "inbound": Team(name="inbound", manager="mo", members=members),
        "revops": Team(name="revops", manager="mo", members=members),
    }
    roster = Roster(name="law", teams=teams, reps=people, people=THE_ROSTER.people)
    return Scene(people=roster, loads=loads, conditions=conditions, turns=sorted(turns))


def _conditions(mood: str) -> RepConditions:
    if mood == "away":
        return RepConditions(presence=Presence(state="away"))
    if mood == "busy":
        soon = START + timedelta(minutes=2)
        return RepConditions(busy=(Span(from_at=START, until_at=soon),))
    return RepConditions()


def routed(scene: Scene) -> tuple[str, tuple[Candidate, ...]]:
    answer = scene.ask(lena(), at=START)
    assert isinstance(answer, Decision)
    [owner] = [e.to for e in answer.events if isinstance(e, ev.Assigned | ev.Pooled)]
    return str(owner), answer.reasons.routings[0].candidates


@given(reps=REPS)
def test_the_order_of_members_never_decides(
    reps: list[tuple[int, int, str, int, int, str]],
) -> None:
    assert routed(scene_of(reps)) == routed(scene_of(reps, reverse=True))


@given(reps=REPS)
def test_everyone_looked_at_has_a_reason_and_one_is_picked_if_a_rep_owns_it(
    reps: list[tuple[int, int, str, int, int, str]],
) -> None:
    owner, candidates = routed(scene_of(reps))
    assert sorted(c.rep for c in candidates) == sorted(f"r{i}" for i in range(len(reps)))
    picked = [c.rep for c in candidates if c.reason == "picked"]
    assert picked == ([] if owner.startswith("team:") else [owner])
    for candidate in candidates:
        known = (*CRITERIA, "picked") if candidate.eligible else INELIGIBILITY_CODES
        assert candidate.reason in known
        assert (candidate.rank is not None) is candidate.eligible


@given(reps=REPS)
def test_an_eligible_rep_is_assigned_at_once(
    reps: list[tuple[int, int, str, int, int, str]],
) -> None:
    owner, _ = routed(scene_of(reps))
    somebody_is_free = any(mood == "free" for *_, mood in reps)
    assert somebody_is_free is not owner.startswith("team:")


@given(reps=REPS)
def test_deficits_of_a_team_add_up_to_nothing(
    reps: list[tuple[int, int, str, int, int, str]],
) -> None:
    scene = scene_of(reps)
    staffing = StandingAt(of=scene.standing, contract=THE_CONTRACT, now=START)
    shares = Shares(roster=staffing.roster, team="inbound", staffing=staffing)
    assert sum((Fraction(shares.deficit(f"r{i}")) for i in range(len(reps))), Fraction()) == 0


@given(reps=REPS, more=st.integers(0, 4))
def test_who_has_had_more_is_never_further_behind(
    reps: list[tuple[int, int, str, int, int, str]], more: int
) -> None:
    """Of two look-alikes who differ only in turns had, the one with fewer goes first."""
    first = freed(reps[0])
    twin = (*first[:3], first[3] + more + 1, *first[4:])
    owner, _ = routed(scene_of([twin, first]))
    assert owner == "r1"


def freed(
    rep: tuple[int, int, str, int, int, str],
) -> tuple[int, int, str, int, int, str]:
    return (*rep[:5], "free")
