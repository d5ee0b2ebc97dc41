"""Sends e-mail through one SMTP server."""

from email.errors import MessageError
from email.message import EmailMessage
from typing import Literal

import aiosmtplib
import msgspec

from handrail.connectors.mail.translate import email_of
from handrail.engine.alerts import Alert
from handrail.engine.deliver import Delivered, Later, Outcome, Undeliverable

TIMEOUT_S = 15.0
PERMANENT_FROM = 500  # SMTP: 5xx says that trying again would say the same


class MailSettings(msgspec.Struct, frozen=True, kw_only=True):
    """`security`: `tls` from the first byte, `starttls` required, or `none` (a relay next door)."""

    host: str
    sender: str  # the From address
    port: int = 587
    security: Literal["tls", "starttls", "none"] = "starttls"
    username: str | None = None
    password: str | None = None
    timeout_s: float = TIMEOUT_S
    message_domain: str = "handrail.invalid"


# What the library raises for an address that is none, a parser's slips included.
NO_ADDRESS = (ValueError, MessageError, IndexError, AttributeError)


class MailSender:
    """A `Sender`. One connection a message: a rep's mail is rare, and nothing can go stale."""

    needs_person = True

    def __init__(self, settings: MailSettings) -> None:
        self._settings = settings

    async def send(self, alert: Alert) -> Outcome:
        settings = self._settings
        try:
            email = email_of(alert, sender=settings.sender, message_domain=settings.message_domain)
        except NO_ADDRESS as fault:
            return Undeliverable(reason=f"no e-mail can be written to this address: {fault}")
        return await hand_over(email, settings)

    async def close(self) -> None:
        """Nothing is held."""


async def hand_over(email: EmailMessage, settings: MailSettings) -> Outcome:
    """To the server, once. What it says of the address or of itself is told apart."""
    try:
        await aiosmtplib.send(
            email,
            hostname=settings.host,
            port=settings.port,
            username=settings.username,
            password=settings.password,
            use_tls=settings.security == "tls",
            start_tls=settings.security == "starttls",
            timeout=settings.timeout_s,
        )
    except aiosmtplib.SMTPRecipientsRefused as fault:
        answer = fault.recipients[0]
        return _refused(answer.code, answer.message, only_this=True)
    except aiosmtplib.SMTPAuthenticationError as fault:
        return Later(reason=f"the server does not let us in: {fault.code}")
    except aiosmtplib.SMTPResponseException as fault:
        return _refused(fault.code, fault.message)
    except (aiosmtplib.SMTPException, OSError, TimeoutError) as fault:
        return Later(reason=f"not reached: {str(fault) or type(fault).__name__}")
    return Delivered()


def _refused(code: int, message: str, *, only_this: bool = False) -> Outcome:
    """`only_this`: it is one mailbox that is not taken, not the server that is in trouble."""
    reason = f"the server answered {code}: {message}"[:300]
    if code >= PERMANENT_FROM:
        return Undeliverable(reason=reason)
    return Later(reason=reason, only_this=only_this)
