"""Slack's two ways in: what is not signed is refused, what is repeated has no second effect."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest

from handrail.connectors.slack.doors import BODY_BYTES_MAX, PATH
from handrail.connectors.slack.fake import Trouble
from handrail.connectors.slack.signing import is_signed, sign
from handrail.engine.ports import StoreUnavailable
from handrail.engine.posts import LEASE
from tests.slack import OLD_SECRET, Workspace, workspace
from tests.story import START

# The example of https://docs.slack.dev/authentication/verifying-requests-from-slack
VECTOR_BODY = (
    "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
    "&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
    "&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554"
    "%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
)


@pytest.fixture
async def work() -> AsyncIterator[Workspace]:
    async with workspace() as made:
        await made.story.lead("lena", "demo_request", lead_country="US", account_employees=4000)
        await made.tell()
        yield made


def raw_of(payload: dict[str, Any]) -> bytes:
    return urlencode({"payload": json.dumps(payload)}).encode()


async def left(work: Workspace) -> list[bytes]:
    """All that was kept and is not done."""
    return await work.posts.left_over(now=work.story.clock.now() + LEASE, limit=100)


@pytest.mark.parametrize(
    "change",
    [
        {"x-slack-signature": ""},
        {"x-slack-signature": "v0=" + "0" * 64},
        {"x-slack-signature": "v0=ü"},
        {"x-slack-request-timestamp": ""},
        {"x-slack-request-timestamp": "soon"},
        {"x-slack-request-timestamp": "9" * 40},
        {"x-slack-request-timestamp": str(int(START.timestamp()) + 1)},
    ],
    ids=str,
)
async def test_what_is_not_signed_is_refused_and_not_kept(
    work: Workspace, change: dict[str, str]
) -> None:
    raw = raw_of(work.pressed("accept", by="ada"))
    headers = {name: value.encode() for name, value in (work.signed(raw) | change).items()}
    answer = await work.http.post(PATH, content=raw, headers=headers)
    assert answer.status_code == 401
    assert await left(work) == []
    assert await work.stage() == "assigned"


@pytest.mark.parametrize("seconds", [-301, 301, -86_400])
async def test_an_old_or_future_request_is_refused(work: Workspace, seconds: int) -> None:
    raw = raw_of(work.pressed("accept", by="ada"))
    at = work.story.clock.now() + timedelta(seconds=seconds)
    answer = await work.http.post(PATH, content=raw, headers=work.signed(raw, at=at))
    assert answer.status_code == 401
    assert await left(work) == []


async def test_one_changed_byte_is_found(work: Workspace) -> None:
    raw = raw_of(work.pressed("accept", by="ada"))
    headers = work.signed(raw)
    for place in range(0, len(raw), 37):
        changed = raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :]
        answer = await work.http.post(PATH, content=changed, headers=headers)
        assert answer.status_code == 401
    assert await left(work) == []


def test_signatures_are_those_of_the_published_example() -> None:
    raw, stamp = VECTOR_BODY.encode(), "1531420618"
    assert (
        sign(raw, stamp, "8f742231b10e8888abcd99yyyzzz85a5").decode()
        == "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
    )
    assert not is_signed(raw, timestamp=stamp, signature="v0=", secrets=(), now=START)


async def test_each_live_secret_is_good(work: Workspace) -> None:
    raw = raw_of(work.pressed("accept", by="ada"))
    answer = await work.http.post(PATH, content=raw, headers=work.signed(raw, by=OLD_SECRET))
    assert answer.status_code == 200
    await work.doors.finish()
    assert await work.stage() == "accepted"


async def test_a_replay_is_answered_and_has_no_second_effect(work: Workspace) -> None:
    raw = raw_of(work.pressed("called", by="ada"))
    for _ in range(3):
        answer = await work.http.post(PATH, content=raw, headers=work.signed(raw))
        assert (answer.status_code, answer.content) == (200, b"")
        await work.doors.finish()
        work.story.clock.move_to(work.story.clock.now() + timedelta(seconds=7))
    found = await work.story.store.case_of_handoff("lena")
    assert found is not None
    assert found.case.handoff is not None
    assert found.case.handoff.attempts == 1
    assert len(work.slack.said) == 1


async def test_slack_has_its_answer_while_the_engine_is_busy(work: Workspace) -> None:
    raw = raw_of(work.pressed("accept", by="ada"))
    async with work.story.store.write():  # the one write transaction is somebody else's
        answer = await work.http.post(PATH, content=raw, headers=work.signed(raw))
        assert answer.status_code == 200
        assert await work.stage() == "assigned"
    await work.doors.finish()
    assert await work.stage() == "accepted"


async def test_what_cannot_be_kept_is_not_answered_with_a_200(
    work: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object, **__: object) -> bool:
        raise StoreUnavailable("gone")

    monkeypatch.setattr(work.posts, "receive", away)
    assert (await work.press("accept", by="ada")).status_code == 503


async def test_what_a_killed_node_left_undone_is_done_once(
    work: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = work.story.engine.command

    async def away(*_: object, **__: object) -> None:
        raise StoreUnavailable("gone")

    monkeypatch.setattr(work.story.engine, "command", away)
    await work.press("accept", by="ada")
    assert await work.stage() == "assigned"
    monkeypatch.setattr(work.story.engine, "command", whole)
    await work.doors.sweeping._look()
    assert await work.stage() == "assigned"  # somebody may still be working on it
    work.story.clock.move_to(work.story.clock.now() + LEASE)
    await work.doors.sweeping._look()
    assert await work.stage() == "accepted"
    assert await left(work) == []


async def test_what_is_no_form_of_slacks_is_refused(work: Workspace) -> None:
    for raw in (b"payload=%7B", b"payload=%FF", b"payload=[1]", b"a=" * 200 + b"&" * 200):
        answer = await work.http.post(PATH, content=raw, headers=work.signed(raw))
        assert answer.status_code in (200, 400)
    long = b"a" * (BODY_BYTES_MAX + 1)
    assert (await work.http.post(PATH, content=long, headers=work.signed(long))).status_code == 413
    assert (await work.http.get(PATH)).status_code == 405
    assert await work.stage() == "assigned"


async def test_the_address_proves_itself_to_slack(work: Workspace) -> None:
    raw = json.dumps({"type": "url_verification", "challenge": "abc"}).encode()
    headers = work.signed(raw) | {"content-type": "application/json"}
    answer = await work.http.post(PATH, content=raw, headers=headers)
    assert answer.json() == {"challenge": "abc"}


# --- Socket Mode


@pytest.fixture
async def connected(work: Workspace) -> AsyncIterator[Workspace]:
    stop = asyncio.Event()
    running = asyncio.create_task(work.doors.run_socket(stop))
    await work.slack.until(lambda: work.slack.sockets)
    yield work
    stop.set()
    await running


async def test_a_press_over_the_socket_is_acknowledged_and_done(connected: Workspace) -> None:
    work = connected
    payload = work.pressed("accept", by="ada")
    await work.slack.push("interactive", payload, envelope="e1")
    await work.slack.until(lambda: "e1" in work.slack.acknowledged)
    await work.doors.finish()
    assert await work.stage() == "accepted"
    before = (await work.story.store.head()).seq
    await work.slack.push("interactive", payload, envelope="e2")  # Slack sends it again
    await work.slack.until(lambda: "e2" in work.slack.acknowledged)
    await work.doors.finish()
    assert (await work.story.store.head()).seq == before


async def test_a_command_comes_over_the_socket_too(connected: Workspace) -> None:
    work = connected
    payload = {
        "command": "/lead",
        "text": "lena",
        "user_id": "UADA",
        "response_url": work.slack.response_url,
        "trigger_id": "1",
    }
    await work.slack.push("slash_commands", payload, envelope="e1")
    await work.slack.until(lambda: work.slack.said)
    assert "Stage assigned" in work.answered()


async def test_a_slack_that_is_away_at_the_start_ends_nothing(work: Workspace) -> None:
    work.slack.troubles = [Trouble(status=503, text="down")]
    stop = asyncio.Event()
    running = asyncio.create_task(work.doors.run_socket(stop))
    await work.slack.until(lambda: work.slack.calls[-1].method == "apps.connections.open")
    stop.set()
    await running


async def test_a_socket_that_was_lost_is_opened_again(connected: Workspace) -> None:
    work = connected
    await work.slack.sockets[0].close()
    await work.slack.until(lambda: len(work.slack.sockets) > 1)
    await work.slack.push("interactive", work.pressed("accept", by="ada"), envelope="e1")
    await work.slack.until(lambda: "e1" in work.slack.acknowledged)
    await work.doors.finish()
    assert await work.stage() == "accepted"
