"""Alert -> CloudEvents 1.0 body and Standard Webhooks headers. Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from standardwebhooks import Webhook

from handrail.engine.alerts import Alert

CONTENT_TYPE = "application/cloudevents+json"
TYPE_PREFIX = "dev.handrail.handoff."


def event_of(alert: Alert, *, source: str) -> dict[str, Any]:
    """The CloudEvent; its id is the delivery's key and the same at every repeat."""
    return {
        "specversion": "1.0",
        "id": alert.key,
        "source": source,
        "type": TYPE_PREFIX + alert.kind,
        "subject": alert.handoff or alert.lead,
        "time": _instant(alert.at),
        "datacontenttype": "application/json",
        "data": msgspec.to_builtins(alert),
    }


def body_of(alert: Alert, *, source: str) -> bytes:
    return msgspec.json.encode(event_of(alert, source=source), order="deterministic")


def headers_of(
    *, key: str, body: bytes, secrets: Sequence[str], sent_at: datetime
) -> dict[str, str]:
    """Signed with every live secret, so that a receiver may rotate them."""
    signatures = [Webhook(secret).sign(key, sent_at, body.decode()) for secret in secrets]
    return {
        "content-type": CONTENT_TYPE,
        "webhook-id": key,
        "webhook-timestamp": str(int(sent_at.timestamp())),
        "webhook-signature": " ".join(signatures),
        "user-agent": "handrail",
    }


def _instant(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
