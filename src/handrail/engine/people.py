"""What is learnt of reps' days while they run: presence, busy times, calendars, leave."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Any

import msgspec

from handrail.engine.handling import Handling, handling_of
from handrail.engine.items import Refused
from handrail.engine.ports import Choice, IdempotencyRow, WakeKey
from handrail.engine.presence import CALL_LASTS
from handrail.engine.standing import micros
from handrail.engine.wakeups import look_first
from handrail.engine.work import Work
from handrail.kernel.eligibility import on_leave, unavailable
from handrail.terms import command as cmd
from handrail.terms.evidence import PhoneCall, RepConditions, RepLoad, Status
from handrail.terms.hours import leave_spans
from handrail.terms.people import Presence, Span

OWNED_MAX = 10_000  # handoffs of one departed rep moved in one transaction


class RepDay(msgspec.Struct, frozen=True):
    """`why_not`: why the rep takes no lead now, as ineligibility codes say it; None when they do,
    or no contract says."""

    conditions: RepConditions
    load: RepLoad
    handling: Handling
    why_not: str | None = None

    @property
    def open(self) -> int:
        return self.load.open


class People:
    """Over one node's engine: each change is one entry, and the pools it touches are served."""

    def __init__(
        self, *, transact: Callable[[Callable[[Work], Awaitable[Any]]], Awaitable[Any]]
    ) -> None:
        self._transact = transact

    async def set_presence(self, rep: str, presence: Presence, *, actor: str) -> None:
        """What is said now, in place of what was said before; `actor` is kept with it. Whoever is
        back is so whatever their status says."""
        by = actor if presence.state != "available" else None

        def said(known: RepConditions) -> RepConditions:
            status = known.status if by is not None else None
            return msgspec.structs.replace(known, presence=presence, presence_by=by, status=status)

        await self._change(rep, said, actor=actor)

    async def set_status(self, rep: str, status: Status, *, actor: str) -> bool:
        """What the rep's status says since its instant; an earlier one that comes later says
        nothing. False, and no entry, where nothing is other."""

        async def do(work: Work) -> bool:
            if rep not in work.standing.roster.reps:
                return False
            known = work.standing.conditions.get(rep, RepConditions())
            was = known.status
            if status.state == "available" and was is None:
                return False
            if was is not None and (status.at < was.at or _says_the_same(was, status)):
                return False
            conditions = msgspec.structs.replace(known, status=status)
            await self._put(work, rep, conditions, actor=actor)
            return True

        changed: bool = await self._transact(do)
        return changed

    async def set_pipeline(self, rep: str, pipeline: int, *, actor: str) -> bool:
        """What the CRM says now that the rep carries. False, and no entry, where that is known."""

        async def do(work: Work) -> bool:
            if rep not in work.standing.roster.reps:
                raise Refused("unknown_rep", f"no rep {rep!r} in the roster")
            known = work.standing.conditions.get(rep, RepConditions())
            if known.pipeline == pipeline:
                return False
            conditions = msgspec.structs.replace(known, pipeline=pipeline)
            await self._put(work, rep, conditions, actor=actor)
            return True

        changed: bool = await self._transact(do)
        return changed

    async def begin_call(self, rep: str, call: str, *, began_at: datetime, actor: str) -> bool:
        """The rep talks until it ends, or until calls do not last any longer; who had it before has
        passed it on. False where that is known, or where it has ended: a system may tell of both in
        any order, and repeatedly."""

        async def do(work: Work) -> bool:
            if await _is_told(work, call, "ended") or await _is_told(work, call, f"began {rep}"):
                return False
            _tell(work, call, f"began {rep}")
            talks = PhoneCall(name=call, until_at=began_at + CALL_LASTS)
            if talks.until_at <= work.now:
                return False
            await self._hang_up(work, call, actor=actor)
            known = work.standing.conditions.get(rep, RepConditions())
            calls = (*(one for one in known.calls if one.until_at > work.now), talks)
            conditions = msgspec.structs.replace(known, calls=calls)
            await self._put(work, rep, conditions, actor=actor)
            return True

        changed: bool = await self._transact(do)
        return changed

    async def end_call(self, call: str, *, actor: str) -> bool:
        """Whoever has it. The pools that they serve are looked at in the same transaction."""

        async def do(work: Work) -> bool:
            if await _is_told(work, call, "ended"):
                return False
            _tell(work, call, "ended")
            return await self._hang_up(work, call, actor=actor)

        changed: bool = await self._transact(do)
        return changed

    async def _hang_up(self, work: Work, call: str, *, actor: str) -> bool:
        days = {rep: work.standing.conditions.get(rep) for rep in sorted(work.standing.roster.reps)}
        changed = False
        for rep, known in days.items():
            if known is not None and any(one.name == call for one in known.calls):
                calls = tuple(one for one in known.calls if one.name != call)
                conditions = msgspec.structs.replace(known, calls=calls)
                await self._put(work, rep, conditions, actor=actor)
                changed = True
        return changed

    async def days(self) -> dict[str, RepDay]:
        """Everybody's day as it is known now, by rep."""

        async def look(work: Work) -> dict[str, RepDay]:
            return {rep: _day_of(work, rep) for rep in work.standing.roster.reps}

        found: dict[str, RepDay] = await self._transact(look)
        return found

    async def set_busy(self, rep: str, spans: Sequence[Span], *, actor: str) -> None:
        """Add busy times that somebody reports."""
        await self._change(
            rep,
            lambda known: msgspec.structs.replace(known, busy=(*known.busy, *spans)),
            actor=actor,
        )

    async def add_leave(self, rep: str, span: Span, *, actor: str) -> None:
        """A sick day or other absence that the roster does not know; the cover takes over."""
        await self._change(
            rep,
            lambda known: msgspec.structs.replace(known, leave=(*known.leave, span)),
            actor=actor,
        )

    async def choose(self, choice: Choice) -> None:
        """Over which channels somebody is told from now on. It decides nothing about a lead, and
        says of every message after it why it went where it went."""

        async def do(work: Work) -> None:
            chosen = {"channels": choice.channels, "off": choice.off}
            work.batch.choices.append(msgspec.structs.replace(choice, at=work.now))
            work.append(kind="choice", actor=choice.by, change={"choice": {choice.person: chosen}})

        await self._transact(do)

    async def set_calendar(
        self,
        rep: str,
        *,
        busy: Sequence[Span] = (),
        away: Sequence[Span] = (),
        stale: bool = False,
        actor: str,
    ) -> bool:
        """What the rep's calendars say now, in place of what they said before. `away`: out of
        office. `stale`: too long unread. False, and no entry, where nothing is other; a rep who is
        not in the roster has no day."""

        async def do(work: Work) -> bool:
            if rep not in work.standing.roster.reps:
                return False
            known = work.standing.conditions.get(rep, RepConditions())
            conditions = msgspec.structs.replace(
                known, calendar=tuple(busy), out_of_office=tuple(away), calendar_stale=stale
            )
            if conditions == known:
                return False
            await self._put(work, rep, conditions, actor=actor)
            return True

        changed: bool = await self._transact(do)
        return changed

    async def tell_of_calendar(self, rep: str, what: str, *, reason: str, actor: str) -> None:
        """The rep and their manager, of a calendar that is lost or back (`CALENDAR_LOST`, ...)."""

        async def do(work: Work) -> None:
            roster = work.standing.roster
            teams = roster.teams_of(rep)
            managers = [roster.manager_of(team) for team in teams[:1]]
            change = {"calendar": {"rep": rep, "what": what, "reason": reason}}
            work.append(kind="conditions", actor=actor, change=change)
            for to in dict.fromkeys((rep, *managers)):
                work.tell_apart(what, to=to, about=rep, reason=reason)

        await self._transact(do)

    async def _change(
        self, rep: str, change: Callable[[RepConditions], RepConditions], *, actor: str
    ) -> None:
        async def do(work: Work) -> None:
            if rep not in work.standing.roster.reps:
                raise Refused("unknown_rep", f"no rep {rep!r} in the roster")
            known = work.standing.conditions.get(rep, RepConditions())
            await self._put(work, rep, change(known), actor=actor)

        await self._transact(do)

    async def _put(self, work: Work, rep: str, conditions: RepConditions, *, actor: str) -> None:
        work.set_conditions(rep, conditions)
        change = {"conditions": {rep: work.kept_conditions(conditions)}}
        work.append(kind="conditions", actor=actor, change=change)
        await self.watch_leave(work, rep)

    async def watch_leave(self, work: Work, rep: str) -> None:
        """Take over at once from a rep whose leave has begun; wake when the next one begins."""
        person = work.standing.roster.reps[rep]
        conditions = work.standing.conditions.get(rep, RepConditions())
        if on_leave(rep=person, conditions=conditions, at=work.now) and person.cover:
            await self.leave(work, rep=rep, why="on_leave", actor="system")
        spans = (
            *leave_spans(timezone=person.timezone, leave=person.leave),
            *conditions.absent,
        )
        starts = [span.from_at for span in spans if span.from_at > work.now]
        key = WakeKey(kind="rep", id=rep)
        if starts or spans:
            work.batch.wakes[key] = min(starts, default=None)

    async def leave(self, work: Work, *, rep: str, why: Any, actor: str) -> None:
        """What the rep owns goes on without them."""
        stored = await work.unit.owned(rep=rep, limit=OWNED_MAX)
        await work.know(stored)
        command = cmd.LeaveOwner(why=why)
        for item in stored:
            lead = item.case.lead.id
            look_first(work, lead, command)
            case = work.case(lead)
            if case is not None and case.handoff is not None and case.handoff.owner.rep == rep:
                work.decide(lead=lead, command=command, actor=actor)


def _says_the_same(was: Status, now: Status) -> bool:
    return (was.state, was.until_at) == (now.state, now.until_at) or (
        was.state == now.state == "available"
    )


def _day_of(work: Work, rep: str) -> RepDay:
    contract, standing = work.in_force.first, work.standing
    why_not = None
    if contract is not None:
        staffing = work.staffing(contract)
        why_not = unavailable(rep=standing.roster.reps[rep], staffing=staffing, at=work.now)
    roster = standing.roster
    mates = [one.rep for team in roster.teams_of(rep) for one in roster.teams[team].members]
    return RepDay(
        conditions=standing.conditions.get(rep, RepConditions()),
        load=standing.load(rep, micros(work.now)),
        handling=handling_of(rep, teammates=mates, seen=standing.handling),
        why_not=why_not,
    )


async def _is_told(work: Work, call: str, what: str) -> bool:
    key = f"call {call} {what}"
    told_here = any(row.key == key for row in work.batch.idempotency)
    return told_here or await work.unit.idempotent(key) is not None


def _tell(work: Work, call: str, what: str) -> None:
    row = IdempotencyRow(key=f"call {call} {what}", body_digest=b"", answer=b"", at=work.now)
    work.batch.idempotency.append(row)
