"""What became of the alerts that were sent: gathered from deliveries and the entries after them."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from handrail.engine.alerts import asked_of, kind_of
from handrail.engine.alerts.message import Message, read_message
from handrail.engine.channels import PERSONAL
from handrail.engine.engine import Engine
from handrail.engine.ledger import read_entry
from handrail.engine.ports import Delivery, HandoffFilter, SealedEntry
from handrail.lab.alert_acts import ACTS, WEEK, AlertReport, Did, Told, alert_report
from handrail.terms import event as ev

LOOKED_MAX = 2_000  # handoffs of one report, those that wake next before the ended ones
WEEKS = 4  # that a report looks back


async def report_of_alerts(
    engine: Engine, *, from_at: datetime | None = None, until: datetime | None = None
) -> AlertReport:
    """Without a span, of the last four weeks."""
    now = engine.clock.now()
    until = until or now
    stored = await engine.store.cases_of(HandoffFilter(open_only=False, limit=LOOKED_MAX + 1))
    told: list[Told] = []
    did: list[Did] = []
    for item in stored[:LOOKED_MAX]:
        found = [one async for one in _told(engine, item.case.lead.id)]
        if found:
            told += found
            did += acts_of(await engine.store.entries_of(item.case.lead.id))
    return alert_report(
        told,
        did,
        from_at=from_at or until - WEEKS * WEEK,
        until=until,
        now=now,
        complete=len(stored) <= LOOKED_MAX,
    )


async def _told(engine: Engine, lead: str) -> AsyncIterator[Told]:
    for delivery in await engine.store.deliveries_of(lead):
        if delivery.channel not in PERSONAL or delivery.handoff is None:
            continue
        carried = await _carried(engine, delivery)
        if carried is not None and carried.sent_at is not None:
            message = read_message(delivery.body)
            yield told_of(message, channel=carried.channel, sent_at=carried.sent_at)


async def _carried(engine: Engine, delivery: Delivery) -> Delivery | None:
    """What went out with it: itself, or the digest that took it, on whichever channel."""
    if delivery.folded_into is None:
        return delivery
    for channel in PERSONAL:
        digest = await engine.store.delivery(f"{delivery.folded_into}-{channel}")
        if digest is not None and digest.sent_at is not None:
            return digest
    return None


def told_of(message: Message, *, channel: str, sent_at: datetime) -> Told:
    """With the window as the alert said it."""
    kind, asked = kind_of(message.what), asked_of(message.what, clock=message.clock)
    lasting = message.until_at or message.at + kind.lasts
    return Told(
        kind=message.what,
        act=asked.act,
        to=message.to,
        channel=channel,
        handoff=message.handoff or message.lead,
        made_at=message.at,
        sent_at=sent_at,
        until=message.due_at if kind.by_clock and message.due_at is not None else lasting,
    )


def acts_of(entries: Sequence[SealedEntry]) -> list[Did]:
    """What people did. An override is that, whatever follows from it: it contacts nobody."""
    found: list[Did] = []
    for stored in entries:
        events = read_entry(stored).events
        is_override = any(isinstance(event, ev.Overridden) for event in events)
        for event in events:
            name = str(event.__struct_config__.tag)
            if is_override and not isinstance(event, ev.Overridden):
                continue
            if stored.handoff is not None and name in ACTS and not _is_of_itself(event):
                at = event.acted_at if isinstance(event, ev.FirstAction | ev.Acted) else stored.at
                found.append(Did(stored.handoff, name, at))
    return found


def _is_of_itself(event: ev.Event) -> bool:
    """Whether the contract did it, and nobody."""
    return isinstance(event, ev.Rejected) and event.rep is None
