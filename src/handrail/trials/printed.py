"""Events as rehearsals print them and people read them."""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any

from handrail.engine.ledger import Entry
from handrail.kernel.decision import Case
from handrail.kernel.evolve import evolve
from handrail.terms import event as ev
from handrail.terms.durations import format_instant, format_lateness, format_offset
from handrail.terms.handoff import Handoff, Owner
from handrail.terms.sla import Clock

Printed = dict[str, Any]


def print_entries(entries: Iterable[Entry], *, start: datetime) -> Iterator[Printed]:
    """Every event of the entries, in order, with its offset from `start`."""
    cases: dict[str, Case] = {}
    for entry in entries:
        if entry.lead is None:
            continue
        opened = _first_due(entry.events)
        for event in entry.events:
            case = evolve(cases.get(entry.lead), event, at=entry.at)
            cases[entry.lead] = case
            yield print_event(
                event, at=entry.at, start=start, lead=entry.lead, case=case, first_due=opened
            )


def print_event(
    event: ev.Event,
    *,
    at: datetime,
    start: datetime,
    lead: str,
    case: Case,
    first_due: datetime | None = None,
) -> Printed:
    """One event; `case` is the case with the event counted."""
    printed: Printed = {
        "at": format_offset(at - start),
        "event": event.__struct_config__.tag,
        "lead": lead,
    }
    parts = _PARTS.get(type(event))
    if parts is not None:
        printed.update(parts(event, case.handoff))
    if isinstance(event, ev.Qualified) and first_due is not None:
        printed["due_at"] = first_due
    return {key: _text(value) for key, value in printed.items() if value not in (None, "", ())}


def _text(value: Any) -> Any:
    if isinstance(value, datetime):
        return format_instant(value)
    if isinstance(value, timedelta):
        return format_lateness(value)
    if isinstance(value, tuple):
        return list(value)
    return value


def _first_due(events: Iterable[ev.Event]) -> datetime | None:
    for event in events:
        if isinstance(event, ev.Assigned | ev.Pooled):
            for clock in event.clocks:
                if clock.kind == "first_action":
                    return clock.due_at
    return None


def _due(handoff: Handoff | None, clocks: tuple[Clock, ...]) -> datetime | None:
    """The first-action clock's due instant as it now runs, else that of the window opened here."""
    running = handoff.clock("first_action") if handoff is not None else None
    if running is not None:
        return running.due_at
    return clocks[0].due_at if clocks else None


def _owner(owner: Owner) -> Printed:
    return {"to": str(owner), "rep": owner.rep}


def _told(to: str) -> Printed:
    return {"to": to, "rep": None if to.startswith("team:") else to}


def _given(event: ev.Assigned | ev.Pooled, handoff: Handoff | None) -> Printed:
    return {
        **_owner(event.to),
        "rule": event.rule,
        "reason": event.reason,
        "due_at": _due(handoff, event.clocks),
    }


def _breached(event: ev.SlaBreached, handoff: Handoff | None) -> Printed:
    return {
        **_told(event.owner),
        "step": event.step or None,
        "clock": event.clock,
        "due_at": event.due_at,
        "late_by": timedelta(seconds=event.late_by) if event.late_by else None,
        "cause": event.cause,
    }


def _qualified(event: ev.Qualified, handoff: Handoff | None) -> Printed:
    return {
        "lead_type": event.lead_type,
        "tier": event.tier,
        "reason": event.threshold,
        "threshold": event.threshold,
        "missing": event.missing,
    }


def _triaged(event: ev.Triaged, handoff: Handoff | None) -> Printed:
    return {
        **_owner(event.to),
        "reason": event.reason,
        "clock": "triage",
        "due_at": event.clock.due_at,
        "missing": event.missing,
    }


def _paused(event: ev.Paused, handoff: Handoff | None) -> Printed:
    return {
        "by": event.by,
        "until": event.until,
        "reason": event.personal.note,
        "due_at": _due(None, ()) if not event.clocks else _paused_due(event),
    }


def _paused_due(event: ev.Paused) -> datetime:
    first = next((clock for clock in event.clocks if clock.kind == "first_action"), None)
    return first.due_at if first is not None else min(clock.due_at for clock in event.clocks)


_PARTS: dict[type, Callable[[Any, Handoff | None], Printed]] = {
    ev.Captured: lambda e, h: {"lead": e.id},
    ev.Enriched: lambda e, h: {"reason": e.source},
    ev.Signalled: lambda e, h: {"kind": e.signal.name},
    ev.Scored: lambda e, h: {"scores": dict(e.scores)},
    ev.Excluded: lambda e, h: {"reason": e.reason},
    ev.Qualified: _qualified,
    ev.Triaged: _triaged,
    ev.Assigned: _given,
    ev.Pooled: _given,
    ev.Retyped: lambda e, h: {"reason": e.lead_type, "due_at": _due(h, e.clocks)},
    ev.Notified: lambda e, h: _told(e.to),
    ev.Acknowledged: lambda e, h: {"rep": e.rep},
    ev.SlaWarned: lambda e, h: {**_told(e.to), "clock": e.clock, "due_at": e.due_at},
    ev.SlaBreached: _breached,
    ev.BreachAnnulled: lambda e, h: {
        "clock": e.clock,
        "step": e.step or None,
        "due_at": e.due_at,
    },
    ev.Escalated: lambda e, h: {"step": e.step, "reason": ", ".join(e.do)},
    ev.ManagerAlerted: lambda e, h: {
        "to": e.to,
        "reason": e.reason,
        "clock": e.clock,
        "step": e.step or None,
    },
    ev.IncidentOpened: lambda e, h: {"to": e.to, "step": e.step},
    ev.IncidentClosed: lambda e, h: {"reason": e.reason, "by": e.by, "code": e.code},
    ev.IncidentSilenced: lambda e, h: {
        "by": e.by,
        "until": e.until,
        "reason": e.personal.note,
    },
    ev.Alerted: lambda e, h: {"kind": e.kind, **_told(e.to), "reason": e.reason},
    ev.AlertHeld: lambda e, h: {"kind": e.kind, **_told(e.to), "until": e.until},
    ev.FirstAction: lambda e, h: {"rep": e.rep, "kind": e.act, "acted_at": e.acted_at},
    ev.Acted: lambda e, h: {"rep": e.rep, "kind": e.act, "acted_at": e.acted_at},
    ev.Accepted: lambda e, h: {"rep": e.rep, "reason": e.reason},
    ev.Completed: lambda e, h: {
        "by": e.by,
        "given": (*sorted(e.personal.attributes), *e.answers),
    },
    ev.Rejected: lambda e, h: {"rep": e.rep, "code": e.code, "of": e.of},
    ev.ConversationHeld: lambda e, h: {"rep": e.rep},
    ev.SalesQualified: lambda e, h: {"rep": e.rep, "next_step_at": e.next_step_at},
    ev.HandedOver: lambda e, h: {
        **_owner(e.to),
        "clock": "handover",
        "due_at": e.clocks[0].due_at if e.clocks else None,
    },
    ev.Stalled: lambda e, h: _told(e.to),
    ev.FollowUpShort: lambda e, h: {"attempts": e.attempts},
    ev.Paused: _paused,
    ev.Overridden: lambda e, h: {
        "by": e.by,
        "kind": e.what,
        "to": e.owner,
        "stage": e.stage,
        "reason": e.personal.note,
    },
    ev.Recycled: lambda e, h: {"code": e.code, "wakes_at": e.requalify_at},
    ev.Disqualified: lambda e, h: {"code": e.code},
    ev.Merged: lambda e, h: {"code": e.code, "of": e.of},
    ev.Closed: lambda e, h: {"reason": e.outcome},
    ev.Reopened: lambda e, h: {"stage": e.stage},
    ev.Migrated: lambda e, h: {
        "by": e.by,
        "reason": e.personal.note,
        "due_at": _due(h, e.clocks),
    },
    ev.MeetingBooked: lambda e, h: {"rep": e.rep, "from": e.from_at, "until": e.until_at},
    ev.MeetingMoved: lambda e, h: {
        "rep": e.rep,
        "from": e.from_at,
        "until": e.until_at,
        "by": e.by,
    },
    ev.MeetingCancelled: lambda e, h: {"rep": e.rep, "by": e.by, "reason": e.personal.note},
    ev.NoShowJudged: lambda e, h: {"risk": e.risk, "reason": ", ".join(e.reasons)},
    ev.MeetingConfirmed: lambda e, h: {"rep": e.rep, "by": e.by},
    ev.MeetingDeclined: lambda e, h: {"rep": e.rep, "by": e.by},
    ev.LeftUnbooked: lambda e, h: {"reason": "mailed" if e.mailed else "not mailed"},
    ev.PageRevoked: lambda e, h: {"by": e.by, "reason": e.personal.note},
    ev.MeetingJoined: lambda e, h: {"rep": e.rep, "kind": e.who, "by": e.by},
    ev.MeetingMissed: lambda e, h: {"rep": e.rep, "by": e.by},
    ev.CrmWritten: lambda e, h: {"reason": e.system},
}
