"""When a delivery that failed is tried again."""

import zlib
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

SCHEDULE = tuple(  # of Standard Webhooks: after each failed try; then it is parked
    timedelta(seconds=seconds)
    for seconds in (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
)
FAILING_FROM = 4  # tries that failed: by then it is over half an hour late
RETRY_AFTER_MAX = timedelta(days=1)
SPREAD_PER_CENT = 20  # waits are spread, so that a recovered receiver is not met by all at once


def wait_for(*, key: str, tries: int, asked: timedelta | None) -> timedelta:
    """How long to wait after so many tries; never less than the receiver asked for."""
    planned = SCHEDULE[min(tries, len(SCHEDULE)) - 1]
    spread = zlib.crc32(f"{key} {tries}".encode()) % (SPREAD_PER_CENT + 1)
    planned += planned * spread / 100
    return max(planned, min(asked, RETRY_AFTER_MAX)) if asked is not None else planned


def retry_after(value: str | None, *, now: datetime) -> timedelta | None:
    """Seconds or a date; None when it is neither."""
    if value is None:
        return None
    text = value.strip()
    if text.isascii() and text.isdecimal() and len(text) <= 9:
        return timedelta(seconds=int(text))
    try:
        at = parsedate_to_datetime(text)
    except ValueError:
        return None
    at = at if at.tzinfo is not None else at.replace(tzinfo=UTC)
    return max(timedelta(0), at - now)
