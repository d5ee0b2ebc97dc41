"""Servers that tell of changes: heard when they show who they are, and believed in nothing."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from handrail.connectors.microsoft.fake import Trouble
from handrail.connectors.microsoft.graph import LIFE
from handrail.engine.ports import StoreUnavailable
from handrail.engine.syncing.pushes import PATH
from handrail.web.calendar_pushes import BODY_BYTES_MAX
from tests.graph import GraphNode, at, graph_node
from tests.story import Story

HOUR = 60


@pytest.fixture
async def node() -> AsyncIterator[GraphNode]:
    story = Story()
    await story.begin()
    async with graph_node(story.engine) as made:
        yield made


def door(calendar: str, kind: str = "microsoft") -> str:
    return f"{PATH}/{kind}/{calendar}"


async def is_awake(node: GraphNode, id: str) -> bool:
    kept = await node.kept(id)
    return kept.due_at <= node.engine.clock.now() + timedelta(seconds=2)


def told_with(*states: str | None) -> dict[str, Any]:
    return {"value": [{"clientState": state, "resource": "x"} for state in states]}


async def test_a_change_that_is_told_is_read_at_once(node: GraphNode) -> None:
    calendar = await node.connect()
    looked: list[bool] = []
    node.pushes.heard = lambda: looked.append(True)
    node.fake.put("e1", at(10), at(40))
    await node.until(0.1)
    assert (await node.conditions()).calendar == ()  # it is read every two minutes
    assert await node.fake.tell() == [202]
    assert looked == [True] and await is_awake(node, calendar.id)
    await node.until(0.2)
    assert [span.until_at.minute for span in (await node.conditions()).calendar] == [40]


async def test_a_server_that_falls_silent_costs_minutes_and_nothing_else(node: GraphNode) -> None:
    await node.connect()
    assert len(node.fake.subscriptions) == 1
    node.fake.put("e1", at(10), at(40))
    await node.until(3)
    assert len((await node.conditions()).calendar) == 1


@pytest.mark.parametrize(
    "body",
    [
        told_with(),
        told_with(None),
        told_with(""),
        told_with("x" * 64),
        told_with("ü\u2028"),
    ],
    ids=["nothing", "none", "empty", "another", "odd"],
)
async def test_who_does_not_know_the_token_wakes_nothing(
    node: GraphNode, body: dict[str, Any]
) -> None:
    calendar = await node.connect()
    for place in (door(calendar.id), f"{door(calendar.id)}/lifecycle"):
        assert (await node.http.post(place, json=body)).status_code == 401
    assert not await is_awake(node, calendar.id)


async def test_a_token_opens_one_calendar_of_one_kind(node: GraphNode) -> None:
    calendar = await node.connect()
    (subscription,) = node.fake.subscriptions.values()
    body = told_with(subscription["clientState"])
    for place in (door("0000000000000002"), door(calendar.id[:-1])):
        assert (await node.http.post(place, json=body)).status_code == 401
    headers = {"X-Goog-Channel-Token": subscription["clientState"]}
    answer = await node.http.post(door(calendar.id, "google"), headers=headers)
    assert answer.status_code == 401
    assert not await is_awake(node, calendar.id)
    among = told_with("x", subscription["clientState"])
    assert (await node.http.post(door(calendar.id), json=among)).status_code == 202
    assert await is_awake(node, calendar.id)


async def test_many_changes_at_once_are_read_together(node: GraphNode) -> None:
    await node.connect()
    before = len(node.fake.calls)
    for _ in range(20):
        assert await node.fake.tell() == [202]
        await node.sync.look()
    assert len(node.fake.calls) == before  # it was read less than two seconds ago
    await node.until(0.1)
    assert len(node.fake.calls) == before + 1


async def test_an_address_is_shown_to_be_ours_in_plain_text(node: GraphNode) -> None:
    asked = {"validationToken": "a <b>token</b> & more"}
    answer = await node.http.post(door("1"), params=asked)
    assert (answer.status_code, answer.text) == (200, asked["validationToken"])
    assert answer.headers["content-type"].startswith("text/plain")
    too_long = {"validationToken": "x" * 2_001}
    assert (await node.http.post(door("1"), params=too_long)).status_code == 400


@pytest.mark.parametrize(
    ("method", "place", "content", "status"),
    [
        ("GET", door("1"), b"", 405),
        ("POST", door("1"), b"{", 400),
        ("POST", door("1"), b"\xff", 400),
        ("POST", door("1"), b'{"value": 5}', 400),
        ("POST", door("1"), b"[" * 5_000, 400),
        ("POST", door("1"), b" " * (BODY_BYTES_MAX + 1), 413),
        ("POST", door("1", "yahoo"), b"{}", 404),
        ("POST", f"{PATH}/google/1/lifecycle/more", b"{}", 404),
        ("POST", f"{PATH}/google/", b"{}", 404),
        ("POST", door("1" * 65), b"{}", 404),
    ],
    ids=str,
)
async def test_what_no_server_sends_is_refused(
    node: GraphNode, method: str, place: str, content: bytes, status: int
) -> None:
    assert (await node.http.request(method, place, content=content)).status_code == status


async def test_a_store_that_is_away_is_told_so_that_it_is_sent_again(
    node: GraphNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    await node.connect()

    async def away(id: str) -> None:
        raise StoreUnavailable("away")

    monkeypatch.setattr(node.store, "calendar", away)
    assert await node.fake.tell() == [503]


async def test_a_channel_of_google_is_heard_by_its_token(node: GraphNode) -> None:
    """What it says first, that it is open, is no change."""
    calendar = await node.connect()
    token = node.pushes.token("google", calendar.id)
    asked = (("wrong", "exists"), ("", "exists"), (token, "sync"), (token, "exists"))
    found = []
    for given, state in asked:
        headers = {"X-Goog-Channel-Token": given, "X-Goog-Resource-State": state}
        answer = await node.http.post(door(calendar.id, "google"), headers=headers)
        found.append((answer.status_code, await is_awake(node, calendar.id)))
    assert found == [(401, False), (401, False), (200, False), (200, True)]


# --- kept up


async def test_a_promise_is_made_longer_before_it_ends(node: GraphNode) -> None:
    calendar = await node.connect()
    first = (await node.kept(calendar.id)).subscription
    assert first is not None
    await node.until(50 * HOUR)
    then = (await node.kept(calendar.id)).subscription
    assert then is not None
    assert (then.id, len(node.fake.subscriptions)) == (first.id, 1)
    assert then.expires_at > first.expires_at + LIFE / 2


async def test_a_promise_that_the_server_forgot_is_asked_for_anew(node: GraphNode) -> None:
    calendar = await node.connect()
    first = (await node.kept(calendar.id)).subscription
    await node.until(47 * HOUR)
    node.fake.subscriptions.clear()
    await node.until(50 * HOUR)
    then = (await node.kept(calendar.id)).subscription
    assert first is not None and then is not None and then.id != first.id
    assert list(node.fake.subscriptions) == [then.id]


@pytest.mark.parametrize("happened", ["missed", "subscriptionRemoved", "reauthorizationRequired"])
async def test_a_promise_in_doubt_is_looked_after_and_the_calendar_read(
    node: GraphNode, happened: str
) -> None:
    calendar = await node.connect()
    node.fake.put("e1", at(10), at(40))
    assert await node.fake.tell_of_life(happened) == [202]
    if happened == "subscriptionRemoved":
        node.fake.subscriptions.clear()
    await node.until(0.1)
    assert len((await node.conditions()).calendar) == 1
    kept = (await node.kept(calendar.id)).subscription
    assert kept is not None and list(node.fake.subscriptions) == [kept.id]
    assert kept.expires_at > node.engine.clock.now() + LIFE / 2


async def test_a_server_that_promises_nothing_is_read_all_the_same_and_not_pestered(
    node: GraphNode,
) -> None:
    node.fake.put("e1", at(10), at(40))
    node.fake.refuses_subscriptions = True
    calendar = await node.connect()
    assert (await node.kept(calendar.id)).fault is None
    assert len((await node.conditions()).calendar) == 1
    await node.until(3 * HOUR)
    asked = [call for call in node.fake.calls if call.path == "subscriptions"]
    assert 2 <= len(asked) <= 4
    node.fake.refuses_subscriptions = False
    await node.until(5 * HOUR)
    assert len(node.fake.subscriptions) == 1


async def test_a_calendar_that_is_taken_away_is_told_of_no_more(node: GraphNode) -> None:
    calendar = await node.connect()
    await node.connect()  # the same again takes its place
    assert len(node.fake.subscriptions) == 1
    (kept,) = await node.store.calendars()
    assert kept.id != calendar.id
    (subscription,) = node.fake.subscriptions.values()
    node.fake.troubles = [Trouble(status=500)]
    await node.connecting.disconnect(kept.id)
    answer = await node.http.post(door(kept.id), json=told_with(subscription["clientState"]))
    assert answer.status_code == 202  # whoever is left over is not made to repeat itself
    assert await node.store.calendars() == []


async def test_without_an_address_for_others_nobody_is_asked_to_tell() -> None:
    story = Story()
    await story.begin()
    async with graph_node(story.engine, url=None) as node:
        await node.connect()
        assert node.fake.subscriptions == {}
