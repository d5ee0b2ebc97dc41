"""Alarm -> subject, text, CloudEvent. Pure; an alarm names no lead and no rep."""

from collections.abc import Sequence
from email.message import EmailMessage
from email.utils import format_datetime

import msgspec
from standardwebhooks import Webhook

from handrail.engine.telling import tell_span
from handrail.engine.watch import Alarm

CONTENT_TYPE = "application/cloudevents+json"
SOURCE = "/handrail/watch"
TYPE_PREFIX = "dev.handrail.watch."
SUBJECT_MAX = 200  # characters


def subject_of(alarm: Alarm) -> str:
    words = {"began": "ALARM", "lasts": "STILL", "recovered": "RECOVERED"}
    line = f"Handrail {words[alarm.state]}: {alarm.kind}"
    return f"{line}: {one_line(alarm.said)}"[:SUBJECT_MAX] if alarm.state != "recovered" else line


def text_of(alarm: Alarm) -> str:
    since = f"since {alarm.since:%Y-%m-%d %H:%M:%S} UTC"
    if alarm.state == "recovered":
        lasted = tell_span(alarm.at - alarm.since)
        return (
            f"All is well again with `{alarm.kind}`.\nIt lasted {lasted}, {since}: {alarm.said}\n"
        )
    return f"{alarm.said}\nKind `{alarm.kind}`, {since}.\n\n{alarm.remedy}\n"


def email_of(alarm: Alarm, *, sender: str, to: Sequence[str]) -> EmailMessage:
    email = EmailMessage()
    email["From"] = sender
    email["To"] = ", ".join(to)
    email["Subject"] = subject_of(alarm)
    email["Date"] = format_datetime(alarm.at)
    domain = sender.rpartition("@")[2].rstrip(">") or "handrail.invalid"
    email["Message-ID"] = f"<{alarm.key}@{domain}>"
    email["Auto-Submitted"] = "auto-generated"
    email.set_content(text_of(alarm))
    return email


def body_of(alarm: Alarm) -> bytes:
    event = {
        "specversion": "1.0",
        "id": alarm.key,
        "source": SOURCE,
        "type": TYPE_PREFIX + alarm.state,
        "subject": alarm.kind,
        "time": alarm.at,
        "datacontenttype": "application/json",
        "data": alarm,
    }
    return msgspec.json.encode(event, order="deterministic")


def headers_of(alarm: Alarm, *, body: bytes, secrets: Sequence[str]) -> dict[str, str]:
    """Signed with every live secret, so that a receiver may rotate them."""
    signatures = [Webhook(secret).sign(alarm.key, alarm.at, body.decode()) for secret in secrets]
    return {
        "content-type": CONTENT_TYPE,
        "webhook-id": alarm.key,
        "webhook-timestamp": str(int(alarm.at.timestamp())),
        "webhook-signature": " ".join(signatures),
        "user-agent": "handrail",
    }


def one_line(text: str) -> str:
    return " ".join(text.split())
