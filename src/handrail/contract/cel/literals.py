"""What stands in quotes but is no text: periods and instants."""

import re
from datetime import UTC, datetime, timedelta

PERIOD_MAX = timedelta(days=3_650)  # ten years: longer than any lead's signals are kept

_PERIOD = re.compile(r"(?:(\d+)w)?(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?", re.ASCII)
_DIGITS_MAX = 9  # per unit; keeps `timedelta` from overflowing
_INSTANT = re.compile(
    r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.(\d{1,6})0*)?(?:Z|[+-]\d\d:\d\d)", re.ASCII
)


def read_period(text: str) -> timedelta | None:
    """`2h`, `7d`, `1h30m`: units w, d, h, m, s in this order. None unless in (0, PERIOD_MAX]."""
    match = _PERIOD.fullmatch(text)
    if match is None or any(len(part or "") > _DIGITS_MAX for part in match.groups()):
        return None
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in match.groups())
    period = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    return period if timedelta(0) < period <= PERIOD_MAX else None


def read_instant(text: str) -> datetime | None:
    """An RFC 3339 date-time to the microsecond, as UTC."""
    match = _INSTANT.fullmatch(text)
    if match is None:
        return None
    try:
        return datetime.fromisoformat(_trim_fraction(text, match)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _trim_fraction(text: str, match: re.Match[str]) -> str:
    """Zeros beyond the microsecond change nothing, but Python does not read all lengths."""
    if match[1] is None:
        return text
    zone = text[-1:] if text.endswith("Z") else text[-6:]
    return f"{text[: match.end(1)]}{zone}"
