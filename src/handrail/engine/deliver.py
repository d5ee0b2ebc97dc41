"""Effects carried out: claimed, sent, recorded; retried, then parked where a person sees them."""

import asyncio
import zlib
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol, assert_never

import msgspec
import structlog

from handrail.engine.alerts import Alert, Recipient, Sight, alert_apart, alert_of
from handrail.engine.alerts.message import ACTIVATION_DENIED, Message, is_stale, read_message
from handrail.engine.crash import CrashPoints, NoCrash
from handrail.engine.engine import Engine
from handrail.engine.items import Refused
from handrail.engine.links import Links
from handrail.engine.ports import Delivery
from handrail.kernel.decision import Case
from handrail.terms import command as cmd
from handrail.terms.people import Roster

CLAIM_MAX = 200  # deliveries taken at once
LEASE = timedelta(seconds=60)  # nobody else sends it within; longer than any send may take
SEND_MAX_S = 20.0  # whatever a sender's own limits are
AT_ONCE_MAX = 8  # of one channel
PATIENCE_S = 1.0  # how long a step waits for a slow channel before the others go on
BUSY_FOR = timedelta(seconds=5)  # a channel that still works on its last batch is given no more
SCHEDULE = tuple(  # of Standard Webhooks: after each failed try; then it is parked
    timedelta(seconds=seconds)
    for seconds in (5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400)
)
RETRY_AFTER_MAX = timedelta(days=1)
SPREAD_PER_CENT = 20  # waits are spread, so that a recovered receiver is not met by all at once

log = structlog.get_logger()


class Delivered(msgspec.Struct, frozen=True):
    """The channel has accepted it."""


class Later(msgspec.Struct, frozen=True):
    """Not now. `after`: how long the receiver asked us to wait."""

    reason: str
    after: timedelta | None = None


class Undeliverable(msgspec.Struct, frozen=True):
    """Never: trying again would say the same."""

    reason: str


Outcome = Delivered | Later | Undeliverable


class Sender(Protocol):
    """One channel. `needs_person`: it writes to a person's address, not to a system."""

    @property
    def needs_person(self) -> bool: ...
    async def send(self, alert: Alert) -> Outcome:
        """Try once. Repeats of one alert carry the same key."""
        ...


class Deliverer:
    """The outbox's loop. A channel that fails or hangs delays its own deliveries only."""

    def __init__(
        self,
        *,
        engine: Engine,
        senders: Mapping[str, Sender],
        links: Links | None = None,
        crash: CrashPoints | None = None,
        patience_s: float = PATIENCE_S,
        send_max_s: float = SEND_MAX_S,
    ) -> None:
        self._engine = engine
        self._senders = dict(senders)
        self._links = links
        self._crash = crash or NoCrash()
        self._patience_s = patience_s
        self._send_max_s = send_max_s
        self._running: dict[str, asyncio.Task[None]] = {}

    async def deliver(self, now: datetime) -> int:
        """Take what is due and send it; returns how many were taken.

        A channel that is slow goes on in the background. Raises what the store raises.
        """
        store = self._engine.store
        claimed = await store.claim_deliveries(now=now, limit=CLAIM_MAX, lease_until=now + LEASE)
        by_channel: dict[str, list[Delivery]] = {}
        for delivery in claimed:
            by_channel.setdefault(delivery.channel, []).append(delivery)
        started: list[asyncio.Task[None]] = []
        for channel, deliveries in by_channel.items():
            running = self._running.get(channel)
            if running is not None and not running.done():
                await self._put_back(deliveries, until=now + BUSY_FOR)
                continue
            task = asyncio.create_task(self._send_all(channel, deliveries, now))
            self._running[channel] = task
            started.append(task)
        await self._settle(started)
        return len(claimed)

    async def _settle(self, started: Sequence[asyncio.Task[None]]) -> None:
        """Wait a little, and pass on what went wrong in any channel."""
        if started:
            await asyncio.wait(started, timeout=self._patience_s)
        for channel, task in list(self._running.items()):
            if task.done():
                del self._running[channel]
                task.result()

    async def finish(self) -> None:
        """Wait for what is under way."""
        while self._running:
            await asyncio.wait(list(self._running.values()))
            await self._settle(())

    async def close(self) -> None:
        """Stop at once. What was under way is sent again when its lease has ended."""
        for task in self._running.values():
            task.cancel()
        await asyncio.gather(*self._running.values(), return_exceptions=True)
        self._running.clear()

    async def _put_back(self, deliveries: Sequence[Delivery], *, until: datetime) -> None:
        for delivery in deliveries:
            await self._record(delivery, due_at=until)

    async def _send_all(self, channel: str, deliveries: Sequence[Delivery], now: datetime) -> None:
        gate = asyncio.Semaphore(AT_ONCE_MAX)

        async def one(delivery: Delivery) -> None:
            async with gate:
                await self._send(delivery, now)

        # One that cannot be recorded stops no other; its lease ends, and it is sent again.
        ends = await asyncio.gather(*map(one, deliveries), return_exceptions=True)
        for end in ends:
            if end is not None:
                raise end

    # --- one delivery

    async def _send(self, delivery: Delivery, now: datetime) -> None:
        try:
            message = read_message(delivery.body)
        except msgspec.DecodeError as fault:
            await self._record(delivery, state="parked", reason=f"the body is unreadable: {fault}")
            return
        if message.what == ACTIVATION_DENIED:
            await self._send_apart(delivery, message, now)
            return
        case = await self._case(message)
        stale = is_stale(message, handoff=case.handoff if case is not None else None)
        if case is None or stale is not None:
            reason = stale or "the lead is gone"
            await self._record(delivery, state="cancelled", reason=reason)
            return
        outcome = await self._try(delivery, message, case=case, now=now)
        self._crash.reached("sent")
        if isinstance(outcome, Delivered):  # recorded first, so that a kill between repeats it
            await self._tell_ledger(delivery, message, case)
        await self._note(delivery, outcome, now=now)

    async def _send_apart(self, delivery: Delivery, message: Message, now: datetime) -> None:
        """About no lead: there is no case to look at, and nothing of a buyer to tell."""
        outcome = await self._try(delivery, message, case=None, now=now)
        self._crash.reached("sent")
        await self._note(delivery, outcome, now=now)

    async def _case(self, message: Message) -> Case | None:
        found = await self._engine.store.case_of_handoff(message.handoff or message.lead)
        return found.case if found is not None else None

    async def _try(
        self, delivery: Delivery, message: Message, *, case: Case | None, now: datetime
    ) -> Outcome:
        sender = self._senders.get(delivery.channel)
        if sender is None:
            return Undeliverable(reason=f"no channel {delivery.channel!r} is set up any more")
        _, roster = await self._engine.in_force()
        to = recipient_of(message.to, roster=roster)
        if to is None and sender.needs_person:
            return Undeliverable(reason=f"nobody in the roster is called {message.to!r}")
        try:
            async with asyncio.timeout(self._send_max_s):
                return await sender.send(
                    await self._alert(delivery, message, case, to=to, sender=sender, now=now)
                )
        except TimeoutError:
            return Later(reason=f"no answer within {self._send_max_s:g} s")
        except Exception as fault:  # a sender's own mistake must not stop the other deliveries
            log.exception("sender_failed", channel=delivery.channel, key=delivery.key)
            return Later(reason=f"the sender failed: {type(fault).__name__}")

    async def _alert(
        self,
        delivery: Delivery,
        message: Message,
        case: Case | None,
        *,
        to: Recipient | None,
        sender: Sender,
        now: datetime,
    ) -> Alert:
        """What the message says at this moment, under the version that the handoff began with."""
        in_force, roster = await self._engine.in_force()
        handoff = case.handoff if case is not None else None
        contract = await self._engine.contract(handoff.contract) if handoff else in_force
        if case is None or contract is None:
            return alert_apart(message, key=delivery.key, now=now, to=to)
        links = self._links_for(message, delivery, to=to, sender=sender)
        sight = Sight(contract=contract, roster=roster, now=now, links=links)
        return alert_of(message, key=delivery.key, case=case, sight=sight, to=to)

    def _links_for(
        self, message: Message, delivery: Delivery, *, to: Recipient | None, sender: Sender
    ) -> dict[str, str]:
        """For the owner's own eyes: accept and reject while the turn lasts."""
        asks = message.what in ("assigned", "sla_warned") and message.to == message.owner
        if self._links is None or message.handoff is None or not asks:
            return {}
        if to is None or to.id != message.to or not sender.needs_person:
            return {}
        turn = delivery.key.partition("-")[0]
        return self._links.all_for(handoff=message.handoff, rep=to.id, turn=turn, now=message.at)

    async def _note(self, delivery: Delivery, outcome: Outcome, *, now: datetime) -> None:
        """Record what came of it."""
        tries = delivery.tries + 1
        match outcome:
            case Delivered():
                await self._record(delivery, state="delivered", tries=tries, reason=None)
            case Undeliverable(reason=reason):
                await self._record(delivery, state="parked", tries=tries, reason=reason)
            case Later(reason=reason, after=after):
                if tries > len(SCHEDULE):
                    await self._record(delivery, state="parked", tries=tries, reason=reason)
                    return
                due_at = now + wait_for(key=delivery.key, tries=tries, asked=after)
                await self._record(delivery, tries=tries, due_at=due_at, reason=reason)
            case _:
                assert_never(outcome)

    async def _tell_ledger(self, delivery: Delivery, message: Message, case: Case) -> None:
        handoff = case.handoff
        if message.what != "assigned" or handoff is None or handoff.notified_at is not None:
            return
        command = cmd.RecordDelivery(to=message.to, channel=delivery.channel)
        try:
            await self._engine.command(handoff.id, command, actor="system")
        except Refused as refused:
            log.info("delivery_not_recorded", key=delivery.key, code=refused.code)

    async def _record(self, delivery: Delivery, **parts: object) -> None:
        await self._engine.store.record_delivery(msgspec.structs.replace(delivery, **parts))


def wait_for(*, key: str, tries: int, asked: timedelta | None) -> timedelta:
    """How long to wait after so many tries; never less than the receiver asked for."""
    planned = SCHEDULE[min(tries, len(SCHEDULE)) - 1]
    spread = zlib.crc32(f"{key} {tries}".encode()) % (SPREAD_PER_CENT + 1)
    planned += planned * spread / 100
    return max(planned, min(asked, RETRY_AFTER_MAX)) if asked is not None else planned


def recipient_of(who: str, *, roster: Roster) -> Recipient | None:
    """The person behind an id; for a pool, the manager of its team, reached where the team is."""
    if who.startswith("team:"):
        team = roster.teams.get(who.removeprefix("team:"))
        manager = recipient_of(team.manager, roster=roster) if team is not None else None
        if team is None or manager is None:
            return None
        return msgspec.structs.replace(manager, ids={**manager.ids, **team.ids})
    found = roster.reps.get(who) or roster.people.get(who)
    if found is None:
        return None
    return Recipient(
        id=who,
        name=found.name,
        email=found.email,
        timezone=found.timezone or "UTC",
        ids=found.ids,
    )
