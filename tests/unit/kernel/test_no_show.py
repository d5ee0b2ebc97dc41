"""The risk that a buyer stays away: judged once, with reasons, told where an act is left."""

from datetime import datetime, timedelta

from handrail.kernel.clockwork import wake_at
from handrail.kernel.decision import Refusal
from handrail.terms import command as cmd
from handrail.terms import event as ev
from handrail.terms.risk import FIRST_WEIGHTS, Shown
from handrail.terms.signal import Signal
from tests.cast import CONTRACT, MINUTE, START, Scene, contract, names

JUDGED = f"{CONTRACT}alerts:\n  no_show_risk: {{at: 35%}}\n"
QUIET = f'{JUDGED}  quiet_hours: {{from: "20:00", until: "07:00"}}\n'
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def booked(*, ahead: timedelta, text: str = JUDGED) -> Scene:
    scene = Scene(of=contract(text))
    scene.lena()
    book(scene, at=START, ahead=ahead)
    return scene


def book(scene: Scene, *, at: object = START, ahead: timedelta) -> tuple[ev.Event, ...]:
    from_at = START + ahead
    meeting = cmd.BookMeeting(rep="ada", from_at=from_at, until_at=from_at + HOUR)
    return scene.do(meeting, at=at)  # type: ignore[arg-type]  # an instant


def judged(events: tuple[ev.Event, ...]) -> list[tuple[int, tuple[str, ...]]]:
    return [(one.risk, one.reasons) for one in events if isinstance(one, ev.NoShowJudged)]


def told(events: tuple[ev.Event, ...]) -> list[ev.Alerted]:
    return [e for e in events if isinstance(e, ev.Alerted) and e.kind == "no_show_risk"]


def test_a_meeting_long_ahead_of_a_silent_buyer_is_told_a_day_before() -> None:
    scene = booked(ahead=9 * DAY)
    assert scene.case is not None
    assert wake_at(scene.case.handoff, now=START) == START + 8 * DAY
    assert judged(scene.do(cmd.Wake(), at=START + 8 * DAY - MINUTE)) == []
    events = scene.do(cmd.Wake(), at=START + 8 * DAY)
    assert judged(events) == [(40, ("booked 9 days before", "nothing heard since it was booked"))]
    (alert,) = told(events)
    assert (alert.to, alert.until_at) == ("ada", START + 9 * DAY)
    assert alert.reason == "40%: booked 9 days before, nothing heard since it was booked"


def test_a_meeting_is_judged_once() -> None:
    scene = booked(ahead=9 * DAY)
    scene.do(cmd.Wake(), at=START + 8 * DAY)
    assert judged(scene.do(cmd.Wake(), at=START + 8 * DAY)) == []


def test_whoever_was_heard_of_is_expected() -> None:
    scene = booked(ahead=9 * DAY)
    scene.do(cmd.AddSignal(signal=Signal(name="pricing_view", at=START + DAY)), at=START + DAY)
    events = scene.do(cmd.Wake(), at=START + 8 * DAY)
    assert judged(events) == [(30, ("booked 9 days before",))]
    assert told(events) == []


def weighed(*, ahead: timedelta, by: str | None = None) -> Scene:
    """As `booked`, judged by the weights that learning begins with."""
    scene = Scene(of=contract(JUDGED), risk=FIRST_WEIGHTS)
    scene.lena()
    from_at = START + ahead
    scene.do(cmd.BookMeeting(rep="ada", from_at=from_at, until_at=from_at + HOUR, by=by), at=START)
    return scene


def test_a_risk_is_weighed_by_its_signs_which_are_kept() -> None:
    events = weighed(ahead=9 * DAY).do(cmd.Wake(), at=START + 8 * DAY)
    assert judged(events) == [(40, ("booked 9 days before", "nothing heard since it was booked"))]
    (one,) = [e for e in events if isinstance(e, ev.NoShowJudged)]
    assert one.signs == ("days_7", "silent")


def test_whoever_said_that_they_will_come_is_expected() -> None:
    scene = weighed(ahead=9 * DAY, by=cmd.BUYER)
    scene.do(cmd.ConfirmMeeting(by=cmd.BUYER), at=START + 2 * DAY)
    events = scene.do(cmd.Wake(), at=START + 8 * DAY)
    assert judged(events) == [(12, ("booked 9 days before", "the buyer confirmed it"))]
    assert told(events) == []


def test_a_word_for_one_time_says_nothing_of_another() -> None:
    scene = weighed(ahead=9 * DAY)
    scene.do(cmd.ConfirmMeeting(by="rep:ada"), at=START + HOUR)
    from_at = START + 10 * DAY
    move = cmd.MoveMeeting(rep="ada", from_at=from_at, until_at=from_at + HOUR, by="rep:ada")
    scene.do(move, at=START + 2 * HOUR)
    assert scene.case is not None and scene.case.handoff is not None
    assert scene.case.handoff.meeting is not None
    assert scene.case.handoff.meeting.confirmed_at is None


def test_nothing_is_confirmed_where_nothing_is_booked_or_it_is_over() -> None:
    scene = Scene(of=contract(JUDGED))
    scene.lena()
    assert refusal(scene, cmd.ConfirmMeeting(by=cmd.BUYER), at=START) == "bad_value"
    book(scene, ahead=2 * HOUR)
    assert refusal(scene, cmd.ConfirmMeeting(by=cmd.BUYER), at=START + 4 * HOUR) == "bad_time"


def test_a_buyer_who_cannot_be_reached_is_nobodys_act() -> None:
    scene = Scene(of=contract(JUDGED), risk=FIRST_WEIGHTS)
    unknown = cmd.Capture(id="lena", captured_at=START, signals=(Signal("demo_request", START),))
    scene.do(unknown, at=START)
    book(scene, ahead=9 * DAY)
    events = scene.do(cmd.Wake(), at=START + 8 * DAY)
    assert judged(events) and told(events) == []


def test_nobody_is_asked_to_chase_a_buyer_who_closed_every_way() -> None:
    scene = Scene(of=contract(JUDGED + "booking: {length: 30m}\n"), risk=FIRST_WEIGHTS)
    scene.lena(lead__may_contact="none")
    unbooked = scene.do(cmd.NoteUnbooked(mailed=False), at=START + HOUR)
    assert names(unbooked) == ["left_unbooked"]
    book(scene, at=START + HOUR, ahead=9 * DAY)
    events = scene.do(cmd.Wake(), at=START + 8 * DAY)
    assert judged(events) and told(events) == []


def test_how_a_judged_meeting_ended_is_kept_once() -> None:
    scene = weighed(ahead=3 * HOUR)
    scene.do(cmd.LogConversation(), at=START + 3 * HOUR)
    scene.do(cmd.LogConversation(), at=START + 4 * HOUR)
    assert scene.case is not None and scene.case.handoff is not None
    assert scene.case.handoff.shown == (Shown(risk=10, signs=(), missed=False),)


def refusal(scene: Scene, command: cmd.Command, *, at: datetime) -> str:
    answer = scene.ask(command, at=at)
    assert isinstance(answer, Refusal), answer
    return answer.code


def test_a_meeting_booked_for_today_is_judged_at_once() -> None:
    scene = Scene(of=contract(JUDGED))
    scene.lena()
    assert judged(book(scene, ahead=3 * HOUR)) == [(10, ())]


def test_an_earlier_miss_outweighs_the_rest() -> None:
    scene = booked(ahead=2 * HOUR)
    scene.do(cmd.MissMeeting(), at=START + 3 * HOUR)
    events = book(scene, at=START + 4 * HOUR, ahead=8 * HOUR)
    assert judged(events) == [(35, ("missed 1 before",))]
    assert len(told(events)) == 1


def test_nobody_is_told_when_no_hour_is_left() -> None:
    scene = booked(ahead=2 * HOUR)
    scene.do(cmd.MissMeeting(), at=START + 3 * HOUR)
    events = book(scene, at=START + 4 * HOUR, ahead=4 * HOUR + 59 * MINUTE)
    assert judged(events) == [(35, ("missed 1 before",))]
    assert told(events) == []


def test_quiet_hours_that_end_too_late_leave_no_act() -> None:
    scene = booked(ahead=2 * HOUR, text=QUIET)
    scene.do(cmd.MissMeeting(), at=START + 3 * HOUR)
    events = book(scene, at=START + 11 * HOUR, ahead=21 * HOUR + 30 * MINUTE)  # 21:00 -> 07:30
    assert judged(events) and not any(isinstance(event, ev.AlertHeld) for event in events)


def test_a_contract_without_the_clause_judges_nothing() -> None:
    scene = booked(ahead=9 * DAY, text=CONTRACT)
    assert judged(scene.do(cmd.Wake(), at=START + 8 * DAY)) == []
