"""The risk that the buyer does not come to a booked meeting, judged once a day before it.

The two things that foretell a missed appointment best are how long before it was booked and
earlier misses (Dantas, Fleck, Cyrino Oliveira, Hamacher: No-shows in appointment scheduling, a
systematic literature review, Health Policy 122, 2018: 23 % missed on average). The points are first
estimates around that mean; every judgement is recorded with its reasons, so that they can be
calibrated on what then happened.
"""

from datetime import datetime, timedelta

from handrail.kernel.draft import Draft
from handrail.terms import event as ev
from handrail.terms.handoff import Handoff, Meeting
from handrail.terms.lead import Lead

JUDGED_BEFORE = timedelta(hours=24)  # there is a working day left in which to act
ACT_TAKES = timedelta(hours=1)  # who is told later than that can change nothing any more
START = 10  # per cent: a meeting of the same day, nothing else known
BOOKED_BEFORE = (  # per cent by days between booking and meeting; the first that holds
    (timedelta(days=7), 20),
    (timedelta(days=3), 10),
    (timedelta(days=1), 5),
)
MISSED_BEFORE = 25  # per cent for each meeting that this lead missed earlier
MISSES_MAX = 2  # more of them say nothing new
SILENT = 10  # per cent when the buyer has done nothing since a booking of a day ago or more


def judge_at(draft: Draft, *, from_at: datetime) -> datetime | None:
    """When the risk of a meeting that is booked now is judged: at once if it is that near."""
    if draft.contract.alerts.no_show_risk_at is None or from_at <= draft.now:
        return None
    return max(draft.now, from_at - JUDGED_BEFORE)


def risk_of(
    *, meeting: Meeting, lead: Lead, misses: int, now: datetime
) -> tuple[int, tuple[str, ...]]:
    """Per cent, and the reasons in words."""
    booked_at = meeting.booked_at or now
    ahead = meeting.from_at - booked_at
    risk, reasons = START, list[str]()
    for span, points in BOOKED_BEFORE:
        if ahead >= span:
            risk += points
            days = ahead.days
            reasons.append(f"booked {days} day{'s' if days > 1 else ''} before")
            break
    counted = min(misses, MISSES_MAX)
    if counted:
        risk += counted * MISSED_BEFORE
        reasons.append(f"missed {misses} before")
    if now - booked_at >= timedelta(days=1) and not _heard(meeting, lead, since=booked_at):
        risk += SILENT
        reasons.append("nothing heard since it was booked")
    return min(risk, 100), tuple(reasons)


def _heard(meeting: Meeting, lead: Lead, *, since: datetime) -> bool:
    return meeting.heard or any(signal.at > since for signal in lead.signals)


def judge(draft: Draft) -> None:
    """Judge the booked meeting whose instant has come; where an act is left, ask the owner."""
    handoff, at_risk = draft.handoff, draft.contract.alerts.no_show_risk_at
    meeting, due_at = handoff.meeting, judged_next(handoff)
    if meeting is None or due_at is None or draft.now < due_at:
        return
    risk, reasons = risk_of(
        meeting=meeting, lead=draft.lead, misses=handoff.no_shows, now=draft.now
    )
    draft.emit(ev.NoShowJudged(risk=risk, reasons=reasons))
    to = str(handoff.owner)
    told_at = draft.quiet_until(to) or draft.now
    if at_risk is not None and risk >= at_risk and told_at + ACT_TAKES <= meeting.from_at:
        said = f"{risk}%: {', '.join(reasons) or 'as any meeting'}"
        draft.alert(kind="no_show_risk", to=to, reason=said, until_at=meeting.from_at)


def judged_next(handoff: Handoff) -> datetime | None:
    """When the risk of the booked meeting will be judged; None once it was."""
    meeting = handoff.meeting
    return meeting.judge_at if meeting is not None and not meeting.missed else None
