"""Pressed in Slack: through the signed door and Bolt to the engine, and the message changes."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from handrail.connectors.slack.fake import Trouble
from handrail.terms import command as cmd
from tests.slack import Workspace, roster_text, words_of, workspace


@pytest.fixture
async def work() -> AsyncIterator[Workspace]:
    async with workspace() as made:
        await made.story.lead("lena", "demo_request", lead_country="US", account_employees=4000)
        await made.tell()
        yield made


async def entries(work: Workspace) -> int:
    return (await work.story.store.head()).seq


async def test_warned_then_accepted_by_a_button_and_both_messages_change(work: Workspace) -> None:
    await work.story.until(3.5)
    await work.tell()
    assert len(work.shown("DADA")) == 2
    assert "Time runs low" in work.shown("DADA")[1]
    assert (await work.press("accept", by="ada")).status_code == 200
    assert await work.stage() == "accepted"
    assert "Accepted: it is yours." in work.answered()
    for shown in work.shown("DADA"):
        assert "Accepted by Ada Adler" in shown
    assert "accept" not in work.buttons("DADA")
    assert "called" in work.buttons("DADA")


async def test_rejected_with_a_code_in_a_modal_and_nothing_is_left_to_press(
    work: Workspace,
) -> None:
    await work.press("reject", by="ada")
    (view,) = work.slack.views
    codes = [option["value"] for option in view["blocks"][0]["element"]["options"]]
    assert "wrong_product_fit" in codes
    await work.submit(by="ada", code="wrong_product_fit", note="too small")
    assert await work.stage() == "disqualified"
    (shown,) = work.shown("DADA")
    assert "Rejected: wrong product fit." in shown
    assert "lena@" not in shown
    (post,) = work.slack.posts.values()
    assert [block["type"] for block in post["blocks"]] == ["header", "section"]


async def test_a_duplicate_names_the_lead_that_it_is_one_of(work: Workspace) -> None:
    await work.story.lead("lars", "demo_request", lead_country="US", account_employees=4000)
    await work.press("reject", by="ada")
    await work.submit(by="ada", code="duplicate", of="lars")
    found = await work.story.store.case_of_handoff("lena")
    assert found is not None
    assert found.case.handoff is not None
    assert found.case.handoff.outcome in ("duplicate", "merged")


async def test_pressing_twice_has_one_effect(work: Workspace) -> None:
    await work.press("accept", by="ada")
    before = await entries(work)
    await work.press("accept", by="ada")
    assert await entries(work) == before
    assert "already accepted" in work.answered()


async def test_all_that_is_pressed_is_understood(
    work: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    for act in ("accept", "called", "why", "reject", "snooze", "reassign", "open"):
        await work.press(act, by="ada")
    await work.submit(by="ada", owner="ben", reason="he knows them")
    await work.command("/lead", "lena", by="ada")
    assert [record.getMessage() for record in caplog.records] == []


async def test_a_call_is_logged_as_the_first_action(work: Workspace) -> None:
    await work.press("called", by="ada")
    found = await work.story.store.case_of_handoff("lena")
    assert found is not None
    assert found.case.handoff is not None
    assert found.case.handoff.first_action_at == work.story.clock.now()
    assert "First contact" in work.shown("DADA")[0]


async def test_a_snooze_is_a_pause_with_its_reason(work: Workspace) -> None:
    until = work.story.clock.now() + timedelta(hours=2)
    await work.press("snooze", by="ada")
    await work.submit(by="ada", until=until, reason="she is on a plane")
    found = await work.story.store.case_of_handoff("lena")
    assert found is not None
    assert found.case.handoff is not None
    assert found.case.handoff.paused_until == until
    assert "Paused until" in work.shown("DADA")[0]
    await work.press("snooze", by="ada")
    await work.submit(by="ada", until=work.story.clock.now() - timedelta(hours=1), reason="?")
    assert "must end in the future" in work.answered()


async def test_given_to_a_colleague_the_old_message_says_who_has_it(work: Workspace) -> None:
    await work.press("reassign", by="mo")
    await work.submit(by="mo", owner="ben", reason="he knows them")
    assert await work.story.owner("lena") == "ben"
    assert "Ben Brook has it now." in work.shown("DADA")[0]
    assert "lena@" not in work.shown("DADA")[0]
    await work.tell()
    assert "A lead is yours" in work.shown("DBEN")[0]


async def test_a_manager_holds_the_pages_of_an_incident_then_closes_it(work: Workspace) -> None:
    await work.story.until(25)
    work.story.clock.move_to(work.story.clock.now() + timedelta(seconds=2))
    for _ in range(4):
        await work.tell()
        work.story.clock.move_to(work.story.clock.now() + timedelta(seconds=2))
    assert any("Incident" in shown for shown in work.shown("DMO"))
    await work.press("silence", by="mo")
    until = work.story.clock.now() + timedelta(hours=1)
    await work.submit(by="mo", until=until, reason="I am calling her")
    assert "Nobody is paged until" in work.answered()
    await work.press("close", by="ada")
    await work.submit(by="ada", code="staffing")
    assert "only they or their manager" in work.answered()
    await work.press("close", by="mo")
    await work.submit(by="mo", code="staffing")
    assert "closed" in work.answered()
    incident = next(shown for shown in work.shown("DMO") if "Incident" in shown)
    assert "The incident is closed." in incident


async def test_what_ran_out_says_so_and_who_has_it_now(work: Workspace) -> None:
    await work.story.until(6)
    await work.tell()
    assert (
        "The time ran out at Mon 02 Mar, 09:05 New York time; Ben Brook has it now."
        in work.shown("DADA")[0]
    )


@pytest.mark.parametrize("act", ["accept", "called", "reassign"])
async def test_somebody_elses_lead_is_not_theirs_to_press(work: Workspace, act: str) -> None:
    before = await entries(work)
    await work.press(act, by="cy")
    assert work.slack.views == []
    assert await entries(work) == before
    assert work.answered()


@pytest.mark.parametrize("act", ["reject", "snooze"])
async def test_a_modal_does_no_more_for_a_stranger_to_the_lead_than_a_button(
    work: Workspace, act: str
) -> None:
    await work.press(act, by="cy")
    before = await entries(work)
    until = work.story.clock.now() + timedelta(hours=1)
    await work.submit(by="cy", code="premature", until=until, reason="mine")
    assert await entries(work) == before
    assert "Ada Adler" in work.answered() or "owner" in work.answered()


async def test_who_is_not_in_the_roster_is_told_how_to_get_there(work: Workspace) -> None:
    before = await entries(work)
    await work.press("accept", by="UNOBODY")
    assert "not in Handrail's roster" in work.answered()
    assert "slack: UNOBODY" in work.answered()
    await work.command("/lead", "lena", by="UNOBODY")
    assert "not in Handrail's roster" in work.answered()
    assert await entries(work) == before


async def test_why_me_tells_the_rule_and_everybody_who_was_looked_at(work: Workspace) -> None:
    await work.press("why", by="ada")
    said = work.answered()
    assert "Rule enterprise NA" in said
    assert "Ada Adler: " in said
    assert "Ben Brook: " in said


async def test_a_lead_is_shown_to_its_owner_with_the_buyer(work: Workspace) -> None:
    await work.command("/lead", "lena-1", by="ada")
    assert "Stage assigned, with Ada Adler" in work.answered()
    assert "lena@lena-company.example" in work.answered()
    await work.command("/lead", "lena", by="mo")
    assert "lena@" not in work.answered()
    await work.command("/lead", "<!channel>", by="mo")
    assert "no handoff" in work.answered()
    assert "<!channel>" not in work.answered()


async def test_who_has_nothing_to_do_with_a_lead_is_told_nothing_of_it(work: Workspace) -> None:
    for by, sees in (("ada", True), ("ben", True), ("mo", True), ("cy", False)):
        await work.command("/lead", "lena", by=by)
        assert ("Stage assigned" in work.answered()) == sees, by
        await work.press("why", by=by)
        assert ("Rule enterprise NA" in work.answered()) == sees, by
    assert "only the owner's team and managers" in work.answered()


async def test_a_lead_without_a_number_says_how_it_is_written(work: Workspace) -> None:
    await work.command("/lead", "", by="ada")
    assert "Write the number of a lead" in work.answered()


async def test_out_until_is_read_in_the_reps_own_zone(work: Workspace) -> None:
    await work.command("/out", "until 15:00", by="ben")
    assert "away until Mon 02 Mar, 15:00 New York time" in work.answered()
    async with work.story.store.write() as unit:
        people = await unit.standing(after=0, turns_from=work.story.clock.now())
    presence = people.conditions["ben"].presence
    assert presence.state == "away"
    assert presence.until is not None
    assert presence.until.hour == 20  # 15:00 in New York
    await work.command("/out", "until noon", by="ben")
    assert "Write `/out until 15:00`" in work.answered()
    await work.command("/out", "back", by="ben")
    assert "Welcome back" in work.answered()
    await work.command("/out", "2h", by="mo")
    assert "Only reps" in work.answered()


async def test_a_form_that_slack_no_longer_opens_is_said_to_be_late(work: Workspace) -> None:
    work.slack.troubles = [Trouble(error="expired_trigger_id")]
    await work.press("reject", by="ada")
    assert "press the button again" in work.answered()


async def test_a_message_that_cannot_be_changed_now_is_changed_later(work: Workspace) -> None:
    await work.press("why", by="ada")
    work.slack.troubles = [Trouble(status=429, error="ratelimited", headers={"Retry-After": "7"})]
    await work.story.engine.command("lena-1", cmd.Accept(rep="ada"), actor="x")
    assert await work.follower.look() == timedelta(seconds=7)
    assert "Accepted" not in work.shown("DADA")[0]
    await work.follower.look()
    assert "Accepted" not in work.shown("DADA")[0]
    work.story.clock.move_to(work.story.clock.now() + timedelta(seconds=7))
    await work.follower.look()
    assert "Accepted by Ada Adler" in work.shown("DADA")[0]


async def test_one_message_that_slack_never_takes_holds_up_no_other(work: Workspace) -> None:
    await work.story.lead("lars", "demo_request", lead_country="US", account_employees=4000)
    work.story.clock.move_to(work.story.clock.now() + timedelta(seconds=2))
    await work.tell()
    for lead in ("lars", "lena"):
        owner = await work.story.owner(lead)
        await work.story.engine.command(lead, cmd.LogAct(rep=owner, act="call"), actor="x")
    work.slack.troubles = [Trouble(error="a_new_one")]
    assert await work.follower.look() == timedelta(seconds=5)
    assert sum("First contact" in words_of(post) for post in work.slack.posts.values()) == 1
    work.slack.troubles = [Trouble(error="a_new_one")] * 30
    for _ in range(30):
        work.story.clock.move_to(work.story.clock.now() + timedelta(seconds=5))
        await work.follower.look()
    assert len(work.slack.troubles) == 11  # given up after twenty tries


async def test_who_shares_an_id_with_another_is_a_stranger(work: Workspace) -> None:
    await work.story.adopt(roster_text().replace("slack: UBEN", "slack: UADA"))
    await work.press("accept", by="ada")
    assert "not in Handrail's roster" in work.answered()
    assert await work.stage() == "assigned"


async def test_a_refusal_calls_people_by_their_names(work: Workspace) -> None:
    await work.press("accept", by="ben")
    assert "Ben Brook is not the owner (Ada Adler)" in work.answered()
