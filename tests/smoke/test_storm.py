"""A storm of leads, and an outage that ends: few messages a person, every lead in one of them."""

from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from handrail.connectors.webhook.client import WebhookSender, WebhookSettings
from handrail.connectors.webhook.fake import FakeReceiver
from handrail.engine.channels import Channels
from handrail.engine.deliver import Deliverer
from handrail.engine.folding import Folding, agreed
from handrail.engine.pace import PLENTY
from handrail.engine.ports import HandoffFilter, StoredCase
from handrail.kernel.decision import Case
from handrail.store.postgres import PostgresStore
from handrail.web import create_app
from tests.house import running
from tests.story import START, Story

SECRET = "whsec_" + "c2VjcmV0IG9mIHRoZSBmYWtlIHJlY2VpdmVy"
LEADS = 500
TOLD_BY = 80  # seconds after the first lead: the storm's minute, and the digest after it


class ToPeople(WebhookSender):
    """The wire of a webhook in the place of a chat's: each body is a whole alert."""

    needs_person = True


@pytest.fixture
async def story(database: str) -> AsyncIterator[Story]:
    store = await PostgresStore.open(database)
    story = Story(notices=Channels(["slack"]), store=store)
    await story.begin()
    yield story
    await store.close()


@pytest.fixture
async def receiver() -> AsyncIterator[FakeReceiver]:
    async with FakeReceiver(secret=SECRET) as receiver:
        yield receiver


@pytest.fixture
async def deliverer(story: Story, receiver: FakeReceiver) -> AsyncIterator[Deliverer]:
    settings = WebhookSettings(url=receiver.url, secrets=(SECRET,), allow_loopback=True)
    sender = ToPeople(settings)
    yield Deliverer(
        engine=story.engine,
        senders={"slack": sender},
        rates=lambda _: PLENTY,
        folding=Folding(story.store, noise_of=agreed(story.engine)),
    )
    await sender.close()


async def look(deliverer: Deliverer, story: Story) -> None:
    await deliverer.deliver(story.clock.now())
    await deliverer.finish()


def alerts(receiver: FakeReceiver) -> list[Any]:
    return [one.event["data"] for one in receiver.received]


def named_in(alert: Any) -> set[str]:
    folded = {one["lead"] for one in alert["folded"]}
    return folded or {alert["lead"]}


TEAM = [f"rep{number:02}" for number in range(12)]
ROSTER = f"""\
roster: storm
teams:
  - {{name: enterprise-na, manager: mo, members: [rep00]}}
  - {{name: inbound, manager: mo, members: [{", ".join(TEAM)}]}}
  - {{name: revops, manager: dana, members: [dana]}}
reps:
""" + "".join(
    f"  - {{id: {name}, name: {name}, email: {name}@acme.example, timezone: America/New_York, "
    "caps: {timed: 1000}}\n"
    for name in (*TEAM, "dana")
)
MANAGER = "people:\n  - {id: mo, name: Mo Malik, email: mo@acme.example}\n"


async def lead(story: Story, number: int) -> None:
    await story.lead(
        f"l{number}", "demo_request", lead_country="DE", email=f"p{number}@c{number}.example"
    )


async def test_500_leads_in_a_minute_are_three_messages_a_person_and_none_is_lost(
    story: Story, receiver: FakeReceiver, deliverer: Deliverer
) -> None:
    for number in range(LEADS):
        story.clock.move_to(START + timedelta(seconds=60 * number / LEADS))
        await lead(story, number)
        if number % 5 == 4:  # the outbox looks twice a second
            await look(deliverer, story)
    for second in range(60, TOLD_BY):
        story.clock.move_to(START + timedelta(seconds=second))
        await look(deliverer, story)
    told = alerts(receiver)
    messages = Counter(alert["to"]["id"] for alert in told)
    assert messages
    assert max(messages.values()) <= 3, messages
    everybody = {f"l{number}" for number in range(LEADS)}
    assert {name for alert in told for name in named_in(alert)} == everybody
    assert len(await story.store.cases_of(HandoffFilter(limit=LEADS + 1))) == LEADS
    assert len({one.headers["webhook-id"] for one in receiver.received}) == len(told)


async def listed(story: Story) -> list[str]:
    """Every lead that the API lists, page by page."""
    found: list[str] = []
    cursor: str | None = ""
    app = create_app(engine=story.engine, keys=None)
    async with running(app) as url, httpx.AsyncClient(base_url=url) as http:
        while cursor is not None:
            query = {"cursor": cursor, "limit": "200"}
            page = (await http.get("/api/v1/handoffs", params=query)).json()
            found += [row["lead"] for row in page["handoffs"]]
            cursor = page["next"]
    return found


async def test_500_leads_in_a_minute_for_a_team_of_twelve_are_three_messages_for_each_of_them(
    story: Story, receiver: FakeReceiver, deliverer: Deliverer
) -> None:
    await story.adopt(ROSTER + MANAGER)
    await adopt_fair(story)
    for number in range(LEADS):
        story.clock.move_to(START + timedelta(seconds=60 * number / LEADS))
        await story.lead(f"l{number}", "demo_request", lead_country="FR")
        if number % 5 == 4:
            await look(deliverer, story)
    for second in range(60, 120):
        story.clock.move_to(START + timedelta(seconds=second))
        await look(deliverer, story)
    told = alerts(receiver)
    messages = Counter(alert["to"]["id"] for alert in told)
    assert {*TEAM} <= {*messages}, "each of the team was told"
    assert max(messages.values()) <= 3, messages
    everybody = {f"l{number}" for number in range(LEADS)}
    assert {name for alert in told for name in named_in(alert)} == everybody
    assert sorted(await listed(story)) == sorted(everybody)
    owners = {stored.case.lead.id: owner_of(stored.case) for stored in await cases(story)}
    for alert in told:  # and nobody of another's lead
        assert {owners[name] for name in named_in(alert)} == {alert["to"]["id"]}
    shares = Counter(owners.values())
    assert min(shares[rep] for rep in TEAM) > LEADS // len(TEAM) - 2
    rows = [row for name in everybody for row in await story.store.deliveries_of(name)]
    assert {row.state for row in rows} == {"delivered", "folded"}
    for stem in {row.folded_into for row in rows if row.state == "folded"}:
        took = await story.store.delivery(f"{stem}-slack")
        assert took is not None
        assert took.state == "delivered"


async def adopt_fair(story: Story) -> None:
    """Each of the team gets a share at once, however many they have."""
    await story.amend("5m, strategy: fastest", "5m, strategy: fair")


async def cases(story: Story) -> list[StoredCase]:
    return await story.store.cases_of(HandoffFilter(limit=LEADS + 1))


def owner_of(case: Case) -> str:
    assert case.handoff is not None
    return str(case.handoff.owner)


async def test_after_an_outage_each_person_gets_one_digest(
    story: Story, receiver: FakeReceiver, deliverer: Deliverer
) -> None:
    for number in range(20):
        await lead(story, number)
    await story.until(40)  # breaches and incidents, and nobody who sends
    for _ in range(20):
        await look(deliverer, story)
        story.clock.move_to(story.clock.now() + timedelta(seconds=1))
    told = alerts(receiver)
    assert told
    assert max(Counter(alert["to"]["id"] for alert in told).values()) == 1
    waiting = {
        row.key
        for number in range(20)
        for row in await story.store.deliveries_of(f"l{number}")
        if row.state not in ("folded", "delivered", "cancelled")
    }
    assert waiting == set()
