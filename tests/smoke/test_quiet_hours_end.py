"""Alerts held by quiet hours come as one digest when those end, in each recipient's own zone.

In the night to 8 March 2026 New York puts its clocks forward: seven in the morning there is 11:00
UTC and no longer 12:00. Breaches wait for no morning.
"""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from handrail.connectors.webhook.client import WebhookSettings
from handrail.connectors.webhook.fake import FakeReceiver
from handrail.contract.read import read_contract_file
from handrail.engine.channels import Channels
from handrail.engine.deliver import Deliverer
from handrail.engine.folding import Folding, agreed
from handrail.engine.pace import PLENTY
from handrail.store.postgres import PostgresStore
from handrail.terms import command as cmd
from tests.signing import stored_of
from tests.smoke.test_storm import SECRET, ToPeople, alerts, look
from tests.story import Story

QUIET = Path(__file__).resolve().parents[2] / "examples/rehearsals/contracts/quiet.yaml"
EVENING = datetime(2026, 3, 8, 1, 30, tzinfo=UTC)  # Saturday, 20:30 in New York, 2:30 in Berlin
MORNING = {
    "ada": datetime(2026, 3, 8, 11, tzinfo=UTC),
    "ben": datetime(2026, 3, 8, 6, tzinfo=UTC),
}
ROSTER = """
roster: quiet
teams:
  - {name: inbound, manager: mo, members: [ada, ben]}
  - {name: revops, manager: dana, members: [dana]}
reps:
  - {id: ada, name: Ada Adler, email: ada@acme.example, timezone: America/New_York, territories: [home]}
  - {id: ben, name: Ben Brook, email: ben@acme.example, timezone: Europe/Berlin, territories: [overseas]}
  - {id: dana, name: Dana Dale, email: dana@acme.example, timezone: America/New_York}
people:
  - {id: mo, name: Mo Malik, email: mo@acme.example}
"""  # noqa: E501, a roster has a line a rep
COUNTRIES = {"ada": "US", "ben": "FR"}


@pytest.fixture
async def story(database: str) -> AsyncIterator[Story]:
    store = await PostgresStore.open(database)
    story = Story(notices=Channels(["slack"]), store=store)
    story.clock.move_to(EVENING)
    contract = read_contract_file(QUIET).contract
    assert contract is not None
    await story.engine.adopt_contract(stored_of(contract), actor="person:dana")
    await story.adopt(ROSTER)
    yield story
    await store.close()


async def leads_for(story: Story, rep: str, *, count: int) -> list[str]:
    """They are called at once, and ask again in the night."""
    names = [f"{rep}{number}" for number in range(count)]
    for name in names:
        await story.lead(name, "demo_request", lead_country=COUNTRIES[rep])
        await story.do(name, cmd.LogAct(rep=rep, act="call"))
        await story.do(name, cmd.Accept(rep=rep))
    return names


async def pass_to(story: Story, deliverer: Deliverer, end: datetime) -> None:
    """Wake-up by wake-up, and a look at the outbox each time."""
    while (at := await story.store.next_wake()) is not None and at <= end:
        story.clock.move_to(max(at, story.clock.now()))
        await story.engine.tick()
        await look(deliverer, story)
    story.clock.move_to(end)
    await look(deliverer, story)


def told_to(receiver: FakeReceiver, rep: str, *, since: datetime) -> list[Any]:
    instants = (instant(one["sent_at"]) for one in alerts(receiver))
    return [
        one
        for one, at in zip(alerts(receiver), instants, strict=True)
        if one["to"]["id"] == rep and at >= since
    ]


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


async def test_what_was_held_comes_as_one_digest_and_a_breach_at_once(story: Story) -> None:
    async with FakeReceiver(secret=SECRET) as receiver:
        sender = ToPeople(WebhookSettings(url=receiver.url, secrets=(SECRET,), allow_loopback=True))
        deliverer = Deliverer(
            engine=story.engine,
            senders={"slack": sender},
            rates=lambda _: PLENTY,
            folding=Folding(story.store, noise_of=agreed(story.engine)),
        )
        leads = {
            rep: await leads_for(story, rep, count=count) for rep, count in (("ada", 5), ("ben", 2))
        }
        await story.lead("slow", "demo_request", lead_country="US")
        await pass_to(story, deliverer, EVENING + timedelta(minutes=2))
        for names in leads.values():
            for name in names:
                await story.engine.signal(name, "demo_request", at=None, actor="key:site")
        breach = EVENING + timedelta(minutes=5)
        await pass_to(story, deliverer, breach + timedelta(seconds=1))
        (told,) = told_to(receiver, "mo", since=breach)
        assert (told["lead"], told["kind"]) == ("slow", "manager_alerted")
        await story.do("slow", cmd.LogAct(rep="ada", act="call"))
        await story.do("slow", cmd.Accept(rep="ada"))
        for rep in ("ben", "ada"):
            await pass_to(story, deliverer, MORNING[rep] - timedelta(seconds=1))
            assert told_to(receiver, rep, since=breach + timedelta(minutes=1)) == []
            for second in range(60):
                await pass_to(story, deliverer, MORNING[rep] + timedelta(seconds=second))
            (digest,) = told_to(receiver, rep, since=MORNING[rep])
            assert sorted(one["lead"] for one in digest["folded"]) == leads[rep]
            assert instant(digest["sent_at"]) <= MORNING[rep] + timedelta(seconds=30)
        await sender.close()
