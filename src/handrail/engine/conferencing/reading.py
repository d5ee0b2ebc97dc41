"""What a conferencing system tells of a meeting, read by a mapping; a preset for Zoom. Pure."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

import msgspec

from handrail.engine.telephony.reading import at, first_instant, text, texts

Proof = Literal["standard_webhooks", "token", "jwt", "zoom"]


class ConferenceMapping(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where things lie in the sender's JSON, as dotted paths; of several, each that is there.

    `joined`, `ended`: what stands at `event`. `host`: whose meeting it is, `who`: the one who came;
    an id of `ids: {conferencing: ...}` or an e-mail address. `proof`: how the sender shows that it
    is the sender, as for calls; `zoom`: by Zoom's own signature.
    """

    event: str
    joined: tuple[str, ...]
    ended: tuple[str, ...]
    host: tuple[str, ...]
    who: tuple[str, ...]
    at: tuple[str, ...]
    proof: Proof = "standard_webhooks"
    token: str | None = None


PRESETS: Mapping[str, ConferenceMapping] = {
    "zoom": ConferenceMapping(
        proof="zoom",
        event="event",
        joined=("meeting.participant_joined",),
        ended=("meeting.ended",),
        host=("payload.object.host_id", "payload.object.host_email"),
        who=("payload.object.participant.id", "payload.object.participant.email"),
        at=(
            "payload.object.participant.join_time",
            "payload.object.end_time",
            "event_ts",
        ),
    ),
}


class ConferenceSeen(msgspec.Struct, frozen=True):
    """One thing told of one meeting. `at` None: now."""

    what: Literal["joined", "ended"]
    hosts: tuple[str, ...]
    who: tuple[str, ...]
    at: datetime | None


def read_conference(raw: Any, mapping: ConferenceMapping) -> ConferenceSeen | None:
    """None for what tells nothing of who came."""
    event = text(at(raw, mapping.event))
    if event not in (*mapping.joined, *mapping.ended):
        return None
    return ConferenceSeen(
        what="joined" if event in mapping.joined else "ended",
        hosts=texts(raw, mapping.host),
        who=texts(raw, mapping.who),
        at=first_instant(raw, mapping.at),
    )
