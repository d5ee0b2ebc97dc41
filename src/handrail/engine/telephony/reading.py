"""What a telephone system tells of a call, read by a mapping; presets for two systems. Pure."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Literal

import msgspec

Proof = Literal["standard_webhooks", "token", "jwt"]
MILLISECONDS_FROM = 100_000_000_000  # seconds reach it in the year 5138
TEXT_MAX = 200


class CallMapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where things lie in the sender's JSON, as dotted paths; the first that is there counts.

    `proof`: how it shows that it is the sender: signed as Standard Webhooks says, by a secret in
    the body at `token`, or the body is a JWT signed with HS256. `dialled`, `answered`, `ended`:
    what stands at `event`. What is dialled counts only where `direction` says `outbound`.
    """

    event: str
    answered: tuple[str, ...]
    ended: tuple[str, ...]
    id: str
    rep: tuple[str, ...]  # an id of `ids: {telephony: ...}`, or an e-mail address
    buyer: tuple[str, ...]  # a telephone number, or an e-mail address
    started_at: tuple[str, ...]
    dialled: tuple[str, ...] = ()
    direction: str | None = None
    outbound: tuple[str, ...] = ("outbound",)
    answered_at: str | None = None
    proof: Proof = "standard_webhooks"
    token: str | None = None


PRESETS: Mapping[str, CallMapping] = {
    # Sends a token in each body, and no signature; `hungup` comes at once, `ended` 30 s later.
    "aircall": CallMapping(
        proof="token",
        token="token",  # where it lies, not what it is
        event="event",
        dialled=("call.created",),
        answered=("call.answered",),
        ended=("call.hungup", "call.ended"),
        id="data.id",
        direction="data.direction",
        rep=("data.user.id", "data.user.email"),
        buyer=("data.raw_digits",),
        started_at=("data.started_at", "timestamp"),
        answered_at="data.answered_at",
    ),
    # Sends each event as a JWT, where a secret was set for the webhook.
    "dialpad": CallMapping(
        proof="jwt",
        event="state",
        dialled=("calling",),
        answered=("connected",),
        ended=("hangup",),
        id="call_id",
        direction="direction",
        rep=("target.id", "target.email"),
        buyer=("external_number", "contact.phone", "contact.email"),
        started_at=("date_started", "event_timestamp"),
        answered_at="date_connected",
    ),
}


class CallSeen(msgspec.Struct, frozen=True):
    """One thing told of one call. `is_act`: somebody of ours dialled, or talked."""

    id: str
    runs: bool
    is_act: bool
    reps: tuple[str, ...]
    buyers: tuple[str, ...]
    started_at: datetime | None


def read_call(raw: Any, mapping: CallMapping) -> CallSeen | None:
    """None for what tells nothing of whether somebody is on a call."""
    event = text(at(raw, mapping.event))
    id = text(at(raw, mapping.id))
    if not event or not id:
        return None
    outward = mapping.direction is None or text(at(raw, mapping.direction)) in mapping.outbound
    dialled = event in mapping.dialled and outward
    answered = event in mapping.answered
    ended = event in mapping.ended
    if not (dialled or answered or ended):
        return None
    talked = mapping.answered_at is not None and bool(at(raw, mapping.answered_at))
    ours = mapping.direction is not None and outward and bool(mapping.dialled)
    return CallSeen(
        id=id,
        runs=not ended,
        # an end alone, of a call whose direction nobody says, may be a ring that nobody heard
        is_act=dialled or answered or (ended and (talked or ours)),
        reps=texts(raw, mapping.rep),
        buyers=texts(raw, mapping.buyer),
        started_at=first_instant(raw, mapping.started_at),
    )


def at(raw: Any, path: str) -> Any:
    """What lies at `data.user.id`; None where nothing does."""
    for part in path.split("."):
        raw = raw.get(part) if isinstance(raw, dict) else None
    return raw


def texts(raw: Any, paths: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(found for path in paths if (found := text(at(raw, path))))


def text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    said = str(value).strip()
    return said if len(said) <= TEXT_MAX and said.isprintable() else ""


def first_instant(raw: Any, paths: tuple[str, ...]) -> datetime | None:
    for path in paths:
        found = _instant(at(raw, path))
        if found is not None:
            return found
    return None


def _instant(value: Any) -> datetime | None:
    """Of seconds or milliseconds since 1970, as a number or its digits, or of ISO 8601."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= 16:
        value = int(value)
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            seconds = value / 1_000 if value >= MILLISECONDS_FROM else value
            return datetime.fromtimestamp(seconds, tz=UTC)
        if isinstance(value, str):
            found = datetime.fromisoformat(value.strip())
            return found.astimezone(UTC) if found.tzinfo is not None else None
    except (ValueError, OverflowError, OSError):
        return None
    return None
