"""Nobody gets past triage, or past acceptance, by a side door."""

from datetime import timedelta

from handrail.kernel.clockwork import wake_at
from handrail.kernel.decision import Refusal
from handrail.terms import command as cmd
from tests.cast import CONTRACT, MINUTE, START, Scene, contract, names

INTENT = "    - {name: intent, when: intent >= 25}\n"
ASKING = contract(CONTRACT.replace(INTENT, f"{INTENT}  require: [country]\n"))


def test_what_is_in_triage_is_not_passed_on_before_it_qualifies() -> None:
    scene = Scene(of=ASKING)
    assert "triaged" in names(scene.lena())
    refused = scene.ask(cmd.Reject(rep="dana", code="outside_territory"), at=START + MINUTE)
    assert isinstance(refused, Refusal)
    assert "in triage" in refused.message
    assert "disqualified" in names(scene.do(cmd.Reject(rep="dana", code="no_fit"), at=START))


def test_an_override_to_sql_is_an_acceptance_first() -> None:
    scene = Scene()
    scene.lena()
    told = names(scene.do(cmd.Override(by="mo", stage="sql"), at=START + MINUTE))
    assert told.index("accepted") < told.index("sql")


def test_what_a_person_ends_after_its_recycle_does_not_come_again() -> None:
    scene = Scene()
    scene.lena()
    scene.do(cmd.Accept(rep="ada"), at=START)
    scene.do(cmd.Reject(rep="ada", code="premature"), at=START)
    assert scene.case is not None
    assert wake_at(scene.case.handoff, now=START) is not None
    scene.do(cmd.Override(by="mo", stage="disqualified"), at=START + MINUTE)
    assert wake_at(scene.case.handoff, now=START + MINUTE) is None
    assert names(scene.do(cmd.Wake(), at=START + timedelta(days=91))) == []
