"""A buyer who has never been here books from a telephone: a node of its own process, a real
database, a real calendar server, a real mailbox, a real browser."""

import asyncio
import base64
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import msgspec
from playwright.async_api import Page, async_playwright, expect

from handrail.contract.read import read_contract_text
from handrail.engine.clock import SystemClock
from handrail.engine.engine import Engine
from handrail.engine.ports import StoredRoster
from handrail.engine.vault import Vault
from handrail.store.postgres import PostgresStore
from tests.browser.conftest import FLAGS
from tests.browser.test_booking import PHONE
from tests.cluster import Cluster, wait_until
from tests.house import ACME
from tests.radicale import NAME, PASSWORD, Radicale, radicale
from tests.served import LEAD, run, served
from tests.signing import Desk
from tests.smoke.test_mail_out import Inbox, Server

SETTLED_S = 5.0
MASTER = bytes(range(32))
ROSTER = """roster: acme
teams:
  - {name: enterprise-na, manager: mo, members: [ada]}
  - {name: inbound, manager: mo, members: [ada]}
  - {name: revops, manager: mo, members: [ada]}
reps:
  - {id: ada, name: Ada Adler, email: ada@acme.example, timezone: America/New_York}
people:
  - {id: mo, name: Mo Malik, email: mo@acme.example}
"""
BOOKING = "booking: {length: 30m, step: 30m, notice: 1h, title: Demo}\n"


class Business(msgspec.Struct):
    """All that stands around one booking."""

    http: httpx.AsyncClient
    calendar: Radicale
    inbox: Inbox


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
    return port


async def agree(dsn: str) -> None:
    """A contract that lets buyers book, signed; one rep, at work day and night."""
    store = await PostgresStore.open(dsn)
    engine = Engine(store=store, clock=SystemClock(), vault=Vault(MASTER))
    text = (ACME / "contract.yaml").read_text() + BOOKING
    tables = {path.name: path.read_text() for path in ACME.glob("*.csv")}
    contract = read_contract_text(text, tables=tables, proofs="none").contract
    assert contract is not None
    await Desk(engine).agree(contract)
    await engine.adopt_roster(StoredRoster(digest="r", source=ROSTER), actor="person:dana")
    await store.close()


@asynccontextmanager
async def open_for_business(cluster: Cluster, folder: Path) -> AsyncIterator[Business]:
    inbox, server, port = Inbox(), Server(), free_port()
    await server.start(inbox)
    url = f"http://127.0.0.1:{port}"
    with cluster.database() as dsn, radicale(folder) as calendar:
        await agree(dsn)
        env = {
            "HANDRAIL_DATABASE_URL": dsn,
            "HANDRAIL_MASTER_KEY": base64.b64encode(MASTER).decode(),
            "HANDRAIL_CALENDAR_PRIVATE": "yes",
            "HANDRAIL_PUBLIC_URL": url,
            "HANDRAIL_SMTP_HOST": "127.0.0.1",
            "HANDRAIL_SMTP_PORT": str(server.port),
            "HANDRAIL_SMTP_SECURITY": "none",
            "HANDRAIL_MAIL_FROM": "handrail@acme.example",
        }
        (folder / "password").write_text(PASSWORD)
        done = await asyncio.to_thread(
            run,
            *("calendar", "connect", "--rep", "ada", "--kind", "caldav", "--writes"),
            *("--address", calendar.url, "--username", NAME),
            *("--password-file", str(folder / "password")),
            **env,
        )
        assert done.returncode == 0, done.stderr
        with served("serve", "--port", str(port), said=folder / "said", env=env):
            async with httpx.AsyncClient(base_url=url, timeout=10) as http:
                yield Business(http, calendar, inbox)
    server.stop()


async def settled(what: Callable[[], Any], *, said: str) -> None:
    """It is so within five seconds."""
    await asyncio.to_thread(wait_until, what, within_s=SETTLED_S, what=said)


def invited(inbox: Inbox, method: str) -> list[str]:
    """The calendar parts of letters to the buyer, by what they ask of a calendar program."""
    found = []
    for message in inbox.messages:
        if "lena@acme.example" in str(message["to"]):
            for part in message.walk():
                if part.get_content_type() == "text/calendar":
                    text = part.get_content()
                    text = text if isinstance(text, str) else text.decode()
                    if f"METHOD:{method}" in text:
                        found.append(text)
    return found


async def first_slot(page: Page) -> None:
    await page.locator(".times button").first.click()


async def test_a_buyer_books_moves_and_cancels_and_everything_follows_within_five_seconds(
    chromium: str, cluster: Cluster, tmp_path: Path
) -> None:
    async with open_for_business(cluster, tmp_path) as desk, async_playwright() as playwright:
        answer = await desk.http.post("/api/v1/leads", json=LEAD)
        assert answer.status_code == 201, answer.text
        offered = answer.json()["booking"]
        browser = await playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        page = await (await browser.new_context(viewport=PHONE)).new_page()
        await page.goto(offered["url"])
        await first_slot(page)
        await expect(page.get_by_role("heading", level=1)).to_have_text("Your time is booked")
        await settled(lambda: len(desk.calendar.texts()) == 1, said="the event")
        await settled(lambda: len(invited(desk.inbox, "REQUEST")) == 1, said="an invitation")
        (first,) = desk.calendar.texts()
        handoff = (await desk.http.get("/api/v1/handoffs/l1")).json()
        assert handoff["stage"] == "accepted" and handoff["owner"] == "ada"
        ready = await desk.http.post(
            "/api/v1/handoffs/l1/qualify",
            json={"rep": "ada", "problem": "leads get lost", "authority": "decides"},
        )
        assert ready.status_code == 200, ready.text  # the booked time is the dated next step

        await page.get_by_role("link", name="Choose another time").click()
        await page.locator(".times button").nth(3).click()
        await expect(page.get_by_role("status")).to_contain_text("It is moved")
        await settled(lambda: desk.calendar.texts() not in ([], [first]), said="the event moved")
        await settled(lambda: len(invited(desk.inbox, "REQUEST")) == 2, said="an update")
        assert len(desk.calendar.texts()) == 1

        await page.get_by_role("link", name="Cancel").click()
        await page.get_by_role("button", name="Yes, cancel it").click()
        await expect(page.get_by_role("status")).to_contain_text("It is cancelled")
        await settled(lambda: desk.calendar.texts() == [], said="no event")
        await settled(lambda: len(invited(desk.inbox, "CANCEL")) == 1, said="a cancellation")
        await browser.close()
