"""A new user books: a real browser the size of a telephone, `handrail serve`, a real database, a
real CalDAV server and a real mail server. Nothing is set but what the reference says.
"""

import asyncio
import base64
import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller
from playwright.sync_api import Page, expect, sync_playwright

from handrail.contract.read import read_contract_text
from handrail.store.postgres import PostgresStore
from tests.browser.conftest import FLAGS
from tests.buyers import BOOKING
from tests.cluster import shared_cluster, wait_until
from tests.radicale import PASSWORD, Radicale, radicale
from tests.served import Served, run, served
from tests.signing import Desk
from tests.story import ACME, MASTER, Story

KEY = base64.b64encode(MASTER).decode()
WHOLE_S = 30  # from the empty form to the booked time, as a person would
TYPED_MS = 90  # a key, as a fast typist: a form that is filled in at once is not taken
AFTER_S = 5  # then calendar and mailbox have it
FORMS = {
    "forms": {
        "demo": {
            "fields": [
                {"name": "email", "label": "Work e-mail", "kind": "email", "required": True},
                {"name": "lead.name", "label": "Your name"},
            ],
            "signals": ["demo_request"],
            "always": {
                "lead.country": "US",
                "account.employees": "4000",
                "lead.source_campaign": "site",
            },
        }
    }
}


class Mailbox:
    """What the mail server took."""

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        message = message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        self.taken.append(message)
        return "250 OK"

    def methods(self) -> list[str]:
        """Of the invitations that the buyer got, in their order."""
        parts = [
            part
            for message in self.taken
            if "lena@" in str(message["To"])
            for part in message.walk()
            if part.get_content_type() == "text/calendar"
        ]
        return [str(part.get_param("method")) for part in parts]


class World:
    def __init__(self, node: Served, calendar: Radicale, mailbox: Mailbox) -> None:
        self.node = node
        self.calendar = calendar
        self.mailbox = mailbox

    def starts(self) -> list[str]:
        return [
            line.removeprefix("DTSTART").lstrip(":;").rstrip("\r")
            for text in self.calendar.texts()
            for line in text.splitlines()
            if line.startswith("DTSTART")
        ]

    def handoff(self) -> dict[str, Any]:
        [row] = self.node.http.get("/api/v1/handoffs").json()["handoffs"]
        found: dict[str, Any] = row
        return found


async def fill(dsn: str) -> None:
    """The sample company with a contract by which buyers may book."""
    story = Story(store=await PostgresStore.open(dsn))
    text = (ACME / "contract.yaml").read_text() + BOOKING
    tables = {path.name: path.read_text() for path in ACME.glob("*.csv")}
    contract = read_contract_text(text, tables=tables, proofs="none").contract
    assert contract is not None
    await story.adopt((ACME / "roster.yaml").read_text())
    await Desk(story.engine).agree(contract)
    await story.store.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def world(folder: Path) -> Iterator[World]:
    mailbox, port, mail_port = Mailbox(), free_port(), free_port()
    (folder / "forms.json").write_text(json.dumps(FORMS))
    (folder / "password").write_text(f"{PASSWORD}\n")
    mail = Controller(mailbox, hostname="127.0.0.1", port=mail_port)
    mail.start()
    try:
        with shared_cluster() as cluster, cluster.database() as dsn, radicale(folder) as calendar:
            asyncio.run(fill(dsn))
            env = {
                "HANDRAIL_MASTER_KEY": KEY,
                "HANDRAIL_DATABASE_URL": dsn,
                "HANDRAIL_PUBLIC_URL": f"http://127.0.0.1:{port}",
                "HANDRAIL_FORMS": str(folder / "forms.json"),
                "HANDRAIL_SMTP_HOST": "127.0.0.1",
                "HANDRAIL_SMTP_PORT": str(mail_port),
                "HANDRAIL_SMTP_SECURITY": "none",
                "HANDRAIL_MAIL_FROM": "team@acme.example",
                "HANDRAIL_CALENDAR_PRIVATE": "yes",
            }
            for rep in ("ada", "ben"):  # whoever is there when the test runs
                connect = run(
                    *("calendar", "connect", "--rep", rep, "--kind", "caldav", "--writes"),
                    *("--address", calendar.access.address, "--username", "ada"),
                    *("--password-file", str(folder / "password")),
                    **env,
                )
                assert connect.returncode == 0, connect.stderr
            words = ("serve", "--port", str(port))
            with served(*words, said=folder / "said", env=env) as node:
                yield World(node, calendar, mailbox)
    finally:
        mail.stop()


@contextmanager
def telephone(chromium: str) -> Iterator[Page]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
        try:
            opened = browser.new_context(viewport={"width": 390, "height": 844})
            yield opened.new_page()
        finally:
            browser.close()


def test_a_new_user_books_moves_and_cancels_and_everything_follows(
    chromium: str, tmp_path: Path
) -> None:
    with world(tmp_path) as there, telephone(chromium) as page:
        began = time.monotonic()
        page.goto(f"{there.node.http.base_url}/form/demo")
        page.get_by_label("Work e-mail").press_sequentially("lena@lenaco.example", delay=TYPED_MS)
        page.get_by_label("Your name").press_sequentially("Lena Lindqvist", delay=TYPED_MS)
        page.get_by_role("button", name="Send").click()
        page.locator(".times button").first.click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Your time is booked")
        assert time.monotonic() - began < WHOLE_S
        wait_until(lambda: len(there.starts()) == 1, within_s=AFTER_S, what="the event")
        wait_until(
            lambda: there.mailbox.methods() == ["REQUEST"], within_s=AFTER_S, what="the invitation"
        )
        first = there.starts()

        page.get_by_role("link", name="Choose another time").click()
        page.locator(".times button").nth(3).click()
        expect(page.get_by_role("status")).to_contain_text("It is moved")
        wait_until(
            lambda: len(there.starts()) == 1 and there.starts() != first,
            within_s=AFTER_S,
            what="the moved event",
        )
        wait_until(
            lambda: there.mailbox.methods() == ["REQUEST"] * 2, within_s=AFTER_S, what="the change"
        )

        handoff = there.handoff()
        rep = handoff["owner"]
        body = {"rep": rep, "problem": "leads wait", "authority": "she signs"}
        answer = there.node.http.post(f"/api/v1/handoffs/{handoff['id']}/qualify", json=body)
        assert answer.status_code == 200, answer.text
        assert answer.json()["stage"] == "sql"

        page.get_by_role("link", name="Cancel").click()
        page.get_by_role("button", name="Yes, cancel it").click()
        expect(page.get_by_role("status")).to_contain_text("It is cancelled")
        wait_until(lambda: there.starts() == [], within_s=AFTER_S, what="an empty calendar")
        wait_until(
            lambda: there.mailbox.methods()[-1:] == ["CANCEL"], within_s=AFTER_S, what="the cancel"
        )
