"""Deliveries as people see them, and what a person does about one that is parked."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from handrail.engine.alerts import kind_of
from handrail.engine.alerts.message import read_message
from handrail.engine.engine import Engine
from handrail.engine.items import Refused
from handrail.engine.ports import Delivery, DeliveryState
from handrail.engine.telling import Names
from handrail.terms.people import Roster

UNREADABLE = "unreadable"


class DeliveryView(msgspec.Struct, frozen=True):
    """`to`: a person's id, or `team:ID`. `move_at`: when it goes to another channel."""

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
    reason: str | None = None
    move_at: datetime | None = None


def delivery_view(delivery: Delivery, *, roster: Roster) -> DeliveryView:
    try:
        message = read_message(delivery.body)
        kind, to, at = message.what, message.to, message.at
    except msgspec.DecodeError:
        kind, to, at = UNREADABLE, "", None
    return DeliveryView(
        key=delivery.key,
        lead=delivery.lead,
        handoff=delivery.handoff,
        kind=kind,
        title=kind_of(kind).title,
        to=to,
        to_name=Names(roster).of(to) if to else "",
        channel=delivery.channel,
        state=delivery.state,
        at=at,
        due_at=delivery.due_at,
        tries=delivery.tries,
        reason=delivery.reason,
        move_at=delivery.move_at if delivery.state == "waiting" else None,
    )


async def deliveries_of(engine: Engine, lead: str) -> list[DeliveryView]:
    """Those of one lead, the oldest first."""
    return await _views(engine, await engine.store.deliveries_of(lead))


async def deliveries_in(
    engine: Engine, state: DeliveryState, *, after: str, limit: int
) -> list[DeliveryView]:
    """Those in this state behind this key, by key."""
    found = await engine.store.deliveries_in(state, after=after, limit=limit)
    return await _views(engine, found)


async def retry(engine: Engine, key: str) -> DeliveryView:
    """It waits again, with all its tries. Raises Refused."""
    delivery = await _parked(engine, key)
    again = msgspec.structs.replace(
        delivery, state="waiting", due_at=engine.clock.now(), tries=0, move_at=None
    )
    return await _recorded(engine, again)


async def cancel(engine: Engine, key: str, *, by: str) -> DeliveryView:
    """Nobody is told any more. Raises Refused."""
    delivery = await _parked(engine, key)
    reason = f"cancelled by {by}; before: {delivery.reason}"
    return await _recorded(
        engine, msgspec.structs.replace(delivery, state="cancelled", reason=reason)
    )


async def _parked(engine: Engine, key: str) -> Delivery:
    found = await engine.store.delivery(key)
    if found is None:
        raise Refused("not_found", f"there is no delivery {key!r}")
    if found.state != "parked":
        raise Refused("already_done", f"delivery {key} is {found.state}, not parked")
    return found


async def _recorded(engine: Engine, delivery: Delivery) -> DeliveryView:
    await engine.store.record_delivery(delivery)
    [view] = await _views(engine, [delivery])
    return view


async def _views(engine: Engine, found: Sequence[Delivery]) -> list[DeliveryView]:
    _, roster = await engine.in_force()
    return [delivery_view(delivery, roster=roster) for delivery in found]
