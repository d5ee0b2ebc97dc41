"""Why a window closed unmet: one code for each breach, read off what is known at that moment."""

from datetime import timedelta

from handrail.kernel.draft import Draft
from handrail.kernel.eligibility import unavailable
from handrail.terms.handoff import Owner
from handrail.terms.sla import BreachCause, Clock

OUTAGE_FROM = timedelta(seconds=60)  # a step taken that late was not looked for in time
JUST_BEFORE = timedelta(seconds=1)  # the due instant itself is late: what counts lies before it
_BUSY = frozenset({"in_meeting", "on_call"})


def cause_of(draft: Draft, clock: Clock) -> BreachCause:
    """The cause of the breach of `clock`, before it is counted. The first that holds, from what
    nobody could have answered to what the owner could have."""
    if draft.now - clock.due_at >= OUTAGE_FROM:
        return "outage"
    owner = draft.handoff.owner
    if owner.rep is None:
        return _of_pool(draft, owner, clock)
    return _of_rep(draft, owner.rep, clock)


def _of_pool(draft: Draft, owner: Owner, clock: Clock) -> BreachCause:
    hours = draft.staffing.pool_hours(owner.team)
    if not hours.between(clock.opened_at, clock.due_at):
        return "unstaffed"
    return "owner_silent" if clock.kind == "triage" else "nobody_free"


def _of_rep(draft: Draft, rep: str, clock: Clock) -> BreachCause:
    handoff = draft.handoff
    told_at, given_at = handoff.notified_at, handoff.assigned_at
    if told_at is None or (given_at is not None and told_at < given_at):
        return "undelivered"
    is_older = given_at is not None and clock.opened_at < given_at
    if clock.kind == "first_action" and handoff.given_short and is_older:
        return "given_late"
    known = draft.staffing.roster.reps.get(rep)
    if known is None:
        return "owner_absent"
    code = unavailable(rep=known, staffing=draft.staffing, at=clock.due_at - JUST_BEFORE)
    if code is None:
        return "owner_silent"
    return "owner_busy" if code in _BUSY else "owner_absent"
