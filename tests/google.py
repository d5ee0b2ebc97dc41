"""A Google for tests, held against the contract that Google publishes where that is at hand, and a
node that reads from it, writes into it, is told by it, and whose people sign in there."""

import json
import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import httpx

from handrail.connectors.google.fake import FakeGoogle
from handrail.connectors.google.google import Google
from handrail.connectors.google.published import Published
from handrail.connectors.google.wire import GoogleWire
from handrail.connectors.oauth.tokens import Tokens
from handrail.engine.calendars.calendar import Calendar
from handrail.engine.calendars.secrets import Secrets
from handrail.engine.calendars.signing_in import SigningIn, Wanted
from handrail.engine.calendars.source import Access, CalendarKind, CalendarSource
from handrail.engine.clock import VirtualClock
from handrail.engine.engine import Engine
from handrail.engine.settings import Settings
from handrail.engine.syncing.connecting import Connecting
from handrail.engine.syncing.pushes import Pushes
from handrail.engine.syncing.sync import Sync
from handrail.engine.syncing.writing import Writing
from handrail.store.calendars import MemoryCalendars
from handrail.terms.evidence import RepConditions
from handrail.web.calendar_pushes import CalendarPushes
from handrail.wiring_calendars import BACK_AT, providers_of
from tests.conftest import ROOT
from tests.story import MASTER, START

DOCUMENT = ROOT.parent / "shared/specs/google/calendar.v3.json"
PUBLIC = "https://handrail.example"


def published() -> Published | None:
    return Published(json.loads(DOCUMENT.read_text())) if DOCUMENT.is_file() else None


def settings(fake: FakeGoogle) -> Settings:
    return Settings(
        public_url=PUBLIC,
        google_client_id="fake-client",
        google_client_secret="fake-client-secret",
        google_url=fake.url,
    )


class GoogleNode:
    """What a node has beside its engine for Google's calendars."""

    def __init__(
        self, *, engine: Engine, fake: FakeGoogle, wire: GoogleWire, tokens: Tokens
    ) -> None:
        self.engine = engine
        self.began = engine.clock.now()
        self.fake = fake
        self.store = MemoryCalendars()
        self.secrets = Secrets([MASTER])
        self.signing_in = SigningIn(
            providers=providers_of(settings(fake)),
            door=tokens,
            seals=self.secrets,
            redirect=f"{PUBLIC}{BACK_AT}",
            chance=os.urandom,
        )
        self.source = Google(wire, renew=self._renew, chance=os.urandom)
        self.pushes = Pushes(
            store=self.store, masters=[MASTER], base_url=PUBLIC, now=engine.clock.now
        )
        sources: dict[CalendarKind, CalendarSource] = {"google": self.source}
        self.sync = Sync(
            engine=engine,
            store=self.store,
            secrets=self.secrets,
            sources=sources,
            pushes=self.pushes,
        )
        self.writing = Writing()
        self.writing.by(self.sync)
        self.connecting = Connecting(
            engine=engine,
            store=self.store,
            sync=self.sync,
            sources=sources,
            chance=os.urandom,
            signing_in=self.signing_in,
        )
        self.http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=CalendarPushes(self.pushes)), base_url=PUBLIC
        )

    async def _renew(self, access: Access) -> Access:
        return await self.signing_in.renew("google", access)

    async def sign_in(self, rep: str = "ada", *, writes: bool = True) -> tuple[Wanted, Access]:
        """As a person does in a browser, up to what Handrail has in hand then."""
        now = self.engine.clock.now()
        wanted = Wanted(rep=rep, kind="google", writes=writes, by="person:mo")
        begun = self.signing_in.begin(wanted, now=now)
        back = await consented(begun.address)
        return await self.signing_in.end(
            state=back["state"], code=back["code"], cookie=begun.cookie, now=now
        )

    async def connect(self, rep: str = "ada", *, writes: bool = True) -> Calendar:
        wanted, access = await self.sign_in(rep, writes=writes)
        return await self.connecting.connect(
            rep, kind="google", access=access, writes=wanted.writes, by=wanted.by
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


async def consented(address: str) -> dict[str, str]:
    """What the provider sends back once the person has said yes."""
    async with httpx.AsyncClient(trust_env=False) as browser:
        answer = await browser.get(address)
    assert answer.status_code == 302, answer.text
    back = urlsplit(answer.headers["location"])
    assert f"{back.scheme}://{back.netloc}{back.path}" == f"{PUBLIC}{BACK_AT}"
    return {name: values[0] for name, values in parse_qs(back.query).items()}


@asynccontextmanager
async def google_node(
    engine: Engine, *, page: int = 250, timeout_s: float = 5
) -> AsyncIterator[GoogleNode]:
    async with FakeGoogle(published=published(), page=page) as fake:
        now: Callable[[], datetime] = engine.clock.now
        wire = GoogleWire(now=now, base_url=f"{fake.url}/calendar/v3", timeout_s=timeout_s)
        tokens = Tokens(now=now, timeout_s=timeout_s)
        node = GoogleNode(engine=engine, fake=fake, wire=wire, tokens=tokens)
        await fake.client.aclose()
        fake.client = node.http
        yield node
        await node.sync.finish()
        await wire.close()
        await tokens.close()


def at(minutes: float) -> str:
    """So many minutes after the start, as Google writes it."""
    return f"{START + timedelta(minutes=minutes):%Y-%m-%dT%H:%M:%SZ}"
