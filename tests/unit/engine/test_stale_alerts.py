"""An alert whose act was done, or came to nothing, is not sent."""

from datetime import timedelta

import msgspec

from handrail.engine.alerts.message import Message, is_stale
from handrail.terms import command as cmd
from handrail.terms.handoff import Handoff, Meeting
from tests.cast import START, Scene

DAY = timedelta(days=1)
replace = msgspec.structs.replace


def handoff(**parts: object) -> Handoff:
    scene = Scene()
    scene.lena()
    scene.do(cmd.Accept(rep="ada"), at=START)
    assert scene.case is not None and scene.case.handoff is not None
    return replace(scene.case.handoff, **parts)


def message(what: str) -> Message:
    return Message(
        what=what,
        to="ada",
        at=START,
        seq=1,
        lead="lena",
        handoff="lena-1",
        owner="ada",
        until_at=START + DAY,
    )


def test_an_attempt_that_was_made_is_not_asked_for() -> None:
    asked = handoff(attempts=1, asked_attempt=2)
    assert is_stale(message("follow_up"), handoff=asked) is None
    assert is_stale(message("follow_up"), handoff=replace(asked, attempts=2)) is not None


def test_a_meeting_that_was_moved_or_confirmed_is_at_no_risk() -> None:
    meeting = Meeting(rep="ada", from_at=START + DAY, until_at=START + 2 * DAY)
    assert is_stale(message("no_show_risk"), handoff=handoff(meeting=meeting)) is None
    for gone in (
        None,
        replace(meeting, from_at=START + timedelta(hours=1)),
        replace(meeting, heard=True),
        replace(meeting, missed=True),
    ):
        assert is_stale(message("no_show_risk"), handoff=handoff(meeting=gone)) is not None
