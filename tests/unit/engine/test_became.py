"""What has become of a message is told in its reader's own zone."""

from datetime import timedelta

from handrail.engine.alerts.message import Message
from handrail.engine.posts import became_of
from handrail.kernel.decision import Case
from handrail.terms import command as cmd
from tests.cast import MINUTE, ROSTER, START, Scene, roster

# Ada sits in Berlin, Mo in New York as the contract does.
PEOPLE = roster(
    ROSTER.replace(
        "ada@acme.example, timezone: America/New_York", "ada@acme.example, timezone: Europe/Berlin"
    ).replace("email: mo@acme.example", "email: mo@acme.example, timezone: America/New_York")
)


def told(scene: Scene, *, to: str = "ada", what: str = "assigned", at: timedelta) -> str:
    case = scene.case
    assert isinstance(case, Case) and case.handoff is not None
    message = Message(
        what=what, to=to, at=START, seq=1, lead="lena", handoff=case.handoff.id, owner="ada"
    )
    return became_of(message, case=case, roster=PEOPLE, now=START + at).text


def test_whoever_lost_a_lead_reads_when_on_their_own_clock() -> None:
    scene = Scene(people=PEOPLE)
    scene.lena()
    scene.do(cmd.Wake(), at=START + 5 * MINUTE)
    assert told(scene, at=6 * MINUTE) == (
        "The time ran out at Mon 02 Mar, 16:05 Berlin time; Ben Brook has it now."
    )


def test_a_manager_reads_of_the_same_on_theirs() -> None:
    scene = Scene(people=PEOPLE)
    scene.lena()
    scene.do(cmd.Wake(), at=START + 5 * MINUTE)
    text = told(scene, to="mo", what="manager_alerted", at=6 * MINUTE)
    assert text == "Ben Brook has it now. The time ran out at Mon 02 Mar, 10:05 New York time."


def test_what_was_done_since_is_told_with_its_day() -> None:
    scene = Scene(people=PEOPLE)
    scene.lena()
    scene.do(cmd.LogAct(rep="ada", act="call"), at=START + MINUTE)
    scene.do(cmd.Accept(rep="ada"), at=START + 2 * MINUTE)
    scene.do(cmd.Pause(by="ada", until=START + 60 * MINUTE), at=START + 3 * MINUTE)
    assert told(scene, at=4 * MINUTE) == (
        "Accepted by Ada Adler on Mon 02 Mar, 16:02 Berlin time. "
        "First contact on Mon 02 Mar, 16:01 Berlin time. "
        "Paused until Mon 02 Mar, 17:00 Berlin time."
    )
