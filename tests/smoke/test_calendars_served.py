"""Calendars as a person connects them: by command and over HTTP, on a real server."""

import asyncio
import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from handrail.connectors.microsoft.fake import CLIENT_ID, TENANT, TOKEN, FakeGraph
from handrail.engine.calendars.source import Access
from handrail.engine.settings import Settings
from handrail.store.calendars import PostgresCalendars
from handrail.store.postgres import PostgresStore
from handrail.wiring import Node, open_node
from tests.cluster import Cluster
from tests.graph import published
from tests.house import open_house, problem
from tests.radicale import PASSWORD, Radicale, radicale
from tests.served import run
from tests.story import MASTER, Story

KEY = base64.b64encode(MASTER).decode()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Radicale]:
    with radicale(tmp_path) as running:
        (tmp_path / "password").write_text(f"{PASSWORD}\n")
        yield running


async def fill(dsn: str) -> None:
    story = Story(store=await PostgresStore.open(dsn))
    await story.begin(signed=True)
    await story.store.close()


async def dump(dsn: str) -> bytes:
    kept = await PostgresCalendars.open(dsn)
    found = await kept._ask("select * from calendars")
    await kept.close()
    return repr([dict(row) for row in found]).encode()


def test_a_calendar_is_connected_listed_read_and_taken_away(
    cluster: Cluster, server: Radicale, tmp_path: Path
) -> None:
    with cluster.database() as dsn:
        asyncio.run(fill(dsn))

        def calendar(*words: str, private: str = "yes") -> tuple[int, str, str]:
            done = run(
                "calendar",
                *words,
                "--database-url",
                dsn,
                HANDRAIL_MASTER_KEY=KEY,
                HANDRAIL_CALENDAR_PRIVATE=private,
            )
            return done.returncode, done.stdout, done.stderr

        assert "no calendar is connected" in calendar("list")[1]
        asked = ("connect", "--rep", "ada", "--kind", "caldav", "--address", f"{server.url}/")
        password = ("--username", "ada", "--password-file", str(tmp_path / "password"))
        code, _, said = calendar(*asked, *password, private="no")
        assert (code, "nothing was connected" in said) == (2, True)
        code, shown, said = calendar(*asked, *password, "--writes", "--json")
        assert code == 0, said
        (connected,) = json.loads(shown)["calendars"]
        assert (connected["rep"], connected["writes"], connected["fault"]) == ("ada", True, None)
        assert PASSWORD.encode() not in asyncio.run(dump(dsn))
        assert connected["id"] in calendar("list")[1]
        assert calendar("sync", connected["id"])[0] == 0
        (tmp_path / "passwords").write_text("ada:another\n")
        code, shown, _ = calendar("sync", connected["id"], "--json")
        (failed,) = json.loads(shown)["calendars"]
        assert (code, "connect the calendar again" in failed["fault"]) == (1, True)
        assert calendar("disconnect", connected["id"])[0] == 0
        code, _, said = calendar("sync", connected["id"])
        assert (code, "no calendar" in said) == (2, True)


async def test_without_a_reader_of_calendars_the_door_says_so() -> None:
    async with open_house() as house:
        told = problem(await house.http.get("/api/v1/reps/ada/calendars"))
        assert (told["status"], told["detail"]) == (404, "this node reads no calendars")


async def test_a_node_reads_microsoft_s_calendars_and_is_told_of_changes(cluster: Cluster) -> None:
    """With what the settings name and nothing else: a real database, the node's own doors."""
    with cluster.database() as dsn:
        await fill(dsn)
        async with FakeGraph(published=published()) as fake:
            settings = Settings(
                database_url=dsn,
                master_key=MASTER,
                calendars=("microsoft",),
                microsoft_graph_url=fake.base_url,
                public_url="http://127.0.0.1:8040",
            )
            async with open_node(settings) as node:
                await fake.client.aclose()
                doors = httpx.ASGITransport(app=node.doors(is_open=True))
                fake.client = httpx.AsyncClient(transport=doors)
                await tell_one(node, fake)


async def tell_one(node: Node, fake: FakeGraph) -> None:
    fake.put("e1", "2026-03-03T15:00", "2026-03-03T16:00")
    access = Access(address="", secret={"access_token": TOKEN})
    connected = await node.calendars.connect(
        "ada", kind="microsoft", access=access, writes=True, by="person:mo"
    )
    assert (connected.place, connected.fault) == ("Microsoft 365", None)
    assert connected.subscription is not None
    assert await fake.tell() == [202]
    (told,) = await node.calendars.calendars(rep="ada")
    assert told.due_at < connected.due_at
    await node.calendars.disconnect(connected.id)
    assert fake.subscriptions == {}


def test_an_administrator_s_consent_is_all_that_a_command_needs(cluster: Cluster) -> None:
    with cluster.database() as dsn, served_fake() as fake:
        asyncio.run(fill(dsn))
        done = run(
            *("calendar", "connect", "--rep", "ada", "--kind", "microsoft", "--writes", "--json"),
            *("--database-url", dsn),
            HANDRAIL_MASTER_KEY=KEY,
            HANDRAIL_MICROSOFT_TENANT=TENANT,
            HANDRAIL_MICROSOFT_CLIENT_ID=CLIENT_ID,
            HANDRAIL_MICROSOFT_CLIENT_SECRET=fake.client_secret,
            HANDRAIL_MICROSOFT_LOGIN_URL=fake.login_url,
            HANDRAIL_MICROSOFT_GRAPH_URL=fake.base_url,
        )
        assert done.returncode == 0, done.stderr
        (connected,) = json.loads(done.stdout)["calendars"]
        assert (connected["place"], connected["writes"]) == ("Microsoft 365", True)
        assert (connected["fault"], fake.grants) == (None, 1)


@contextmanager
def served_fake() -> Iterator[FakeGraph]:
    """In a loop of its own, for commands that run in processes of theirs."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    fake = asyncio.run_coroutine_threadsafe(_opened(), loop).result()
    try:
        yield fake
    finally:
        asyncio.run_coroutine_threadsafe(fake.__aexit__(), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


async def _opened() -> FakeGraph:
    return await FakeGraph(published=published()).__aenter__()
