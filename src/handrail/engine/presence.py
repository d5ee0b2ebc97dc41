"""How long what somebody says of themselves holds: nobody stays on a call, or away, for ever. Pure.

The doors bound what they take in; the engine keeps what it is given.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from handrail.terms.evidence import RepConditions
from handrail.terms.people import Presence

CALL_LASTS = timedelta(hours=2)  # when nobody says until when: few calls are longer
CALL_LASTS_MAX = timedelta(hours=8)  # however long it is said to last: no call outlives the day
AWAY_LASTS = timedelta(hours=12)  # over the night at most: longer absence is leave
STATUS = "status"  # who said it: their status in a chat system
DAYS_LOOKED_AT = 3  # a clock that is put forward shows no 2:30 on one of them


def bounded(presence: Presence, *, now: datetime) -> Presence:
    """With its end. A rep may be away until whenever they say; a call ends."""
    match presence.state:
        case "available":
            return Presence()
        case "away":
            return replace(presence, until=presence.until or now + AWAY_LASTS)
        case "on_call":
            until = presence.until or now + CALL_LASTS
            return replace(presence, until=min(until, now + CALL_LASTS_MAX))


def presence_now(known: RepConditions, *, now: datetime) -> tuple[Presence, str | None]:
    """What holds now, and who said so. A call comes before what somebody said."""
    on_call_until = known.on_call_until
    if on_call_until is not None and now < on_call_until:
        return Presence(state="on_call", until=on_call_until), _source(known)
    if holds(known.presence, now=now):
        return known.presence, known.presence_by
    status = known.status
    if status is not None and now < status.until_at:
        if status.state == "away" or status.state == "on_call":
            return Presence(state=status.state, until=status.until_at), STATUS
    return Presence(), None


def _source(known: RepConditions) -> str | None:
    """The telephone system that told of the call."""
    return f"hook:{known.calls[-1].name.partition(' ')[0]}" if known.calls else None


def holds(presence: Presence, *, now: datetime) -> bool:
    return presence.state != "available" and (presence.until is None or now < presence.until)


def next_at(text: str, *, timezone: str, now: datetime) -> datetime | None:
    """The first instant after now at which a clock there shows `15:00`; None if none ever does."""
    hours, _, minutes = text.strip().partition(":")
    if not (hours.isascii() and hours.isdecimal() and minutes.isascii() and minutes.isdecimal()):
        return None
    if len(hours) > 2 or len(minutes) != 2 or int(hours) > 23 or int(minutes) > 59:
        return None
    zone = ZoneInfo(timezone)
    today = now.astimezone(zone).date()
    for days in range(DAYS_LOOKED_AT):
        day = today + timedelta(days=days)
        local = datetime(day.year, day.month, day.day, int(hours), int(minutes), tzinfo=zone)
        if local.astimezone(now.tzinfo) > now:
            return local.astimezone(now.tzinfo)
    return None
