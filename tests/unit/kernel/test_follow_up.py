"""Attempts have dates, and each is asked for once, when nothing else is planned."""

from datetime import timedelta

from handrail.kernel.clockwork import wake_at
from handrail.kernel.follow_up import next_attempt_at
from handrail.terms import command as cmd
from handrail.terms import event as ev
from tests.cast import CONTRACT, MINUTE, START, Scene, contract

CODES = "  reject_codes:\n"
FOLLOWED = CONTRACT.replace(
    CODES, f"  follow_up: {{attempts: 3, within: 4d, then: no_fit}}\n{CODES}"
)
QUIET = f'{FOLLOWED}alerts:\n  quiet_hours: {{from: "20:00", until: "07:00"}}\n'
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def accepted(text: str = FOLLOWED) -> Scene:
    """Ada has accepted at the start, and called."""
    scene = Scene(of=contract(text))
    scene.lena()
    scene.do(cmd.Accept(rep="ada"), at=START)
    scene.do(cmd.LogAct(rep="ada", act="call"), at=START)
    return scene


def asked(events: tuple[ev.Event, ...]) -> list[str | None]:
    return [event.reason for event in events if isinstance(event, ev.Alerted)]


def test_what_is_left_of_the_attempts_is_spread_over_what_is_left_of_the_period() -> None:
    def at(made: int, after: timedelta) -> timedelta | None:
        found = next_attempt_at(made=made, planned=6, ends_at=START + 10 * DAY, now=START + after)
        return found - START if found is not None else None

    assert at(1, timedelta(0)) == 40 * HOUR
    assert at(2, 40 * HOUR) == 80 * HOUR
    assert at(4, timedelta(0)) == 80 * HOUR
    assert at(1, 5 * DAY) == 5 * DAY + 20 * HOUR
    assert at(6, DAY) is None
    assert at(1, 10 * DAY) is None


def test_the_next_attempt_is_asked_for_at_its_date_and_once() -> None:
    scene = accepted()
    due_at = START + 32 * HOUR
    assert scene.case is not None and scene.case.handoff is not None
    assert scene.case.handoff.next_attempt_at == due_at == wake_at(scene.case.handoff, now=START)
    assert asked(scene.do(cmd.Wake(), at=due_at - MINUTE)) == []
    assert asked(scene.do(cmd.Wake(), at=due_at)) == ["attempt 2 of 3"]
    assert asked(scene.do(cmd.Wake(), at=due_at + HOUR)) == []
    assert wake_at(scene.case.handoff, now=due_at) == START + 4 * DAY


def test_quiet_hours_hold_the_question_and_the_attempt_withdraws_it() -> None:
    held_from, until = START + 36 * HOUR, START + 45 * HOUR  # 22:00 and 07:00 in New York
    scene = accepted(QUIET)
    scene.do(cmd.Pause(by="mo", until=held_from), at=START)
    events = scene.do(cmd.Wake(), at=held_from)
    assert [(e.kind, e.until) for e in events if isinstance(e, ev.AlertHeld)] == [
        ("follow_up", until)
    ]
    scene.do(cmd.LogAct(rep="ada", act="email"), at=held_from + HOUR)
    assert asked(scene.do(cmd.Wake(), at=until)) == []


def test_a_booked_meeting_puts_the_question_off_until_it_could_be_noted() -> None:
    scene = accepted()
    from_at = START + 2 * DAY
    scene.do(cmd.BookMeeting(rep="ada", from_at=from_at, until_at=from_at + HOUR), at=START)
    assert asked(scene.do(cmd.Wake(), at=START + 32 * HOUR)) == []
    assert asked(scene.do(cmd.Wake(), at=from_at + 5 * HOUR)) == ["attempt 2 of 3"]


def test_after_a_conversation_no_attempt_is_asked_for() -> None:
    scene = accepted()
    scene.do(cmd.LogConversation(), at=START + HOUR)
    assert asked(scene.do(cmd.Wake(), at=START + 32 * HOUR)) == []


def test_a_new_owner_is_asked_for_nothing_before_accepting() -> None:
    scene = accepted()
    scene.do(cmd.Override(by="mo", owner="ben"), at=START + HOUR)
    assert scene.case is not None and scene.case.handoff is not None
    assert scene.case.handoff.next_attempt_at is None


def test_a_version_without_follow_up_ends_the_period_without_a_word() -> None:
    scene = accepted()
    scene.contract = contract(CONTRACT)
    over = START + 4 * DAY
    assert not any(isinstance(event, ev.ManagerAlerted) for event in scene.do(cmd.Wake(), at=over))
    assert scene.case is not None
    at = wake_at(scene.case.handoff, now=over)
    assert at is not None and at > over


def test_what_sales_has_taken_further_is_not_ended_with_the_attempts() -> None:
    scene = Scene(of=contract(FOLLOWED))
    scene.lena()
    scene.do(cmd.Override(by="mo", stage="sql"), at=START)
    for _ in range(3):
        scene.do(cmd.LogAct(rep="ben", act="call"), at=START)
    scene.do(cmd.Accept(rep="ben"), at=START)  # who takes it over
    assert scene.case is not None and scene.case.handoff is not None
    assert scene.case.handoff.follow_up_at == START + 4 * DAY
    events = scene.do(cmd.Wake(), at=START + 4 * DAY)
    assert [type(event) for event in events] == [ev.FollowUpShort]
    assert scene.case.handoff.stage == "sql"
    assert wake_at(scene.case.handoff, now=START + 4 * DAY) != START + 4 * DAY
