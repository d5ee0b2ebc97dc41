"""A real server on a free port of the loopback, with the sample company behind it.

async with open_house() as house:  # a memory store and a clock that only moves when told
    answer = await house.http.post("/api/v1/leads", json=lena())
    await house.move(minutes=5)  # the wake-ups on the way are taken
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import uvicorn

from handrail.contract.read import read_contract_file
from handrail.engine.clock import VirtualClock
from handrail.engine.engine import Engine
from handrail.engine.keys import Keys
from handrail.engine.notices import Notices
from handrail.engine.ports import Clock, Store, StoredContract, StoredRoster
from handrail.engine.vault import Vault
from handrail.store.memory import MemoryStore
from handrail.web import WebSettings, create_app

ACME = Path(__file__).resolve().parent.parent / "examples" / "acme"
MONDAY = datetime(2026, 3, 2, 15, tzinfo=UTC)  # ten in the morning in New York
MASTER = bytes(range(32))


class House:
    """The engine, its clock, and a client of the server in front of it."""

    def __init__(self, *, engine: Engine, url: str, http: httpx.AsyncClient) -> None:
        self.engine = engine
        self.url = url
        self.http = http

    @property
    def clock(self) -> VirtualClock:
        assert isinstance(self.engine.clock, VirtualClock)
        return self.engine.clock

    async def move(self, *, minutes: float) -> None:
        """Let time pass, stopping at each wake-up on the way."""
        until = self.clock.now() + timedelta(minutes=minutes)
        for _ in range(1_000):
            await self.engine.tick()
            at = await self.engine.store.next_wake()
            if at is None or at > until:
                break
            self.clock.move_to(max(at, self.clock.now()))
        self.clock.move_to(until)
        await self.engine.tick()

    async def capture(self, **fields: Any) -> dict[str, Any]:
        """Send a lead that must be taken; the receipt."""
        answer = await self.http.post("/api/v1/leads", json=lena(**fields))
        assert answer.status_code in (200, 201), answer.text
        receipt: dict[str, Any] = answer.json()
        return receipt


def lena(**fields: Any) -> dict[str, Any]:
    """Lena of Acme asks for a demo; `fields` with `__` for the dot."""
    lead: dict[str, Any] = {
        "id": "l1",
        "email": "lena@lenaco.example",
        "lead.name": "Lena Lindqvist",
        "account.name": "Lenaco",
        "lead.country": "US",
        "lead.source_campaign": "spring",
        "account.employees": 4000,
        "signals": ["demo_request"],
    }
    lead.update({name.replace("__", "."): value for name, value in fields.items()})
    return lead


@asynccontextmanager
async def open_house(
    *,
    store: Store | None = None,
    clock: Clock | None = None,
    keys: Keys | None = None,
    settings: WebSettings | None = None,
    sample: bool = True,
    token: str | None = None,
    notices: Notices | None = None,
) -> AsyncIterator[House]:
    engine = Engine(
        store=store or MemoryStore(),
        clock=clock or VirtualClock(MONDAY),
        vault=Vault(MASTER),
        notices=notices,
    )
    if sample:
        await adopt_sample(engine)
    app = create_app(engine=engine, keys=keys, settings=settings)
    async with running(app) as url:
        headers = {"Authorization": f"Bearer {token}"} if token is not None else {}
        async with httpx.AsyncClient(base_url=url, headers=headers, timeout=10) as http:
            yield House(engine=engine, url=url, http=http)


async def adopt_sample(engine: Engine) -> None:
    """The roster and contract of `examples/acme`."""
    roster = (ACME / "roster.yaml").read_text()
    digest = hashlib.sha256(roster.encode()).hexdigest()
    await engine.adopt_roster(StoredRoster(digest=digest, source=roster), actor="test")
    await adopt_sample_contract(engine)


async def adopt_sample_contract(engine: Engine) -> None:
    contract = read_contract_file(ACME / "contract.yaml").contract
    assert contract is not None
    stored = StoredContract(
        digest=contract.digest,
        name=contract.name,
        version=contract.version,
        source=contract.source,
        tables=dict(contract.table_sources),
    )
    await engine.adopt_contract(stored, actor="test")


@asynccontextmanager
async def running(app: Any) -> AsyncIterator[str]:
    """The base URL of a server that runs in this loop."""
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=0,
        log_level="error",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=2,
    )
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.005)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        close = getattr(app, "close", None)
        if close is not None:
            close()
        server.should_exit = True
        await task


def problem(answer: httpx.Response) -> dict[str, Any]:
    """The body of an answer that says no, which must be a complete problem."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    body: dict[str, Any] = msgspec.json.decode(answer.content)
    assert body["status"] == answer.status_code
    assert body["title"] and body["detail"] and body["code"], body
    return body
