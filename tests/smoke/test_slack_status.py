"""A status in Slack keeps leads from a rep for as long as it says what was agreed on."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from handrail.engine.people import RepDay
from handrail.engine.statuses import read_statuses
from handrail.terms.people import Presence
from tests.slack import Workspace, workspace

AGREED = read_statuses((":palm_tree:=away", ":headphones:=on_call", "in a meeting=in_meeting"))
EVERYBODY = ("ada", "ben", "cy")


@pytest.fixture
async def work() -> AsyncIterator[Workspace]:
    async with workspace(statuses=AGREED) as made:
        yield made


async def why_not(work: Workspace, rep: str = "ada") -> str | None:
    return (await day(work, rep)).why_not


async def day(work: Workspace, rep: str = "ada") -> RepDay:
    return (await work.story.engine.people.days())[rep]


async def entries(work: Workspace) -> int:
    return (await work.story.store.head()).seq


@pytest.mark.parametrize(
    ("emoji", "text", "says"),
    [
        (":palm_tree:", "Vacationing", "away"),
        (":headphones:", "", "on_call"),
        (":calendar:", " In a  MEETING ", "in_meeting"),
        (":coffee:", "Working from home", None),
        ("", "", None),
    ],
)
async def test_what_was_agreed_on_is_heeded_and_nothing_else(
    work: Workspace, emoji: str, text: str, says: str | None
) -> None:
    answer = await work.set_status(emoji, text, by="ada")
    assert answer.status_code == 200
    assert await why_not(work) == says


async def test_a_status_ends_when_slack_says_so_though_nobody_takes_it_back(
    work: Workspace,
) -> None:
    until = work.story.clock.now() + timedelta(minutes=3)
    await work.set_status(":headphones:", by="ada", until=until)
    await work.story.until(2.9)
    assert await why_not(work) == "on_call"
    await work.story.until(3)
    assert await why_not(work) is None


async def test_a_status_without_an_end_ends_too(work: Workspace) -> None:
    await work.set_status("", "in a meeting", by="ada")
    known = (await day(work)).conditions.status
    assert known is not None
    assert known.until_at == work.story.clock.now() + timedelta(hours=1)


async def test_a_waiting_lead_is_bound_when_the_status_is_taken_back(work: Workspace) -> None:
    for rep in EVERYBODY:
        await work.set_status("", "in a meeting", by=rep)
    await work.story.lead("lena", "demo_request", lead_country="US", account_employees=4000)
    found = await work.story.store.case_of_handoff("lena")
    assert found is not None and found.case.handoff is not None
    assert found.case.handoff.owner.rep is None
    await work.story.until(1)
    await work.set_status("", "", by="ben")
    found = await work.story.store.case_of_handoff("lena")
    assert found is not None and found.case.handoff is not None
    assert found.case.handoff.owner.rep == "ben"
    assert found.case.handoff.assigned_at == work.story.clock.now(), "at once"


@pytest.mark.parametrize("shown", [":headphones:", ":palm_tree:", "in a meeting"])
async def test_a_waiting_lead_is_bound_at_the_very_end_of_a_status(
    work: Workspace, shown: str
) -> None:
    until = work.story.clock.now() + timedelta(minutes=2)
    for rep in EVERYBODY:
        emoji, text = (shown, "") if shown.startswith(":") else ("", shown)
        await work.set_status(emoji, text, by=rep, until=until)
    await work.story.lead("lena", "demo_request", lead_country="US", account_employees=4000)
    await work.story.until(1.9)
    assert (await work.story.owner("lena")).startswith("team:")
    await work.story.until(3)
    found = await work.story.store.case_of_handoff("lena")
    assert found is not None and found.case.handoff is not None
    assert found.case.handoff.owner.rep is not None
    assert found.case.handoff.assigned_at == until


async def test_an_earlier_status_that_comes_later_says_nothing(work: Workspace) -> None:
    before = work.story.clock.now()
    await work.story.until(1)
    await work.set_status("", "", by="ada")
    await work.set_status(":palm_tree:", by="ada", at=work.story.clock.now())
    await work.set_status("", "", by="ada", at=before)
    assert await why_not(work) == "away"


async def test_a_repeated_status_writes_no_entry(work: Workspace) -> None:
    until = work.story.clock.now() + timedelta(hours=1)
    await work.set_status(":headphones:", by="ada", until=until)
    seq = await entries(work)
    await work.set_status(":headphones:", by="ada", until=until)
    assert await entries(work) == seq


async def test_a_status_takes_nothing_back_that_was_said_here(work: Workspace) -> None:
    away = Presence(state="away", until=work.story.clock.now() + timedelta(hours=2))
    await work.story.engine.people.set_presence("ada", away, actor="rep:ada")
    await work.set_status(":headphones:", by="ada")
    await work.set_status("", "", by="ada", at=work.story.clock.now() + timedelta(seconds=1))
    assert await why_not(work) == "away"


async def test_who_says_here_that_they_are_back_is_back(work: Workspace) -> None:
    await work.set_status(":palm_tree:", by="ada")
    await work.command("/out", "back", by="ada")
    assert await why_not(work) is None


async def test_a_strangers_status_and_a_managers_change_nothing(work: Workspace) -> None:
    seq = await entries(work)
    for user in ("UNOBODY", "mo"):
        assert (await work.set_status(":palm_tree:", by=user)).status_code == 200
    assert await entries(work) == seq


async def test_where_nothing_was_agreed_on_no_status_is_heeded() -> None:
    async with workspace() as work:
        assert (await work.set_status(":palm_tree:", by="ada")).status_code == 200
        assert await why_not(work) is None


@pytest.mark.parametrize("wrong", [":palm_tree:", ":palm_tree:=gone", "=away"])
def test_an_entry_that_says_nothing_is_refused_with_what_to_write(wrong: str) -> None:
    with pytest.raises(ValueError, match="write an emoji or a text, ="):
        read_statuses((wrong,))
