"""Alerts in Slack, through its own SDK, against a Slack that speaks the wire."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from handrail.connectors.slack.fake import Trouble
from handrail.engine.deliver import LEASE, Deliverer
from handrail.engine.ports import Delivery
from handrail.terms.people import Presence
from tests.slack import Workspace, workspace

RUDE = "<!channel> *Lena* <@UADA>\r\n<https://evil.example|click>"


@pytest.fixture
async def work() -> AsyncIterator[Workspace]:
    async with workspace() as made:
        await made.story.lead(
            "lena", "demo_request", lead_country="US", account_employees=4000, lead_name=RUDE
        )
        yield made


async def row(work: Workspace) -> Delivery:
    await work.tell()
    return (await work.story.store.deliveries_of("lena"))[0]


async def test_the_owner_gets_a_direct_message_with_the_act_and_the_brief(
    work: Workspace,
) -> None:
    assert (await row(work)).state == "delivered"
    (shown,) = work.shown("DADA")
    assert "Contact the buyer before the time is up" in shown
    assert "(5 min left)" in shown
    assert "lena@lena-company.example" in shown
    assert work.buttons("DADA") == ["accept", "reject", "called", "snooze", "why", "reassign"]
    (post,) = work.slack.posts.values()
    assert post["metadata"]["event_payload"]["key"] == (await row(work)).key


async def test_nothing_that_a_buyer_typed_is_markup_or_calls_people(work: Workspace) -> None:
    await work.tell()
    (shown,) = work.shown("DADA")
    assert "&lt;!channel&gt; *Lena* &lt;@UADA&gt; &lt;https://evil.example|click&gt;" in shown
    (post,) = work.slack.posts.values()
    said = [
        field
        for block in post["blocks"]
        for field in block.get("fields", ())
        if "Lena" in str(field)
    ]
    assert [field["type"] for field in said] == ["plain_text"]


async def test_a_busy_slack_is_left_alone_for_as_long_as_it_says(work: Workspace) -> None:
    work.slack.troubles = [Trouble(status=429, error="ratelimited", headers={"Retry-After": "120"})]
    found = await row(work)
    assert (found.state, found.tries, found.reason) == ("waiting", 1, "answered 429")
    assert found.due_at == work.story.clock.now() + timedelta(seconds=120)
    assert len(work.slack.calls) == 1  # the SDK tries nothing again by itself


@pytest.mark.parametrize(
    ("trouble", "state", "said"),
    [
        (Trouble(error="internal_error"), "waiting", "internal_error"),
        (Trouble(error="invalid_auth"), "waiting", "invalid_auth"),
        (Trouble(error="a_new_one"), "waiting", "a_new_one"),
        (Trouble(status=503, text="<html>down</html>"), "waiting", "503"),
        (Trouble(status=502, text=""), "waiting", "502"),
        (Trouble(text="{"), "waiting", ""),
        (Trouble(hangs=True), "waiting", "not reached"),
        (Trouble(error="user_not_found"), "parked", "roster"),
        (Trouble(error="channel_not_found"), "parked", "invite"),
        (Trouble(error="is_archived"), "parked", "archived"),
    ],
    ids=lambda part: str(part)[:40],
)
async def test_what_slack_says_decides_whether_it_is_tried_again(
    work: Workspace, trouble: Trouble, state: str, said: str
) -> None:
    work.slack.troubles = [trouble]
    found = await row(work)
    assert (found.state, found.tries) == (state, 1)
    assert said in (found.reason or "")
    assert work.slack.posts == {}


class Killed(BaseException):
    """In place of a SIGKILL."""


class KilledOnce:
    """At the point between what Slack took and what we wrote of it."""

    is_armed = True

    def reached(self, point: str) -> None:
        if point == "sent" and self.is_armed:
            self.is_armed = False
            raise Killed


async def test_a_delivery_that_is_repeated_posts_once(work: Workspace) -> None:
    first = Deliverer(engine=work.story.engine, senders={"slack": work.sender}, crash=KilledOnce())
    with pytest.raises(Killed):
        await first.deliver(work.story.clock.now())
    assert len(work.slack.posts) == 1
    assert (await work.story.store.deliveries_of("lena"))[0].state == "waiting"
    work.story.clock.move_to(work.story.clock.now() + LEASE)
    assert (await row(work)).state == "delivered"
    assert len(work.slack.posts) == 1


async def test_a_pools_message_goes_to_its_channel(work: Workspace) -> None:
    for rep in ("ada", "ben", "cy"):
        await work.story.engine.people.set_presence(rep, Presence(state="away"), actor="person:mo")
    await work.story.lead("lars", "demo_request", lead_country="DE")
    await work.story.until(4)
    await work.tell()
    assert any("A lead waits" in shown for shown in work.shown("DMO"))
    assert any("Time runs low" in shown for shown in work.shown("CINBOUND"))
