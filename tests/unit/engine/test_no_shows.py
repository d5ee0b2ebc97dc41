"""The buyer did not come: what is given back, and how often."""

from datetime import timedelta

import pytest

from handrail.contract.read import read_contract_text
from handrail.engine.learning import learn_of_buyers, report_on_no_shows
from handrail.engine.ledger import EvidenceRecord, read_entry
from handrail.engine.replay import replay
from handrail.terms import command as cmd
from handrail.terms.event import MeetingMissed
from handrail.terms.risk import FIRST_WEIGHTS
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


async def test_what_happened_teaches_what_foretells_it_and_the_judgement_replays() -> None:
    story = await told(False)
    for hours in (2, 5, 8):
        await book(story, hours)
        await story.do("lena", cmd.MissMeeting())
    await learn_of_buyers(story.engine)
    learned = story.engine.risk
    assert learned.learned_from == 3
    assert learned.signs["missed_1"] > FIRST_WEIGHTS.signs["missed_1"]
    await book(story, 11)
    report = await replay(story.store, story.engine.vault)
    assert report.ok, report.differences
    (risk,) = [
        record.risk
        for record in await evidence(story)
        if record.risk is not None and record.risk.learned_from
    ]
    assert risk == learned
    told_of = await report_on_no_shows(story.engine)
    assert (told_of.meetings, told_of.missed) == (3, 3)


async def evidence(story: Story) -> list[EvidenceRecord]:
    entries = [read_entry(one) for one in await story.store.entries_of("lena")]
    return [entry.evidence for entry in entries if entry.evidence is not None]


def test_what_was_recorded_before_reads_as_it_did() -> None:
    assert MeetingMissed(rep="ada") == MeetingMissed(rep="ada", credit=False, team=None, by=None)
