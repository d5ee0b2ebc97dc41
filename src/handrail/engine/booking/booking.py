"""Booking by buyers: times offered from what is known, and each choice judged again when made.

What is offered may be a moment old. The choice is judged inside the one write transaction, against
what is known then; the exclusion constraint on meetings is the last word.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import msgspec

from handrail.contract.model import Booking, Contract
from handrail.engine.items import Refused
from handrail.engine.ports import RefusedOverlap, Store
from handrail.engine.standing import Standing, StandingAt
from handrail.engine.work import Work
from handrail.kernel.decision import Case, Refusal
from handrail.kernel.habits import Habit, Habits, habit_of, in_order
from handrail.kernel.offering import (
    NOTHING_KNOWN,
    diaries_of,
    rules_of,
    stands,
    who_offers,
    who_takes,
)
from handrail.kernel.slots import SLOTS_MAX, Slot, slots_of, who_can
from handrail.terms import command as cmd
from handrail.terms.evidence import Hold, RepConditions, Staffing
from handrail.terms.handoff import Handoff, Meeting
from handrail.terms.people import Roster

NOTICE_GRACE = timedelta(minutes=15)  # for who looked at the times a while before choosing
COUNTED_BACK = timedelta(days=2)  # meetings of today began since then, whatever the zone
CHANGES_MAX = 12  # by a buyer in one handoff: whoever has the link must not flood an address
ACTOR = "buyer"

Transact = Callable[[Callable[[Work], Awaitable[Any]]], Awaitable[Any]]


class Offer(msgspec.Struct, frozen=True):
    """What a buyer may choose from, as it was known at `at`, in the order that `habit` gives.
    `meeting`: what is booked already."""

    case: Case
    contract: Contract
    roster: Roster
    at: datetime
    reps: tuple[str, ...] = ()  # whose times these are
    slots: tuple[Slot, ...] = ()
    meeting: Meeting | None = None
    habit: Habit | None = None  # what is known of the buyer's hours

    @property
    def handoff(self) -> Handoff:
        assert self.case.handoff is not None
        return self.case.handoff


class Held(msgspec.Struct, frozen=True):
    """A time that is kept, and with whom."""

    rep: str
    hold: Hold


class _Choice(msgspec.Struct, frozen=True):
    """A time that may be taken. `moving`: the meeting that it takes the place of."""

    case: Case
    rep: str
    moving: Meeting | None
    length: timedelta
    kept_for: timedelta


class Bookings:
    """Over one node's engine. `contracts`: those that it knows, by digest. `remembered`: where
    people stand, as this node last saw it."""

    def __init__(
        self,
        *,
        store: Store,
        transact: Transact,
        load: Callable[[str], Awaitable[Contract]],
        contracts: Mapping[str, Contract],
        remembered: Callable[[], Standing | None],
        now: Callable[[], datetime],
    ) -> None:
        self._store = store
        self._transact = transact
        self._load = load
        self._contracts = contracts
        self._remembered = remembered
        self._now = now
        self.habits = Habits()
        """What was learned of buyers' hours, last."""

    @property
    def are_any(self) -> bool:
        """Whether any contract that this node has seen lets buyers book."""
        return any(contract.booking is not None for contract in self._contracts.values())

    async def offer(
        self,
        handoff: str,
        *,
        limit: int | None = None,
        just_seen: bool = False,
        rep: str | None = None,
    ) -> Offer | None:
        """None where there is no such handoff, or its contract lets nobody book.

        `limit`: as many as the contract says where it is None. `just_seen`: this node has just
        written the handoff, so that what it remembers will do. `rep`: whose times, instead of the
        owner's.
        """
        found = await self._store.case_of_handoff(handoff)
        if found is None or found.case.handoff is None or found.case.handoff.id != handoff:
            return None
        contract = await self._load(found.case.handoff.contract)
        if contract.booking is None:
            return None
        standing = await self._standing(just_seen=just_seen)
        now = self._now()
        staffing = StandingAt(of=standing, contract=contract, now=now)
        days = standing.conditions
        return await self._offer(
            found.case, contract, staffing, days, now=now, limit=limit, rep=rep
        )

    async def _offer(
        self,
        case: Case,
        contract: Contract,
        staffing: Staffing,
        days: Mapping[str, RepConditions],
        *,
        now: datetime,
        limit: int | None,
        rep: str | None,
    ) -> Offer:
        booking, handoff = contract.booking, case.handoff
        assert booking is not None
        assert handoff is not None
        reps = who_offers(case=case, contract=contract, staffing=staffing, now=now, rep=rep)
        meeting = stands(handoff)
        booked = await self._booked(reps, booking, now=now)
        diaries = diaries_of(
            reps, staffing=staffing, days=days, booked=booked, handoff=handoff, now=now
        )
        habit, wanted = habit_of(case, self.habits, now=now), limit or booking.offer
        slots = slots_of(
            rules=rules_of(booking),
            diaries=diaries,
            now=now,
            limit=wanted if habit is None else SLOTS_MAX,
        )
        return Offer(
            case=case,
            contract=contract,
            roster=staffing.roster,
            at=now,
            reps=reps,
            slots=in_order(slots, habit)[:wanted],
            meeting=meeting,
            habit=habit,
        )

    async def _standing(self, *, just_seen: bool) -> Standing:
        """Read anew only where another node has written since."""
        known = self._remembered()
        if known is not None and (just_seen or (await self._store.head()).seq == known.seq):
            return known

        async def look(work: Work) -> Standing:
            return work.standing

        standing: Standing = await self._transact(look)
        return standing

    async def _booked(
        self, reps: tuple[str, ...], booking: Booking, *, now: datetime
    ) -> Mapping[str, tuple[datetime, ...]]:
        """Where a day holds only so many meetings: those that are counted."""
        if booking.per_day is None or not reps:
            return {}
        return await self._store.meeting_starts(reps, since=now - COUNTED_BACK)

    # --- what buyers do

    async def book(
        self,
        handoff: str,
        from_at: datetime,
        *,
        by: str = cmd.BUYER,
        rep: str | None = None,
        zone: str | None = None,
        actor: str = ACTOR,
    ) -> Meeting:
        """Book this time, or move what is booked to it. `zone`: in which a buyer chose it.

        Raises `Refused`: `slot_taken` where it is not free any more, `not_offered` where nothing
        can be booked at all, `too_often` where a buyer changes it without end."""

        async def do(work: Work) -> Meeting:
            choice = await self._judge(work, handoff, from_at, by=by, rep=rep)
            moving, until_at = choice.moving, from_at + choice.length
            if moving is not None and (moving.rep, moving.from_at) == (choice.rep, from_at):
                return moving  # pressed twice
            command = _command(moving, choice.rep, from_at, until_at, by, zone)
            meeting = _decided(work, choice.case, command, actor=actor)
            _release(work, handoff, actor=actor)
            return meeting

        try:
            meeting: Meeting = await self._transact(do)
        except RefusedOverlap as fault:
            raise slot_taken() from fault
        return meeting

    async def hold(
        self, handoff: str, from_at: datetime, *, rep: str | None = None, actor: str
    ) -> Held:
        """Keep this time for the buyer for as long as the contract says: it is offered to nobody
        else, and takes no time. A handoff holds one time. Raises `Refused` as `book` does."""

        async def do(work: Work) -> Held:
            choice = await self._judge(work, handoff, from_at, by=None, rep=rep)
            _release(work, handoff, actor=actor)
            hold = Hold(
                handoff=handoff,
                from_at=from_at,
                until_at=from_at + choice.length,
                expires_at=work.now + choice.kept_for,
            )
            known = work.standing.conditions.get(choice.rep, NOTHING_KNOWN)
            live = tuple(one for one in known.holds if one.expires_at > work.now)
            _set_holds(work, choice.rep, (*live, hold), actor=actor)
            return Held(rep=choice.rep, hold=hold)

        held: Held = await self._transact(do)
        return held

    async def _judge(
        self, work: Work, handoff: str, from_at: datetime, *, by: str | None, rep: str | None
    ) -> _Choice:
        """Who takes this time, by what is known in this transaction."""
        case, contract = await self._case(work, handoff)
        booking, now = contract.booking, work.now
        staffing = work.staffing(contract)
        reps = who_offers(case=case, contract=contract, staffing=staffing, now=now, rep=rep)
        if booking is None or not reps:
            raise not_offered()
        if by == cmd.BUYER and _changes(_handoff(case)) >= CHANGES_MAX:
            raise Refused("too_often", "this was changed too often; please write to us instead")
        diaries = diaries_of(
            reps,
            staffing=staffing,
            days=work.standing.conditions,
            booked=await self._booked(reps, booking, now=now),
            handoff=_handoff(case),
            now=now,
        )
        able = who_can(rules=_with_grace(booking), diaries=diaries, from_at=from_at, now=now)
        if not able:
            raise slot_taken()
        moving = stands(_handoff(case))
        if moving is not None and moving.rep in able:
            taker = moving.rep
        else:
            taker = who_takes(able, case=case, contract=contract, staffing=staffing)
        return _Choice(
            case=case,
            rep=taker,
            moving=moving,
            length=booking.length,
            kept_for=booking.hold,
        )

    async def confirm(self, handoff: str) -> None:
        """The buyer says that they will come. Harmless where nothing is booked, or it was said."""

        async def do(work: Work) -> None:
            case, _ = await self._case(work, handoff)
            meeting = stands(_handoff(case))
            if meeting is not None and meeting.answer != "yes" and meeting.from_at > work.now:
                command = cmd.ConfirmMeeting(by=cmd.BUYER)
                work.decide(lead=case.lead.id, command=command, actor=ACTOR)

        await self._transact(do)

    async def cancel(
        self,
        handoff: str,
        *,
        by: str = cmd.BUYER,
        note: str | None = None,
        actor: str = ACTOR,
    ) -> None:
        """Harmless where nothing is booked. Raises `Refused` where the handoff has ended."""

        async def do(work: Work) -> None:
            case, _ = await self._case(work, handoff)
            if stands(_handoff(case)) is None:
                return  # pressed twice
            command = cmd.CancelMeeting(by=by, personal=cmd.Personal(note=note))
            answer = work.decide(lead=case.lead.id, command=command, actor=actor)
            if isinstance(answer, Refusal):
                raise Refused(answer.code, answer.message)

        await self._transact(do)

    async def _case(self, work: Work, handoff: str) -> tuple[Case, Contract]:
        """The open handoff as it stands in this transaction."""
        found = await self._store.case_of_handoff(handoff)
        if found is None:
            raise not_offered()
        lead = found.case.lead.id
        await work.know((await work.unit.cases([lead])).values())
        case = work.case(lead)
        if case is None or case.handoff is None:
            raise not_offered()
        if case.handoff.id != handoff or not case.handoff.is_open:
            raise not_offered()
        return case, work.contract_for(case)


def _release(work: Work, handoff: str, *, actor: str) -> None:
    """What was held for the buyer is free again: it was booked, or another time is held."""
    for rep, known in sorted(work.standing.conditions.items()):
        if any(one.handoff == handoff for one in known.holds):
            others = tuple(one for one in known.holds if one.handoff != handoff)
            _set_holds(work, rep, others, actor=actor)


def _set_holds(work: Work, rep: str, holds: tuple[Hold, ...], *, actor: str) -> None:
    known = work.standing.conditions.get(rep, NOTHING_KNOWN)
    conditions = msgspec.structs.replace(known, holds=holds)
    work.set_conditions(rep, conditions)
    kept = work.kept_conditions(conditions)
    work.append(kind="conditions", actor=actor, change={"conditions": {rep: kept}})


def _handoff(case: Case) -> Handoff:
    assert case.handoff is not None
    return case.handoff


def _with_grace(booking: Booking) -> Any:
    rules = rules_of(booking)
    notice = max(timedelta(), rules.notice - NOTICE_GRACE)
    return msgspec.structs.replace(rules, notice=notice)


def _command(
    moving: Meeting | None,
    rep: str,
    from_at: datetime,
    until_at: datetime,
    by: str,
    zone: str | None,
) -> cmd.BookMeeting | cmd.MoveMeeting:
    if moving is not None:
        return cmd.MoveMeeting(rep=rep, from_at=from_at, until_at=until_at, by=by, zone=zone)
    return cmd.BookMeeting(
        rep=rep, from_at=from_at, until_at=until_at, arranged=True, by=by, zone=zone
    )


def _changes(handoff: Handoff) -> int:
    """How often a time was booked or moved in it; each of them writes to the buyer."""
    return handoff.meetings_booked + (handoff.meeting.changes if handoff.meeting else 0)


def _decided(
    work: Work, case: Case, command: cmd.BookMeeting | cmd.MoveMeeting, *, actor: str
) -> Meeting:
    answer = work.decide(lead=case.lead.id, command=command, actor=actor)
    if isinstance(answer, Refusal):
        raise Refused(answer.code, answer.message)
    meeting = stands(_handoff(answer.case))
    assert meeting is not None
    return meeting


def not_offered() -> Refused:
    return Refused("not_offered", "no time can be booked here any more")


def slot_taken() -> Refused:
    return Refused("slot_taken", "this time is no longer free; choose another one")
