"""A time that was booked through Handrail is the dated next step that SQL asks for."""

from datetime import datetime, timedelta

from handrail.kernel.decision import Refusal
from handrail.terms import command as cmd
from tests.cast import START, Scene

DAY = timedelta(days=1)
HALF_HOUR = timedelta(minutes=30)
QUALIFY = cmd.QualifySql(rep="ada", answers=("problem",))


def booked(*, arranged: bool) -> Scene:
    scene = Scene()
    scene.lena()
    book = cmd.BookMeeting(
        rep="ada",
        from_at=START + DAY,
        until_at=START + DAY + HALF_HOUR,
        arranged=arranged,
        by=cmd.BUYER,
    )
    scene.do(book, at=START)
    return scene


def step(scene: Scene) -> datetime | None:
    assert scene.case is not None and scene.case.handoff is not None
    return scene.case.handoff.next_step_at


def test_a_booked_time_is_the_dated_next_step() -> None:
    scene = booked(arranged=True)
    scene.do(QUALIFY, at=START + HALF_HOUR)
    assert step(scene) == START + DAY


def test_one_that_was_agreed_beside_it_counts_more() -> None:
    scene = booked(arranged=True)
    agreed = cmd.QualifySql(rep="ada", answers=("problem",), next_step_at=START + 2 * DAY)
    scene.do(agreed, at=START + HALF_HOUR)
    assert step(scene) == START + 2 * DAY


def test_a_time_that_somebody_typed_in_is_no_step_by_itself() -> None:
    answer = booked(arranged=False).ask(QUALIFY, at=START + HALF_HOUR)
    assert isinstance(answer, Refusal) and answer.missing == ("next_step_at",)


def test_a_time_that_is_over_is_no_next_step() -> None:
    answer = booked(arranged=True).ask(QUALIFY, at=START + DAY)
    assert isinstance(answer, Refusal) and answer.missing == ("next_step_at",)


def test_the_step_moves_with_the_meeting() -> None:
    scene = booked(arranged=True)
    scene.do(QUALIFY, at=START + HALF_HOUR)
    move = cmd.MoveMeeting(
        rep="ada",
        from_at=START + 2 * DAY,
        until_at=START + 2 * DAY + HALF_HOUR,
        by=cmd.BUYER,
    )
    scene.do(move, at=START + 2 * HALF_HOUR)
    assert step(scene) == START + 2 * DAY
