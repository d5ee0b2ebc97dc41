"""A person passes on what a rep owns: in every stage, and never to whom it must not be given."""

from datetime import timedelta

import pytest

from handrail.kernel.decision import Refusal
from handrail.terms import command as cmd
from handrail.terms import event as ev
from handrail.terms.evidence import RepConditions
from handrail.terms.people import Presence, Span
from tests.cast import CONTRACT, MINUTE, ROSTER, START, Scene, contract, roster

WALL = contract(CONTRACT.replace("clock: business", "clock: wall"))
LATER = START + timedelta(hours=5)
MEETING = cmd.BookMeeting(rep="ada", from_at=LATER, until_at=LATER + 30 * MINUTE, arranged=True)


def scene(text: str = ROSTER, **conditions: RepConditions) -> Scene:
    told = Scene(of=WALL, people=roster(text), conditions=conditions)
    told.lena()
    assert owner(told) == "ada"
    return told


def owner(told: Scene) -> str | None:
    assert told.case is not None
    assert told.case.handoff is not None
    return told.case.handoff.owner.rep


def pass_on(to: str = "ben") -> cmd.PassOn:
    return cmd.PassOn(rep="ada", to=to, by="mo", personal=cmd.Personal(note="ill"))


def refused(told: Scene, command: cmd.Command, *, after: timedelta = MINUTE) -> Refusal:
    answer = told.ask(command, at=START + after)
    assert isinstance(answer, Refusal), answer
    return answer


def test_it_is_the_covers_with_who_and_why_and_is_set_by_nobody() -> None:
    told = scene()
    events = told.do(pass_on(), at=START + MINUTE)
    said, given = events[0], events[1]
    assert isinstance(said, ev.Overridden)
    assert (said.by, said.what, said.owner, said.personal.note) == ("mo", "cover", "ben", "ill")
    assert isinstance(given, ev.Assigned)
    assert given.reason == "passed_on"
    assert told.case is not None
    assert told.case.handoff is not None
    assert told.case.handoff.set_by_person == ()


def test_the_cover_has_what_is_left_of_the_window() -> None:
    told = scene()
    assert told.case is not None
    assert told.case.handoff is not None
    before = told.case.handoff.clock("first_action")
    told.do(pass_on(), at=START + MINUTE)
    assert told.case.handoff is not None
    assert told.case.handoff.clock("first_action") == before


def test_what_was_due_before_is_the_owners_breach() -> None:
    """At the due instant the breach comes first, and takes the lead on by itself."""
    told = scene()
    answer = refused(told, pass_on(), after=5 * MINUTE)
    assert answer.code == "not_owner"


@pytest.mark.parametrize("stage", ["accepted", "sql"])
def test_what_is_worked_on_is_passed_on_too(stage: str) -> None:
    told = scene()
    told.do(cmd.Override(by="mo", stage=stage), at=START + MINUTE)
    told.do(cmd.Override(by="mo", release=True), at=START + MINUTE)
    told.do(pass_on(), at=START + 2 * MINUTE)
    assert owner(told) == "ben"
    assert told.case is not None
    assert told.case.handoff is not None
    assert told.case.handoff.stage == ("sql" if stage == "sql" else "assigned")


def test_a_meeting_that_lies_ahead_goes_along() -> None:
    told = scene()
    told.do(MEETING, at=START + MINUTE)
    events = told.do(pass_on(), at=START + 2 * MINUTE)
    [moved] = [event for event in events if isinstance(event, ev.MeetingMoved)]
    assert (moved.rep, moved.from_rep, moved.from_at) == ("ben", "ada", LATER)


def test_a_meeting_that_has_begun_is_held_by_who_began_it() -> None:
    told = scene()
    told.do(MEETING, at=START + MINUTE)
    events = told.do(pass_on(), at=LATER)
    assert not [event for event in events if isinstance(event, ev.MeetingMoved)]


def test_who_is_away_for_an_hour_or_on_a_call_may_cover() -> None:
    told = scene(ben=RepConditions(presence=Presence(state="on_call", until=START + 9 * MINUTE)))
    told.do(pass_on(), at=START + MINUTE)
    assert owner(told) == "ben"


def test_who_is_on_leave_covers_for_nobody() -> None:
    absent = RepConditions(leave=(Span(START, LATER),))
    assert refused(scene(ben=absent), pass_on()).code == "ineligible"


def test_a_lead_is_not_passed_to_whom_it_must_never_be_given() -> None:
    text = ROSTER.replace("{id: ben,", "{id: ben, conflicts: [acme.example],")
    answer = refused(scene(text), pass_on())
    assert answer.code == "ineligible"
    assert "conflict_of_interest" in answer.message


def test_only_its_owners_is_passed_on() -> None:
    told = scene()
    assert refused(told, cmd.PassOn(rep="cy", to="ben", by="mo")).code == "not_owner"
    assert refused(told, pass_on(to="ada")).code == "already_done"
    assert refused(told, pass_on(to="zoe")).code == "unknown_rep"
    told.do(cmd.Override(by="mo", stage="triage"), at=START + MINUTE)
    assert refused(told, pass_on()).code == "not_owner"
    told.do(cmd.Override(by="mo", stage="closed"), at=START + MINUTE)
    assert refused(told, pass_on()).code == "ended"
