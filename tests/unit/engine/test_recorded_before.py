"""What an event could not say when it was recorded is no difference; everything else is."""

import msgspec

from handrail.engine.recorded_before import as_before
from handrail.terms import event as ev
from handrail.terms.handoff import Owner
from tests.cast import MINUTE, START

REPLAYED = ev.SlaBreached(
    clock="first_action", owner="ada", due_at=START, step=1, cause="owner_silent"
)
replace = msgspec.structs.replace


def test_a_field_that_came_later_is_not_held_against_an_older_entry() -> None:
    older = replace(REPLAYED, cause=None)
    assert as_before([REPLAYED], [older]) == [older]


def test_a_turn_that_was_not_called_short_is_none_for_the_replay() -> None:
    turn = ev.Assigned(to=Owner(team="inbound", rep="ada"), short=True)
    older = replace(turn, short=False)
    assert as_before([turn], [older]) == [older]
    assert as_before([older], [turn]) == [older]


def test_a_field_that_was_recorded_is_held_against_it() -> None:
    other = replace(REPLAYED, cause="outage")
    assert as_before([REPLAYED], [other]) == [REPLAYED]


def test_every_other_difference_is_found() -> None:
    older = replace(REPLAYED, cause=None, due_at=START + MINUTE)
    assert as_before([REPLAYED], [older]) != [older]
    assert as_before([REPLAYED, REPLAYED], [replace(REPLAYED, cause=None)])[1:] == [REPLAYED]
    assert as_before([REPLAYED], [ev.Disqualified()]) == [REPLAYED]
    assert as_before([], [older]) == []


def test_a_signal_that_was_told_though_it_said_nothing_more_is_no_difference() -> None:
    told = ev.Alerted(kind="new_signal", to="ada")
    assert as_before([REPLAYED], [told, REPLAYED]) == [told, REPLAYED]
    assert as_before([REPLAYED], [REPLAYED, told]) == [REPLAYED, told]
    assert as_before([told, REPLAYED], [told, REPLAYED]) == [told, REPLAYED]
    assert as_before([told, REPLAYED], [REPLAYED]) == [told, REPLAYED]
    other = ev.Alerted(kind="stalled", to="ada")
    assert as_before([REPLAYED], [other, REPLAYED]) == [REPLAYED]
