"""Who could take a lead at an instant: a second opinion, written without the kernel's code."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec

from handrail.terms.evidence import RepConditions
from handrail.trials.sim.hand import Hand
from handrail.trials.sim.world import RepPlan

SOON = frozenset({"off_shift", "in_meeting"})


class Hands(msgspec.Struct, frozen=True):
    """What a rep holds and was given, counted from the ledger."""

    open: int
    unworked: int
    timed: int
    turns: tuple[datetime, ...]


def why_not(
    *,
    rep: RepPlan,
    hand: Hand,
    needs: frozenset[str],
    conditions: RepConditions,
    hands: Hands,
    at: datetime,
) -> frozenset[str]:
    """Every reason why the rep cannot take it; empty when eligible."""
    return frozenset(
        [
            *absence_of(rep, conditions, at),
            *_caps(rep, hands, at, is_timed=not hand.same_day),
            *_fit(rep, hand, needs),
        ]
    )


def absence_of(rep: RepPlan, conditions: RepConditions, at: datetime) -> list[str]:
    found = []
    local = at.astimezone(ZoneInfo(rep.zone))
    today = local.date()
    if not rep.active:
        found.append("inactive")
    if any(first <= today <= last for first, last in rep.leave) or any(
        span.from_at <= at < span.until_at for span in conditions.absent
    ):
        found.append("on_leave")
    if rep.joined is not None and today < rep.joined:
        found.append("not_joined")
    if not _on_shift(rep, local):
        found.append("off_shift")
    if any(span.from_at <= at < span.until_at for span in conditions.taken):
        found.append("in_meeting")
    if any(at < end for end in (conditions.call_until or at, *_call_ends(conditions))):
        found.append("on_call")
    presence = conditions.presence
    if presence.state != "available" and (presence.until is None or at < presence.until):
        found.append(presence.state)
    return found


def _on_shift(rep: RepPlan, local: datetime) -> bool:
    if rep.spans is None:
        return local.date() not in rep.days_off
    minute = local.hour * 60 + local.minute
    today, before = local.date(), local.date() - timedelta(days=1)
    if today in rep.days_off:
        return False
    return any(
        (today.weekday() in rep.days and start <= minute < end)
        or (before.weekday() in rep.days and start <= minute + 1440 < end)
        for start, end in rep.spans
    )


def _caps(rep: RepPlan, hands: Hands, at: datetime, *, is_timed: bool) -> list[str]:
    local = at.astimezone(ZoneInfo(rep.zone))
    day = local.date()
    days = [turn.astimezone(ZoneInfo(rep.zone)).date() for turn in hands.turns]
    monday = day - timedelta(days=day.weekday())
    had = {
        "open": hands.open,
        "day": sum(one >= day for one in days),
        "week": sum(one >= monday for one in days),
        "month": sum(one >= day.replace(day=1) for one in days),
    }
    found = [f"cap_{cap}" for cap, count in had.items() if count >= rep.caps.get(cap, 10**9)]
    if is_timed and hands.timed >= rep.caps.get("timed", 1):
        found.append("busy_with_timed_lead")
    return found


def _fit(rep: RepPlan, hand: Hand, needs: frozenset[str]) -> list[str]:
    found = []
    if rep.territories is not None and hand.territory not in rep.territories:
        found.append("wrong_territory")
    if not needs <= set(rep.skills):
        found.append("missing_skill")
    if rep.id in hand.breachers:
        found.append("excluded_after_breach")
    if rep.id in hand.declined:
        found.append("declined")
    if hand.account is not None and hand.account in rep.conflicts:
        found.append("conflict_of_interest")
    return found


def _call_ends(conditions: RepConditions) -> list[datetime]:
    return [call.until_at for call in conditions.calls]
