"""A meeting of ours -> the event as Google takes it. Pure."""

import hashlib
from datetime import UTC, datetime
from typing import Any

from handrail.connectors.google.reading import MINE
from handrail.engine.calendars.source import OURS, CalendarEvent


def id_of(uid: str) -> str:
    """The event's id, which Google lets us choose (letters a to v, digits): a request whose answer
    was lost makes no second event when it is repeated."""
    assert uid.endswith(OURS)
    return f"handrail{hashlib.sha256(uid.encode()).hexdigest()[:40]}"


def event_body(event: CalendarEvent) -> dict[str, Any]:
    """Without guests: the invitation is ours to send."""
    return {
        "status": "confirmed",
        "summary": event.title,
        "description": event.description,
        "location": event.location,
        "start": _moment(event.from_at),
        "end": _moment(event.until_at),
        "transparency": "opaque",
        "extendedProperties": {"private": {MINE: event.uid}},
    }


def _moment(at: datetime) -> dict[str, str]:
    return {"dateTime": f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"}
