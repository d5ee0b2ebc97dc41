"""The report reads what went out and what people did of a real history."""

from datetime import timedelta

import msgspec

from handrail.engine.alert_acts import report_of_alerts
from handrail.engine.alerts.message import DIGEST, read_message
from handrail.engine.channels import Channels
from handrail.engine.folding import Folding
from handrail.terms import command as cmd
from tests.house import open_house, problem
from tests.story import START, Story


async def send_all(story: Story) -> int:
    """What is judged goes out now."""
    now, store = story.clock.now(), story.store
    rows = await store.claim_of_channel(
        "slack", now=now, limit=99, lease_until=now + timedelta(minutes=1), which="judged"
    )
    for row in rows:
        await store.record_delivery(msgspec.structs.replace(row, state="delivered", sent_at=now))
    return sum(read_message(row.body).what == DIGEST for row in rows)


async def test_what_was_folded_counts_as_sent_with_its_digest() -> None:
    story = Story(notices=Channels(["slack"]))
    await story.begin()
    for number in range(8):
        await story.lead(f"l{number}", "demo_request", lead_country="DE")
    _, roster = await story.engine.in_force()
    folding, now = Folding(story.store), story.clock.now()
    await folding.judge("slack", roster=roster, now=now, may_move=False)
    story.clock.move_to(START + timedelta(seconds=30))
    assert await send_all(story) > 0
    owner = await story.owner("l0")
    await story.do("l0", cmd.LogAct(rep=owner, act="call"))
    found = await report_of_alerts(story.engine, until=story.clock.now() + timedelta(seconds=1))
    shares = {one.name: (one.told, one.acted, one.open) for one in found.kinds}
    # One is free and was told alone; her manager got the seven that wait as one digest.
    assert shares == {"assigned": (1, 1, 0), "unstaffed": (0, 0, 7)}
    assert {one.name for one in found.channels} == {"slack"}


async def test_an_override_contacts_nobody_whatever_follows_from_it() -> None:
    story = Story(notices=Channels(["slack"]))
    await story.begin()
    await story.lead("lena", "demo_request", lead_country="DE")
    _, roster = await story.engine.in_force()
    await Folding(story.store).judge("slack", roster=roster, now=story.clock.now(), may_move=False)
    await send_all(story)
    story.clock.move_to(START + timedelta(seconds=30))
    await story.do("lena", cmd.Override(by="mo", stage="disqualified"))
    found = await report_of_alerts(story.engine, until=story.clock.now() + timedelta(hours=1))
    assert [(one.name, one.acted) for one in found.kinds] == [("assigned", 0)]


async def test_the_endpoint_refuses_a_span_without_an_offset() -> None:
    async with open_house() as house:
        told = (await house.http.get("/api/v1/metrics/alerts")).json()
        assert (told["kinds"], told["demote"], told["complete"]) == ([], [], True)
        wrong = await house.http.get("/api/v1/metrics/alerts?from=2026-03-02T10:00:00")
        assert problem(wrong)["status"] == 422
