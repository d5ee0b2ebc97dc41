"""Whose times a buyer is offered, and who takes the one that is chosen."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from handrail.contract.model import Booking, Contract
from handrail.kernel.decision import Case
from handrail.kernel.eligibility import has_joined, suits
from handrail.kernel.pool import waiting_of
from handrail.kernel.rank import rank
from handrail.kernel.slots import Diary, SlotRules
from handrail.terms.evidence import RepConditions, Staffing
from handrail.terms.handoff import Handoff, Meeting
from handrail.terms.people import Rep, Span

NOTHING_KNOWN = RepConditions()

Booked = Mapping[str, tuple[datetime, ...]]  # by rep: starts of the meetings that are counted


def rules_of(booking: Booking) -> SlotRules:
    return SlotRules(
        length=booking.length,
        step=booking.step,
        before=booking.before,
        after=booking.after,
        notice=booking.notice,
        horizon=booking.within,
        per_day=booking.per_day,
    )


def stands(handoff: Handoff) -> Meeting | None:
    """The meeting that is still to be held."""
    meeting = handoff.meeting
    return meeting if meeting is not None and not meeting.missed else None


def who_offers(
    *,
    case: Case,
    contract: Contract,
    staffing: Staffing,
    now: datetime,
    rep: str | None = None,
) -> tuple[str, ...]:
    """The owner; of a pool, every member who can take such a lead at all, in order of id. `rep`:
    with whom somebody of ours wants it to be instead.

    Nobody while people still look whether it is a lead, and nobody whose calendar could not be
    read for too long: a time that may not be free is not offered.
    """
    handoff, roster = case.handoff, staffing.roster
    if handoff is None or not handoff.is_open or handoff.stage == "triage":
        return ()
    owner = handoff.owner
    if rep is not None:
        reps = [rep]
    elif owner.rep is not None:
        reps = [owner.rep]
    else:
        team = roster.teams.get(owner.team)
        demand = waiting_of(contracts={contract.digest: contract}, case=case).demand
        members = [member.rep for member in team.members] if team is not None else []
        reps = [one for one in members if suits(rep=roster.reps[one], demand=demand)]
    return tuple(
        one
        for one in sorted(reps)
        if one in roster.reps and _is_there(roster.reps[one], staffing.conditions(one), now)
    )


def _is_there(rep: Rep, conditions: RepConditions, now: datetime) -> bool:
    return rep.active and has_joined(rep=rep, at=now) and not conditions.calendar_stale


def diaries_of(
    reps: Sequence[str],
    *,
    staffing: Staffing,
    days: Mapping[str, RepConditions],
    booked: Booked,
    handoff: Handoff,
    now: datetime,
) -> tuple[Diary, ...]:
    """`days`: all that is known, since a decision's own view of calendars ends after a week.
    `handoff`: whose meeting makes room by being moved, and whose own hold stands in no way."""
    moving = stands(handoff)
    return tuple(
        _diary(
            rep,
            staffing=staffing,
            taken=_taken(days.get(rep, NOTHING_KNOWN), handoff=handoff.id, now=now),
            starts=booked.get(rep, ()),
            moving=moving,
        )
        for rep in reps
    )


def _taken(known: RepConditions, *, handoff: str, now: datetime) -> tuple[Span, ...]:
    """What takes the rep's time, and what is held for other buyers."""
    held = (
        Span(one.from_at, one.until_at)
        for one in known.holds
        if one.handoff != handoff and one.expires_at > now
    )
    return (*known.taken, *held)


def _diary(
    rep: str,
    *,
    staffing: Staffing,
    taken: tuple[Span, ...],
    starts: tuple[datetime, ...],
    moving: Meeting | None,
) -> Diary:
    if moving is not None and moving.rep == rep:
        own = Span(moving.from_at, moving.until_at)
        taken = tuple(left for span in taken for left in _without(span, own))
        starts = _without_one(starts, moving.from_at)
    return Diary(
        rep=rep,
        timezone=staffing.roster.reps[rep].timezone,
        hours=staffing.hours(rep),
        taken=taken,
        meetings=starts,
    )


def _without(span: Span, own: Span) -> tuple[Span, ...]:
    """The rep's calendar may tell of the meeting too, and may have merged it with others."""
    parts = (
        Span(span.from_at, min(span.until_at, own.from_at)),
        Span(max(span.from_at, own.until_at), span.until_at),
    )
    return tuple(part for part in parts if part.from_at < part.until_at)


def _without_one(starts: tuple[datetime, ...], start: datetime) -> tuple[datetime, ...]:
    if start not in starts:
        return starts
    at = starts.index(start)
    return (*starts[:at], *starts[at + 1 :])


def who_takes(able: Sequence[str], *, case: Case, contract: Contract, staffing: Staffing) -> str:
    """The owner, where they can; of a pool the first by the rank that gives its leads out."""
    assert able
    handoff = case.handoff
    assert handoff is not None
    owner = handoff.owner.rep
    if owner is not None and owner in able:
        return owner
    ranked = rank(
        reps=able,
        team=handoff.owner.team,
        strategy=contract.lead_type(handoff.lead_type).strategy,
        staffing=staffing,
    )
    return ranked[0][1]
