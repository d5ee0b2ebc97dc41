"""The buyer did not come: what is given back, and how often."""

from datetime import timedelta

import pytest

from handrail.contract.read import read_contract_text
from handrail.terms import command as cmd
from handrail.terms.event import MeetingMissed
from tests.signing import stored_of
from tests.story import ACME, START, Story, refused


async def told(credit: bool) -> Story:
    story = Story()
    await story.begin()
    rule = f"booking: {{no_show: {{credit: {str(credit).lower()}}}}}\n"
    text = (ACME / "contract.yaml").read_text() + rule
    tables = {path.name: path.read_text() for path in ACME.glob("*.csv")}
    contract = read_contract_text(text, tables=tables, proofs="none").contract
    assert contract is not None
    await story.engine.adopt_contract(stored_of(contract), actor="person:dana")
    await story.lead("lena", "demo_request", lead_country="US", account_employees=4000)
    return story


async def book(story: Story, hours: int) -> None:
    begins = START + timedelta(hours=hours)
    await story.do(
        "lena",
        cmd.BookMeeting(
            rep=await story.owner("lena"),
            from_at=begins,
            until_at=begins + timedelta(minutes=30),
            arranged=True,
        ),
    )
    await story.until(60 * (hours + 1))


async def credited(story: Story) -> list[str]:
    async with story.store.write() as unit:
        people = await unit.standing(after=0, turns_from=START)
    return [turn.rep for turn in people.turns if turn.kind == "credited"]


@pytest.mark.parametrize("credit", [True, False])
async def test_the_share_is_given_back_where_the_contract_says_so(credit: bool) -> None:
    story = await told(credit)
    owner = await story.owner("lena")
    await book(story, 2)
    await story.do("lena", cmd.MissMeeting(by="rep:ada"))
    assert await credited(story) == ([owner] if credit else [])


async def test_a_second_no_show_gives_nothing_back_again() -> None:
    story = await told(True)
    for hours in (2, 5):
        await book(story, hours)
        await story.do("lena", cmd.MissMeeting())
    assert len(await credited(story)) == 1


async def test_one_meeting_is_missed_once() -> None:
    story = await told(True)
    await book(story, 2)
    await story.do("lena", cmd.MissMeeting())
    again = story.engine.command("lena", cmd.MissMeeting(), actor="rep:ada")
    assert await refused(again) == "bad_value"


def test_what_was_recorded_before_reads_as_it_did() -> None:
    assert MeetingMissed(rep="ada") == MeetingMissed(rep="ada", credit=False, team=None, by=None)
