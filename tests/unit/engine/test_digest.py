"""A digest as it is read: leads are counted, not messages; and each says what is true now."""

from datetime import timedelta

import msgspec

from handrail.engine.alerts import Folded, digest_of, folded_of, lines_of
from handrail.engine.alerts.message import Message
from handrail.terms import command as cmd
from tests.cast import MINUTE, START, THE_ROSTER, Scene


def one(number: int, lead: str, title: str, *, due: int | None = None) -> Folded:
    due_at = START + due * MINUTE if due is not None else None
    return Folded(
        key=f"{number}-0-email",
        kind="x",
        title=title,
        lead=lead,
        handoff=f"{lead}-1",
        due_at=due_at,
    )


ITEMS = [
    one(1, "lena", "A lead is yours", due=9),
    one(9, "lars", "A lead is yours", due=5),
    one(10, "lena", "Time runs low", due=9),
    one(11, "lena", "Time runs low", due=9),
    one(12, "olga", "They asked again"),
]


DIGEST = Message(what="digest", to="ada", at=START, seq=0, lead="")


def test_leads_are_counted_and_what_is_said_of_one_stands_together_newest_first() -> None:
    made = digest_of(DIGEST, key="k", items=ITEMS, now=START, to=None)
    assert made.title == "3 leads need you"
    assert [(line.lead, line.titles) for line in lines_of(made.folded)] == [
        ("lars", ("A lead is yours",)),
        ("lena", ("Time runs low", "A lead is yours")),
        ("olga", ("They asked again",)),
    ]
    assert made.happened[0].what == "2 leads: A lead is yours"
    assert "1 lead: Time runs low" in [said.what for said in made.happened]
    assert sorted(said.key for said in made.folded) == sorted(said.key for said in ITEMS)
    assert made.window.until == START + 5 * MINUTE


def test_several_messages_of_one_lead_are_one_lead() -> None:
    made = digest_of(DIGEST, key="k", items=ITEMS[2:4], now=START, to=None)
    assert made.title == "A lead needs you"


def test_a_breach_of_a_lead_that_has_gone_on_says_who_has_it_and_is_due_to_nobody_there() -> None:
    scene = Scene()
    scene.lena("demo_request", lead__country="US")
    scene.do(cmd.Override(by="mo", owner="ben"), at=START + MINUTE)
    assert scene.case is not None and scene.case.handoff is not None
    said = Message(what="sla_breached", to="ada", at=START, seq=3, lead="lena", handoff="lena-1")
    told = folded_of(said, key="3-0-email", case=scene.case, roster=THE_ROSTER)
    assert told.title == "The time for a lead ran out: Ben Brook has it now"
    assert told.due_at is None
    mine = folded_of(
        Message(what="assigned", to="ben", at=START, seq=4, lead="lena", handoff="lena-1"),
        key="4-0-email",
        case=scene.case,
        roster=THE_ROSTER,
    )
    assert mine.due_at is not None and mine.due_at > START + timedelta(minutes=1)


def test_a_digest_with_an_incident_is_one_and_says_of_how_many_leads() -> None:
    paged = [
        msgspec.structs.replace(
            one(20 + n, f"p{n}", "Incident: a lead has no answer"), kind="incident"
        )
        for n in range(2)
    ]
    made = digest_of(DIGEST, key="k", items=[*ITEMS, *paged], now=START, to=None)
    assert made.title == "Incident: 2 leads have no answer"
    assert made.act.code == "steer"
    assert made.window.until == START + 15 * MINUTE
    assert [line.lead for line in lines_of(made.folded)][:2] == ["p0", "p1"]
    single = digest_of(DIGEST, key="k", items=[paged[0], ITEMS[0]], now=START, to=None)
    assert single.title == "Incident: a lead has no answer"


def test_leads_that_have_gone_on_need_nobody_here() -> None:
    gone = [msgspec.structs.replace(one(n, f"g{n}", "x"), is_gone=True) for n in range(3)]
    assert digest_of(DIGEST, key="k", items=gone, now=START, to=None).title == (
        "Leads have gone on to others"
    )
    made = digest_of(DIGEST, key="k", items=[*gone, *ITEMS], now=START, to=None)
    assert made.title == "3 leads need you"
