"""What goes with another message is not lost with it, and an outage ends in digests."""

from collections import Counter
from datetime import datetime, timedelta

import msgspec
import pytest

from handrail.engine.alerts import Alert
from handrail.engine.channels import Channels
from handrail.engine.deliver import Deliverer, Outcome
from handrail.engine.folding import Folding, agreed
from handrail.engine.pace import PLENTY
from handrail.engine.ports import Choice
from handrail.store.memory import MemoryStore
from handrail.terms import command as cmd
from handrail.terms.handoff import Handoff
from tests.story import ACME, START, Story
from tests.unit.engine.test_deliver import rows, step
from tests.unit.engine.test_fallback import Switch

SECOND = timedelta(seconds=1)
LEAD = {"lead_country": "US", "account_employees": 4000}


class Desk:
    """Messages as a node sends them: judged, folded, one channel at a time."""

    def __init__(self, *names: str) -> None:
        self.story = Story(notices=Channels(names))
        self.senders = {name: Switch() for name in names}
        self.deliverer = Deliverer(
            engine=self.story.engine,
            senders=self.senders,
            rates=lambda _: PLENTY,
            folding=Folding(self.story.store, noise_of=agreed(self.story.engine)),
        )

    async def wait(self, seconds: int) -> None:
        for _ in range(seconds):
            self.story.clock.move_to(self.story.clock.now() + SECOND)
            await step(self.deliverer, self.story)

    async def leads(self, count: int, *, every: int) -> None:
        for number in range(count):
            email = f"p{number}@c{number}.example"
            await self.story.lead(f"l{number}", "demo_request", lead_country="DE", email=email)
            await self.wait(every)

    async def handoff(self, lead: str) -> Handoff:
        found = await self.story.store.case_of_handoff(lead)
        assert found is not None and found.case.handoff is not None
        return found.case.handoff


async def test_what_one_switched_off_takes_nothing_else_along() -> None:
    desk = Desk("slack")
    await desk.story.begin()
    await desk.story.amend("add: 25, at_most: 1 per week", "add: 25")  # each view says more
    await desk.story.lead("lena", "demo_request", **LEAD)
    await desk.wait(3)
    owner = await desk.story.owner("lena")
    off = Choice(person=owner, channels=(), off=("high_intent",), at=START, by="x")
    await desk.story.engine.people.choose(off)
    await desk.story.do("lena", cmd.LogAct(rep=owner, act="call"))
    told = 0
    for _ in range(3):  # the third view is high intent too, and the entry says both
        told = len(desk.senders["slack"].alerts)
        await desk.story.engine.signal("lena", "pricing_view", at=None, actor="key:site")
        await desk.wait(90)
    assert [alert.kind for alert in desk.senders["slack"].alerts[told:]] == ["new_signal"]


async def test_a_manager_who_becomes_the_owner_gets_the_lead_and_not_only_the_call() -> None:
    desk = Desk("slack")
    await desk.story.begin()
    roster = (ACME / "roster.yaml").read_text().partition("state:")[0]
    for team in ("inbound, manager: mo", "enterprise-na, manager: mo"):
        roster = roster.replace(team, team.replace("mo", "cy"))
    await desk.story.adopt(roster)
    await desk.story.lead("lena", "demo_request", **LEAD)
    for minute in range(1, 13):
        await desk.story.until(minute)
        await step(desk.deliverer, desk.story)
    owned = await desk.handoff("lena")
    assert owned.owner.rep is not None and owned.notified_at is not None
    assigned = [a for a in desk.senders["slack"].alerts if a.kind == "assigned"]
    assert assigned[-1].to is not None and assigned[-1].to.id == owned.owner.rep


async def test_what_nobody_can_read_is_parked_and_holds_up_no_digest() -> None:
    desk = Desk("slack")
    await desk.story.begin()
    for number in range(8):
        email = f"p{number}@c{number}.example"
        await desk.story.lead(f"l{number}", "demo_request", email=email, **LEAD)
    assert isinstance(desk.story.store, MemoryStore)
    tables = desk.story.store._tables
    bad = next(row for row in tables.waiting_deliveries.values() if row.lead == "l3")
    tables.record_delivery(msgspec.structs.replace(bad, body=b"{rubbish"))
    await desk.wait(120)
    kept = [row for number in range(8) for row in await rows(desk.story, f"l{number}")]
    assert {row.state for row in kept if row.key == bad.key} == {"parked"}
    assert {row.state for row in kept if row.key != bad.key} <= {"delivered", "folded", "cancelled"}


async def test_a_note_that_fails_sends_nothing_again(monkeypatch: pytest.MonkeyPatch) -> None:
    desk = Desk("slack")
    await desk.story.begin()
    await desk.story.lead("lena", "demo_request", **LEAD)
    real = desk.story.engine.command

    async def broken(handoff: str, command: cmd.Command, **given: object) -> object:
        if isinstance(command, cmd.RecordDelivery):
            raise RuntimeError("a decision that fails")
        return await real(handoff, command, actor="system")

    monkeypatch.setattr(desk.story.engine, "command", broken)
    await desk.wait(150)
    assert [alert.kind for alert in desk.senders["slack"].alerts].count("assigned") == 1
    assert {row.state for row in await rows(desk.story)} == {"delivered"}


async def test_while_a_channel_is_away_its_messages_gather_in_digests() -> None:
    desk = Desk("slack")
    await desk.story.begin()
    desk.senders["slack"].is_down = True
    await desk.leads(60, every=10)
    desk.senders["slack"].is_down = False
    before = len(desk.senders["slack"].alerts)
    await desk.wait(60)
    got = desk.senders["slack"].alerts[before:]
    people = Counter(alert.to.id for alert in got if alert.to is not None)
    assert max(people.values()) <= 12 < 60  # one by one it was 59
    assert sum(len(alert.folded) for alert in got) >= 40


async def test_what_falls_back_to_mail_is_no_flood_of_mails() -> None:
    desk = Desk("slack", "email")
    await desk.story.begin()
    desk.senders["slack"].is_down = True
    await desk.leads(60, every=2)
    await desk.wait(60)
    by_person: dict[str, list[datetime]] = {}
    worst = 0
    for alert in desk.senders["email"].alerts:
        assert alert.to is not None
        times = by_person.setdefault(alert.to.id, [])
        times.append(alert.sent_at)
        worst = max(worst, sum(alert.sent_at - at < 60 * SECOND for at in times))
    assert 0 < worst <= 3


async def test_what_a_digest_took_while_it_was_being_sent_is_told_all_the_same() -> None:
    """A process that stood still for over a minute between sending and recording."""
    desk = Desk("slack")
    await desk.story.begin()
    for number in range(8):
        email = f"p{number}@c{number}.example"
        await desk.story.lead(f"l{number}", "demo_request", email=email, **LEAD)
    slack, store = desk.senders["slack"], desk.story.store
    assert isinstance(store, MemoryStore)
    sent, late = slack.send, list[str]()

    async def send(alert: Alert) -> Outcome:
        outcome = await sent(alert)
        if alert.folded and not late:  # meanwhile another node folds one more into it
            await desk.story.lead("lars", "demo_request", email="lars@c.example", **LEAD)
            row = next(r for r in store._tables.waiting_deliveries.values() if r.lead == "lars")
            stem = alert.key.rpartition("-")[0]
            folded = msgspec.structs.replace(row, state="folded", folded_into=stem)
            store._tables.record_delivery(folded)
            late.append(row.key)
        return outcome

    slack.send = send  # type: ignore[assignment, method-assign]  # the slow provider
    await desk.wait(240)
    assert late
    states = {row.key: row for row in await rows(desk.story, "lars")}
    told = [alert.key for alert in slack.alerts] + [f.key for a in slack.alerts for f in a.folded]
    assert states[late[0]].state != "folded" or late[0] in told
    assert late[0] in told or states[late[0]].state == "cancelled"
