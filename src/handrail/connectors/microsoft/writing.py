"""A meeting of ours -> the event as Graph takes it. Pure."""

from datetime import UTC, datetime
from typing import Any

from handrail.engine.calendars.source import OURS, CalendarEvent

# A named property of our own, by which an event is found again: Graph makes its own ids.
PROPERTY = "String {6f1e2b8c-94c7-4d0e-8a53-2b7d1f6c0a91} Name HandrailMeeting"


def event_body(event: CalendarEvent) -> dict[str, Any]:
    """Without guests: Exchange would invite them, and the invitation is ours to send."""
    return {
        "subject": event.title,
        "body": {"contentType": "text", "content": event.description},
        "start": _moment(event.from_at),
        "end": _moment(event.until_at),
        "location": {"displayName": event.location},
        "showAs": "busy",
    }


def new_body(event: CalendarEvent) -> dict[str, Any]:
    """`transactionId`: a request whose answer was lost makes no second event when it is repeated.
    A meeting that comes back to a calendar it has left is another transaction."""
    assert event.uid.endswith(OURS)
    return {
        **event_body(event),
        "transactionId": f"{event.sequence}-{event.uid}",
        "singleValueExtendedProperties": [{"id": PROPERTY, "value": event.uid}],
    }


def found_by(uid: str) -> str:
    """The OData filter for events that hold this meeting."""
    quoted = uid.replace("'", "''")
    return (
        f"singleValueExtendedProperties/Any(ep: ep/id eq '{PROPERTY}' and ep/value eq '{quoted}')"
    )


def _moment(at: datetime) -> dict[str, str]:
    return {"dateTime": f"{at.astimezone(UTC):%Y-%m-%dT%H:%M:%S}", "timeZone": "UTC"}
