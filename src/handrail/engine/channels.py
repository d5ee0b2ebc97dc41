"""Which messages go out over which channels: effects become deliveries, committed with the events.

What is committed names ids and instants only. The buyer's name and address are looked up when it
is sent, so that the outbox holds nothing of a person who has been erased.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

import msgspec

from handrail.engine.ledger import encode
from handrail.engine.ports import Delivery
from handrail.engine.telling import ALERTS, spaced, tell_clock
from handrail.kernel.decision import Case
from handrail.terms.effect import Effect, NotifyRep, TellPerson, WarnOwner
from handrail.terms.handoff import Handoff
from handrail.terms.sla import Clock

CHANNELS_MAX = 16  # each effect becomes one row a channel

Audience = Literal["owner", "people"]
ACTIVATION_DENIED = "activation_denied"  # the one message that is about no lead


class Message(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one delivery says, without personal values.

    `what`: assigned, sla_warned, or the kind of an alert. `act` is the one thing that is asked.
    `turn_at` is the instant of the assignment that it speaks of.
    """

    what: str
    to: str  # a rep, a person, or team:ID for a pool (its manager is told)
    at: datetime
    seq: int
    lead: str
    act: str
    handoff: str | None = None
    owner: str | None = None
    stage: str | None = None
    lead_type: str | None = None
    tier: str | None = None
    threshold: str | None = None
    account: str | None = None
    clock: str | None = None
    due_at: datetime | None = None
    reason: str | None = None
    turn_at: datetime | None = None


class Channels:
    """Effects to deliveries, one for each channel. A `Notices`; pure."""

    at_once = False

    def __init__(self, names: Sequence[str]) -> None:
        """`names`: `webhook`, `email`, ... as the senders are known to the deliverer."""
        assert 0 < len(names) <= CHANNELS_MAX
        assert len(set(names)) == len(names)
        self._names = tuple(names)

    def deliveries(
        self, *, case: Case, effects: Sequence[Effect], seq: int, now: datetime
    ) -> list[Delivery]:
        """The key is that of the entry, the effect's place in it, and the channel: stable."""
        handoff = case.handoff
        rows: list[Delivery] = []
        for place, effect in enumerate(effects):
            body = encode(message_of(effect, case=case, seq=seq, now=now))
            rows.extend(
                Delivery(
                    key=f"{seq}-{place}-{name}",
                    lead=case.lead.id,
                    handoff=handoff.id if handoff is not None else None,
                    channel=name,
                    body=body,
                    due_at=now,
                )
                for name in self._names
            )
        return rows

    def about_contract(
        self, *, to: str, contract: str, reason: str, seq: int, now: datetime
    ) -> list[Delivery]:
        """`contract`: name and version; it stands where messages name their lead."""
        message = Message(
            what=ACTIVATION_DENIED,
            to=to,
            at=now,
            seq=seq,
            lead=contract,
            act=ACTS[ACTIVATION_DENIED],
            reason=reason,
        )
        return [
            Delivery(
                key=f"{seq}-contract-{name}",
                lead=contract,
                handoff=None,
                channel=name,
                body=encode(message),
                due_at=now,
            )
            for name in self._names
        ]


def read_message(body: bytes) -> Message:
    return _decoder.decode(body)


_decoder = msgspec.json.Decoder(Message)


def message_of(effect: Effect, *, case: Case, seq: int, now: datetime) -> Message:
    what, reason = _kind_of(effect)
    handoff = case.handoff
    message = Message(
        what=what,
        to=effect.to,
        at=now,
        seq=seq,
        lead=case.lead.id,
        act=ACTS.get(what, LOOK),
        reason=reason,
    )
    return message if handoff is None else _about(message, handoff)


def _kind_of(effect: Effect) -> tuple[str, str | None]:
    match effect:
        case NotifyRep():
            return "assigned", None
        case WarnOwner():
            return "sla_warned", None
        case TellPerson(kind=kind, reason=reason):
            return kind, reason


def _about(message: Message, handoff: Handoff) -> Message:
    clock = next_clock(handoff) if message.what != "sla_breached" else None  # the next one's
    return msgspec.structs.replace(
        message,
        handoff=handoff.id,
        owner=str(handoff.owner),
        stage=handoff.stage,
        lead_type=handoff.lead_type,
        tier=handoff.tier,
        threshold=handoff.threshold,
        account=handoff.account,
        clock=clock.kind if clock is not None else None,
        due_at=clock.due_at if clock is not None else None,
        turn_at=handoff.assigned_at,
    )


def next_clock(handoff: Handoff) -> Clock | None:
    """The clock that is due first."""
    return min(handoff.clocks, key=lambda clock: (clock.due_at, clock.kind), default=None)


LOOK = "Look at the handoff."
ACTS: Mapping[str, str] = {
    "assigned": "Contact the buyer before the time is up, then accept or reject.",
    "sla_warned": "Contact the buyer now: the time is nearly up.",
    "sla_breached": "Nothing to do unless it still is yours: the time ran out.",
    "manager_alerted": "See that somebody contacts the buyer, or set another owner.",
    "incident": "Contact the buyer, or set an owner who will: this pages until somebody acts.",
    "unstaffed": "Set an owner: nobody of the team is known to be free in time.",
    "high_intent": "Contact the buyer while they are looking.",
    "new_signal": "Look at what the buyer did just now.",
    "stalled": "Say how it goes on: contact the buyer, reject, or pause.",
    "next_step": "Take the step that you agreed on with the buyer.",
    "no_show": "Offer the buyer a new time.",
    "incomplete": "Give what the contract still requires, so that it counts as accepted.",
    ACTIVATION_DENIED: "See what it lacks, and activate it anew: what was in force stays.",
    "ownership_offered": "Accept it if you want to own it.",
}


def title_of(message: Message) -> str:
    """What happened, in a few plain words."""
    match message.what:
        case "assigned":
            return "A lead is yours"
        case "sla_warned":
            return f"Time runs low: {tell_clock(message.clock or 'first_action')}"
        case "sla_breached":
            return "The time for a lead ran out"
        case "manager_alerted":
            return f"A lead needs you: {spaced(message.reason or 'look')}"
        case "incident":
            return "Incident: a lead has no answer"
        case "activation_denied":
            return "A contract could not come into force"
        case other:
            return f"A lead: {ALERTS.get(other, spaced(other))}"


def is_stale(message: Message, *, handoff: Handoff | None) -> str | None:
    """Why the message says nothing true any more, or None while it does."""
    if message.handoff is None:
        return None
    if handoff is None or handoff.id != message.handoff or not handoff.is_open:
        return "the handoff has ended"
    if message.what == "incident" and handoff.incident is None:
        return "the incident is closed"
    if message.what not in _TO_THE_OWNER or message.to != message.owner:
        return None
    if str(handoff.owner) != message.to:
        return "the owner has changed"
    if message.what == "assigned" and handoff.assigned_at != message.turn_at:
        return "it was assigned again since"
    if message.what == "sla_warned" and not _runs(message, handoff):
        return "the clock has stopped"
    return None


_TO_THE_OWNER = frozenset(
    {"assigned", "sla_warned", "new_signal", "high_intent", "stalled", "next_step", "no_show"}
)


def _runs(message: Message, handoff: Handoff) -> bool:
    return any(
        clock.kind == message.clock and clock.due_at == message.due_at for clock in handoff.clocks
    )


# --- what is sent


class Brief(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the recipient must know of the buyer. Only an owner gets the name and how to reach."""

    account: str | None = None
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    did: tuple[str, ...] = ()  # the latest signals, newest first


class Recipient(msgspec.Struct, frozen=True):
    id: str
    name: str
    email: str
    timezone: str


class Parcel(msgspec.Struct, frozen=True):
    """One message as it goes out. `key` is the same at every repeat; `links` are by their act."""

    key: str
    message: Message
    brief: Brief
    sent_at: datetime
    to: Recipient | None = None
    links: dict[str, str] = {}


SIGNALS_TOLD = 3
_FIRST_NAMES = ("lead.name", "lead.full_name", "lead.first_name")


def brief_of(message: Message, *, case: Case) -> Brief:
    """What is needed for the act, and no more of the form than that."""
    did = tuple(dict.fromkeys(signal.name for signal in reversed(case.lead.signals)))
    if message.to != message.owner or message.what not in _TO_THE_OWNER:
        return Brief(account=message.account, did=did[:SIGNALS_TOLD])
    attributes = case.lead.attributes
    name = next((attributes[field] for field in _FIRST_NAMES if attributes.get(field)), None)
    phone = attributes.get("lead.phone")
    return Brief(
        account=message.account,
        name=name if isinstance(name, str) else None,
        email=case.lead.email,
        phone=phone if isinstance(phone, str) else None,
        did=did[:SIGNALS_TOLD],
    )
