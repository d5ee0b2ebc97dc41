"""Whoever watches hears of every commit, on whatever node, and can go on where they were."""

import asyncio
import json
from collections.abc import AsyncIterator

import httpx

from handrail.engine.engine import Engine
from handrail.engine.items import CaptureItem
from handrail.engine.vault import Vault
from handrail.store.memory import MemoryStore
from handrail.web import WebSettings
from tests.house import MASTER, House, open_house

QUICK = WebSettings(poll_s=0.05, heartbeat_s=0.05)


async def told(house: House, *, after: int | None = None) -> AsyncIterator[tuple[str, int, object]]:
    """(kind, id, data) of each message; comments are `quiet`."""
    headers = {"Last-Event-ID": str(after)} if after is not None else {}
    async with house.http.stream("GET", "/api/v1/stream", headers=headers) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        kind, seq = "", 0
        async for line in answer.aiter_lines():
            if line.startswith(":"):
                yield "quiet", int(line[1:]), None
            elif line.startswith("id:"):
                seq = int(line[3:])
            elif line.startswith("event:"):
                kind = line[6:].strip()
            elif line.startswith("data:"):
                yield kind, seq, json.loads(line[5:])


async def first(stream: AsyncIterator[tuple[str, int, object]], kind: str) -> tuple[int, object]:
    async with asyncio.timeout(5):
        async for found, seq, data in stream:
            if found == kind:
                return seq, data
    raise AssertionError("the stream ended")


async def test_a_commit_is_told_at_once_and_silence_by_a_heartbeat() -> None:
    async with open_house(settings=QUICK) as house:
        stream = told(house)
        await first(stream, "quiet")
        await house.capture()
        seq, data = await first(stream, "changed")
        assert seq == (await house.engine.store.head()).seq
        assert isinstance(data, dict)
        assert data["changes"][0]["lead"] == "l1"
        assert "assigned" in data["changes"][0]["events"]
        await stream.aclose()  # type: ignore[attr-defined]  # an async generator


async def test_another_nodes_commit_is_told_too() -> None:
    store = MemoryStore()
    async with open_house(store=store, settings=QUICK) as house:
        other = Engine(store=store, clock=house.engine.clock, vault=Vault(MASTER))
        stream = told(house)
        await first(stream, "quiet")
        await other.capture([CaptureItem(id="theirs")], actor="test")
        _, data = await first(stream, "changed")
        assert isinstance(data, dict)
        assert data["changes"][0]["lead"] == "theirs"
        await stream.aclose()  # type: ignore[attr-defined]  # an async generator


async def test_a_watcher_goes_on_where_it_was() -> None:
    async with open_house(settings=QUICK) as house:
        stream = told(house)
        begun, _ = (await anext(stream))[1:]
        await house.capture(id="a", email="a@a.example")
        await house.capture(id="b", email="b@b.example")
        seq, _ = await first(stream, "changed")
        await stream.aclose()  # type: ignore[attr-defined]  # an async generator
        again = told(house, after=begun)
        at, data = await first(again, "changed")
        assert isinstance(data, dict)
        assert [change["lead"] for change in data["changes"]] == ["a", "b"]
        assert at >= seq
        await again.aclose()  # type: ignore[attr-defined]  # an async generator


async def test_a_watcher_that_missed_too_much_is_told_to_look_again() -> None:
    async with open_house(settings=QUICK) as house:
        kind, _, _ = await anext(told(house, after=0))
        async for kind, _, _ in told(house, after=0):
            if kind != "quiet":
                break
        assert kind == "reset"


async def test_a_nonsense_place_is_refused() -> None:
    async with open_house() as house:
        headers = {"Last-Event-ID": "yesterday"}
        answer: httpx.Response = await house.http.get("/api/v1/stream", headers=headers)
        assert answer.status_code == 422
