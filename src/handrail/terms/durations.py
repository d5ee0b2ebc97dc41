"""How people write durations, offsets and instants, and how they are printed. Exact, no floats."""

import re
from datetime import UTC, datetime, timedelta

DURATION_MAX = timedelta(days=36_500)  # a hundred years: longer ones are typing errors

_SECOND = timedelta(seconds=1)
_MINUTE = timedelta(minutes=1)
_NOTHING = timedelta()
_UNITS = {"d": timedelta(days=1), "h": timedelta(hours=1), "m": _MINUTE, "s": _SECOND}
_DURATION = re.compile(r"(?:[0-9]{1,9}d)?(?:[0-9]{1,9}h)?(?:[0-9]{1,9}m)?(?:[0-9]{1,9}s)?")
_PART = re.compile(r"([0-9]+)([dhms])")
_OFFSET = re.compile(
    r"\+(?P<whole>(?:[0-9]{1,9}d)?(?:[0-9]{1,9}h)?(?:[0-9]{1,9}m)?)"
    r"(?:(?P<s>[0-9]{1,9})(?P<part>\.[0-9]{1,6})?s)?"
)
_INSTANT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?"
    r"(?P<zone>[Zz]|[+-][0-9]{2}:[0-9]{2})?"
)
_CLOCK_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")


def parse_duration(text: str) -> timedelta:
    """Read `90s`, `5m`, `1h30m`, `2d`: positive whole numbers, units in the order d, h, m, s."""
    if not text or _DURATION.fullmatch(text) is None:
        raise ValueError(
            f"{text!r} is no duration: write whole numbers with d, h, m, s in that order, "
            "such as 5m, 1h30m or 90d"
        )
    total = _NOTHING
    for number, unit in _PART.findall(text):
        if int(number) == 0:
            raise ValueError(f"{text!r} holds a 0: write positive numbers only, such as 5m")
        total = _within(total, int(number), unit, text)
    return total


def parse_offset(text: str) -> timedelta:
    """Read the time since a start: `+0m`, `+90s`, `+0.5s`, `+1h30m`, `+2d`."""
    found = _OFFSET.fullmatch(text)
    if found is None or text == "+":
        raise ValueError(
            f"{text!r} is no offset: write + and whole numbers with d, h, m, s in that order, "
            "such as +0m, +90s or +1h30m"
        )
    total = _NOTHING
    for number, unit in _PART.findall(found["whole"]):
        total = _within(total, int(number), unit, text)
    total = _within(total, int(found["s"] or 0), "s", text)
    return total + timedelta(microseconds=int((found["part"] or ".0")[1:].ljust(6, "0")))


def format_duration(span: timedelta) -> str:
    """As contracts write it: `1h30m`, `2d`; nothing is `0s`."""
    seconds = int(span.total_seconds())
    parts = []
    for unit, size in (("d", 86_400), ("h", 3_600), ("m", 60), ("s", 1)):
        count, seconds = divmod(seconds, size)
        parts += [f"{count}{unit}"] if count else []
    return "".join(parts) or "0s"


def format_offset(offset: timedelta) -> str:
    """`+5m` for whole minutes, else seconds: `+90s`, `+0.5s`. Before the start it begins with -."""
    sign = "-" if offset < _NOTHING else "+"
    size = abs(offset)
    if size % _MINUTE:
        return f"{sign}{_seconds(size)}"
    return f"{sign}{size // _MINUTE}m"


def format_lateness(lateness: timedelta) -> str:
    """Always seconds: `90s`."""
    return f"-{_seconds(-lateness)}" if lateness < _NOTHING else _seconds(lateness)


def parse_instant(text: str) -> datetime:
    """Read an ISO 8601 instant with its zone, `2026-03-02T15:00:00Z` or with +01:00, as UTC."""
    found = _INSTANT.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no instant: write it like 2026-03-02T15:00:00Z")
    if found["zone"] is None:
        raise ValueError(f"{text!r} has no zone: end it with Z for UTC, or an offset like +01:00")
    try:
        return datetime.fromisoformat(text.upper()).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(
            f"{text!r} is no instant ({error}): write a date and time that exist"
        ) from None


def format_instant(at: datetime) -> str:
    """UTC with Z; microseconds only when there are any."""
    assert at.tzinfo is not None, "an instant knows its zone"
    return at.astimezone(UTC).replace(tzinfo=None).isoformat() + "Z"


def parse_clock_time(text: str) -> int:
    """Read `20:00` as minutes after midnight, from 00:00 to 23:59."""
    found = _CLOCK_TIME.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no time of day: write hours and minutes like 09:00 or 20:30")
    return int(found[1]) * 60 + int(found[2])


def _within(total: timedelta, number: int, unit: str, text: str) -> timedelta:
    if number > DURATION_MAX // _UNITS[unit] or total + number * _UNITS[unit] > DURATION_MAX:
        raise ValueError(f"{text!r} is too long: at most {DURATION_MAX.days}d")
    return total + number * _UNITS[unit]


def _seconds(size: timedelta) -> str:
    whole, part = divmod(size, _SECOND)
    return f"{whole}.{part.microseconds:06d}".rstrip("0") + "s" if part else f"{whole}s"
