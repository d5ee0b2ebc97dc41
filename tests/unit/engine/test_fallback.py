"""A message that one channel does not take reaches the person on another, once; and who is spared.

Slack is Ada's first channel, e-mail her second; the webhook is a system and falls back on nothing.
"""

from datetime import timedelta

import pytest

from handrail.engine.breaker import OPEN_AFTER, PROBE_FIRST, PROBE_MAX, Breaker
from handrail.engine.channels import MOVE_AFTER, Channels
from handrail.engine.deliver import Deliverer, Later, Outcome, Undeliverable
from handrail.engine.pace import Pace, Rate
from handrail.engine.ports import Delivery
from tests.story import START, Story
from tests.unit.engine.test_deliver import Recorder, notified, rows, step

DOWN = Later(reason="answered 503")
WITHIN = timedelta(seconds=60)
SECOND = timedelta(seconds=1)


class Switch(Recorder):
    """A provider that is down until told otherwise."""

    def __init__(self, *, needs_person: bool = True) -> None:
        super().__init__(needs_person=needs_person)
        self.is_down = False

    async def send(self, alert: object) -> Outcome:
        done = await super().send(alert)  # type: ignore[arg-type]  # passed on as it came
        return DOWN if self.is_down else done


class House:
    """Three channels, and time that passes second by second."""

    def __init__(self) -> None:
        self.story = Story(notices=Channels(["webhook", "email", "slack"]))
        self.hook = Switch(needs_person=False)
        self.slack, self.mail = Switch(), Switch()
        self.deliverer = self.new_deliverer()

    def new_deliverer(self) -> Deliverer:
        senders = {"webhook": self.hook, "slack": self.slack, "email": self.mail}
        return Deliverer(engine=self.story.engine, senders=senders)

    async def lead(self, id: str) -> None:
        await self.story.lead(id, "demo_request", lead_country="US", account_employees=4000)

    async def wait(self, seconds: int) -> None:
        for _ in range(seconds):
            self.story.clock.move_to(self.story.clock.now() + SECOND)
            await step(self.deliverer, self.story)

    async def of(self, channel: str, lead: str = "lena") -> list[Delivery]:
        return [row for row in await rows(self.story, lead) if row.channel == channel]


@pytest.fixture
async def house() -> House:
    house = House()
    await house.story.begin()
    return house


async def test_a_person_is_told_on_one_channel_and_each_system_too(house: House) -> None:
    await house.lead("lena")
    await step(house.deliverer, house.story)
    assert house.slack.told() == house.hook.told() == [("assigned", "ada")]
    assert house.mail.told() == []


async def test_who_cannot_be_written_to_on_one_channel_is_told_on_the_next_at_once(
    house: House,
) -> None:
    house.slack.answers = [Undeliverable(reason="no Slack id of ada is known")]
    await house.lead("lena")
    await house.wait(2)
    assert house.mail.told() == [("assigned", "ada")]
    [first], [second] = await house.of("slack"), await house.of("email")
    assert (first.state, first.reason) == ("moved", "no Slack id of ada is known")
    assert second.state == "delivered"
    assert second.key.removesuffix("email") == first.key.removesuffix("slack")


async def test_a_provider_that_is_down_is_passed_by_within_a_minute(house: House) -> None:
    house.slack.is_down = True
    await house.lead("lena")
    for _ in range(60):
        await house.wait(1)
        if house.mail.alerts:
            break
    assert house.mail.told() == [("assigned", "ada")]
    assert house.story.clock.now() - START <= WITHIN
    house.slack.is_down = False
    await house.wait(200)
    assert len(house.mail.alerts) == 1
    assert [row.state for row in await rows(house.story)].count("delivered") == 2


async def test_what_one_person_is_refused_moves_though_others_are_told(house: House) -> None:
    class ToAllButLena(Switch):
        async def send(self, alert: object) -> Outcome:
            done = await super().send(alert)
            return DOWN if self.alerts[-1].lead == "lena" else done

    house.slack = ToAllButLena()
    house.deliverer = house.new_deliverer()
    await house.lead("lena")
    for number in range(14):
        await house.lead(f"other{number}")
        await house.wait(3)
    assert house.deliverer.states()["slack"] == "closed"
    await house.wait(15)
    assert [alert.lead for alert in house.mail.alerts] == ["lena"]


async def test_behind_an_open_breaker_everybody_is_told_within_a_minute(house: House) -> None:
    house.slack.is_down = True
    for number in range(12):
        await house.lead(f"lead{number}")
    await house.wait(60)
    assert house.deliverer.states()["slack"] != "closed"
    told = [alert.lead for alert in house.mail.alerts]
    assert sorted(told) == sorted(f"lead{number}" for number in range(12))
    asked = len(house.slack.alerts)
    assert asked <= 12 + 10, "a provider that is down is asked by single probes"


async def test_what_has_no_other_channel_goes_out_soon_after_the_provider_is_back(
    house: House,
) -> None:
    house.hook.is_down = True
    for number in range(30):
        await house.lead(f"lead{number}")
    await house.wait(600)
    assert house.deliverer.states()["webhook"] != "closed"
    house.hook.is_down = False
    house.hook.alerts.clear()
    await house.wait(120)
    assert {alert.lead for alert in house.hook.alerts} == {f"lead{n}" for n in range(30)}
    keys = [alert.key for alert in house.hook.alerts]
    assert len(keys) == len(set(keys))


async def test_what_failed_before_a_restart_goes_out_once_the_provider_answers(
    house: House,
) -> None:
    house.hook.is_down = True
    await house.lead("lena")
    await house.wait(30)
    house.deliverer = house.new_deliverer()
    house.hook.is_down = False
    await house.lead("lars")
    await house.wait(2)
    assert [row.state for row in await house.of("webhook")] == ["delivered"]


async def test_where_every_channel_fails_it_waits_on_the_last_and_is_parked_nowhere(
    house: House,
) -> None:
    house.slack.is_down = house.mail.is_down = True
    await house.lead("lena")
    await house.wait(90)
    assert [row.state for row in await house.of("slack")] == ["moved"]
    assert [row.state for row in await house.of("email")] == ["waiting"]
    house.mail.is_down = False
    await house.wait(120)
    assert [row.state for row in await house.of("email")] == ["delivered"]


async def test_nobody_is_written_to_twice_within_the_second_on_slack(house: House) -> None:
    for number in range(4):
        await house.lead(f"lead{number}")
    people = [alert.to_id for alert in house.slack.alerts]
    for _ in range(10):
        before = len(house.slack.alerts)
        await house.wait(1)
        told = [alert.to_id for alert in house.slack.alerts[before:]]
        assert len(told) == len(set(told))
        people += told
    assert len(people) >= 4


async def test_who_asks_us_to_wait_is_left_alone_so_long(house: House) -> None:
    house.hook.answers = [Later(reason="answered 429", after=timedelta(seconds=40))]
    await house.lead("lena")
    await step(house.deliverer, house.story)
    await house.lead("lars")
    await house.wait(39)
    assert len(house.hook.alerts) == 1
    await house.wait(2)
    assert len(house.hook.alerts) >= 2


async def test_what_waits_for_a_channel_that_is_gone_goes_to_another(house: House) -> None:
    await house.lead("lena")
    mail_only = Deliverer(engine=house.story.engine, senders={"email": house.mail})
    await step(mail_only, house.story)
    await step(mail_only, house.story)
    assert [alert.kind for alert in house.mail.alerts] == ["assigned"]
    assert [row.state for row in await house.of("webhook")] == ["parked"]


# --- the parts


def test_a_breaker_opens_after_failures_in_a_row_only() -> None:
    breaker = Breaker()
    for _ in range(OPEN_AFTER - 1):
        breaker.failed(START)
    assert breaker.answered(), "what waited from before is woken by the first answer"
    for _ in range(OPEN_AFTER - 1):
        breaker.failed(START)
    assert breaker.state(START) == "closed"
    breaker.failed(START)
    assert breaker.state(START) == "open"
    assert breaker.state(START + PROBE_FIRST) == "probing"


def test_a_provider_that_stays_down_is_probed_within_seconds() -> None:
    breaker = Breaker()
    now = START
    for _ in range(40):
        breaker.failed(now)
        now += PROBE_MAX
        assert breaker.state(now) in ("closed", "probing")
    assert breaker.answered()
    assert not breaker.answered()
    assert breaker.state(now) == "closed"


def test_a_bucket_gives_its_burst_then_its_rate() -> None:
    pace = Pace(Rate(per_s=5, burst=10))
    assert pace.room(START) == 10
    pace.take(10)
    assert pace.room(START) == 0
    assert pace.room(START + SECOND) == 5
    assert pace.room(START + 60 * SECOND) == 10
    pace.pause(START + 70 * SECOND)
    assert pace.room(START + 69 * SECOND) == 0
    assert pace.room(START + 70 * SECOND) == 10


def test_a_recipient_rests_between_two_messages_and_others_do_not() -> None:
    pace = Pace(Rate(per_s=5, burst=10, to_one=SECOND))
    assert pace.free_at("ada", now=START) == START
    assert pace.free_at("ada", now=START) == START + SECOND
    assert pace.free_at("ben", now=START) == START
    assert pace.free_at("ada", now=START + SECOND) == START + SECOND


def test_half_the_minute_is_left_to_the_second_channel() -> None:
    assert 2 * MOVE_AFTER <= WITHIN


async def test_with_two_channels_down_everybody_is_told_on_the_third_within_a_minute() -> None:
    house = House()
    house.story = Story(notices=Channels(["slack", "email", "apprise"]))
    third = Switch()
    senders = {"slack": house.slack, "email": house.mail, "apprise": third}
    house.deliverer = Deliverer(engine=house.story.engine, senders=senders)
    house.slack.is_down = house.mail.is_down = True
    await house.story.begin()
    for number in range(12):
        await house.lead(f"l{number}")
    await house.wait(60)
    assert {alert.lead for alert in third.alerts} == {f"l{number}" for number in range(12)}


async def test_one_mailbox_that_is_full_holds_up_nobody_else() -> None:
    house = House()
    house.story = Story(notices=Channels(["email"]))
    full = Later(reason="the server answered 452: the mailbox is full", only_this=True)
    house.mail.answers = [full] * 9
    house.deliverer = Deliverer(engine=house.story.engine, senders={"email": house.mail})
    await house.story.begin()
    for number in range(9):
        await house.lead(f"full{number}")
    await house.wait(1)
    house.mail.answers = []
    await house.lead("lars")
    await house.wait(1)
    assert "lars" in {alert.lead for alert in house.mail.alerts}
    assert house.deliverer.states() == {"email": "closed"}


async def test_a_system_that_took_it_has_told_nobody(house: House) -> None:
    house.slack.is_down = house.mail.is_down = True
    await house.lead("lena")
    await house.wait(20)
    assert house.hook.told()
    assert await notified(house.story) == []
    house.mail.is_down = False
    await house.wait(60)
    [told] = await notified(house.story)
    assert told.to == "ada"


async def test_where_systems_are_all_there_is_they_tell_the_owner() -> None:
    house = House()
    house.story = Story(notices=Channels(["webhook"]))
    house.deliverer = Deliverer(engine=house.story.engine, senders={"webhook": house.hook})
    await house.story.begin()
    await house.lead("lena")
    await house.wait(1)
    [told] = await notified(house.story)
    assert told.to == "ada"
