"""Posts: messages in a chat that change when the handoff does; and what people press in them.

What is pressed is kept before it is answered and worked on after, once, however often it comes.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

import msgspec

from handrail.engine.alerts.message import Message
from handrail.engine.recipients import recipient_of
from handrail.engine.telling import Names, spaced, tell_at
from handrail.kernel.decision import Case
from handrail.terms.handoff import Handoff
from handrail.terms.people import Roster

LEASE = timedelta(seconds=30)  # nobody else works on what was pressed within
KEPT = timedelta(days=2)  # how long a repeat of it is known
TRIES_MAX = 5  # then it is given up: who pressed sees that nothing changed


class Post(msgspec.Struct, frozen=True):
    """One message as it stands in a chat. `place` and `stamp`: by which the chat finds it again.

    `shown`: what it says has become of the handoff; `is_over`: it is changed no more.
    """

    key: str  # of its delivery
    lead: str
    handoff: str | None
    place: str
    stamp: str
    at: datetime
    shown: str = ""
    is_over: bool = False


class Received(msgspec.Struct, frozen=True):
    """What came in, as it came. `digest`: SHA-256 of it."""

    digest: bytes
    body: bytes
    tries: int = 0


class PostStore(Protocol):
    async def add(self, post: Post) -> None:
        """Remember it; a known key changes nothing."""
        ...

    async def post(self, key: str) -> Post | None: ...
    async def following(self, *, handoffs: Sequence[str]) -> list[Post]:
        """Those of the handoffs that are not over, by key."""
        ...

    async def all_following(self, *, after: str, limit: int) -> list[Post]:
        """Those that are not over, by key, of keys above `after`."""
        ...

    async def show(self, key: str, *, shown: str, is_over: bool) -> None: ...

    async def receive(self, received: Received, *, at: datetime) -> bool:
        """Keep it, durably. False: it was kept before, and nothing is to be done."""
        ...

    async def take(self, digest: bytes, *, now: datetime) -> Received | None:
        """For working on it: None while another does, or when it is done."""
        ...

    async def left_over(self, *, now: datetime, limit: int) -> list[bytes]:
        """Digests of what is not done and nobody works on, oldest first."""
        ...

    async def done(self, digest: bytes) -> None:
        """Its words are dropped; that it came is known until it is forgotten."""
        ...

    async def forget(self, *, before: datetime) -> None: ...


class Became(msgspec.Struct, frozen=True):
    """What has become of what a message asked. `is_over`: nothing is left to do about it."""

    text: str = ""
    is_over: bool = False


def became_of(message: Message, *, case: Case, roster: Roster, now: datetime) -> Became:
    """In plain words, instants in the zone of who was told; empty while nothing has changed since
    it was sent. Pure."""
    handoff = case.handoff
    if handoff is None or handoff.id != message.handoff:
        return Became(text="This handoff has ended.", is_over=True)
    if not handoff.is_open:
        return Became(text=_ended(handoff), is_over=True)
    if message.what == "incident" and handoff.incident is None:
        return Became(text="The incident is closed.", is_over=True)
    names, to = Names(roster), recipient_of(message.to, roster=roster)
    zone = to.timezone if to is not None else "UTC"
    if message.to == message.owner and str(handoff.owner) != message.to:
        return Became(text=_moved(handoff, message, names, zone), is_over=True)
    told = [
        *_held(handoff, message, names, zone, now=now),
        *_since(handoff, message, names, zone),
        *_paused(handoff, zone, now=now),
    ]
    return Became(text=" ".join(told))


def _ended(handoff: Handoff) -> str:
    if handoff.stage == "closed":
        return f"Closed: {spaced(handoff.outcome or 'ended')}."
    ended = "Rejected" if handoff.outcome_is_rejection else spaced(handoff.stage).capitalize()
    return f"{ended}: {spaced(handoff.outcome)}." if handoff.outcome else f"{ended}."


def _moved(handoff: Handoff, message: Message, names: Names, zone: str) -> str:
    owner = names.of(str(handoff.owner))
    late = [breach for breach in handoff.breaches if breach.owner == message.to]
    if late and not late[-1].annulled:
        return f"The time ran out at {tell_at(late[-1].due_at, zone)}; {owner} has it now."
    return f"{owner} has it now."


def _held(
    handoff: Handoff, message: Message, names: Names, zone: str, *, now: datetime
) -> list[str]:
    incident = handoff.incident if message.what == "incident" else None
    until = incident.silenced_until if incident is not None else None
    if incident is None or until is None or until <= now:
        return []
    return [f"Nobody is paged until {tell_at(until, zone)}: {names.of(incident.silenced_by)}."]


def _since(handoff: Handoff, message: Message, names: Names, zone: str) -> list[str]:
    """What happened while the owner stayed, or to whom else was told."""
    told: list[str] = []
    owner = names.of(str(handoff.owner))
    if message.to != message.owner and str(handoff.owner) != message.owner:
        told.append(f"{owner} has it now.")
    told += [
        f"The time ran out at {tell_at(breach.due_at, zone)}."
        for breach in handoff.breaches[-1:]
        if breach.due_at >= message.at and not breach.annulled
    ]
    if handoff.accepted_at is not None and handoff.accepted_at >= message.at:
        told.append(f"Accepted by {owner} on {tell_at(handoff.accepted_at, zone)}.")
    if handoff.first_action_at is not None and handoff.first_action_at >= message.at:
        told.append(f"First contact on {tell_at(handoff.first_action_at, zone)}.")
    return told


def _paused(handoff: Handoff, zone: str, *, now: datetime) -> list[str]:
    until = handoff.paused_until
    return [f"Paused until {tell_at(until, zone)}."] if until is not None and until > now else []
