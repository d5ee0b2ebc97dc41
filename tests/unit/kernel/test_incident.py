"""Nobody silences or closes an incident without a name and a reason."""

from datetime import timedelta

import pytest

from handrail.kernel.decision import Refusal
from handrail.terms import command as cmd
from handrail.terms import event as ev
from tests.cast import CONTRACT, MINUTE, START, Scene, contract

OPENED_AT = START + 5 * MINUTE
SHORT = CONTRACT.replace(
    """    - {breach: 1, do: reroute}
    - {breach: 2, do: [alert_manager, assign team:inbound]}
    - {breach: 3, do: incident, repeat: 15m}
""",
    "    - {breach: 1, do: incident, repeat: 15m}\n",
)


def paging(text: str = SHORT) -> Scene:
    """The first breach has opened an incident; the next page is due at minute 20."""
    scene = Scene(of=contract(text))
    scene.lena()
    scene.do(cmd.Wake(), at=OPENED_AT)
    return scene


def noted(words: str) -> cmd.Personal:
    return cmd.Personal(note=words)


def silence(
    *, by: str = "mo", hours: float = 1, why: str = "I am calling her", after: timedelta = MINUTE
) -> cmd.SilenceIncident:
    until = OPENED_AT + after + timedelta(hours=hours)
    return cmd.SilenceIncident(by=by, until=until, personal=noted(why))


def refused(scene: Scene, command: cmd.Command) -> str:
    answer = scene.ask(command, at=OPENED_AT + MINUTE)
    assert isinstance(answer, Refusal), answer
    return answer.code


def pages(scene: Scene, *, at: timedelta) -> int:
    events = scene.do(cmd.Wake(), at=START + at)
    return sum(isinstance(event, ev.Alerted) and event.kind == "incident" for event in events)


def test_a_person_closes_it_with_a_cause_and_no_page_follows() -> None:
    scene = paging()
    (closed,) = scene.do(cmd.CloseIncident(by="mo", code="staffing"), at=OPENED_AT + MINUTE)
    assert isinstance(closed, ev.IncidentClosed)
    assert (closed.reason, closed.by, closed.code) == ("person", "mo", "staffing")
    assert pages(scene, at=20 * MINUTE) == 0
    assert refused(scene, cmd.CloseIncident(by="mo", code="staffing")) == "already_done"


@pytest.mark.parametrize(
    ("command", "code"),
    [
        (cmd.CloseIncident(by="nobody", code="staffing"), "unknown_rep"),
        (cmd.CloseIncident(by="mo", code="tired"), "unknown_code"),
        (cmd.CloseIncident(by="mo", code="other"), "bad_value"),
        (cmd.CloseIncident(by="mo", code="other", personal=noted("  ")), "bad_value"),
        (silence(by="nobody"), "unknown_rep"),
        (silence(why=" "), "bad_value"),
        (silence(hours=0), "bad_time"),
        (silence(hours=24.01), "bad_time"),
    ],
)
def test_what_names_nobody_or_says_nothing_is_refused(command: cmd.Command, code: str) -> None:
    assert refused(paging(), command) == code


def test_pages_are_held_until_the_end_of_the_silence_and_then_go_on() -> None:
    scene = paging()
    scene.do(silence(hours=24), at=OPENED_AT + MINUTE)
    assert pages(scene, at=20 * MINUTE) == 0
    end = 6 * MINUTE + timedelta(hours=24)
    assert pages(scene, at=end - MINUTE) == 0
    assert pages(scene, at=end) == 1
    assert pages(scene, at=end + 15 * MINUTE) == 1


def test_a_shorter_silence_brings_no_page_forward() -> None:
    scene = paging()
    scene.do(silence(hours=2), at=OPENED_AT + MINUTE)
    scene.do(silence(hours=1), at=OPENED_AT + MINUTE)
    assert pages(scene, at=6 * MINUTE + timedelta(hours=1)) == 0


def test_an_act_closes_what_was_silenced() -> None:
    scene = paging()
    scene.do(silence(), at=OPENED_AT + MINUTE)
    events = scene.do(cmd.LogAct(rep="ada", act="call"), at=OPENED_AT + 2 * MINUTE)
    assert any(isinstance(event, ev.IncidentClosed) for event in events)


def test_what_is_paged_once_cannot_be_silenced() -> None:
    assert refused(paging(SHORT.replace(", repeat: 15m", "")), silence()) == "bad_value"


def test_nothing_is_closed_or_silenced_where_no_incident_is_open() -> None:
    scene = Scene()
    scene.lena()
    assert refused(scene, silence()) == "already_done"
