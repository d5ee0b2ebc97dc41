"""Laws of what open handoffs fill: a cap is never passed, and one each is what it always was."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from handrail.engine.ports import LoadRow
from handrail.engine.standing import StandingAt
from handrail.kernel.decision import Case
from handrail.kernel.eligibility import Demand, judge
from handrail.kernel.pool import Waiting, serve
from handrail.terms.handoff import Handoff, Owner
from handrail.terms.lead import Lead
from handrail.terms.load import ONE_LOAD, tell_load
from handrail.terms.people import Caps
from tests.cast import START, THE_CONTRACT, THE_ROSTER, Scene

LOADS = st.sampled_from([25, 50, 100, 150, 300])


def scene_of(*, open_max: int, row: LoadRow) -> Scene:
    """Ada and Ben, with the same cap and the same in hand."""
    caps = Caps(open=open_max, timed=99)
    reps = {name: replace(rep, caps=caps) for name, rep in THE_ROSTER.reps.items()}
    return Scene(people=replace(THE_ROSTER, reps=reps), loads={"ada": row, "ben": row})


def waiting_of(place: int, load: int) -> Waiting:
    handoff = Handoff(
        id=f"h{place}",
        lead=f"l{place}",
        contract=THE_CONTRACT.digest,
        opened_at=START,
        stage="assigned",
        owner=Owner(team="inbound"),
        lead_type="demo",
        tier="C",
        threshold="asked",
        load=load,
    )
    return Waiting(
        case=Case(lead=Lead(id=handoff.lead, captured_at=START), handoff=handoff),
        handoff=handoff,
        demand=Demand(same_day=False, load=load),
        strategy="fastest",
        due_at=START + timedelta(minutes=place + 1),
    )


@given(loads=st.lists(LOADS, max_size=9), open_max=st.integers(0, 5), held=st.integers(0, 3))
def test_a_pool_fills_nobody_beyond_their_cap(loads: list[int], open_max: int, held: int) -> None:
    row = LoadRow(open=held, extra=-50 * held)
    scene = scene_of(open_max=open_max, row=row)
    staffing = StandingAt(of=scene.standing, contract=THE_CONTRACT, now=START)
    waiting = [waiting_of(place, load) for place, load in enumerate(loads)]
    filled = {"ada": held * 50, "ben": held * 50}
    by_id = {item.handoff.id: item.handoff.load for item in waiting}
    for binding in serve(waiting=waiting, staffing=staffing, now=START):
        filled[binding.rep] += by_id.pop(binding.handoff)
    assert max(filled.values()) <= max(open_max * ONE_LOAD, held * 50)
    left = min(by_id.values(), default=None)
    if left is not None:
        assert all(was + left > open_max * ONE_LOAD for was in filled.values()), "room was left"


@given(held=st.integers(0, 6), open_max=st.integers(0, 6))
def test_where_each_fills_one_a_cap_counts_handoffs(held: int, open_max: int) -> None:
    scene = scene_of(open_max=open_max, row=LoadRow(open=held))
    staffing = StandingAt(of=scene.standing, contract=THE_CONTRACT, now=START)
    rep = staffing.roster.reps["ada"]
    verdict = judge(rep=rep, demand=Demand(same_day=False), staffing=staffing, now=START)
    assert (verdict.code == "at_capacity") is (held >= open_max)


@given(hundredths=st.integers(0, 1_000_000))
def test_what_is_told_is_exact(hundredths: int) -> None:
    whole, _, part = tell_load(hundredths).partition(".")
    assert int(whole) * 100 + int(part.ljust(2, "0")) == hundredths
    assert not part.endswith("0")
