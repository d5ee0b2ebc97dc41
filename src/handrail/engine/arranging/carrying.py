"""Errands carried out: claimed, done, recorded; retried, then parked where a person sees them."""

import asyncio
from contextlib import suppress
from datetime import datetime
from typing import Protocol, assert_never

import msgspec
import structlog

from handrail.contract.model import Contract
from handrail.engine.alerts import reach_of
from handrail.engine.arranging.letters import (
    Letter,
    Told,
    letter_about,
    letter_with_times,
    zone_for,
)
from handrail.engine.booking.errands import CALENDAR, INVITATION, Errand, read_errand, stale
from handrail.engine.booking.events import event_for_rep, uid_of
from handrail.engine.booking.links import BookingLinks
from handrail.engine.calendars.source import Access, CalendarFault, WritableCalendar
from handrail.engine.deliver import LEASE, SEND_MAX_S, Delivered, Later, Outcome, Undeliverable
from handrail.engine.engine import Engine
from handrail.engine.items import Refused
from handrail.engine.ports import Delivery
from handrail.engine.retries import SCHEDULE, wait_for
from handrail.kernel.decision import Case
from handrail.terms import command as cmd
from handrail.terms.people import Roster

CLAIM_MAX = 16  # at once; each takes at most a third of the lease

log = structlog.get_logger()


class Dropped(msgspec.Struct, frozen=True):
    """There is nothing left to do."""

    reason: str


Ended = Outcome | Dropped


class Letters(Protocol):
    """Writes to buyers."""

    async def send(self, letter: Letter) -> Outcome:
        """Try once. Repeats of one letter carry the same key."""
        ...


class Calendars(Protocol):
    """Whose calendars can be written."""

    async def writable(self, rep: str) -> tuple[WritableCalendar, Access] | None: ...


class Errands(Protocol):
    """One channel of errands."""

    @property
    def channel(self) -> str: ...
    async def run(self, errand: Errand, delivery: Delivery, now: datetime) -> Ended: ...


class Carrier:
    """The loop of one channel of errands: what fails there delays nothing else."""

    def __init__(self, *, engine: Engine, errands: Errands, send_max_s: float = SEND_MAX_S) -> None:
        self._engine = engine
        self._errands = errands
        self._send_max_s = send_max_s

    async def deliver(self, now: datetime) -> int:
        """Carry out what is due; returns how many there were. Raises what the store raises."""
        claimed = await self._engine.store.claim_of_channel(
            self._errands.channel,
            now=now,
            limit=CLAIM_MAX,
            lease_until=now + LEASE,
            which="due",
        )
        await asyncio.gather(*(self._carry(delivery, now) for delivery in claimed))
        return len(claimed)

    async def _carry(self, delivery: Delivery, now: datetime) -> None:
        try:
            errand = read_errand(delivery.body)
        except msgspec.DecodeError as fault:
            await self._record(delivery, state="parked", reason=f"the body is unreadable: {fault}")
            return
        try:
            async with asyncio.timeout(self._send_max_s):
                ended = await self._errands.run(errand, delivery, now)
        except TimeoutError:
            ended = Later(reason=f"no answer within {self._send_max_s:g} s")
        except CalendarFault as fault:
            ended = _of_fault(fault)
        except Exception as fault:  # one's own mistake must not stop the others
            log.exception("errand_failed", key=delivery.key)
            ended = Later(reason=f"it failed: {type(fault).__name__}")
        await self._note(delivery, ended)

    async def _note(self, delivery: Delivery, ended: Ended) -> None:
        now = self._engine.clock.now()
        tries = delivery.tries + 1
        match ended:
            case Delivered():
                await self._record(
                    delivery, state="delivered", tries=tries, reason=None, sent_at=now
                )
            case Dropped(reason=reason):
                await self._record(delivery, state="cancelled", reason=reason)
            case Undeliverable(reason=reason):
                await self._record(delivery, state="parked", tries=tries, reason=reason)
            case Later(reason=reason, after=after):
                if tries > len(SCHEDULE):
                    await self._record(delivery, state="parked", tries=tries, reason=reason)
                    return
                due_at = now + wait_for(key=delivery.key, tries=tries, asked=after)
                await self._record(delivery, tries=tries, due_at=due_at, reason=reason)
            case _:
                assert_never(ended)

    async def _record(self, delivery: Delivery, **parts: object) -> None:
        await self._engine.store.record_delivery(msgspec.structs.replace(delivery, **parts))


def _of_fault(fault: CalendarFault) -> Ended:
    """`refused` and a lost token are tried again too: a person may let us in meanwhile."""
    return Later(reason=f"the calendar: {fault}", after=fault.retry_after)


class _Sight(msgspec.Struct, frozen=True):
    case: Case
    contract: Contract
    roster: Roster


async def _seen(engine: Engine, errand: Errand) -> _Sight | None:
    found = await engine.store.case_of_handoff(errand.handoff)
    if found is None or found.case.handoff is None:
        return None
    contract = await engine.contract(found.case.handoff.contract)
    _, roster = await engine.in_force()
    return _Sight(case=found.case, contract=contract, roster=roster)


class ToBuyers:
    """Letters: invitations, reminders, and times for who has not chosen."""

    channel = INVITATION

    def __init__(self, *, engine: Engine, letters: Letters, links: BookingLinks | None) -> None:
        self._engine = engine
        self._letters = letters
        self._links = links

    async def run(self, errand: Errand, delivery: Delivery, now: datetime) -> Ended:
        sight = await _seen(self._engine, errand)
        if sight is None:
            return Dropped("the lead is gone")
        reason = stale(errand, handoff=sight.case.handoff)
        if reason is not None:
            return Dropped(reason)
        told = self._told(errand, sight, key=delivery.key, now=now)
        if errand.what in ("times_offered", "new_times"):
            return await self._offer(errand, told, sight)
        if sight.case.lead.email is None:
            return Dropped("no address of the buyer is known")
        return await self._letters.send(letter_about(errand, told))

    async def _offer(self, errand: Errand, told: Told, sight: _Sight) -> Ended:
        """Times to choose from; and who has chosen none of the first is noted."""
        offer = await self._engine.bookings.offer(errand.handoff)
        if told.page is None or offer is None or not offer.slots:
            return Dropped("there is no time to offer")
        if sight.case.lead.email is None:
            ended: Ended = Dropped("no address of the buyer is known")
        elif not reach_of(sight.case.lead, sight.contract).mail:
            ended = Dropped("the buyer wants no mail")
        else:
            ended = await self._letters.send(letter_with_times(errand, told, offer))
        if errand.what == "times_offered" and not isinstance(ended, Later):
            await self._note_unbooked(errand, mailed=isinstance(ended, Delivered))
        return ended

    async def _note_unbooked(self, errand: Errand, *, mailed: bool) -> None:
        """Noted once, however often the letter is tried."""
        with suppress(Refused):  # it has ended meanwhile
            command = cmd.NoteUnbooked(mailed=mailed)
            await self._engine.command(errand.handoff, command, actor="system")

    def _told(self, errand: Errand, sight: _Sight, *, key: str, now: datetime) -> Told:
        booking, handoff = sight.contract.booking, sight.case.handoff
        assert handoff is not None
        links, rep = self._links, errand.rep or handoff.owner.rep
        return Told(
            key=key,
            case=sight.case,
            roster=sight.roster,
            title=booking.title if booking is not None else "Meeting",
            zone=zone_for(
                sight.case,
                roster=sight.roster,
                rep=rep,
                default=sight.contract.timezone,
                now=now,
            ),
            now=now,
            page=links.url(handoff) if links else None,
        )


class ToCalendars:
    """The rep's calendar is brought in step with how the meeting stands now, whichever change was
    the errand's: repeats and changes that overtake each other end in the same."""

    channel = CALENDAR

    def __init__(self, *, engine: Engine, calendars: Calendars) -> None:
        self._engine = engine
        self._calendars = calendars

    async def run(self, errand: Errand, delivery: Delivery, now: datetime) -> Ended:
        sight = await _seen(self._engine, errand)
        if sight is None:
            return Dropped("the lead is gone")
        assert errand.rep is not None
        handoff = sight.case.handoff
        meeting = handoff.meeting if handoff is not None else None
        stands = (
            meeting is not None
            and handoff is not None
            and (handoff.id, meeting.number) == (errand.handoff, errand.number)
        )
        holder = meeting.rep if stands and meeting is not None else None
        done = False
        for rep in dict.fromkeys(one for one in (errand.from_rep, errand.rep, holder) if one):
            found = await self._calendars.writable(rep)
            if found is None:
                continue
            calendar, access = found
            if rep == holder and meeting is not None:
                event = event_for_rep(
                    sight.case, roster=sight.roster, meeting=meeting, sequence=meeting.changes
                )
                await calendar.put(access, event)
            else:
                uid = uid_of(handoff=errand.handoff, number=errand.number)
                await calendar.remove(access, uid=uid)
            done = True
        return Delivered() if done else Dropped("no calendar of the rep can be written")
