"""Events, reasons and codes in plain words, for people who never saw the code."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from handrail.terms import event as ev
from handrail.terms.command import BUYER
from handrail.terms.handoff import Owner
from handrail.terms.people import Roster

REASONS = {
    "picked": "picked",
    # why somebody else came first
    "later": "would have got to it later",
    "deficit": "further ahead of their fair share",
    "weight": "smaller share of the team's leads",
    "tier": "less senior",
    "recency": "had a lead more recently",
    "flexibility": "kept free for leads that few can take",
    "id": "a tie, settled by name",
    # why somebody could not take it
    "inactive": "not active",
    "on_leave": "on leave",
    "off_shift": "off shift",
    "in_meeting": "in a meeting",
    "on_call": "on a call",
    "away": "away",
    "at_capacity": "holds as many open leads as allowed",
    "daily_cap": "had all of today's leads",
    "weekly_cap": "had all of this week's leads",
    "monthly_cap": "had all of this month's leads",
    "pipeline_full": "carries as much in the CRM as allowed",
    "wrong_territory": "serves another territory",
    "missing_skill": "lacks a skill that the rule asks for",
    "excluded_after_breach": "already missed the clock on this handoff",
    "declined": "already declined this handoff",
    "conflict_of_interest": "has a conflict of interest",
    "calendar_stale": "calendar is out of date",
    "busy_with_timed_lead": "busy with another lead on the clock",
}
CLOCKS = {
    "first_action": "first action",
    "accept_within": "acceptance",
    "handover": "hand-over",
    "triage": "triage",
}
BECAUSE = {
    "breach": "after a breach",
    "pool": "from the pool, as soon as they were free",
    "keeps_owner": "who had this lead before",
    "colleague": "who already works with this account",
    "override": "set by a person",
    "passed_on": "to cover for the owner",
    "cover": "who covers for the owner",
    "departed": "since the owner left the roster",
    "acted": "who acted on it first",
    "claimed": "who claimed it",
    "took_over": "who acted on it and took it over",
    "meeting_booked": "with whom the buyer booked",
    "meeting_moved": "to whom the meeting was moved",
}
CAUSES = {
    "outage": "nothing was looked at in time",
    "unstaffed": "nobody of the team was at work in the whole window",
    "nobody_free": "nobody of the team was free",
    "undelivered": "no channel had told them",
    "given_late": "they got it with less than half of the window left",
    "owner_absent": "off shift, on leave or away when time ran out",
    "owner_busy": "in a meeting or on a call when time ran out",
    "owner_silent": "at work and free when time ran out",
}
ACTS = {
    "call": "called",
    "message": "sent a message",
    "email": "sent an e-mail",
    "meeting": "held a meeting",
}
ALERTS = {
    "incident": "incident page",
    "high_intent": "high intent",
    "new_signal": "a new signal came",
    "barred": "the buyer may not be contacted any more",
    "stalled": "nothing has happened for a while",
    "next_step": "the agreed next step is due",
    "no_show": "the buyer did not come",
    "no_show_risk": "the buyer may not come",
    "follow_up": "the next attempt is due",
    "unbooked": "the buyer has chosen no time",
    "unstaffed": "nobody is known to be free in time",
    "incomplete": "give what the contract still requires",
    "ownership_offered": "may take it over",
}


class Names:
    """How people are called: by their names where the roster has them."""

    def __init__(self, roster: Roster) -> None:
        self._roster = roster

    def of(self, who: str | Owner | None) -> str:
        return self._roster.name_of(str(who)) if who is not None else "nobody"

    def zone_of(self, who: str) -> str:
        """In which somebody reads the clock; UTC for whom the roster does not know."""
        known = self._roster.reps.get(who) or self._roster.people.get(who)
        return (known.timezone if known is not None else None) or "UTC"


def spaced(code: str) -> str:
    """A code as words: `fit_and_intent` reads as `fit and intent`."""
    return code.replace("_", " ")


def tell_reason(code: str) -> str:
    return REASONS.get(code, spaced(code))


def tell_clock(kind: str) -> str:
    return CLOCKS.get(kind, spaced(kind))


def tell_at(at: datetime, zone: str) -> str:
    """An instant in somebody's own zone: `Mon 02 Mar, 10:05 New York time`."""
    place = zone.rpartition("/")[2].replace("_", " ")
    named = "UTC" if place in ("UTC", "UCT", "Zulu") else f"{place} time"
    return f"{tell_day(at, zone)} {named}"


def tell_day(at: datetime, zone: str) -> str:
    """The same without the zone, for the rows below a line that names it."""
    return f"{at.astimezone(ZoneInfo(zone)):%a %d %b, %H:%M}"


def tell_span(span: timedelta) -> str:
    """The two largest units: `2 h 5 min`, `40 s`."""
    seconds = int(abs(span).total_seconds())
    parts = [(seconds // 86_400, "d"), (seconds // 3_600 % 24, "h"), (seconds // 60 % 60, "min")]
    parts.append((seconds % 60, "s"))
    told = [f"{count} {unit}" for count, unit in parts if count]
    return " ".join(told[:2]) or "0 s"


def tell(event: ev.Event, *, names: Names) -> str:
    """One sentence for one event, without its instant."""
    words = _SENTENCES.get(type(event))
    if words is None:
        return spaced(str(event.__struct_config__.tag)).capitalize()
    return words(event, names)


def _note(event: Any) -> str:
    note = event.personal.note
    return f": “{note}”" if note else ""


def _captured(event: ev.Captured, names: Names) -> str:
    told = ", ".join(spaced(signal.name) for signal in event.signals)
    return f"Came in as {event.id}" + (f" with {told}" if told else "")


def _scored(event: ev.Scored, names: Names) -> str:
    told = ", ".join(f"{name} {value}" for name, value in sorted(event.scores.items()))
    return f"Scored: {told}" + (f" ({', '.join(map(spaced, event.fired))})" if event.fired else "")


def _qualified(event: ev.Qualified, names: Names) -> str:
    kind = f"{spaced(event.lead_type)}, tier {event.tier}"
    lacking = f"; missing: {', '.join(event.missing)}" if event.missing else ""
    return f"Qualified as {kind}, by “{event.threshold}”{lacking}"


def _turn(event: ev.Assigned | ev.Pooled, names: Names) -> str:
    verb = "Assigned to" if event.to.rep is not None else "Waits in the"
    because = f", {BECAUSE.get(event.reason, spaced(event.reason))}" if event.reason else ""
    rule = f", by rule “{event.rule}”" if event.rule else ""
    return f"{verb} {names.of(event.to)}{because}{rule}"


def _breached(event: ev.SlaBreached, names: Names) -> str:
    step = f", step {event.step}" if event.step else ""
    late = f"; noticed {tell_span(timedelta(seconds=event.late_by))} late" if event.late_by else ""
    why = f" ({CAUSES[event.cause]})" if event.cause is not None else ""
    return f"{names.of(event.owner)} missed the {tell_clock(event.clock)} clock{step}{late}{why}"


def _escalated(event: ev.Escalated, names: Names) -> str:
    said = {"reroute": "find another owner", "alert_manager": "tell the manager"}
    told = ", ".join(
        said.get(act, act.replace("assign team:", "give it to team ")) for act in event.do
    )
    return f"Escalated, step {event.step}: {told}"


def _rejected(event: ev.Rejected, names: Names) -> str:
    who = names.of(event.rep) if event.rep else "The follow-up rule"
    of = f" of {event.of}" if event.of else ""
    back = "; the share is given back" if event.credit else ""
    return f"{who} rejected it as {spaced(event.code)}{of}{back}{_note(event)}"


def _to_manager(event: ev.ManagerAlerted) -> str:
    told = {
        "sla_breached": f"the {tell_clock(event.clock or 'first_action')} clock was missed",
        "breach_annulled": "a breach proved false",
        "follow_up_short": "too few attempts were made",
    }
    return told.get(event.reason, spaced(event.reason))


def _overridden(event: ev.Overridden, names: Names) -> str:
    by = names.of(event.by)
    if event.what == "release":
        return f"{by} released what people had set{_note(event)}"
    if event.what == "cover":
        return f"{by} passed it on to {names.of(event.owner or '')}{_note(event)}"
    scores = ", ".join(f"{name} {value}" for name, value in sorted(event.score.items()))
    value = names.of(event.owner) if event.owner else event.stage or scores
    return f"{by} set the {event.what}" + (f" to {value}" if value else "") + _note(event)


def _alerted(event: ev.Alerted, names: Names) -> str:
    pool = names.of(event.reason) if event.reason else ""
    why = f" ({pool})" if pool else ""
    return f"Alert to {names.of(event.to)}: {ALERTS.get(event.kind, spaced(event.kind))}{why}"


def _held(event: ev.AlertHeld, names: Names) -> str:
    return (
        f"Alert to {names.of(event.to)} held over quiet hours: "
        f"{ALERTS.get(event.kind, spaced(event.kind))}"
    )


_SENTENCES: dict[type, Callable[[Any, Names], str]] = {
    ev.Captured: _captured,
    ev.Enriched: lambda e, n: f"Enriched by {e.source}",
    ev.Signalled: lambda e, n: f"Signal: {spaced(e.signal.name)}",
    ev.Scored: _scored,
    ev.Excluded: lambda e, n: f"Excluded: {e.reason}",
    ev.Qualified: _qualified,
    ev.Triaged: lambda e, n: (
        f"Sent to triage at {n.of(e.to)}: {spaced(e.reason)}"
        + (f"; missing: {', '.join(e.missing)}" if e.missing else "")
    ),
    ev.Assigned: _turn,
    ev.Pooled: _turn,
    ev.Retyped: lambda e, n: f"Now a {spaced(e.lead_type)} lead",
    ev.Notified: lambda e, n: f"{n.of(e.to)} was told" + (f" ({e.channel})" if e.channel else ""),
    ev.Acknowledged: lambda e, n: f"{n.of(e.rep)} opened it",
    ev.SlaWarned: lambda e, n: f"Warned {n.of(e.to)}: the {tell_clock(e.clock)} clock runs low",
    ev.SlaBreached: _breached,
    ev.BreachAnnulled: lambda e, n: f"A breach of the {tell_clock(e.clock)} clock proved false",
    ev.Escalated: _escalated,
    ev.ManagerAlerted: lambda e, n: f"Told the manager, {n.of(e.to)}: {_to_manager(e)}",
    ev.IncidentOpened: lambda e, n: f"Incident opened; pages {n.of(e.to)} until somebody acts",
    ev.IncidentClosed: lambda e, n: (
        f"Incident closed by {n.of(e.by)}: {spaced(e.code or 'other')}{_note(e)}"
        if e.by is not None
        else f"Incident closed: {spaced(e.reason)}"
    ),
    ev.IncidentSilenced: lambda e, n: (
        f"Incident silenced by {n.of(e.by)} until {tell_at(e.until, n.zone_of(e.by))}{_note(e)}"
    ),
    ev.Alerted: _alerted,
    ev.AlertHeld: _held,
    ev.FirstAction: lambda e, n: f"First action: {n.of(e.rep)} {ACTS[e.act]}",
    ev.Acted: lambda e, n: f"{n.of(e.rep)} {ACTS[e.act]}",
    ev.Accepted: lambda e, n: (
        f"Accepted by {n.of(e.rep)}" + ("" if e.reason == "accept" else f" ({spaced(e.reason)})")
    ),
    ev.Completed: lambda e, n: (
        f"{n.of(e.by)} gave {', '.join((*sorted(e.personal.attributes), *e.answers)) or 'values'}"
    ),
    ev.Rejected: _rejected,
    ev.ConversationHeld: lambda e, n: "Conversation" + (f" with {n.of(e.rep)}" if e.rep else ""),
    ev.SalesQualified: lambda e, n: f"Sales-qualified by {n.of(e.rep)}{_note(e)}",
    ev.HandedOver: lambda e, n: f"Handed over to {n.of(e.to)}",
    ev.Stalled: lambda e, n: f"Stalled with {n.of(e.to)}",
    ev.FollowUpShort: lambda e, n: f"Follow-up ended after {e.attempts} attempts, too few",
    ev.Paused: lambda e, n: f"Paused by {n.of(e.by)}{_note(e)}",
    ev.Overridden: _overridden,
    ev.Recycled: lambda e, n: "Recycled" + (f" as {spaced(e.code)}" if e.code else ""),
    ev.Requalified: lambda e, n: "Looked at again: the waiting time of the recycle is over",
    ev.Disqualified: lambda e, n: "Disqualified" + (f" as {spaced(e.code)}" if e.code else ""),
    ev.Merged: lambda e, n: "Merged" + (f" into {e.of}" if e.of else ""),
    ev.Closed: lambda e, n: f"Closed: {spaced(e.outcome)}",
    ev.Reopened: lambda e, n: f"Reopened as {e.stage}",
    ev.MeetingBooked: lambda e, n: (
        f"Meeting booked with {n.of(e.rep)}" + (f" by {n.of(e.by)}" if e.by else "")
    ),
    ev.MeetingMoved: lambda e, n: (
        f"Meeting moved by {n.of(e.by)}"
        + (f" from {n.of(e.from_rep)} to {n.of(e.rep)}" if e.rep != e.from_rep else "")
    ),
    ev.MeetingCancelled: lambda e, n: (
        f"Meeting with {n.of(e.rep)} cancelled by {n.of(e.by)}{_note(e)}"
    ),
    ev.NoShowJudged: lambda e, n: (
        f"Risk that the buyer does not come: {e.risk}%"
        + (f" ({', '.join(e.reasons)})" if e.reasons else "")
    ),
    ev.MeetingConfirmed: lambda e, n: (
        f"The buyer will come to the meeting with {n.of(e.rep)}, said to {n.of(e.by)}"
        if e.by != BUYER
        else f"The buyer confirmed the meeting with {n.of(e.rep)}"
    ),
    ev.MeetingDeclined: lambda e, n: f"The buyer declined the meeting with {n.of(e.rep)}",
    ev.LeftUnbooked: lambda e, n: (
        "The buyer has chosen no time" + ("; they got the times by mail" if e.mailed else "")
    ),
    ev.PageRevoked: lambda e, n: f"Booking link revoked by {n.of(e.by)}{_note(e)}",
    ev.MeetingJoined: lambda e, n: (
        f"{n.of(e.rep)} came to the meeting" if e.who == "rep" else "The buyer came to the meeting"
    ),
    ev.MeetingMissed: lambda e, n: (
        f"The buyer missed the meeting with {n.of(e.rep)}"
        + ("; the share is given back" if e.credit else "")
    ),
    ev.Migrated: lambda e, n: (
        f"Migrated by {n.of(e.by)} to version {e.contract[:12]} of the contract{_note(e)}"
    ),
    ev.CrmWritten: lambda e, n: f"Written to {e.system}",
}
