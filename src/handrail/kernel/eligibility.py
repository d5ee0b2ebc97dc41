"""Who can take a lead now, and why each of the others cannot."""

from datetime import date, datetime
from functools import lru_cache

import msgspec

from handrail.terms.evidence import RepConditions, RepLoad, Staffing
from handrail.terms.hours import WorkingTime, leave_spans
from handrail.terms.load import ONE_LOAD
from handrail.terms.people import Rep, Span
from handrail.terms.zones import day_of

INELIGIBILITY_CODES = (
    "inactive",
    "on_leave",
    "off_shift",
    "in_meeting",
    "on_call",
    "away",
    "at_capacity",
    "daily_cap",
    "weekly_cap",
    "monthly_cap",
    "pipeline_full",
    "wrong_territory",
    "missing_skill",
    "excluded_after_breach",
    "declined",
    "conflict_of_interest",
    "calendar_stale",
    "busy_with_timed_lead",
)
PASSES_BY_ITSELF = frozenset({"off_shift", "in_meeting"})
LEAST_LOAD = 1  # hundredths; no handoff fills less
FREE_SEARCH_MAX = 64  # meetings in a row that are looked past before giving up


class Demand(msgspec.Struct, frozen=True):
    """What one lead asks of whoever takes it."""

    same_day: bool
    needs: frozenset[str] = frozenset()
    territory: str | None = None
    any_territory: bool = False  # the contract draws none: whoever lists some takes all
    account_domain: str | None = None
    breached_by: frozenset[str] = frozenset()
    declined_by: frozenset[str] = frozenset()
    load: int = ONE_LOAD  # what it fills of its owner's hands, in hundredths


class Verdict(msgspec.Struct, frozen=True, gc=False):
    """`code` is the first ineligibility in their fixed order, None when eligible now.

    `passes`: nothing but the end of a meeting or the start of a shift stands in the way.
    """

    code: str | None
    passes: bool = False


ELIGIBLE = Verdict(code=None)


def judge(*, rep: Rep, demand: Demand, staffing: Staffing, now: datetime) -> Verdict:
    """Say whether the rep can take the lead at `now`."""
    conditions = staffing.conditions(rep.id)
    waits = _waits(rep=rep, conditions=conditions, hours=staffing.hours(rep.id), now=now)
    if waits in ("inactive", "on_leave"):
        return Verdict(code=waits)
    lasting = _lasting(
        rep=rep, conditions=conditions, load=staffing.load(rep.id), demand=demand, now=now
    )
    if waits is not None:
        return Verdict(code=waits, passes=lasting is None)
    return ELIGIBLE if lasting is None else Verdict(code=lasting)


def takes_anything(*, rep: Rep, staffing: Staffing, now: datetime) -> bool:
    """Whether there is any lead at all that the rep could take now."""
    conditions = staffing.conditions(rep.id)
    if _waits(rep=rep, conditions=conditions, hours=staffing.hours(rep.id), now=now):
        return False
    if _unreachable(conditions=conditions, now=now):
        return False
    load = staffing.load(rep.id)
    return _capped(rep=rep, conditions=conditions, load=load, fills=LEAST_LOAD) is None


def unavailable(*, rep: Rep, staffing: Staffing, at: datetime) -> str | None:
    """Why the rep cannot answer anybody at `at`; None when they can."""
    conditions, hours = staffing.conditions(rep.id), staffing.hours(rep.id)
    waits = _waits(rep=rep, conditions=conditions, hours=hours, now=at)
    return waits or _unreachable(conditions=conditions, now=at)


def _waits(*, rep: Rep, conditions: RepConditions, hours: WorkingTime, now: datetime) -> str | None:
    if not rep.active or not has_joined(rep=rep, at=now):
        return "inactive"
    if on_leave(rep=rep, conditions=conditions, at=now):
        return "on_leave"
    if not hours.contains(now):
        return "off_shift"
    if any(span.from_at <= now < span.until_at for span in conditions.taken):
        return "in_meeting"
    return None


def _lasting(
    *, rep: Rep, conditions: RepConditions, load: RepLoad, demand: Demand, now: datetime
) -> str | None:
    """The first reason that does not end with a meeting or a shift, in the fixed order."""
    return (
        _unreachable(conditions=conditions, now=now)
        or _capped(rep=rep, conditions=conditions, load=load, fills=demand.load)
        or _unsuited(rep=rep, conditions=conditions, load=load, demand=demand)
    )


def _unreachable(*, conditions: RepConditions, now: datetime) -> str | None:
    presence = conditions.presence
    on_call_until = conditions.on_call_until
    if on_call_until is not None and now < on_call_until:
        return "on_call"
    if presence.state != "available" and (presence.until is None or now < presence.until):
        return "on_call" if presence.state == "on_call" else "away"
    status = conditions.status
    if status is not None and status.state in ("away", "on_call") and now < status.until_at:
        return status.state
    return None


def _capped(*, rep: Rep, conditions: RepConditions, load: RepLoad, fills: int) -> str | None:
    caps = rep.caps
    if caps.open is not None and load.filled + fills > caps.open * ONE_LOAD:
        return "at_capacity"
    if caps.day is not None and load.day >= caps.day:
        return "daily_cap"
    if caps.week is not None and load.week >= caps.week:
        return "weekly_cap"
    if caps.month is not None and load.month >= caps.month:
        return "monthly_cap"
    if caps.pipeline is not None and conditions.pipeline >= caps.pipeline:
        return "pipeline_full"
    return None


def _unsuited(*, rep: Rep, conditions: RepConditions, load: RepLoad, demand: Demand) -> str | None:
    never = mismatch(rep=rep, demand=demand)
    if never is not None:
        return never
    if conditions.calendar_stale:
        return "calendar_stale"
    if not demand.same_day and load.timed >= rep.caps.timed:
        return "busy_with_timed_lead"
    return None


def suits(*, rep: Rep, demand: Demand) -> bool:
    """Whether such a lead is for the rep at all, at whatever time."""
    return mismatch(rep=rep, demand=demand) is None


def mismatch(*, rep: Rep, demand: Demand) -> str | None:
    """Why such a lead is not for the rep, at whatever time; None when it is."""
    if not _covers(rep=rep, demand=demand):
        return "wrong_territory"
    if not demand.needs <= rep.skills:
        return "missing_skill"
    if rep.id in demand.breached_by:
        return "excluded_after_breach"
    if rep.id in demand.declined_by:
        return "declined"
    if demand.account_domain is not None and demand.account_domain in rep.conflicts:
        return "conflict_of_interest"
    return None


def has_joined(*, rep: Rep, at: datetime) -> bool:
    """Whether the rep's first day has begun, in the rep's own zone."""
    return rep.joined is None or at >= _first_instant(rep.timezone, rep.joined)


@lru_cache(maxsize=4_096)
def _first_instant(timezone: str, joined: date) -> datetime:
    return day_of(joined, timezone)[0][0]


def _covers(*, rep: Rep, demand: Demand) -> bool:
    if rep.territories is None or demand.any_territory:
        return True
    return demand.territory in rep.territories


def on_leave(*, rep: Rep, conditions: RepConditions, at: datetime) -> bool:
    """Leave of the roster, or leave that was announced since."""
    return any(span.from_at <= at < span.until_at for span in _roster_leave(rep)) or any(
        span.from_at <= at < span.until_at for span in conditions.absent
    )


def _roster_leave(rep: Rep) -> tuple[Span, ...]:
    return _leave_of(rep.timezone, rep.leave) if rep.leave else ()


@lru_cache(maxsize=4_096)
def _leave_of(timezone: str, leave: tuple[object, ...]) -> tuple[Span, ...]:
    return leave_spans(timezone=timezone, leave=leave)  # type: ignore[arg-type]  # hashable view


def free_at(*, rep: Rep, staffing: Staffing, now: datetime) -> datetime | None:
    """The first instant from `now` on shift and outside every known meeting; None if unknown."""
    hours = staffing.hours(rep.id)
    busy = staffing.conditions(rep.id).taken
    at: datetime | None = now
    for _ in range(FREE_SEARCH_MAX):
        if at is None:
            return None
        at = hours.next_start(at)
        if at is None:
            return None
        ends = [span.until_at for span in busy if span.from_at <= at < span.until_at]
        if not ends:
            return at
        at = max(ends)
    return None
