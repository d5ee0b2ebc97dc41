"""Every breach says why: the first cause that holds, of what is known at that moment."""

from datetime import timedelta

import msgspec
import pytest

from handrail.terms import command as cmd
from handrail.terms import event as ev
from handrail.terms.evidence import RepConditions
from handrail.terms.people import Presence, Span
from tests.cast import CONTRACT, MINUTE, ROSTER, START, Scene, contract, roster

replace = msgspec.structs.replace
WALL = contract(CONTRACT.replace("clock: business", "clock: wall"))
BY_DAY = roster(
    ROSTER.replace("New_York}", "New_York, shift: {mon-fri: ['09:00-10:04']}}")  # until 15:04 UTC
)
BY_NIGHT = roster(ROSTER.replace("New_York}", "New_York, shift: {mon-fri: ['20:00-23:00']}}"))
DUE = START + 5 * MINUTE


def cause(scene: Scene, *, at: timedelta = timedelta(0)) -> str | None:
    """Of the first breach, when it is taken so long after its due instant."""
    events = scene.do(cmd.Wake(), at=DUE + at)
    return next(event.cause for event in events if isinstance(event, ev.SlaBreached))


def scene_of(**conditions: RepConditions) -> Scene:
    scene = Scene(of=WALL)
    scene.lena()
    for rep, known in conditions.items():
        scene.standing.set_conditions(rep, known)
    return scene


def busy(*, until: timedelta) -> RepConditions:
    return RepConditions(busy=(Span(from_at=START + MINUTE, until_at=START + until),))


def test_an_owner_who_was_free_was_silent() -> None:
    assert cause(scene_of()) == "owner_silent"


@pytest.mark.parametrize(
    ("known", "told"),
    [
        (busy(until=5 * MINUTE), "owner_busy"),
        (busy(until=4 * MINUTE), "owner_silent"),
        (RepConditions(call_until=DUE), "owner_busy"),
        (RepConditions(presence=Presence(state="away")), "owner_absent"),
        (RepConditions(presence=Presence(state="on_call")), "owner_busy"),
        (RepConditions(leave=(Span(from_at=START, until_at=DUE),)), "owner_absent"),
    ],
)
def test_what_an_owner_did_in_the_last_second_is_the_cause(known: RepConditions, told: str) -> None:
    assert cause(scene_of(ada=known)) == told


def test_an_owner_whose_shift_had_ended_was_absent() -> None:
    scene = Scene(of=WALL, people=BY_DAY)
    scene.lena()
    assert cause(scene) == "owner_absent"


def test_a_step_that_is_taken_a_minute_late_is_an_outage() -> None:
    assert cause(scene_of(), at=timedelta(seconds=59)) == "owner_silent"
    assert cause(scene_of(), at=timedelta(seconds=60)) == "outage"


def test_nobody_is_blamed_for_what_no_channel_told_them() -> None:
    scene = Scene(of=WALL)
    scene.lena()
    assert scene.case is not None and scene.case.handoff is not None
    untold = replace(scene.case.handoff, notified_at=None)
    scene.case = replace(scene.case, handoff=untold)
    assert cause(scene) == "undelivered"


def test_in_a_pool_nobody_was_free_or_nobody_was_there() -> None:
    away = RepConditions(presence=Presence(state="away"))
    waiting = Scene(of=WALL, conditions={"ada": away, "ben": away})
    waiting.lena()
    assert cause(waiting) == "nobody_free"
    closed = Scene(of=WALL, people=BY_NIGHT)
    closed.lena()
    assert cause(closed) == "unstaffed"


def test_what_waits_in_triage_was_left_lying_by_its_team() -> None:
    intent = "    - {name: intent, when: intent >= 25}\n"
    text = CONTRACT.replace(intent, f"{intent}  require: [country]\n")
    scene = Scene(of=contract(text))
    scene.lena()
    events = scene.do(cmd.Wake(), at=START + timedelta(hours=4))
    (breach,) = (event for event in events if isinstance(event, ev.SlaBreached))
    assert (breach.clock, breach.cause) == ("triage", "owner_silent")


@pytest.mark.parametrize(
    ("given", "told"),
    [(2, "owner_silent"), (3, "given_late"), (4, "given_late")],
)
def test_who_had_less_than_half_the_window_was_given_it_late(given: int, told: str) -> None:
    away = RepConditions(presence=Presence(state="away"))
    scene = Scene(of=WALL, conditions={"ada": away, "ben": away})
    scene.lena()
    scene.standing.set_conditions("ada", RepConditions())
    scene.do(cmd.Bind(rep="ada", team="inbound"), at=START + given * MINUTE)
    assert cause(scene) == told


def test_who_was_given_it_late_has_the_next_window_to_themselves() -> None:
    away = RepConditions(presence=Presence(state="away"))
    calls = contract(CONTRACT.replace("{breach: 1, do: reroute}", "{breach: 1, do: alert_manager}"))
    scene = Scene(of=calls, conditions={"ada": away, "ben": away})
    scene.lena()
    scene.standing.set_conditions("ada", RepConditions())
    scene.do(cmd.Bind(rep="ada", team="inbound"), at=START + 4 * MINUTE)
    assert cause(scene) == "given_late"
    assert cause(scene, at=5 * MINUTE) == "owner_silent"
