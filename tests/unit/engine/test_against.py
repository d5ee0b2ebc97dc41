"""An act by a way that the buyer closed is told where a handoff is explained, and not refused."""

import pytest

from handrail.engine.explain import explain
from handrail.engine.views import Explanation
from handrail.terms import command as cmd
from handrail.terms.command import ActKind
from tests.story import Story


async def called(
    *acts: ActKind, may_contact: object = None, signal: str | None = None
) -> tuple[Story, Explanation]:
    """Of Lena, who left open what she left open, after these acts of her owner."""
    story = Story()
    await story.begin()
    wish = {"lead_may_contact": may_contact} if may_contact is not None else {}
    await story.lead("lena", "demo_request", lead_country="US", account_employees=4000, **wish)
    if signal is not None:
        await story.engine.signal("lena", signal, at=None, actor="key:site")
    for act in acts:
        await story.do("lena", cmd.LogAct(rep=await story.owner("lena"), act=act))
    why = (await explain(story.store, story.vault, "lena")).why
    assert why is not None
    return story, why


@pytest.mark.parametrize(
    ("may_contact", "acts", "against"),
    [
        ("mail", ["call", "email"], ["call"]),
        ("call", ["call", "email", "message"], ["email"]),
        ("no", ["call", "email", "message", "meeting"], ["call", "email", "message"]),
        ("yes", ["call", "email", "message"], []),
        (None, ["call"], []),
    ],
)
async def test_what_goes_against_the_buyer_s_wish_is_named(
    may_contact: object, acts: list[ActKind], against: list[str]
) -> None:
    _, why = await called(*acts, may_contact=may_contact)
    assert [one.act for one in why.against] == against
    assert {one.because for one in why.against} <= {"the buyer's wish"}


async def test_mail_after_an_unsubscribe_is_named_by_it() -> None:
    _, why = await called("email", signal="unsubscribe")
    assert [(one.act, one.because) for one in why.against] == [("email", "the buyer unsubscribed")]


async def test_an_act_against_the_wish_was_done_and_meets_its_clock() -> None:
    story, why = await called("call", may_contact="mail")
    assert [one.rep for one in why.against] == [await story.owner("lena")]
    found = await story.store.case_of_handoff("lena")
    assert found is not None
    assert found.case.handoff is not None
    assert found.case.handoff.met_at == story.clock.now()
