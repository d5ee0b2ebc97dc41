"""E-mail through a real SMTP server, and the links in it."""

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import httpx
import pytest
from aiosmtpd.smtp import SMTP
from fastapi import FastAPI

from handrail.connectors.mail.client import MailSender, MailSettings
from handrail.connectors.mail.translate import email_of
from handrail.engine.alerts import Recipient, alert_apart
from handrail.engine.alerts.message import Message
from handrail.engine.channels import Channels
from handrail.engine.deliver import Deliverer, Undeliverable
from handrail.engine.ledger import read_entry
from handrail.engine.links import OWNED, Links
from handrail.engine.ports import Delivery, StoredCase
from handrail.terms import command as cmd
from handrail.terms.event import Overridden
from handrail.terms.handoff import Handoff
from handrail.web.act import act_router
from tests.story import START, Story

BASE = "https://handrail.example"


class Inbox:
    """What the server took; `answers` are given before 250."""

    def __init__(self) -> None:
        self.messages: list[EmailMessage] = []
        self.answers: list[str] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.answers:
            return self.answers.pop(0)
        message = message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        self.messages.append(message)
        return "250 OK"


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


class Server:
    """A real SMTP server on a free port of the loopback."""

    port = 0

    async def start(self, inbox: Inbox) -> None:
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: SMTP(inbox), "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]

    def stop(self) -> None:
        self._server.close()


@pytest.fixture
async def server(inbox: Inbox) -> AsyncIterator[Server]:
    server = Server()
    await server.start(inbox)
    yield server
    server.stop()


@pytest.fixture
async def story() -> Story:
    story = Story(notices=Channels(["email"]))
    await story.begin()
    await story.lead(
        "lena",
        "demo_request",
        lead_country="US",
        account_employees=4000,
        lead_name="<b>Lena</b>\r\nBcc: all@acme.example",
    )
    return story


@pytest.fixture
def links() -> Links:
    return Links(secret=bytes(32), base_url=BASE)


@pytest.fixture
async def doors(story: Story, links: Links) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()
    app.include_router(act_router(story.engine, links))
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        yield client


async def deliver(story: Story, port: int, links: Links | None = None) -> Delivery:
    settings = MailSettings(
        host="127.0.0.1",
        port=port,
        sender="Handrail <handrail@acme.example>",
        security="none",
        timeout_s=2.0,
    )
    deliverer = Deliverer(
        engine=story.engine, senders={"email": MailSender(settings)}, links=links, patience_s=3.0
    )
    await deliverer.deliver(story.clock.now())
    await deliverer.finish()
    return (await story.store.deliveries_of("lena"))[0]


async def links_in(story: Story, server: Server, inbox: Inbox, links: Links) -> dict[str, str]:
    await deliver(story, server.port, links)
    return links_of(inbox.messages[0])


def links_of(message: EmailMessage) -> dict[str, str]:
    """By the words that they stand behind, without our own address."""
    body = message.get_body(("plain",))
    assert body is not None
    return dict(re.findall(rf"^([^:\n]+): {BASE}(/\S+)", body.get_content(), re.M))


def parts(message: EmailMessage) -> tuple[str, str]:
    plain, html = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    assert html is not None
    return plain.get_content(), html.get_content()


async def test_the_owner_gets_one_act_its_time_and_the_brief(
    story: Story, server: Server, inbox: Inbox, links: Links
) -> None:
    row = await deliver(story, server.port, links)
    assert row.state == "delivered"
    (message,) = inbox.messages
    assert message["To"] == "Ada Adler <ada@acme.example>"
    assert message["Message-ID"] == f"<{row.key}@handrail.invalid>"
    assert message["Bcc"] is None
    plain, html = parts(message)
    assert "Contact the buyer" in plain
    assert "09:05 New York time (5 min left)" in plain
    assert "lena@lena-company.example" in plain
    assert "<b>Lena" not in html
    assert "&lt;b&gt;Lena&lt;/b&gt; Bcc: all@acme.example" in html


@pytest.mark.parametrize(
    ("answer", "state"), [("451 later", "waiting"), ("550 no such person", "parked")]
)
async def test_what_the_server_says_decides_whether_it_is_tried_again(
    story: Story, server: Server, inbox: Inbox, answer: str, state: str
) -> None:
    inbox.answers = [answer]
    row = await deliver(story, server.port)
    assert (row.state, row.tries) == (state, 1)
    assert row.reason is not None
    assert answer in row.reason.replace(":", "")


async def test_a_server_that_is_down_is_tried_again(story: Story, server: Server) -> None:
    port = server.port
    server.stop()
    row = await deliver(story, port)
    assert (row.state, row.tries) == ("waiting", 1)


@pytest.mark.parametrize(
    "name", ["Ada\r\nBcc: x@y.example", "Ada\nSubject: hi", "Ada\x00", "Ada\u2028Bcc: x", "Ädä, A."]
)
def test_no_name_breaks_out_of_its_header(name: str) -> None:
    message = Message(what="activation_denied", to="ada", at=START, seq=1, lead=name)
    to = Recipient(id="ada", name=name, email="ada@acme.example", timezone="UTC")
    alert = alert_apart(message, key="1-0-email", now=START, to=to)
    text = email_of(alert, sender="h@acme.example", message_domain="m.example").as_bytes()
    read = message_from_bytes(text, policy=default)
    assert read["Bcc"] is None
    assert len(read.get_all("Subject", [])) == 1
    assert len(read.get_all("To", [])) == 1


# --- the links


async def test_opening_a_link_changes_nothing_and_pressing_accepts(
    story: Story, server: Server, inbox: Inbox, links: Links, doors: httpx.AsyncClient
) -> None:
    found = await links_in(story, server, inbox, links)
    for _ in range(2):
        opened = await doors.get(found["Accept"])
        assert opened.status_code == 200
        assert '<form method="post"' in opened.text
    assert await stage(story) == "assigned"
    done = await doors.post(found["Accept"])
    assert done.status_code == 200
    assert "first action is due by Mon 02 Mar, 09:05 New York time" in done.text
    assert await stage(story) == "accepted"
    for again in (await doors.post(found["Accept"]), await doors.get(found["Accept"])):
        assert again.status_code == 410
        assert "used already" in again.text
        assert "<form" not in again.text


async def stage(story: Story) -> str:
    found = await story.store.case_of_handoff("lena")
    assert found is not None
    assert found.case.handoff is not None
    return found.case.handoff.stage


async def test_a_rejection_by_link_carries_its_code(
    story: Story, server: Server, inbox: Inbox, links: Links, doors: httpx.AsyncClient
) -> None:
    found = await links_in(story, server, inbox, links)
    page = await doors.get(found["Reject"])
    assert 'value="wrong_product_fit"' in page.text
    refused = await doors.post(found["Reject"], content="code=<script>")
    assert refused.status_code == 409
    assert "<script>" not in refused.text
    done = await doors.post(found["Reject"], content="code=wrong_product_fit&note=too+small")
    assert done.status_code == 200
    assert await stage(story) == "disqualified"
    gone = await doors.get(found["Accept"])
    assert gone.status_code == 409
    assert "ended" in gone.text


async def test_a_duplicate_by_link_names_another_lead_that_is_there(
    story: Story, server: Server, inbox: Inbox, links: Links, doors: httpx.AsyncClient
) -> None:
    found = await links_in(story, server, inbox, links)
    await story.lead("lars", "demo_request", lead_country="DE")
    for of, said in (
        ("", "of which lead"),
        ("nobody", "there is no lead"),
        ("lena", "of itself"),
        ("lena-1", "of itself"),
    ):
        refused = await doors.post(found["Reject"], content=f"code=duplicate&of={of}")
        assert refused.status_code == 409
        assert said in refused.text
    assert await stage(story) == "assigned"
    assert (await doors.post(found["Reject"], content="code=duplicate&of=lars")).status_code == 200


async def test_the_page_says_whose_it_is_and_what_is_known(
    story: Story, server: Server, inbox: Inbox, links: Links, doors: httpx.AsyncClient
) -> None:
    found = await links_in(story, server, inbox, links)
    page = (await doors.get(found["Accept"])).text
    assert "whoever presses acts as Ada Adler" in page
    for told in ("lena@lena-company.example", "an answer within 5 min", "09:05 New York time"):
        assert told in page
    assert "<b>Lena" not in page and "&lt;b&gt;Lena" in page


async def test_a_call_is_logged_by_link_once(
    story: Story, server: Server, inbox: Inbox, links: Links, doors: httpx.AsyncClient
) -> None:
    found = await links_in(story, server, inbox, links)
    assert "Did you call" in (await doors.get(found["Log a call"])).text
    assert (await handoff(story)).attempts == 0
    assert (await doors.post(found["Log a call"])).status_code == 200
    assert (await doors.post(found["Log a call"])).status_code == 410
    called = await handoff(story)
    assert (called.attempts, called.clock("first_action")) == (1, None)


async def test_a_lead_is_snoozed_by_link_with_a_reason_alone(
    story: Story, server: Server, inbox: Inbox, links: Links, doors: httpx.AsyncClient
) -> None:
    found = await links_in(story, server, inbox, links)
    assert 'value="4h"' in (await doors.get(found["Snooze"])).text
    for lacking in ("span=4h", "note=later", "span=9y&note=later"):
        assert (await doors.post(found["Snooze"], content=lacking)).status_code == 422
    assert (await handoff(story)).paused_until is None
    done = await doors.post(found["Snooze"], content="span=4h&note=asked+to+call+back")
    assert done.status_code == 200
    assert (await handoff(story)).paused_until == story.clock.now() + timedelta(hours=4)


async def handoff(story: Story) -> Handoff:
    found = await story.store.case_of_handoff("lena")
    assert found is not None and found.case.handoff is not None
    return found.case.handoff


async def test_a_link_to_what_is_no_longer_theirs_says_so(
    story: Story, server: Server, inbox: Inbox, links: Links, doors: httpx.AsyncClient
) -> None:
    found = await links_in(story, server, inbox, links)
    await story.until(6)  # breached and given to ben
    for answer in (await doors.get(found["Accept"]), await doors.post(found["Accept"])):
        assert answer.status_code == 409
        assert "gone on to Ben" in answer.text
    assert await story.owner("lena") != "ada"


async def test_a_lead_that_goes_on_between_the_look_and_the_act_is_not_acted_on(
    story: Story, server: Server, inbox: Inbox, links: Links, doors: httpx.AsyncClient
) -> None:
    found = await links_in(story, server, inbox, links)
    looked = story.store.case_of_handoff

    async def and_then_it_goes_on(id: str) -> StoredCase | None:
        seen = await looked(id)
        story.store.case_of_handoff = looked  # type: ignore[method-assign]  # the test comes between
        await story.do("lena", cmd.Override(by="mo", owner="ben"))
        return seen

    story.store.case_of_handoff = and_then_it_goes_on  # type: ignore[method-assign]  # the test comes between
    answer = await doors.post(found["Accept"])
    assert answer.status_code == 409
    assert "gone on meanwhile" in answer.text
    assert (await stage(story), await story.owner("lena")) == ("assigned", "ben")


async def test_a_link_of_an_earlier_turn_does_nothing_when_the_lead_comes_back(
    story: Story, server: Server, inbox: Inbox, links: Links, doors: httpx.AsyncClient
) -> None:
    found = await links_in(story, server, inbox, links)
    await story.until(2)
    await story.do("lena", cmd.Override(by="mo", owner="ben"))
    await story.do("lena", cmd.Override(by="mo", owner="ada"))
    for path in (found["Accept"], found["Reject"]):
        for answer in (await doors.get(path), await doors.post(path)):
            assert answer.status_code == 409
            assert "earlier turn" in answer.text
    assert await stage(story) == "assigned"
    head = links.all_for(OWNED, handoff="lena-1", who="ada", turn="99", now=story.clock.now())
    assert (await doors.post(head["accept"].removeprefix(BASE))).status_code == 200
    assert await stage(story) == "accepted"


async def mail_to_manager(
    story: Story, server: Server, inbox: Inbox, links: Links
) -> dict[str, str]:
    """What stands in the mail that calls her to help, eleven minutes and two breaches later."""
    await story.until(11)
    await deliver(story, server.port, links)
    [message] = [one for one in inbox.messages if one["To"].startswith("Mo Malik")]
    assert "needs you" in message["Subject"]
    return links_of(message)


async def test_every_mail_leads_to_the_page_of_the_lead(
    story: Story, server: Server, inbox: Inbox, links: Links
) -> None:
    await mail_to_manager(story, server, inbox, links)
    assert {links_of(message)["Open the page"] for message in inbox.messages} == {"/leads/lena-1"}


async def test_a_manager_who_is_called_sets_the_owner_by_link_once(
    story: Story, server: Server, inbox: Inbox, links: Links, doors: httpx.AsyncClient
) -> None:
    found = await mail_to_manager(story, server, inbox, links)
    page = (await doors.get(found["Set the owner"])).text
    assert "whoever presses acts as Mo Malik" in page
    assert '<option value="ada">Ada Adler</option>' in page
    assert "lena@lena-company.example" not in page
    for lacking in ("owner=ada", "note=she+knows+them", "owner=nobody&note=x"):
        refused = await doors.post(found["Set the owner"], content=lacking)
        assert refused.status_code in (409, 422)
    assert await story.owner("lena") != "ada"
    done = await doors.post(found["Set the owner"], content="owner=ada&note=she+knows+them")
    assert done.status_code == 200
    assert await story.owner("lena") == "ada"
    [overridden] = [one for one in await events(story) if isinstance(one, Overridden)]
    assert overridden.by == "mo"
    again = await doors.post(found["Set the owner"], content="owner=ben&note=no")
    assert again.status_code == 410
    assert await story.owner("lena") == "ada"


async def events(story: Story) -> list[object]:
    return [
        event
        for stored in await story.store.entries_of("lena")
        for event in read_entry(stored).events
    ]


async def test_who_has_it_passes_it_on_by_link_and_nobody_after_them(
    story: Story, server: Server, inbox: Inbox, links: Links, doors: httpx.AsyncClient
) -> None:
    found = await links_in(story, server, inbox, links)
    assert "Ada Adler has it now" in (await doors.get(found["Set the owner"])).text
    await story.do("lena", cmd.Override(by="mo", owner="ben"))
    gone = await doors.post(found["Set the owner"], content="owner=ada&note=mine")
    assert gone.status_code == 409
    assert await story.owner("lena") == "ben"


async def test_old_changed_and_overlong_links_do_not_open(
    story: Story, server: Server, inbox: Inbox, links: Links, doors: httpx.AsyncClient
) -> None:
    found = await links_in(story, server, inbox, links)
    for path in (found["Accept"][:-2], "/act/x", "/act/" + "a" * 900):
        assert (await doors.get(path)).status_code == 404
        assert (await doors.post(path)).status_code == 404
    long = await doors.post(found["Reject"], content="note=" + "a" * 10_000)
    assert long.status_code == 413
    many = await doors.post(found["Reject"], content="&".join(["a=b"] * 100))
    assert many.status_code == 413
    await story.until(25 * 60)
    assert (await doors.get(found["Accept"])).status_code == 410
    assert (await doors.post(found["Accept"])).status_code == 410


@pytest.mark.parametrize("address", ["a@b@c", "<a@b>", "a@[", "a b@c.example", "@"])
async def test_an_address_that_is_none_is_parked_and_not_tried_for_days(address: str) -> None:
    to = Recipient(id="ada", name="Ada", email=address, timezone="UTC")
    message = Message(what="activation_denied", to="ada", at=START, seq=1, lead="acme 3")
    alert = alert_apart(message, key="1-0-email", now=START, to=to)
    settings = MailSettings(host="127.0.0.1", port=1, sender="h@acme.example", security="none")
    outcome = await MailSender(settings).send(alert)
    assert isinstance(outcome, Undeliverable), outcome
