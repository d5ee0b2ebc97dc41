"""Windows and clocks: when they open, warn, close."""

from datetime import datetime, timedelta

from handrail.contract.model import SAME_DAY, Contract, Window
from handrail.terms.hours import NoWorkingTime, WorkingTime
from handrail.terms.sla import Clock, ClockKind


def open_window(
    *,
    kind: ClockKind,
    window: Window,
    contract: Contract,
    hours: WorkingTime,
    now: datetime,
) -> Clock:
    """Fix the instants of a window that opens at `now`, in the owner's time if the clock is so.

    Where nobody works within the horizon the window falls back to elapsed time: a clock that
    cannot run out would be silence.
    """
    try:
        due_at = _due(window=window, contract=contract, hours=hours, now=now)
        warn_at = _warn(due_at=due_at, contract=contract, hours=hours, now=now)
    except NoWorkingTime:
        due_at = now + (timedelta(days=1) if window is SAME_DAY else window)
        warn_at = None
    return Clock(kind=kind, opened_at=now, due_at=due_at, warn_at=warn_at)


def open_elapsed(*, kind: ClockKind, within: timedelta, contract: Contract, now: datetime) -> Clock:
    """A window in elapsed time: `triage.within`."""
    warn_at = _inside(now + part_of(within, contract.sla.warn_at), now, now + within)
    return Clock(kind=kind, opened_at=now, due_at=now + within, warn_at=warn_at)


def part_of(amount: timedelta, per_cent: int | None) -> timedelta:
    """The share of a window after which it warns, in whole seconds."""
    if per_cent is None:
        return timedelta(0)
    return timedelta(seconds=(amount * per_cent // 100) // timedelta(seconds=1))


def resume(
    *,
    clock: Clock,
    contract: Contract,
    hours: WorkingTime,
    from_at: datetime,
    until: datetime,
) -> Clock:
    """The clock after a pause: stands still from `from_at` to `until`, then has what was left.

    A pause never brings an instant forward: a window may have opened in another owner's time, in
    which this one would have had nothing left.
    """
    elapsed = contract.sla.clock == "wall" or clock.kind == "triage"

    def moved(at: datetime) -> datetime:
        if elapsed:
            return until + (at - from_at)
        return max(at, hours.add(until, hours.between(from_at, at)))

    warn_at = clock.warn_at
    return Clock(
        kind=clock.kind,
        opened_at=clock.opened_at,
        due_at=moved(clock.due_at),
        warn_at=moved(warn_at) if warn_at is not None and warn_at > from_at else warn_at,
    )


def _due(*, window: Window, contract: Contract, hours: WorkingTime, now: datetime) -> datetime:
    if window is SAME_DAY:
        return hours.day_end(now)
    if contract.sla.clock == "business":
        return hours.add(now, window)
    return now + window


def _warn(
    *, due_at: datetime, contract: Contract, hours: WorkingTime, now: datetime
) -> datetime | None:
    per_cent = contract.sla.warn_at
    if contract.sla.clock == "business":
        working = hours.between(now, due_at)
        warn_at = hours.add(now, part_of(working, per_cent)) if per_cent else now
    else:
        warn_at = now + part_of(due_at - now, per_cent)
    return _inside(warn_at, now, due_at)


def _inside(at: datetime, opened_at: datetime, due_at: datetime) -> datetime | None:
    return at if opened_at < at < due_at else None
