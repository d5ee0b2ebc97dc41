"""Slack's `user_status_changed` as what it says of a rep. Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from handrail.engine.statuses import status_of
from handrail.terms.evidence import Status, StatusState

EVENT = "user_status_changed"
SCOPE = "users:read"
YEAR_MAX = 2200


def changed_status(
    event: Mapping[str, Any], *, agreed: Mapping[str, StatusState], now: datetime
) -> tuple[str, Status]:
    """Whose, and what it says. `at`: when Slack says that it changed, and not later than now."""
    user = _mapping(event.get("user"))
    profile = _mapping(user.get("profile"))
    changed_at = _instant(event.get("event_ts")) or now
    return str(user.get("id", "")), status_of(
        emoji=str(profile.get("status_emoji") or ""),
        text=str(profile.get("status_text") or ""),
        until_at=_instant(profile.get("status_expiration")),
        at=min(changed_at, now),
        agreed=agreed,
    )


def _mapping(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _instant(value: object) -> datetime | None:
    """Seconds since 1970, as a number or in digits; 0 is none."""
    try:
        seconds = float(value) if isinstance(value, int | float | str) else 0.0
        at = datetime.fromtimestamp(seconds, UTC) if seconds > 0 else None
    except (ValueError, OverflowError, OSError):
        return None
    return at if at is not None and at.year < YEAR_MAX else None
