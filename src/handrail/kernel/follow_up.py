"""The attempts after acceptance: when each is due, and who is asked when one was not made."""

from datetime import datetime, timedelta

from handrail.kernel.draft import Draft
from handrail.terms.handoff import Handoff

SECOND = timedelta(seconds=1)
NOTED_WITHIN = timedelta(hours=4)  # after a meeting: time to record what came of it


def next_attempt_at(
    *, made: int, planned: int, ends_at: datetime, now: datetime
) -> datetime | None:
    """When the next attempt is due; None when all were made, or their period is over.

    What is left of the attempts is spread evenly over what is left of the period: the same time
    lies before each of them, and after the last. Whoever is early or late spreads the rest anew.
    """
    left = planned - made
    if left <= 0 or now >= ends_at:
        return None
    share = (ends_at - now) // (left + 1)
    return now + (share // SECOND) * SECOND


def attempt_after(draft: Draft, *, made: int, ends_at: datetime | None) -> datetime | None:
    """The date of the attempt after `made` of them, by the contract that the handoff pins; none
    where nobody may try."""
    plan = draft.contract.sal.follow_up
    if plan is None or ends_at is None or draft.is_barred:
        return None
    return next_attempt_at(made=made, planned=plan.attempts, ends_at=ends_at, now=draft.now)


def ask_at(handoff: Handoff) -> datetime | None:
    """When the owner is asked for the next attempt: once for each, and only while nothing else
    is planned. A pause puts the question off, and so does a booked meeting."""
    due_at, ends_at, meeting = handoff.next_attempt_at, handoff.follow_up_at, handoff.meeting
    if due_at is None or ends_at is None or handoff.asked_attempt > handoff.attempts:
        return None
    planned = [due_at, handoff.paused_until or due_at]
    if meeting is not None and not meeting.missed:
        planned.append(meeting.until_at + NOTED_WITHIN)
    at = max(planned)
    return at if at < ends_at else None


def ask(draft: Draft) -> None:
    """The date of the next attempt has passed without an act: the owner is asked for it."""
    handoff = draft.handoff
    at = ask_at(handoff)
    if at is None or draft.now < at:
        return
    reason = f"attempt {handoff.attempts + 1} of {handoff.attempts_planned}"
    draft.alert(kind="follow_up", to=str(handoff.owner), reason=reason)
