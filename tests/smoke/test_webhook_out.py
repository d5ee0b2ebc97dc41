"""Webhooks over a real socket: signed, shaped as published, retried, and never into our network."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import jsonschema
import pytest
from standardwebhooks import Webhook

from handrail.connectors.webhook.client import WebhookSender, WebhookSettings
from handrail.connectors.webhook.fake import HANG, RESET, FakeReceiver
from handrail.connectors.webhook.translate import headers_of
from handrail.engine import targets
from handrail.engine.channels import Channels
from handrail.engine.deliver import Deliverer
from handrail.engine.ports import Delivery
from handrail.engine.retries import retry_after
from handrail.engine.targets import ForbiddenTarget, check_address, resolve, split_target
from tests.conftest import ROOT, SHARED_IS_ABSENT
from tests.story import Story

SPECS = ROOT.parent / "shared" / "specs"
SECRET = "whsec_" + "c2VjcmV0IG9mIHRoZSBmYWtlIHJlY2VpdmVy"
OLD_SECRET = "whsec_" + "dGhlIG9uZSB0aGF0IGlzIHJvdGF0ZWQgb3V0"


@pytest.fixture
async def story() -> Story:
    story = Story(notices=Channels(["webhook"]))
    await story.begin()
    await story.lead("lena", "demo_request", lead_country="US", account_employees=4000)
    return story


@pytest.fixture
async def receiver() -> AsyncIterator[FakeReceiver]:
    async with FakeReceiver(secret=SECRET) as receiver:
        yield receiver


async def deliver(story: Story, receiver: FakeReceiver, *, timeout_s: float = 5.0) -> Delivery:
    settings = WebhookSettings(
        url=receiver.url,
        secrets=(OLD_SECRET, SECRET),
        allow_loopback=True,
        timeout_s=timeout_s,
    )
    sender = WebhookSender(settings)
    deliverer = Deliverer(engine=story.engine, senders={"webhook": sender})
    await deliverer.deliver(story.clock.now())
    await deliverer.finish()
    await sender.close()
    (row,) = await story.store.deliveries_of("lena")
    return row


async def test_an_assignment_arrives_signed(story: Story, receiver: FakeReceiver) -> None:
    row = await deliver(story, receiver)
    assert row.state == "delivered"
    (got,) = receiver.received
    assert got.is_signed
    assert got.headers["webhook-id"] == got.event["id"] == row.key
    assert got.headers["content-type"] == "application/cloudevents+json"
    data = got.event["data"]
    assert (data["to_id"], data["handoff"]) == ("ada", "lena-1")
    assert data["window"]["left_s"] == 300
    assert data["brief"]["email"] == "lena@lena-company.example"
    assert data["act"]["text"].startswith("Contact the buyer")


async def test_the_body_is_a_cloud_event(story: Story, receiver: FakeReceiver) -> None:
    schema = SPECS / "cloudevents" / "cloudevents.json"
    if not schema.is_file():
        pytest.skip(SHARED_IS_ABSENT)
    await deliver(story, receiver)
    jsonschema.validate(receiver.received[0].event, json.loads(schema.read_text()))


def test_signatures_are_those_of_the_published_vector() -> None:
    vectors = SPECS / "standard-webhooks" / "vectors.json"
    if not vectors.is_file():
        pytest.skip(SHARED_IS_ABSENT)
    vector = json.loads(vectors.read_text())
    now = datetime.now(UTC)
    headers = headers_of(
        key=vector["id"],
        body=vector["payload"].encode(),
        secrets=(OLD_SECRET, vector["secret"]),
        sent_at=now,
    )
    for secret in (OLD_SECRET, vector["secret"]):
        assert Webhook(secret).verify(vector["payload"], headers) == json.loads(vector["payload"])


@pytest.mark.parametrize(
    ("answer", "said"), [(500, "answered 500"), (302, "redirects"), (404, "answered 404")]
)
async def test_an_answer_that_is_no_success_is_tried_again(
    story: Story, receiver: FakeReceiver, answer: int, said: str
) -> None:
    receiver.answers = [answer]
    receiver.headers = {"location": "http://127.0.0.1:1/"}
    row = await deliver(story, receiver)
    assert (row.state, row.tries) == ("waiting", 1)
    assert row.reason is not None
    assert said in row.reason
    story.clock.move_to(row.due_at)
    again = await deliver(story, receiver)
    assert again.state == "delivered"
    first, second = receiver.received
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert second.is_signed


async def test_a_busy_receiver_is_left_alone_for_as_long_as_it_says(
    story: Story, receiver: FakeReceiver
) -> None:
    receiver.answers = [429]
    receiver.headers = {"retry-after": "120"}
    row = await deliver(story, receiver)
    assert row.due_at == story.clock.now() + timedelta(seconds=120)


@pytest.mark.parametrize("answer", [HANG, RESET])
async def test_a_receiver_without_an_answer_is_tried_again(
    story: Story, receiver: FakeReceiver, answer: int
) -> None:
    receiver.answers = [answer]
    row = await deliver(story, receiver, timeout_s=0.2)
    assert (row.state, row.tries) == ("waiting", 1)


async def test_a_receiver_that_is_gone_is_told_no_more(
    story: Story, receiver: FakeReceiver
) -> None:
    receiver.answers = [410]
    row = await deliver(story, receiver)
    assert row.state == "parked"


def test_a_wish_to_wait_is_read_as_seconds_or_date() -> None:
    now = datetime(2026, 3, 2, 14, tzinfo=UTC)
    assert retry_after("7", now=now) == timedelta(seconds=7)
    assert retry_after("Mon, 02 Mar 2026 14:01:00 GMT", now=now) == timedelta(minutes=1)
    assert retry_after("Mon, 02 Mar 2020 14:01:00 GMT", now=now) == timedelta(0)
    for rubbish in (None, "", "soon", "-1", "1e9", "9" * 30):
        assert retry_after(rubbish, now=now) is None


INNER = """
    https://127.0.0.1/ https://127.1/ https://127.0.1/ https://0.0.0.0/ https://0/ https://2130706433/
    https://0x7f000001/ https://0x7f.0x0.0x0.0x1/ https://0177.0.0.1/ https://017700000001/
    https://localhost/ https://localhost./ https://LOCALHOST/ https://[::1]/ https://[::]/
    https://[0:0:0:0:0:0:0:1]/ https://[::ffff:127.0.0.1]/ https://[::ffff:7f00:1]/
    https://[::ffff:10.0.0.1]/ https://[::ffff:169.254.169.254]/ https://[::127.0.0.1]/
    https://10.0.0.1/ https://10.255.255.255/ https://172.16.0.1/ https://172.31.255.254/
    https://192.168.0.1/ https://192.168.1.1:8443/ https://169.254.169.254/ https://169.254.0.1/
    https://[fe80::1]/ https://[fc00::1]/ https://[fd00:ec2::254]/ https://[fec0::1]/
    https://100.64.0.1/ https://100.100.100.200/ https://192.0.0.192/ https://192.0.2.1/
    https://198.18.0.1/ https://198.51.100.1/ https://203.0.113.1/ https://224.0.0.1/
    https://239.255.255.255/ https://240.0.0.1/ https://255.255.255.255/ https://[ff02::1]/
    https://[2001:db8::1]/ https://[2002:7f00:1::]/ https://[2002:a00:1::]/
    https://[64:ff9b::7f00:1]/ https://[64:ff9b::a9fe:a9fe]/ https://[64:ff9b:1::1]/
    https://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/ https://192.88.99.1/ https://0.1.2.3/
    https://2852039166/ https://0xa9fea9fe/ https://0251.0376.0251.0376/
""".split()
MALFORMED = [
    "http://example.com/",
    "ftp://example.com/",
    "file:///etc/passwd",
    "gopher://example.com/",
    "//example.com/",
    "example.com",
    "https://",
    "https:///path",
    "https://user@example.com/",
    "https://user:pass@example.com/",
    "https://example.com@127.0.0.1/",
    "https://127.0.0.1\\@example.com/",
    "https://exa mple.com/",
    "https://example.com/\r\nHost: other",
    "https://example.com/\u0000",
    "https://\u24d4xample.com/",
    "https://[fe80::1%25eth0]/",
    "https://example.com:99999/",
    "https://example.com:25/",
    "https://example.com:5432/",
    "https://[::1/",
    "https://" + "a" * 3_000,
]


@pytest.mark.parametrize("url", INNER)
async def test_no_webhook_goes_into_our_own_network(url: str) -> None:
    with pytest.raises((ForbiddenTarget, OSError)):
        await resolve(url, allow_loopback=False)


@pytest.mark.parametrize("url", MALFORMED)
def test_a_url_of_another_shape_is_refused_when_it_is_set(url: str) -> None:
    with pytest.raises(ForbiddenTarget):
        WebhookSender(WebhookSettings(url=url, secrets=(SECRET,)))


def test_an_outer_address_is_allowed() -> None:
    for address in ("93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "64:ff9b::5db8:d822"):
        check_address(address, allow_loopback=False)
    split_target("https://hooks.example.com:8443/a?b=c", allow_loopback=False)


async def test_one_bad_address_of_a_name_refuses_them_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answers = [["93.184.216.34", "10.0.0.1"], ["93.184.216.34"]]

    class Loop:
        async def getaddrinfo(self, host: str, port: int, **_: object) -> list[object]:
            return [(0, 0, 0, "", (address, port)) for address in answers.pop(0)]

    monkeypatch.setattr(targets.asyncio, "get_running_loop", Loop)
    with pytest.raises(ForbiddenTarget):
        await resolve("https://rebinding.example/", allow_loopback=False)
    target = await resolve("https://rebinding.example/x?y", allow_loopback=False)
    assert (target.address, target.host, target.path) == (
        "93.184.216.34",
        "rebinding.example",
        "/x?y",
    )


async def test_plain_http_goes_to_ourselves_only() -> None:
    with pytest.raises(ForbiddenTarget, match="https only"):
        await resolve("http://93.184.216.34/", allow_loopback=True)
    with pytest.raises(ForbiddenTarget, match="https only"):
        await resolve("http://127.0.0.1/", allow_loopback=False)
