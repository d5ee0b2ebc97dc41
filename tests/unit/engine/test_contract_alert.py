"""What was due of a contract and could not be is told to a person, over every channel."""

from datetime import UTC, datetime, timedelta

from handrail.engine.channels import Channels
from handrail.engine.clock import VirtualClock
from handrail.engine.deliver import Deliverer
from handrail.engine.engine import Engine
from handrail.engine.ports import StoredRoster
from handrail.engine.vault import Vault
from handrail.store.memory import MemoryStore
from tests import cast
from tests.signing import Desk, read
from tests.unit.engine.test_deliver import Recorder

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
FIRST = read(cast.CONTRACT)
SECOND = read(FIRST.source.replace("version: 1\n", "version: 2\n").replace("100}", "90}"))


async def test_the_triage_teams_manager_hears_of_an_activation_that_could_not_be() -> None:
    clock = VirtualClock(NOON)
    engine = Engine(
        store=MemoryStore(),
        clock=clock,
        vault=Vault(bytes(32)),
        notices=Channels(("webhook", "email")),
    )
    await engine.adopt_roster(StoredRoster(digest="r", source=cast.ROSTER), actor="test")
    desk = Desk(engine)
    await desk.agree(FIRST)
    await desk.draft(SECOND)
    await desk.sign(SECOND, "marketing", "sales")
    await desk.activate(SECOND, at=NOON + HOUR)
    await desk.agreements.withdraw_key("sam@acme.example", reason="left", actor="test")
    clock.move_to(NOON + HOUR)
    await engine.tick()
    hook, mail = Recorder(), Recorder(needs_person=True)
    deliverer = Deliverer(engine=engine, senders={"webhook": hook, "email": mail})
    assert await deliverer.deliver(clock.now()) == 2
    await deliverer.finish()
    assert hook.told() == mail.told() == [("activation_denied", "team:revops")]
    (alert,) = mail.alerts
    assert alert.to is not None
    assert alert.to.id == "dana"
    assert alert.lead == "cast version 2"
    assert "sam@acme.example" in (alert.reason or "")
    assert await deliverer.deliver(clock.now()) == 0
    assert (await engine.store.health(now=clock.now())).waiting_deliveries == 0
