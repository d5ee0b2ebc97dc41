"""Other services over a real socket: sent, refused, hung; hosts checked, addresses kept secret."""

import asyncio
import logging
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest

from handrail.connectors.apprise.allowed import NotAllowed
from handrail.connectors.apprise.client import AppriseSender, AppriseSettings, NotInstalled
from handrail.connectors.apprise.fake import HANG, FakeService
from handrail.engine.alerts import Alert
from handrail.engine.channels import Channels
from handrail.engine.deliver import Delivered, Deliverer, Later, Outcome, Undeliverable
from handrail.engine.settings import BadSetting, Settings
from handrail.wiring_apprise import apprise_of
from tests.alerts import alert
from tests.story import Story

SECRET = "s3cr3t-t0ken"


async def anywhere(url: str) -> None:
    """A check that lets everything pass."""


def sender(url: str, *, timeout_s: float = 5.0, **by_name: str) -> AppriseSender:
    settings = AppriseSettings(
        urls={"ada": url, **by_name}, check=anywhere, allow_loopback=True, timeout_s=timeout_s
    )
    return AppriseSender(settings)


def told(**ids: str) -> Alert:
    made = alert("assigned", channel="apprise", lead__name="Lena Lo")
    assert made.to is not None
    return msgspec.structs.replace(made, to=msgspec.structs.replace(made.to, ids=ids))


async def sent(url: str, made: Alert | None = None, **more: float) -> Outcome:
    out = sender(url, **more)
    try:
        return await out.send(made or told())
    finally:
        await out.close()


@pytest.fixture
async def service() -> AsyncIterator[FakeService]:
    async with FakeService() as service:
        yield service


async def test_an_alert_arrives_as_short_text(service: FakeService) -> None:
    assert await sent(f"json://{service.place}/{SECRET}") == Delivered()
    [got] = service.received
    assert got["title"] == "A lead is yours: acme example"
    assert got["message"].startswith("Contact the buyer before the time is up")
    assert "Buyer: Lena Lo" in got["message"]


async def test_the_outbox_delivers_by_it_and_falls_back_to_it(service: FakeService) -> None:
    story = Story(notices=Channels(["apprise"]))
    await story.begin()
    await story.lead("lena", "demo_request", lead_country="US", account_employees=4000)
    out = sender(f"json://{service.place}/")
    await Deliverer(engine=story.engine, senders={"apprise": out}).deliver(story.clock.now())
    await out.close()
    [row] = await story.store.deliveries_of("lena")
    assert (row.state, row.key.rpartition("-")[2]) == ("delivered", "apprise")


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (500, Later(reason="the service answered 500")),
        (429, Later(reason="the service answered 429")),
        (401, Later(reason="the service answered 401")),
        (404, Undeliverable(reason="the service answered 404")),
        (410, Undeliverable(reason="the service answered 410")),
    ],
)
async def test_what_a_service_answers_decides_whether_it_is_tried_again(
    service: FakeService, status: int, outcome: Outcome
) -> None:
    service.answers = [status]
    assert await sent(f"json://{service.place}/") == outcome


async def test_a_redirect_is_not_followed(service: FakeService) -> None:
    async with FakeService() as inner:
        service.answers, service.location = [302], f"http://{inner.place}/"
        assert await sent(f"json://{service.place}/") == Later(reason="the service answered 302")
        assert inner.received == []


async def test_a_service_that_hangs_holds_nothing_else_up(service: FakeService) -> None:
    service.answers = [HANG]
    out = sender(f"json://{service.place}/?rto=1", timeout_s=0.2)
    waiting = asyncio.create_task(out.send(told()))
    await service.asked.wait()
    for _ in range(100):
        await asyncio.sleep(0)  # the loop goes on meanwhile
    assert not waiting.done()
    assert isinstance(await waiting, Later)
    await out.close()


async def test_nobody_there_is_tried_again() -> None:
    async with FakeService() as gone:
        url = f"json://{gone.place}/{SECRET}"
    assert await sent(url) == Later(reason="the service did not take it")


async def test_the_roster_names_an_entry_and_never_an_address(service: FakeService) -> None:
    out = sender("tgram://1:abc/2", phone=f"json://{service.place}/")
    assert await out.send(told(apprise="phone")) == Delivered()
    secret = f"json://{service.place}/{SECRET}"
    refused = await out.send(told(apprise=secret))
    await out.close()
    assert isinstance(refused, Undeliverable)
    assert SECRET not in refused.reason
    assert len(service.received) == 1


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (f"syslog://{SECRET}", "none of the services"),
        (f"dbus://{SECRET}", "none of the services"),
        (f"https://hooks.example/{SECRET}", "none of the services"),
        (SECRET, "none of the services"),
        (f"{SECRET}://x", "none of the services"),
        (f"matrix://u:{SECRET}@10.0.0.1/%23room", "none of the services"),
        (f"jsons://h.example/{SECRET}?verify=no", "verify=no"),
        (f"jsons://h.example/{SECRET}?redirect=yes", "redirect=yes"),
        ("tgram://nonsense", "as Apprise reads it"),
    ],
)
def test_an_address_that_can_never_be_right_is_refused_at_the_start(url: str, said: str) -> None:
    with pytest.raises(NotAllowed, match=said) as refused:
        sender(url)
    assert SECRET not in str(refused.value)
    assert str(refused.value).startswith("ada: ")


def test_without_loopback_nothing_goes_unencrypted() -> None:
    with pytest.raises(NotAllowed, match="write jsons://"):
        AppriseSender(AppriseSettings(urls={"ada": "json://h.example/"}, check=anywhere))


def settings_of(folder: Path, text: str, *, loopback: bool = False) -> Settings:
    file = folder / "urls.json"
    file.write_text(text)
    return Settings(apprise_urls=file, webhook_loopback=loopback)


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "10.0.0.7", "169.254.169.254", "[::1]", "[::ffff:10.0.0.7]", "0x7f000001"]
)
async def test_a_host_within_the_network_is_refused_before_anything_is_sent(
    tmp_path: Path, host: str
) -> None:
    out = apprise_of(settings_of(tmp_path, f'{{"ada": "jsons://{host}/{SECRET}"}}'))
    assert out is not None
    refused = await out.send(told())
    await out.close()
    assert isinstance(refused, Undeliverable)
    assert SECRET not in refused.reason


async def test_the_loopback_is_a_place_where_it_was_allowed(
    tmp_path: Path, service: FakeService
) -> None:
    text = f'{{"ada": "json://{service.place}/"}}'
    out = apprise_of(settings_of(tmp_path, text, loopback=True))
    assert out is not None
    assert await out.send(told()) == Delivered()
    await out.close()


@pytest.mark.parametrize("text", ['["tgram://s3cr3t"]', "{", '{"ada": 1}'])
def test_a_file_of_another_form_is_refused_without_quoting_it(tmp_path: Path, text: str) -> None:
    with pytest.raises(BadSetting, match="is a JSON object such as") as refused:
        apprise_of(settings_of(tmp_path, text))
    assert "s3cr3t" not in str(refused.value)


def test_without_the_extra_the_error_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "apprise", None)
    with pytest.raises(BadSetting, match=r"pip install 'handrail\[apprise\]'"):
        apprise_of(settings_of(tmp_path, '{"ada": "tgram://1:abc/2"}'))
    with pytest.raises(NotInstalled):
        sender("tgram://1:abc/2")


async def test_no_address_is_ever_logged(
    service: FakeService, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.INFO)
    service.answers = [500]
    for path in (f"json://user:{SECRET}@{service.place}/{SECRET}?+X-Key={SECRET}",):
        assert isinstance(await sent(path), Later)
    with pytest.raises(NotAllowed):
        sender(f"jsons://h.example/{SECRET}?verify=no")
    out, err = capfd.readouterr()
    assert SECRET not in caplog.text + out + err
