"""The outbox: what is sent once, again, never; and who is kept out of whose way."""

import asyncio
from datetime import timedelta

import msgspec
import pytest

from handrail.engine.alerts import Alert
from handrail.engine.channels import Channels
from handrail.engine.deliver import (
    Delivered,
    Deliverer,
    Later,
    Outcome,
    Undeliverable,
)
from handrail.engine.ledger import read_entry
from handrail.engine.links import BadLink, Link, Links
from handrail.engine.ports import Delivery
from handrail.engine.replay import replay
from handrail.engine.retries import SCHEDULE, wait_for
from handrail.terms import command as cmd
from handrail.terms.event import Notified
from tests.story import START, Story, tell


class Recorder:
    """A sender that answers as it is told, then always `Delivered`."""

    def __init__(self, *answers: Outcome, needs_person: bool = False) -> None:
        self.answers = list(answers)
        self.alerts: list[Alert] = []
        self.needs_person = needs_person
        self.hangs = False

    async def send(self, alert: Alert) -> Outcome:
        self.alerts.append(alert)
        if self.hangs:
            await asyncio.sleep(3_600)
        return self.answers.pop(0) if self.answers else Delivered()

    def told(self) -> list[tuple[str, str]]:
        return [(alert.kind, alert.to_id) for alert in self.alerts]


class Killed(BaseException):
    """A process that ends at a crash point."""


class Crash:
    def __init__(self) -> None:
        self.armed = True

    def reached(self, point: str) -> None:
        if self.armed and point == "sent":
            raise Killed


@pytest.fixture
async def story() -> Story:
    story = Story(notices=Channels(["webhook", "email"]))
    await story.begin()
    return story


async def demo_lead(story: Story) -> None:
    await story.lead(
        "lena", "demo_request", lead_country="US", account_employees=4000, lead_name="Lena Lo"
    )


async def rows(story: Story, lead: str = "lena") -> list[Delivery]:
    return await story.store.deliveries_of(lead)


async def notified(story: Story, lead: str = "lena") -> list[Notified]:
    return [
        event
        for stored in await story.store.entries_of(lead)
        for event in read_entry(stored).events
        if isinstance(event, Notified)
    ]


async def step(deliverer: Deliverer, story: Story) -> int:
    count = await deliverer.deliver(story.clock.now())
    await deliverer.finish()
    return count


async def test_an_assignment_is_told_on_every_channel_and_noted_once(story: Story) -> None:
    hook, mail = Recorder(), Recorder(needs_person=True)
    deliverer = Deliverer(engine=story.engine, senders={"webhook": hook, "email": mail})
    await demo_lead(story)
    assert await notified(story) == []
    assert await step(deliverer, story) == 2
    assert hook.told() == mail.told() == [("assigned", "ada")]
    assert [row.state for row in await rows(story)] == ["delivered", "delivered"]
    told = await notified(story)
    assert told
    assert {event.to for event in told} == {"ada"}
    assert await step(deliverer, story) == 0


async def test_the_outbox_holds_nothing_personal(story: Story) -> None:
    await demo_lead(story)
    bodies = b"".join(row.body for row in await rows(story))
    assert b"lena@" not in bodies
    assert b"Lena Lo" not in bodies


async def test_only_the_owner_is_told_how_to_reach_the_buyer(story: Story) -> None:
    mail = Recorder(needs_person=True)
    deliverer = Deliverer(
        engine=story.engine, senders={"email": mail, "webhook": Recorder()}, links=links()
    )
    await demo_lead(story)
    await step(deliverer, story)
    await story.until(11)  # two breaches: the manager is alerted
    await step(deliverer, story)
    for alert in mail.alerts:
        is_owner = alert.kind in ("assigned", "sla_warned")
        assert (alert.brief.email is not None) == is_owner, alert
        acts = {button.act for button in alert.buttons if button.url}
        assert ("accept" in acts) == is_owner, alert
        assert "open" in acts
    assert ("manager_alerted", "mo") in mail.told()


def links() -> Links:
    return Links(secret=bytes(32), base_url="https://handrail.example/")


async def test_a_refused_delivery_is_tried_again_on_the_schedule_then_parked(
    story: Story,
) -> None:
    hook = Recorder(*[Later(reason="answered 500")] * 20)
    deliverer = Deliverer(engine=story.engine, senders={"webhook": hook, "email": Recorder()})
    await demo_lead(story)
    await story.do("lena", cmd.Pause(by="mo", until=START + timedelta(days=30)))
    for _ in range(30):
        await step(deliverer, story)
        waiting = [row for row in await rows(story) if row.state == "waiting"]
        if not waiting:
            break
        story.clock.move_to(max(waiting[0].due_at, story.clock.now()))
    first = next(row for row in await rows(story) if row.key.endswith("-webhook"))
    assert first.state == "parked"
    assert first.reason == "answered 500"
    assert first.tries == len(SCHEDULE) + 1 == len(hook.alerts)
    assert len({alert.key for alert in hook.alerts}) == 1
    assert (await story.store.health(now=story.clock.now())).parked_deliveries == 1


def test_a_receiver_is_never_asked_sooner_than_it_asked_for() -> None:
    assert wait_for(key="1-0-webhook", tries=1, asked=None) >= SCHEDULE[0]
    assert wait_for(key="1-0-webhook", tries=1, asked=timedelta(hours=1)) == timedelta(hours=1)
    assert wait_for(key="1-0-webhook", tries=99, asked=None) >= SCHEDULE[-1]
    assert wait_for(key="1-0-webhook", tries=1, asked=timedelta(days=900)) == timedelta(days=1)


async def test_what_can_never_arrive_is_parked_at_once(story: Story) -> None:
    senders = {"webhook": Recorder(Undeliverable(reason="gone")), "email": Recorder()}
    deliverer = Deliverer(engine=story.engine, senders=senders)
    await demo_lead(story)
    await step(deliverer, story)
    states = {row.channel: (row.state, row.reason) for row in await rows(story)}
    assert states["webhook"] == ("parked", "gone")
    assert states["email"] == ("delivered", None)


async def test_a_channel_that_hangs_delays_only_its_own(story: Story) -> None:
    hook, mail = Recorder(), Recorder(needs_person=True)
    mail.hangs = True
    deliverer = Deliverer(
        engine=story.engine,
        senders={"webhook": hook, "email": mail},
        patience_s=0.05,
        send_max_s=0.4,
    )
    await demo_lead(story)
    await deliverer.deliver(story.clock.now())
    await story.lead("lars", "demo_request", lead_country="DE")
    await deliverer.deliver(story.clock.now())
    assert {alert.lead for alert in hook.alerts} == {"lena", "lars"}
    await deliverer.finish()
    late = {row.channel: row for row in await rows(story)}["email"]
    assert late.state == "waiting"
    assert late.reason is not None
    assert "no answer" in late.reason


async def test_a_sender_that_breaks_is_tried_again(story: Story) -> None:
    class Broken(Recorder):
        async def send(self, alert: Alert) -> Outcome:
            raise RuntimeError("a mistake of ours")

    deliverer = Deliverer(engine=story.engine, senders={"webhook": Broken(), "email": Recorder()})
    await demo_lead(story)
    await step(deliverer, story)
    row = {row.channel: row for row in await rows(story)}["webhook"]
    assert (row.state, row.tries) == ("waiting", 1)


async def test_what_is_no_longer_true_is_not_sent(story: Story) -> None:
    hook = Recorder()
    deliverer = Deliverer(engine=story.engine, senders={"webhook": hook, "email": hook})
    await demo_lead(story)
    await story.do("lena", cmd.Override(by="mo", owner="ben"))
    await step(deliverer, story)
    assert hook.told() == [("assigned", "ben")] * 2
    assert "the owner has changed" in {row.reason for row in await rows(story)}
    await story.do("lena", cmd.Override(by="mo", owner="cy"))
    await story.do("lena", cmd.Override(by="mo", stage="disqualified"))
    await step(deliverer, story)
    assert hook.told() == [("assigned", "ben")] * 2
    assert "the handoff has ended" in {row.reason for row in await rows(story)}


async def test_a_warning_is_not_sent_once_somebody_has_acted(story: Story) -> None:
    hook = Recorder()
    deliverer = Deliverer(engine=story.engine, senders={"webhook": hook, "email": hook})
    await demo_lead(story)
    await story.until(3)
    await story.do("lena", cmd.LogAct(rep="ada", act="call"))
    await step(deliverer, story)
    assert hook.told() == [("assigned", "ada")] * 2


async def test_a_kill_after_the_send_repeats_it_with_the_same_key(story: Story) -> None:
    hook = Recorder()
    crash = Crash()
    senders = {"webhook": hook, "email": hook}
    first = Deliverer(engine=story.engine, senders=senders, crash=crash)
    await demo_lead(story)
    with pytest.raises(Killed):
        await step(first, story)
    await first.close()
    assert await notified(story) == []
    crash.armed = False
    second = Deliverer(engine=story.engine, senders=senders, crash=crash)
    assert await step(second, story) == 0, "the dead one's lease has not ended"
    story.clock.move_to(START + timedelta(seconds=61))
    await step(second, story)
    keys = [alert.key for alert in hook.alerts]
    assert len(set(keys)) == 2
    assert {row.state for row in await rows(story)} == {"delivered"}
    assert await notified(story)


async def test_a_delivery_that_cannot_be_read_is_parked_and_stops_nobody(story: Story) -> None:
    hook = Recorder()
    deliverer = Deliverer(engine=story.engine, senders={"webhook": hook, "email": hook})
    await demo_lead(story)
    bad = msgspec.structs.replace((await rows(story))[0], body=b"{")
    story.store._tables.record_delivery(bad)  # type: ignore[attr-defined]  # the twin's
    story.store._tables.commit()  # type: ignore[attr-defined]  # the twin's
    await step(deliverer, story)
    assert sorted(row.state for row in await rows(story)) == ["delivered", "parked"]


async def test_two_deliverers_never_send_the_same(story: Story) -> None:
    hook = Recorder()
    senders = {"webhook": hook, "email": hook}
    both = [Deliverer(engine=story.engine, senders=senders) for _ in range(2)]
    await demo_lead(story)
    await asyncio.gather(*(deliverer.deliver(story.clock.now()) for deliverer in both))
    keys = [alert.key for alert in hook.alerts]
    assert len(keys) == len(set(keys)) == 2


async def test_a_story_with_channels_replays_equal() -> None:
    story = Story(notices=Channels(["webhook"]))
    await tell(story)
    report = await replay(story.store, story.vault)
    assert report.differences == ()


# --- links


def test_a_link_allows_what_was_signed_and_nothing_else() -> None:
    maker = links()
    link = Link("lena-1", "ada", "accept", "12", START + timedelta(hours=24))
    token = maker.token(link)
    assert maker.url(link) == f"https://handrail.example/act/{token}"
    assert maker.read(token, now=START) == link
    with pytest.raises(BadLink, match="expired"):
        maker.read(token, now=link.expires_at)
    other = Links(secret=bytes(31) + b"1", base_url="https://handrail.example")
    changed = [
        token[:at] + ("A" if char != "A" else "B") + token[at + 1 :]
        for at, char in enumerate(token)
    ]
    for bad in (other.token(link), *changed, "", ".", token + "=", "é" * 20, "a" * 5_000):
        with pytest.raises(BadLink, match="invalid"):
            maker.read(bad, now=START)
