"""Deliveries as people see them: what became of each message, in words."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal, assert_never

import msgspec

from handrail.engine.alerts import kind_of
from handrail.engine.alerts.message import read_message
from handrail.engine.channels import PERSONAL
from handrail.engine.engine import Engine
from handrail.engine.ports import Delivery, DeliveryState
from handrail.engine.telling import Names
from handrail.terms.people import Roster

UNREADABLE = "unreadable"
CHANNELS = {
    "slack": "Slack",
    "email": "e-mail",
    "webhook": "webhook",
    "apprise": "another service",
    "invitation": "e-mail to the buyer",
    "calendar": "the rep's calendar",
}
ERRANDS = {
    "invitation": "Invitation",
    "reminder": "Reminder of the meeting",
    "times_offered": "Times to choose from",
    "calendar_entry": "The meeting, for the calendar",
}


class Decided(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a person did about one that was parked. `channel`: to which they sent it."""

    act: Literal["retried", "cancelled", "moved"]
    by: str
    at: datetime
    because: str | None = None
    channel: str | None = None


class DeliveryView(msgspec.Struct, frozen=True):
    """`to`: a person's id, or `team:ID`. `move_at`: when it goes to another channel. `says`: what
    became of it, in words. `sent_at`: when its channel accepted it, or the digest that took it."""

    key: str
    lead: str
    handoff: str | None
    kind: str
    title: str
    to: str
    to_name: str
    channel: str
    state: DeliveryState
    at: datetime | None
    due_at: datetime
    tries: int
    says: str
    reason: str | None = None
    move_at: datetime | None = None
    sent_at: datetime | None = None
    decided: Decided | None = None


def delivery_view(
    delivery: Delivery, *, roster: Roster, digest: Delivery | None = None
) -> DeliveryView:
    """`digest`: the one that took it, if any."""
    try:
        message = read_message(delivery.body)
        kind, to, at = message.what, message.to, message.at
    except msgspec.DecodeError:
        kind, to, at = UNREADABLE, "", None
    names, decided = Names(roster), decided_of(delivery)
    return DeliveryView(
        key=delivery.key,
        lead=delivery.lead,
        handoff=delivery.handoff,
        kind=kind,
        title=ERRANDS.get(kind) or kind_of(kind).title,
        to=to,
        to_name=names.of(to) if to else "",
        channel=delivery.channel,
        state=delivery.state,
        at=at,
        due_at=delivery.due_at,
        tries=delivery.tries,
        says=_says(delivery, digest=digest, decided=decided, names=names),
        reason=delivery.reason,
        move_at=delivery.move_at if delivery.state == "waiting" else None,
        sent_at=digest.sent_at if digest is not None else delivery.sent_at,
        decided=decided,
    )


def decided_of(delivery: Delivery) -> Decided | None:
    return _decided.decode(delivery.decided) if delivery.decided is not None else None


_decided = msgspec.json.Decoder(Decided)


def tell_channel(channel: str) -> str:
    return CHANNELS.get(channel, channel)


async def views_of(engine: Engine, found: Sequence[Delivery]) -> list[DeliveryView]:
    _, roster = await engine.in_force()
    digests = await _digests(engine, found)
    return [
        delivery_view(one, roster=roster, digest=digests.get(one.folded_into or ""))
        for one in found
    ]


async def _digests(engine: Engine, found: Sequence[Delivery]) -> Mapping[str, Delivery]:
    """What took those that are folded, by its stem: on the channel where it stands now."""
    digests: dict[str, Delivery] = {}
    for stem in sorted({one.folded_into for one in found if one.folded_into is not None}):
        for channel in PERSONAL:
            row = await engine.store.delivery(f"{stem}-{channel}")
            if row is None:
                continue
            digests[stem] = row
            if row.state != "moved":
                break
    return digests


# --- in words


def _says(
    delivery: Delivery, *, digest: Delivery | None, decided: Decided | None, names: Names
) -> str:
    by = tell_channel(delivery.channel)
    match delivery.state:
        case "waiting":
            said = f"waits to go by {by}" if not delivery.tries else f"not yet taken by {by}"
        case "delivered":
            said = f"sent by {by}"
        case "parked":
            said = f"could not be sent by {by}"
        case "cancelled":
            said = f"not sent by {by}"
        case "moved":
            said = f"not taken by {by}, sent another way"
        case "folded":
            return _says_folded(digest)
        case _:
            assert_never(delivery.state)
    return _with_decision(said, delivery, decided=decided, names=names)


def _says_folded(digest: Delivery | None) -> str:
    """A message that was told together with others shares what became of them."""
    if digest is None:
        return "told together with other messages"
    by = tell_channel(digest.channel)
    fate = {
        "waiting": f"which waits to go by {by}",
        "delivered": f"sent by {by}",
        "parked": f"which could not be sent by {by}",
        "cancelled": f"which was not sent by {by}",
    }
    return f"in one message with others, {fate.get(digest.state, f'which left {by}')}"


def _with_decision(said: str, delivery: Delivery, *, decided: Decided | None, names: Names) -> str:
    """Why it stands so: a person's words before a machine's."""
    if decided is None:
        return f"{said}: {delivery.reason}" if delivery.reason is not None else said
    who, why = names.of(decided.by), f" ({decided.because})" if decided.because else ""
    match decided.act:
        case "retried":
            told = f"{who} had it tried again{why}"
        case "cancelled":
            told = f"{who} gave it up{why}"
        case "moved":
            told = f"{who} sent it by {tell_channel(decided.channel or '')}{why}"
        case _:
            assert_never(decided.act)
    return f"{said}; {told}" + (f": {delivery.reason}" if delivery.reason is not None else "")
