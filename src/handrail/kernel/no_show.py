"""The risk that the buyer does not come to a booked meeting, judged once a day before it.

The two things that foretell a missed appointment best are how long before it was booked and
earlier misses (Dantas, Fleck, Cyrino Oliveira, Hamacher: No-shows in appointment scheduling, a
systematic literature review, Health Policy 122, 2018: 23 % missed on average). What the signs weigh
begins with estimates around that mean, and is learned from what then happened (`lab.no_shows`).
Every judgement is recorded with its signs and reasons, and stands on the weights of its evidence.
"""

from datetime import datetime, timedelta
from math import exp

from handrail.kernel.draft import Draft
from handrail.terms import event as ev
from handrail.terms.handoff import Handoff, Meeting
from handrail.terms.lead import Lead
from handrail.terms.risk import RiskWeights, Sign

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
SAID_FROM = 100  # thousandths of log-odds
SILENT = 10  # per cent when the buyer has done nothing since a booking of a day ago or more


def judge_at(draft: Draft, *, from_at: datetime) -> datetime | None:
    """When the risk of a meeting that is booked now is judged: at once if it is that near."""
    if draft.contract.alerts.no_show_risk_at is None or from_at <= draft.now:
        return None
    return max(draft.now, from_at - JUDGED_BEFORE)


def signs_of(*, meeting: Meeting, lead: Lead, misses: int, now: datetime) -> tuple[Sign, ...]:
    """What is known of this meeting that foretells whether the buyer comes."""
    booked_at = meeting.booked_at or now
    ahead = meeting.from_at - booked_at
    signs: list[Sign] = []
    for span, sign in _AHEAD:
        if ahead >= span:
            signs.append(sign)
            break
    if misses:
        signs.append("missed_1" if misses == 1 else "missed_2")
    if meeting.answer == "yes":
        signs.append("confirmed")
    elif meeting.answer == "no":
        signs.append("declined")
    elif now - booked_at >= timedelta(days=1) and not _heard(meeting, lead, since=booked_at):
        signs.append("silent")
    if meeting.by_buyer:
        signs.append("by_buyer")
    return tuple(signs)


_AHEAD: tuple[tuple[timedelta, Sign], ...] = (
    (timedelta(days=7), "days_7"),
    (timedelta(days=3), "days_3"),
    (timedelta(days=1), "days_1"),
)


def weigh(signs: tuple[Sign, ...], weights: RiskWeights) -> int:
    """Per cent."""
    odds = weights.start + sum(weights.signs.get(sign, 0) for sign in signs)
    return round(100 / (1 + exp(-odds / 1_000)))


def reasons_of(
    signs: tuple[Sign, ...], weights: RiskWeights, *, meeting: Meeting, misses: int, now: datetime
) -> tuple[str, ...]:
    """In words, those that say something: what weighs next to nothing is left out."""
    days = (meeting.from_at - (meeting.booked_at or now)).days
    ahead = f"booked {days} day{'s' if days > 1 else ''} before"
    words: dict[Sign, str] = {
        "days_1": ahead,
        "days_3": ahead,
        "days_7": ahead,
        "missed_1": f"missed {misses} before",
        "missed_2": f"missed {misses} before",
        "silent": "nothing heard since it was booked",
        "confirmed": "the buyer confirmed it",
        "declined": "the buyer declined it",
        "by_buyer": "the buyer chose the time",
    }
    return tuple(words[sign] for sign in signs if abs(weights.signs.get(sign, 0)) >= SAID_FROM)


def risk_of(
    *, meeting: Meeting, lead: Lead, misses: int, now: datetime
) -> tuple[int, tuple[str, ...]]:
    """Per cent, and the reasons in words: how it was worked out before weights were learned, which
    is how ledgers that were written then are read."""
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
    judged = _judged(draft, meeting)
    draft.emit(judged)
    to, risk = str(handoff.owner), judged.risk
    told_at = draft.quiet_until(to) or draft.now
    is_in_time = told_at + ACT_TAKES <= meeting.from_at
    if at_risk is not None and risk >= at_risk and is_in_time and _has_a_way(draft):
        said = f"{risk}%: {', '.join(judged.reasons) or 'as any meeting'}"
        draft.alert(kind="no_show_risk", to=to, reason=said, until_at=meeting.from_at)


def _judged(draft: Draft, meeting: Meeting) -> ev.NoShowJudged:
    lead, misses, weights = draft.lead, draft.handoff.no_shows, draft.evidence.risk
    if weights is None:
        risk, reasons = risk_of(meeting=meeting, lead=lead, misses=misses, now=draft.now)
        return ev.NoShowJudged(risk=risk, reasons=reasons)
    signs = signs_of(meeting=meeting, lead=lead, misses=misses, now=draft.now)
    reasons = reasons_of(signs, weights, meeting=meeting, misses=misses, now=draft.now)
    return ev.NoShowJudged(risk=weigh(signs, weights), reasons=reasons, signs=signs)


def ask_after_decline(draft: Draft) -> None:
    """Asked at once, where an act is left: what was declined is moved or called off by a person."""
    meeting, to = draft.handoff.meeting, str(draft.handoff.owner)
    told_at = draft.quiet_until(to) or draft.now
    if meeting is None or told_at + ACT_TAKES > meeting.from_at or not _has_a_way(draft):
        return
    draft.alert(
        kind="no_show_risk", to=to, reason="the buyer declined it", until_at=meeting.from_at
    )


def _has_a_way(draft: Draft) -> bool:
    """Nobody can confirm, move or call where no address and no number is known, or none may be
    used."""
    lead = draft.lead
    is_known = lead.email is not None or bool(lead.attributes.get("lead.phone"))
    return is_known and not draft.is_barred


def judged_next(handoff: Handoff) -> datetime | None:
    """When the risk of the booked meeting will be judged; None once it was."""
    meeting = handoff.meeting
    return meeting.judge_at if meeting is not None and not meeting.missed else None
