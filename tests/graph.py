"""A Graph for tests, held against the types that Microsoft publishes where these are at hand, and
a node that reads from it, writes into it, and is told by it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta

import httpx

from handrail.connectors.microsoft.fake import CALENDAR, CLIENT_ID, TENANT, TOKEN, FakeGraph
from handrail.connectors.microsoft.graph import Graph
from handrail.connectors.microsoft.published import Published
from handrail.connectors.microsoft.tokens import Application, ApplicationTokens
from handrail.connectors.microsoft.wire import GraphWire, stored_token
from handrail.engine.calendars.calendar import Calendar
from handrail.engine.calendars.secrets import Secrets
from handrail.engine.calendars.source import Access, CalendarKind, CalendarSource
from handrail.engine.clock import VirtualClock
from handrail.engine.engine import Engine
from handrail.engine.syncing.connecting import Connecting
from handrail.engine.syncing.pushes import Pushes
from handrail.engine.syncing.sync import Sync
from handrail.engine.syncing.writing import Writing
from handrail.store.calendars import MemoryCalendars
from handrail.terms.evidence import RepConditions
from handrail.web.calendar_pushes import CalendarPushes
from tests.conftest import ROOT
from tests.story import MASTER, START

CSDL = ROOT.parent / "shared/specs/microsoft/graph_v1.0_calendar_subset.csdl.xml"
NOW = START
ACCESS = Access(address=CALENDAR, secret={"access_token": TOKEN})
PUBLIC = "https://handrail.example"


def published() -> Published | None:
    return Published(CSDL.read_text()) if CSDL.is_file() else None


@asynccontextmanager
async def graph(
    *, page: int = 200, timeout_s: float = 5
) -> AsyncIterator[tuple[FakeGraph, GraphWire]]:
    """The fake and a wire to it."""
    async with FakeGraph(published=published(), page=page) as fake:
        wire = GraphWire(now=lambda: NOW, base_url=fake.base_url, timeout_s=timeout_s)
        yield fake, wire
        await wire.close()


class GraphNode:
    """What a node has beside its engine for Microsoft's calendars."""

    def __init__(self, engine: Engine, fake: FakeGraph, source: Graph, *, url: str | None) -> None:
        self.engine = engine
        self.began = engine.clock.now()
        self.fake = fake
        self.store = MemoryCalendars()
        self.pushes = Pushes(store=self.store, masters=[MASTER], base_url=url, now=engine.clock.now)
        sources: dict[CalendarKind, CalendarSource] = {"microsoft": source}
        self.sync = Sync(
            engine=engine,
            store=self.store,
            secrets=Secrets([MASTER]),
            sources=sources,
            pushes=self.pushes,
        )
        self.writing = Writing()
        self.writing.by(self.sync)
        self._number = 0
        self.connecting = Connecting(
            engine=engine, store=self.store, sync=self.sync, sources=sources, chance=self._counted
        )
        self.doors = CalendarPushes(self.pushes)
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=self.doors), base_url=PUBLIC
        )

    def _counted(self, size: int) -> bytes:
        self._number += 1
        return self._number.to_bytes(size, "big")

    async def connect(self, rep: str = "ada", *, writes: bool = False) -> Calendar:
        access = Access(address="", secret=ACCESS.secret)
        return await self.connecting.connect(
            rep, kind="microsoft", access=access, writes=writes, by="person:mo"
        )

    async def kept(self, id: str) -> Calendar:
        found = await self.store.calendar(id)
        assert found is not None
        return found

    async def conditions(self, rep: str = "ada") -> RepConditions:
        async with self.engine.store.write() as unit:
            people = await unit.standing(after=0, turns_from=START)
        return people.conditions.get(rep, RepConditions())

    async def until(self, minutes: float) -> None:
        """Let time pass: calendars are read, and what is due is taken."""
        clock = self.engine.clock
        assert isinstance(clock, VirtualClock)
        end = self.began + timedelta(minutes=minutes)
        while clock.now() < end:
            clock.move_to(min(clock.now() + timedelta(minutes=1), end))
            await self.engine.tick()
            while not await self.sync.look():
                pass


@asynccontextmanager
async def graph_node(
    engine: Engine, *, url: str | None = PUBLIC, timeout_s: float = 5, is_let_in: bool = False
) -> AsyncIterator[GraphNode]:
    """`is_let_in`: the organisation's administrator lets the application into calendars."""
    async with FakeGraph(published=published()) as fake:
        application = Application(
            tenant=TENANT,
            client_id=CLIENT_ID,
            client_secret="fake-secret",
            login_url=fake.login_url,
            scope=f"{fake.login_url}/.default",
        )
        tokens = ApplicationTokens(application, now=engine.clock.now, timeout_s=timeout_s)
        wire = GraphWire(
            now=engine.clock.now,
            base_url=fake.base_url,
            timeout_s=timeout_s,
            token_of=tokens if is_let_in else stored_token,
        )
        node = GraphNode(engine, fake, Graph(wire, is_let_in=is_let_in), url=url)
        await fake.client.aclose()
        fake.client = node.http
        yield node
        await wire.close()
        await tokens.close()


def at(minutes: float) -> str:
    """So many minutes after the start, as Graph writes it."""
    return f"{START + timedelta(minutes=minutes):%Y-%m-%dT%H:%M}"
