"""Effects carried out: claimed, sent, recorded; retried, then parked where a person sees them."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol, assert_never

import msgspec
import structlog

from handrail.engine.alerts import Alert, Sight
from handrail.engine.alerts.message import (
    APART,
    DIGEST,
    Message,
    is_stale,
    read_message,
)
from handrail.engine.booking.errands import CHANNELS as ERRANDS
from handrail.engine.breaker import Breaker, BreakerState
from handrail.engine.channels import PERSONAL, is_personal
from handrail.engine.crash import CrashPoints, NoCrash
from handrail.engine.elsewhere import Asked, Elsewhere
from handrail.engine.engine import Engine
from handrail.engine.folding import Folding
from handrail.engine.items import Refused
from handrail.engine.links import Links
from handrail.engine.pace import Pace, Rate, rate_of
from handrail.engine.ports import Delivery, StoreUnavailable, Which
from handrail.engine.recipients import recipient_of
from handrail.engine.retries import RETRY_AFTER_MAX, SCHEDULE, wait_for
from handrail.engine.wording import Wording, contract_of
from handrail.kernel.decision import Case
from handrail.terms import command as cmd

CLAIM_MAX = 200  # deliveries taken at once
LEASE = timedelta(seconds=60)  # nobody else sends it within; longer than any send may take
SEND_MAX_S = 20.0  # whatever a sender's own limits are
AT_ONCE_MAX = 8  # of one channel
PATIENCE_S = 1.0  # how long a step waits for a slow channel before the others go on
LATEST = LEASE - timedelta(seconds=SEND_MAX_S + 10)  # a send begun later might outlive the lease
NOTHING_LEFT = "none of it is true any more"
STRAY_EVERY = timedelta(seconds=60)  # a look for what waits for channels that are no more

log = structlog.get_logger()


class Delivered(msgspec.Struct, frozen=True):
    """The channel has accepted it."""


class Later(msgspec.Struct, frozen=True):
    """Not now. `after`: how long the receiver asked us to wait. `only_this`: the provider answers,
    and does not take this one."""

    reason: str
    after: timedelta | None = None
    only_this: bool = False


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
        rates: Callable[[str], Rate] = rate_of,
        folding: Folding | None = None,
    ) -> None:
        """`folding`: without it each message goes alone."""
        self._engine = engine
        self._senders = dict(senders)
        self._links = links
        self._crash = crash or NoCrash()
        self._patience_s = patience_s
        self._send_max_s = send_max_s
        self._running: dict[str, asyncio.Task[None]] = {}
        self._breakers = {channel: Breaker() for channel in self._senders}
        self._paces = {channel: Pace(rates(channel)) for channel in self._senders}
        self._personal = tuple(name for name in PERSONAL if name in self._senders)
        self._strays_at: datetime | None = None
        self._asked = Asked(engine)
        self._elsewhere = Elsewhere(
            engine, personal=self._personal, asked=self._asked, is_held=self._is_held
        )
        self._folding = folding

    async def deliver(self, now: datetime) -> int:
        """Take what is due and send it; returns how many were taken.

        A channel that is slow goes on in the background, and is given no more until it is done.
        Raises what the store raises.
        """
        started: list[asyncio.Task[None]] = []
        self._asked.forget()
        taken = await self._move_on(now) + await self._stray(now)
        for channel in self._senders:
            if channel in self._running:
                continue
            taken += await self._judge(channel, now)
            claimed = await self._claim(channel, now)
            taken += len(claimed)
            if claimed:
                task = asyncio.create_task(self._send_all(channel, claimed, now))
                self._running[channel] = task
                started.append(task)
        await self._settle(started)
        return taken

    async def _judge(self, channel: str, now: datetime) -> int:
        """What goes alone and what waits for a digest is said before any of it is sent."""
        if self._folding is None or not is_personal(channel):
            return 0
        _, roster = await self._engine.in_force()
        may_move = len(self._personal) > 1 and channel == self._personal[0]
        return await self._folding.judge(channel, roster=roster, now=now, may_move=may_move)

    def _ready(self, channel: str) -> Which:
        return "judged" if self._folding is not None and is_personal(channel) else "due"

    async def _claim(self, channel: str, now: datetime) -> list[Delivery]:
        """As many as the vendor takes now."""
        pace, state = self._paces[channel], self._breakers[channel].state(now)
        room = min(CLAIM_MAX, pace.room(now))
        if room <= 0 or state == "open":
            return []
        if state == "probing":
            claimed = await self._claim_probe(channel, now)
        else:
            claimed = await self._take(channel, now, limit=room, which=self._ready(channel))
        pace.take(len(claimed))
        return claimed

    async def _claim_probe(self, channel: str, now: datetime) -> list[Delivery]:
        """One, to see whether the provider is back: early rather than none."""
        return await self._take(
            channel, now, limit=1, which=self._ready(channel)
        ) or await self._take(channel, now, limit=1, which="tried")

    async def _take(
        self, channel: str, now: datetime, *, limit: int, which: Which
    ) -> list[Delivery]:
        return await self._engine.store.claim_of_channel(
            channel, now=now, limit=limit, lease_until=now + LEASE, which=which
        )

    async def _move_on(self, now: datetime) -> int:
        """What waits too long for a channel that takes nothing goes to another."""
        taken = 0
        for channel in self._senders:
            if not self._is_held(channel, now):
                continue
            claimed = await self._take(channel, now, limit=CLAIM_MAX, which="moving")
            for delivery in claimed:
                await self._move_or_wait(delivery, now)
            taken += len(claimed)
        return taken

    async def _stray(self, now: datetime) -> int:
        """What waits for a channel that is not set up any more."""
        if self._strays_at is not None and now < self._strays_at:
            return 0
        self._strays_at = now + STRAY_EVERY
        claimed = await self._engine.store.claim_deliveries(
            now=now, limit=CLAIM_MAX, lease_until=now + LEASE, besides=(*self._senders, *ERRANDS)
        )
        for delivery in claimed:
            await self._send(delivery, now)
        return len(claimed)

    def _is_held(self, channel: str, now: datetime) -> bool:
        return self._breakers[channel].is_open or self._paces[channel].is_paused(now)

    def states(self) -> dict[str, BreakerState]:
        """Of each channel's breaker."""
        now = self._engine.clock.now()
        return {channel: found.state(now) for channel, found in self._breakers.items()}

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

    async def _send_all(self, channel: str, deliveries: Sequence[Delivery], now: datetime) -> None:
        gate = asyncio.Semaphore(AT_ONCE_MAX)
        probes = self._breakers[channel].is_open

        async def one(delivery: Delivery) -> None:
            async with gate:
                at = self._engine.clock.now()
                if (self._is_held(channel, at) and not probes) or at - now > LATEST:
                    await self._record(delivery)  # back to those that wait
                    return
                await self._send(delivery, at)

        # One that cannot be recorded stops no other; its lease ends, and it is sent again.
        ends = await asyncio.gather(*map(one, deliveries), return_exceptions=True)
        for end in ends:
            if end is not None:
                raise end

    async def _send(self, delivery: Delivery, now: datetime) -> None:
        try:
            message = read_message(delivery.body)
        except msgspec.DecodeError as fault:
            await self._record(delivery, state="parked", reason=f"the body is unreadable: {fault}")
            return
        if message.what in APART:
            outcome = await self._try(delivery, message, case=None, now=now)  # it is about no lead
            self._crash.reached("sent")
            return await self._note(delivery, message, outcome)
        if message.what == DIGEST:
            await self._send_digest(delivery, message, now)
            return
        case = await self._case(message)
        stale = is_stale(message, handoff=case.handoff if case is not None else None)
        if case is None or stale is not None:
            await self._cancel(delivery, stale or "the lead is gone")
            return
        if await self._chosen_away(delivery, message, case=case, now=now):
            return
        pace = self._paces.get(delivery.channel)
        free_at = pace.free_at(message.to, now=now) if pace is not None else now
        if free_at > now:  # when the vendor lets this recipient be written to
            await self._record(delivery, due_at=free_at)
            return
        outcome = await self._try(delivery, message, case=case, now=now)
        self._crash.reached("sent")
        if isinstance(outcome, Delivered):  # recorded first, so that a kill between repeats it
            await self._tell_ledger(delivery, message, case)
        await self._note(delivery, message, outcome)

    async def _send_digest(self, delivery: Delivery, message: Message, now: datetime) -> None:
        """What it took and what is still true; as an alert of its own where one is left."""
        took = await self._engine.store.folded(delivery.key.rpartition("-")[0])
        live = await self._live(took)
        if not live:
            return await self._record(delivery, state="cancelled", reason=NOTHING_LEFT)
        if await self._chosen_away(delivery, message, case=None, now=now):
            return
        if len(live) == 1:
            ((_, said, case),) = live
            outcome = await self._try(delivery, said, case=case, now=now)
        else:
            outcome = await self._try(delivery, message, case=None, now=now, live=live)
        self._crash.reached("sent")
        if isinstance(outcome, Delivered):
            for _, said, case in live:
                await self._tell_ledger(delivery, said, case)
        await self._note(delivery, message, outcome)
        if isinstance(outcome, Delivered):  # what it took while it was being sent is not in it
            stem, keys = delivery.key.rpartition("-")[0], [one.key for one in took]
            await self._engine.store.unfold(stem, besides=keys)

    async def _live(self, took: Sequence[Delivery]) -> list[tuple[Delivery, Message, Case]]:
        found: list[tuple[Delivery, Message, Case]] = []
        for one in took:
            said = read_message(one.body)
            case = await self._case(said)
            if case is None or is_stale(said, handoff=case.handoff) is not None:
                continue
            if not await self._elsewhere.switched_off(said, case):
                found.append((one, said, case))
        return found

    async def _case(self, message: Message) -> Case | None:
        found = await self._engine.store.case_of_handoff(message.handoff or message.lead)
        return found.case if found is not None else None

    async def _try(
        self,
        delivery: Delivery,
        message: Message,
        *,
        case: Case | None,
        now: datetime,
        live: Sequence[tuple[Delivery, Message, Case]] = (),
    ) -> Outcome:
        """`live`: what a digest tells."""
        sender = self._senders.get(delivery.channel)
        if sender is None:
            return Undeliverable(reason=f"no channel {delivery.channel!r} is set up any more")
        in_force, roster = await self._asked.in_force()
        zone = in_force.timezone if in_force is not None else "UTC"
        to = recipient_of(message.to, roster=roster, zone=zone)
        if to is None and sender.needs_person:
            return Undeliverable(reason=f"nobody in the roster is called {message.to!r}")
        contract = await contract_of(case, in_force, engine=self._engine)
        sight = Sight(contract=contract, roster=roster, now=now) if contract is not None else None
        wording = Wording(key=delivery.key, to=to, links=self._links, personal=sender.needs_person)
        if live:
            alert = wording.digest(message, live, roster=roster, now=now)
        else:
            alert = wording.of(message, case, sight=sight, now=now)
        try:
            async with asyncio.timeout(self._send_max_s):
                return await sender.send(alert)
        except TimeoutError:
            return Later(reason=f"no answer within {self._send_max_s:g} s")
        except Exception as fault:  # a sender's own mistake must not stop the other deliveries
            log.exception("sender_failed", channel=delivery.channel, key=delivery.key)
            return Later(reason=f"the sender failed: {type(fault).__name__}")

    # --- what came of it

    async def _note(self, delivery: Delivery, message: Message, outcome: Outcome) -> None:
        """Record it, and what it says of the provider."""
        now = self._engine.clock.now()
        tried = msgspec.structs.replace(delivery, tries=delivery.tries + 1)
        match outcome:
            case Delivered():
                await self._record(tried, state="delivered", reason=None, sent_at=now)
                await self._answered(delivery.channel, now)
            case Undeliverable(reason=reason):
                if not await self._elsewhere.move(tried, message, reason=reason, now=now):
                    await self._record(tried, state="parked", reason=reason)
            case Later(reason=reason, after=after, only_this=only_this):
                if only_this:
                    await self._answered(delivery.channel, now)
                else:
                    self._troubled(delivery.channel, now, after=after)
                await self._again(tried, message, reason=reason, after=after, now=now)
            case _:
                assert_never(outcome)

    async def _again(
        self,
        delivery: Delivery,
        message: Message,
        *,
        reason: str,
        after: timedelta | None,
        now: datetime,
    ) -> None:
        """Later on this channel, until its time there is over."""
        if delivery.due_at > now:  # it was sent early as a probe, which uses no try up
            await self._record(delivery, tries=delivery.tries - 1, reason=reason)
            return
        move_at = delivery.move_at
        if move_at is not None and now >= move_at:
            if await self._elsewhere.move(delivery, message, reason=reason, now=now):
                return
            move_at = None
        if delivery.tries > len(SCHEDULE):
            await self._record(delivery, state="parked", reason=reason)
            return
        due_at = now + wait_for(key=delivery.key, tries=delivery.tries, asked=after)
        due_at = min(due_at, move_at) if move_at is not None else due_at
        await self._record(delivery, due_at=due_at, reason=reason, move_at=move_at)

    async def _answered(self, channel: str, now: datetime) -> None:
        """What waits for a provider that is back waits no longer; its rate spreads it."""
        breaker = self._breakers.get(channel)
        if breaker is not None and breaker.answered():
            woken = await self._engine.store.wake_deliveries(channel, now=now)
            log.info("channel_answers", channel=channel, woken=woken)

    def _troubled(self, channel: str, now: datetime, *, after: timedelta | None) -> None:
        """Who says how long to wait is not down."""
        if channel not in self._senders:
            return
        if after is not None:
            self._paces[channel].pause(now + min(after, RETRY_AFTER_MAX))
            return
        breaker = self._breakers[channel]
        was_open = breaker.is_open
        breaker.failed(now)
        if breaker.is_open and not was_open:
            log.warning("channel_is_down", channel=channel)

    # --- to another channel

    async def _chosen_away(
        self, delivery: Delivery, message: Message, *, case: Case | None, now: datetime
    ) -> bool:
        """Whether the person wants to be told elsewhere, or not at all; then it is recorded."""
        if not is_personal(delivery.channel):
            return False
        choice = await self._elsewhere.choice_of(message)
        if choice is not None and await self._elsewhere.switched_off(message, case):
            await self._cancel(delivery, f"{choice.person} has switched {message.what} off")
            return True
        return await self._elsewhere.chosen(delivery, message, choice, case=case, now=now)

    async def _move_or_wait(self, delivery: Delivery, now: datetime) -> None:
        """It waits on where no other channel is left for it."""
        try:
            message = read_message(delivery.body)
        except msgspec.DecodeError as fault:
            await self._record(delivery, state="parked", reason=f"the body is unreadable: {fault}")
            return
        reason = delivery.reason or f"{delivery.channel} takes nothing at the moment"
        if not await self._elsewhere.move(delivery, message, reason=reason, now=now):
            await self._record(delivery, move_at=None)

    async def _tell_ledger(self, delivery: Delivery, message: Message, case: Case) -> None:
        """A system that took it has told nobody, unless systems are all there is."""
        handoff = case.handoff
        if message.what != "assigned" or handoff is None or handoff.notified_at is not None:
            return
        if self._personal and not is_personal(delivery.channel):
            return
        command = cmd.RecordDelivery(to=message.to, channel=delivery.channel)
        try:
            await self._engine.command(handoff.id, command, actor="system")
        except Refused as refused:
            log.info("delivery_not_recorded", key=delivery.key, code=refused.code)
        except StoreUnavailable:
            raise
        except Exception:  # a decision that fails must not send it again and again
            log.exception("delivery_not_recorded", key=delivery.key)

    async def _cancel(self, delivery: Delivery, reason: str) -> None:
        """What was to go with it goes alone: that may be true still, and wanted."""
        await self._engine.store.unfold(delivery.key.rpartition("-")[0])
        await self._record(delivery, state="cancelled", reason=reason)

    async def _record(self, delivery: Delivery, **parts: object) -> None:
        await self._engine.store.record_delivery(msgspec.structs.replace(delivery, **parts))
