"""Parcel -> CloudEvents 1.0 body and Standard Webhooks headers. Pure."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from standardwebhooks import Webhook

from handrail.engine.channels import Parcel, title_of

CONTENT_TYPE = "application/cloudevents+json"
TYPE_PREFIX = "dev.handrail.handoff."


def event_of(parcel: Parcel, *, source: str) -> dict[str, Any]:
    """The CloudEvent; its id is the delivery's key and the same at every repeat."""
    message = parcel.message
    left = (message.due_at - parcel.sent_at).total_seconds() if message.due_at else None
    data = msgspec.to_builtins(message)
    data.pop("what")
    return {
        "specversion": "1.0",
        "id": parcel.key,
        "source": source,
        "type": TYPE_PREFIX + message.what,
        "subject": message.handoff or message.lead,
        "time": _instant(message.at),
        "datacontenttype": "application/json",
        "data": {
            **data,
            "title": title_of(message),
            "time_left_s": int(left) if left is not None else None,
            "brief": msgspec.to_builtins(parcel.brief),
        },
    }


def body_of(parcel: Parcel, *, source: str) -> bytes:
    return msgspec.json.encode(event_of(parcel, source=source), order="deterministic")


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
