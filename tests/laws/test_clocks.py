"""Laws of clocks: what waiting, waking and acting can and cannot do."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from handrail.engine.standing import StandingAt
from handrail.kernel.clockwork import wake_at
from handrail.kernel.decision import Decision
from handrail.kernel.pool import serve, waiting_of
from handrail.terms import command as cmd
from handrail.terms import event as ev
from handrail.terms.evidence import RepConditions
from handrail.terms.people import Presence
from tests.cast import MINUTE, START, Scene, names

SECONDS = st.integers(0, 3_600).map(lambda seconds: timedelta(seconds=seconds))
# Few values, and the edges themselves: random instants seldom fall on a due instant.
INSTANTS = st.sampled_from(
    [timedelta(seconds=s) for s in (0, 1, 179, 180, 181, 299, 300, 301, 599, 600, 601, 3_600)]
)


@given(waits=st.lists(INSTANTS, max_size=4), last=INSTANTS)
def test_a_breach_never_heals_by_waiting(waits: list[timedelta], last: timedelta) -> None:
    scene = Scene()
    scene.lena()
    breached = 0
    for wait in [*sorted(waits), last + timedelta(hours=1)]:
        breached += names(scene.do(cmd.Wake(), at=START + wait)).count("sla_breached")
    assert breached >= 1


@given(wait=INSTANTS)
def test_a_second_wake_up_at_one_instant_brings_nothing(wait: timedelta) -> None:
    scene = Scene()
    scene.lena()
    scene.do(cmd.Wake(), at=START + wait)
    assert scene.do(cmd.Wake(), at=START + wait) == ()


@given(early=SECONDS)
def test_a_wake_up_before_its_instant_brings_nothing(early: timedelta) -> None:
    scene = Scene()
    scene.lena()
    assert scene.case is not None
    due = wake_at(scene.case.handoff, now=START)
    assert due is not None
    if START + early < due:
        assert scene.do(cmd.Wake(), at=START + early) == ()


@given(after=INSTANTS)
def test_only_an_act_before_the_due_instant_meets_the_clock(after: timedelta) -> None:
    scene = Scene()
    scene.lena()
    events = scene.do(cmd.LogAct(rep="ada", act="call"), at=START + after)
    is_late = after >= 5 * MINUTE
    assert ("sla_breached" in names(events)) is is_late
    assert "first_action" in names(events)


@given(back=INSTANTS)
def test_nobody_is_given_a_lead_from_the_pool_whose_time_is_over(back: timedelta) -> None:
    away = RepConditions(presence=Presence(state="away"))
    scene = Scene(conditions={"ada": away, "ben": away})
    scene.lena()
    scene.standing.set_conditions("ada", RepConditions())
    assert scene.case is not None
    bound = serve(
        waiting=[waiting_of(contracts={scene.contract.digest: scene.contract}, case=scene.case)],
        staffing=StandingAt(of=scene.standing, contract=scene.contract, now=START + back),
        now=START + back,
    )
    assert [binding.rep for binding in bound] == (["ada"] if back < 5 * MINUTE else [])


@given(learnt=INSTANTS, acted=INSTANTS)
def test_a_machine_timed_act_counts_from_its_own_time(learnt: timedelta, acted: timedelta) -> None:
    if acted > learnt:
        return
    scene = Scene()
    scene.lena()
    scene.do(cmd.Wake(), at=START + learnt)
    scene.do(cmd.LogAct(rep="ada", act="call", from_at=START + acted), at=START + learnt)
    assert scene.case is not None and scene.case.handoff is not None
    standing = [b for b in scene.case.handoff.breaches if not b.annulled]
    assert all(breach.due_at <= START + acted for breach in standing)


@given(first=SECONDS, length=SECONDS, second=SECONDS, more=SECONDS)
def test_overlapping_pauses_count_once(
    first: timedelta, length: timedelta, second: timedelta, more: timedelta
) -> None:
    begins = min(first, timedelta(seconds=299))
    until = begins + length + timedelta(seconds=1)
    again = begins + min(second, length)
    until_again = again + more + timedelta(seconds=1)
    scene = Scene()
    scene.lena()
    scene.do(cmd.Pause(by="mo", until=START + until), at=START + begins)
    scene.do(cmd.Pause(by="mo", until=START + until_again), at=START + again)
    assert scene.case is not None and scene.case.handoff is not None
    clock = scene.case.handoff.clock("first_action")
    assert clock is not None
    stood_still = max(until, until_again) - begins
    assert clock.due_at == START + 5 * MINUTE + stood_still


@given(lateness=st.sampled_from([0, 1, 59, 3_600, 86_400]))
def test_an_overdue_step_is_taken_once_and_the_next_window_is_whole(lateness: int) -> None:
    scene = Scene()
    scene.lena()
    now = START + 5 * MINUTE + timedelta(seconds=lateness)
    events = scene.do(cmd.Wake(), at=now)
    [breach] = [event for event in events if isinstance(event, ev.SlaBreached) and event.step]
    assert (breach.late_by, breach.due_at) == (lateness, START + 5 * MINUTE)
    assert scene.case is not None and scene.case.handoff is not None
    clock = scene.case.handoff.clock("first_action")
    assert clock is not None and clock.due_at == now + 5 * MINUTE


@given(wait=INSTANTS)
def test_the_same_arguments_give_the_same_decision(wait: timedelta) -> None:
    scene = Scene()
    scene.lena()
    first = scene.ask(cmd.Wake(), at=START + wait)
    second = scene.ask(cmd.Wake(), at=START + wait)
    assert isinstance(first, Decision) and isinstance(second, Decision)
    assert first == second
