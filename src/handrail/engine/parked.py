"""What a person does about messages that could not be delivered: by name, and with a reason."""

from datetime import timedelta

import msgspec

from handrail.engine.alerts.message import DIGEST, read_message
from handrail.engine.channels import KNOWN, beside, is_personal
from handrail.engine.delivery_view import Decided, DeliveryView, tell_channel, views_of
from handrail.engine.engine import Engine
from handrail.engine.items import Refused
from handrail.engine.ledger import encode
from handrail.engine.ports import Delivery, DeliveryState, Queue

AT_ONCE_MAX = 2_000  # that one press lets wait again
LOOKED_AT = 200  # rows read in one go
LATE = timedelta(minutes=1)


async def deliveries_of(engine: Engine, lead: str) -> list[DeliveryView]:
    """Those of one lead, the oldest first."""
    return await views_of(engine, await engine.store.deliveries_of(lead))


async def deliveries_in(
    engine: Engine, state: DeliveryState, *, after: str, limit: int
) -> list[DeliveryView]:
    """Those in this state behind this key, by key."""
    found = await engine.store.deliveries_in(state, after=after, limit=limit)
    return await views_of(engine, found)


async def retry(engine: Engine, key: str, *, by: str, because: str | None = None) -> DeliveryView:
    """It waits again, with all its tries. Raises Refused."""
    await _check_known(engine, by)
    again = _again(engine, await _parked(engine, key), by=by, because=because)
    return await _recorded(engine, again)


async def retry_channel(
    engine: Engine, channel: str, *, by: str, because: str | None = None
) -> int:
    """All that is parked of one channel waits again, at most `AT_ONCE_MAX`; returns how many.
    Raises Refused."""
    await _check_known(engine, by)
    count, after = 0, ""
    while count < AT_ONCE_MAX:
        found = await engine.store.deliveries_in("parked", after=after, limit=LOOKED_AT)
        for delivery in found:
            if delivery.channel == channel and count < AT_ONCE_MAX:
                again = _again(engine, delivery, by=by, because=because)
                count += await engine.store.decide_delivery(again)
        if len(found) < LOOKED_AT:
            break
        after = found[-1].key
    return count


async def cancel(engine: Engine, key: str, *, by: str, because: str | None = None) -> DeliveryView:
    """Nobody is told any more. Raises Refused."""
    await _check_known(engine, by)
    delivery = await _parked(engine, key)
    decided = Decided(act="cancelled", by=by, at=engine.clock.now(), because=because)
    return await _recorded(
        engine, msgspec.structs.replace(delivery, state="cancelled", decided=encode(decided))
    )


async def move(
    engine: Engine, key: str, *, channel: str, by: str, because: str | None = None
) -> DeliveryView:
    """The same message by another channel of the person, though it had been tried there before.
    Answers what waits there now. Raises Refused."""
    await _check_known(engine, by)
    delivery = await _parked(engine, key)
    others = other_channels(engine, delivery.channel)
    if channel not in others:
        known = ", ".join(others) or "no other"
        raise Refused("bad_value", f"it cannot go by {channel}; there is {known}")
    now = engine.clock.now()
    decided = Decided(act="moved", by=by, at=now, because=because, channel=channel)
    told = msgspec.structs.replace(delivery, decided=encode(decided))
    row = beside(told, channel=channel, now=now, is_last=True)
    if not await engine.store.move_delivery(told, to=row, by_person=True):
        raise Refused("already_done", f"it went, or waits to go, by {tell_channel(channel)}")
    [view] = await views_of(engine, [row])
    return view


async def late_queues(engine: Engine) -> list[Queue]:
    """Channels whose first waiting message is late: nobody has to decide yet, somebody to look."""
    now = engine.clock.now()
    return [one for one in await engine.store.queues(KNOWN) if now - one.since >= LATE]


def other_channels(engine: Engine, channel: str) -> tuple[str, ...]:
    """Those by which the recipient could be told instead."""
    if not is_personal(channel):
        return ()
    return tuple(name for name in engine.notices.personal if name != channel)


def _again(engine: Engine, delivery: Delivery, *, by: str, because: str | None) -> Delivery:
    """Judged anew, so that many to one person become a digest."""
    now = engine.clock.now()
    decided = Decided(act="retried", by=by, at=now, because=because)
    goes_alone = delivery.recipient is None or _is_digest(delivery)
    return msgspec.structs.replace(
        delivery,
        state="waiting",
        due_at=now,
        tries=0,
        move_at=None,
        judged=goes_alone,
        decided=encode(decided),
    )


async def _check_known(engine: Engine, by: str) -> None:
    """A decision is a person's."""
    _, roster = await engine.in_force()
    if by not in roster.reps and by not in roster.people:
        raise Refused("bad_value", f"by: nobody in the roster is called {by!r}")


def _is_digest(delivery: Delivery) -> bool:
    try:
        return read_message(delivery.body).what == DIGEST
    except msgspec.DecodeError:
        return True


async def _parked(engine: Engine, key: str) -> Delivery:
    found = await engine.store.delivery(key)
    if found is None:
        raise Refused("not_found", f"there is no delivery {key!r}")
    if found.state != "parked":
        raise Refused("already_done", f"delivery {key} is {found.state}, not parked")
    return found


async def _recorded(engine: Engine, delivery: Delivery) -> DeliveryView:
    if not await engine.store.decide_delivery(delivery):
        raise Refused("already_done", f"delivery {delivery.key} is not parked any more")
    [view] = await views_of(engine, [delivery])
    return view
