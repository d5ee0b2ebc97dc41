"""Who closed every way is asked about once, and nobody answers for not contacting them."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from handrail.engine.ledger import EvidenceRecord
from handrail.engine.standing import StandingAt
from handrail.kernel.clockwork import wake_at
from handrail.kernel.decide import decide
from handrail.kernel.decision import Decision, Evidence
from handrail.terms import command as cmd
from handrail.terms import event as ev
from handrail.terms.signal import Signal
from tests.cast import CONTRACT, MINUTE, START, Scene, contract, lena, names

TIRELESS = contract(
    CONTRACT.replace(
        "reject_codes:", "follow_up: {attempts: 6, within: 10d, then: no_fit}\n  reject_codes:"
    )
    + 'alerts: {high_intent: {when: \'count("pricing_view", "2h") >= 1\'}}\n'
)


@given(steps=st.lists(st.sampled_from(["wake", "signal", "accept"]), max_size=6))
def test_nobody_is_asked_to_contact_whom_they_may_not(steps: list[str]) -> None:
    scene = Scene(of=TIRELESS)
    events = [*scene.lena(lead__may_contact="no")]
    for number, step in enumerate(steps, start=1):
        at = START + number * timedelta(days=1)
        match step:
            case "wake":
                command: cmd.Command = cmd.Wake()
            case "signal":
                command = cmd.AddSignal(signal=Signal(name="pricing_view", at=at))
            case _:
                command = cmd.Accept(rep="ada")
        answer = scene.ask(command, at=at)
        if isinstance(answer, Decision):
            scene.case = answer.case
            events += answer.events
    assert not [event for event in events if isinstance(event, ev.Alerted | ev.AlertHeld)]
    assert not [event for event in events if isinstance(event, ev.Escalated)]
    assert names(events).count("assigned") == 1


def test_a_wish_that_comes_late_ends_the_ladder_at_its_next_step() -> None:
    scene = Scene()
    scene.lena()
    scene.lena("careers_view", at=START + MINUTE, lead__may_contact="no")
    events = scene.do(cmd.Wake(), at=START + 5 * MINUTE)
    assert names(events).count("sla_breached") == 1
    assert scene.case is not None and scene.case.handoff is not None
    assert scene.case.handoff.clock("first_action") is None
    later = scene.do(cmd.Wake(), at=START + timedelta(hours=2))
    assert "sla_breached" not in names(later)
    due_at = wake_at(scene.case.handoff, now=START + timedelta(hours=2))
    assert due_at is not None and due_at > START + timedelta(hours=2)


def test_one_way_left_open_is_enough_for_a_clock() -> None:
    scene = Scene()
    scene.lena(lead__may_contact=["mail"])
    assert scene.case is not None and scene.case.handoff is not None
    assert scene.case.handoff.clock("first_action") is not None


def test_what_was_decided_before_wishes_were_minded_is_decided_so_again() -> None:
    scene = Scene()
    staffing = StandingAt(of=scene.standing, contract=scene.contract, now=START)
    answer = decide(
        contract=scene.contract,
        case=None,
        command=lena(lead__may_contact="no"),
        evidence=Evidence(staffing=staffing, at_once=True, wishes=EvidenceRecord().wishes),
        now=START,
    )
    assert isinstance(answer, Decision) and answer.case.handoff is not None
    assert answer.case.handoff.clock("first_action") is not None
