"""Alarms by e-mail, through an SMTP server of the watcher's own."""

from typing import Literal

import aiosmtplib
import msgspec

from handrail.connectors.alarm.translate import email_of
from handrail.engine.watch import Alarm
from handrail.engine.watching import SEND_WITHIN_S, AlarmRefused


class AlarmMailSettings(msgspec.Struct, frozen=True, kw_only=True):
    host: str
    sender: str
    to: tuple[str, ...]
    port: int = 587
    security: Literal["tls", "starttls", "none"] = "starttls"
    username: str | None = None
    password: str | None = None


class MailAlarms:
    """An `AlarmChannel`. A connection an alarm: nothing can go stale between two outages."""

    name = "email"

    def __init__(self, settings: AlarmMailSettings) -> None:
        self._settings = settings

    async def tell(self, alarm: Alarm) -> None:
        settings = self._settings
        try:
            await aiosmtplib.send(
                email_of(alarm, sender=settings.sender, to=settings.to),
                hostname=settings.host,
                port=settings.port,
                username=settings.username,
                password=settings.password,
                use_tls=settings.security == "tls",
                start_tls=settings.security == "starttls",
                timeout=SEND_WITHIN_S,
            )
        except (aiosmtplib.SMTPException, OSError, ValueError) as fault:
            raise AlarmRefused(str(fault) or type(fault).__name__) from fault
