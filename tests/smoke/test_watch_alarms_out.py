"""Alarms over a real SMTP server and a real socket; and a watcher that can change nothing."""

import asyncio
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

import asyncpg
import pytest
from aiosmtpd.smtp import SMTP

from handrail.connectors.alarm.http import SignOfLife, WebhookAlarms
from handrail.connectors.alarm.mail import AlarmMailSettings, MailAlarms
from handrail.engine.watch import Alarm
from handrail.engine.watching import AlarmRefused
from handrail.store.connection import READ_ONLY, open_pool
from tests.cast import START
from tests.served import run
from tests.watched import SECRET, ear

ALARM = Alarm(
    key="watch-engine-1-began",
    kind="engine",
    state="began",
    since=START,
    at=START,
    said="No node that runs clocks has a heartbeat.",
    remedy="Start it again.",
)


class Inbox:
    def __init__(self, answer: str = "250 OK") -> None:
        self.messages: list[EmailMessage] = []
        self._answer = answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        message = message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        self.messages.append(message)
        return self._answer


async def tell_by_mail(inbox: Inbox) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(inbox), "127.0.0.1", 0)
    settings = AlarmMailSettings(
        host="127.0.0.1",
        port=server.sockets[0].getsockname()[1],
        security="none",
        sender="watch@handrail.example",
        to=("ops@acme.example", "mo@acme.example"),
    )
    try:
        await MailAlarms(settings).tell(ALARM)
    finally:
        server.close()


async def test_an_alarm_by_mail_says_what_is_wrong_and_what_to_do() -> None:
    inbox = Inbox()
    await tell_by_mail(inbox)
    (message,) = inbox.messages
    assert message["to"] == "ops@acme.example, mo@acme.example"
    assert message["subject"] == f"Handrail ALARM: engine: {ALARM.said}"
    assert ALARM.remedy in message.get_content()


async def test_a_mail_server_that_refuses_has_not_taken_the_alarm() -> None:
    with pytest.raises(AlarmRefused, match="full"):
        await tell_by_mail(Inbox("452 mailbox full"))


async def test_a_receiver_that_refuses_has_not_taken_it_and_its_address_is_not_told() -> None:
    with ear() as heard:
        heard.answer = 500
        for tell in (
            WebhookAlarms(url=f"{heard.url}/secret-path", secrets=(SECRET,)).tell(ALARM),
            SignOfLife(f"{heard.url}/secret-path")(),
        ):
            with pytest.raises(AlarmRefused, match="answered 500") as refused:
                await tell
            assert "secret-path" not in str(refused.value)


async def test_who_only_looks_can_change_nothing(database: str) -> None:
    pool = await open_pool(database, size=1, settings=READ_ONLY)
    async with pool.acquire() as connection:
        with pytest.raises(asyncpg.ReadOnlySQLTransactionError):
            await connection.execute("delete from heartbeats")
    await pool.close()


def test_a_single_look_says_by_its_exit_code_whether_all_is_well(
    database: str, tmp_path: Any
) -> None:
    words = ("watch", "--once", "--json", "--database-url", database, "--state", str(tmp_path))
    found = run(*words)
    assert found.returncode == 1
    assert '"engine":"No node that runs clocks has a heartbeat."' in found.stdout
    away = run(*words[:-4], "--data-dir", str(tmp_path), "--state", str(tmp_path))
    assert away.returncode == 1 and '"database"' in away.stdout


def test_a_watcher_that_nobody_would_hear_does_not_begin() -> None:
    refused = run("watch")
    assert refused.returncode == 2
    assert "HANDRAIL_WATCH_SMTP_HOST" in refused.stderr and "Traceback" not in refused.stderr
