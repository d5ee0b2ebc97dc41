"""What each event makes of a handoff. One function an event; `HANDOFF_FOLDS` lists them all."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from handrail.kernel.meeting_folds import (
    MEETING_FOLDS,
    heard,
    is_being_held,
    shown,
    without,
    without_held,
)
from handrail.terms import event as ev
from handrail.terms.handoff import Breach, Handoff, HeldAlert, Incident, Stage
from handrail.terms.sla import Clock

replace = msgspec.structs.replace


def _assigned(handoff: Handoff, event: ev.Assigned, at: datetime) -> Handoff:
    return replace(
        handoff,
        stage="sql" if handoff.stage == "sql" else "assigned",
        owner=event.to,
        rule=event.rule or handoff.rule,
        assigned_at=at,
        notified_at=None,
        given_short=event.short,
        outcome=None,
        outcome_is_rejection=False,
        accepted_at=None if handoff.stage != "sql" else handoff.accepted_at,
        follow_up_at=None,
        next_attempt_at=None,
        held=without_held(handoff.held, "follow_up"),
        clocks=_with_clocks(without(handoff.clocks, "accept_within"), event.clocks),
        stall_at=event.stall_at,
        active_at=at,
    )


def _pooled(handoff: Handoff, event: ev.Pooled, at: datetime) -> Handoff:
    return replace(
        handoff,
        stage="sql" if handoff.stage == "sql" else "assigned",
        owner=event.to,
        rule=event.rule or handoff.rule,
        assigned_at=None,
        notified_at=None,
        given_short=False,
        outcome=None,
        outcome_is_rejection=False,
        accepted_at=None if handoff.stage != "sql" else handoff.accepted_at,
        follow_up_at=None,
        next_attempt_at=None,
        held=without_held(handoff.held, "follow_up"),
        clocks=_with_clocks(without(handoff.clocks, "accept_within"), event.clocks),
        stall_at=event.stall_at,
        active_at=at,
    )


def _retyped(handoff: Handoff, event: ev.Retyped, at: datetime) -> Handoff:
    return replace(
        handoff,
        lead_type=event.lead_type,
        same_day=event.same_day,
        load=event.load,
        clocks=_with_clocks(handoff.clocks, event.clocks),
    )


def _notified(handoff: Handoff, event: ev.Notified, at: datetime) -> Handoff:
    return replace(handoff, notified_at=at) if event.to == handoff.owner.rep else handoff


def _sla_warned(handoff: Handoff, event: ev.SlaWarned, at: datetime) -> Handoff:
    return replace(
        handoff,
        clocks=tuple(
            replace(clock, warn_at=None) if clock.kind == event.clock else clock
            for clock in handoff.clocks
        ),
    )


def _sla_breached(handoff: Handoff, event: ev.SlaBreached, at: datetime) -> Handoff:
    breach = Breach(
        clock=event.clock,
        step=event.step,
        due_at=event.due_at,
        owner=event.owner,
        cause=event.cause,
    )
    return replace(
        handoff,
        clocks=without(handoff.clocks, event.clock),
        steps_taken=max(handoff.steps_taken, event.step),
        breaches=(*handoff.breaches, breach),
    )


def _breach_annulled(handoff: Handoff, event: ev.BreachAnnulled, at: datetime) -> Handoff:
    def annul(breach: Breach) -> Breach:
        same = (breach.clock, breach.step, breach.due_at) == (
            event.clock,
            event.step,
            event.due_at,
        )
        return replace(breach, annulled=True) if same else breach

    return replace(handoff, breaches=tuple(annul(breach) for breach in handoff.breaches))


def _escalated(handoff: Handoff, event: ev.Escalated, at: datetime) -> Handoff:
    return replace(handoff, clocks=_with_clocks(handoff.clocks, event.clocks))


def _incident_opened(handoff: Handoff, event: ev.IncidentOpened, at: datetime) -> Handoff:
    incident = Incident(opened_at=at, page_at=event.page_at, to=event.to, step=event.step)
    return replace(handoff, incident=incident)


def _incident_closed(handoff: Handoff, event: ev.IncidentClosed, at: datetime) -> Handoff:
    return replace(handoff, incident=None)


def _incident_silenced(handoff: Handoff, event: ev.IncidentSilenced, at: datetime) -> Handoff:
    incident = handoff.incident
    assert incident is not None
    silenced = replace(
        incident, page_at=event.page_at, silenced_until=event.until, silenced_by=event.by
    )
    return replace(handoff, incident=silenced)


def _alerted(handoff: Handoff, event: ev.Alerted, at: datetime) -> Handoff:
    if event.kind == "incident" and handoff.incident is not None:
        incident = replace(
            handoff.incident, page_at=event.page_at, pages=handoff.incident.pages + 1
        )
        return replace(handoff, incident=incident)
    left = tuple(
        alert for alert in handoff.held if (alert.kind, alert.to) != (event.kind, event.to)
    )
    if left != handoff.held:  # it was held through quiet hours and is given now
        return replace(handoff, held=left)
    if event.kind == "follow_up":
        return replace(handoff, asked_attempt=_asked(handoff, event.kind))
    return replace(handoff, next_step_at=None) if event.kind == "next_step" else handoff


def _alert_held(handoff: Handoff, event: ev.AlertHeld, at: datetime) -> Handoff:
    held = HeldAlert(
        kind=event.kind,
        to=event.to,
        at=event.until,
        reason=event.reason,
        until_at=event.until_at,
    )
    others = tuple(a for a in handoff.held if (a.kind, a.to) != (event.kind, event.to))
    nothing_due = event.kind == "next_step"
    return replace(
        handoff,
        held=(*others, held),
        next_step_at=None if nothing_due else handoff.next_step_at,
        asked_attempt=_asked(handoff, event.kind),
    )


def _asked(handoff: Handoff, kind: str) -> int:
    return handoff.attempts + 1 if kind == "follow_up" else handoff.asked_attempt


def _first_action(handoff: Handoff, event: ev.FirstAction, at: datetime) -> Handoff:
    return replace(
        handoff,
        first_action_at=event.acted_at,
        met_at=handoff.met_at or event.acted_at,
        attempts=handoff.attempts + 1,
        acted_by=tuple(dict.fromkeys((*handoff.acted_by, event.rep))),
        clocks=without(handoff.clocks, "first_action"),
        active_at=at,
        stall_at=event.stall_at,
        next_attempt_at=event.next_attempt_at,
        held=without_held(handoff.held, "follow_up", "unbooked"),
    )


def _acted(handoff: Handoff, event: ev.Acted, at: datetime) -> Handoff:
    return replace(
        handoff,
        attempts=handoff.attempts + 1,
        acted_by=tuple(dict.fromkeys((*handoff.acted_by, event.rep))),
        active_at=at,
        stall_at=event.stall_at,
        next_attempt_at=event.next_attempt_at,
        held=without_held(handoff.held, "follow_up", "unbooked"),
    )


def _accepted(handoff: Handoff, event: ev.Accepted, at: datetime) -> Handoff:
    return replace(
        handoff,
        stage="sql" if handoff.stage == "sql" else "accepted",
        accepted_at=at,
        follow_up_at=event.follow_up_at,
        attempts_planned=event.attempts_planned,
        next_attempt_at=event.next_attempt_at,
        asked_attempt=0,
        clocks=without(without(handoff.clocks, "accept_within"), "handover"),
        active_at=at,
        stall_at=event.stall_at,
    )


def _rejected(handoff: Handoff, event: ev.Rejected, at: datetime) -> Handoff:
    by = (event.rep,) if event.rep is not None else ()
    return replace(
        handoff,
        outcome=event.code,
        outcome_is_rejection=True,
        rejected_by=(*handoff.rejected_by, *by),
        follow_up_at=None,
        next_attempt_at=None,
        active_at=at,
    )


def _conversation(handoff: Handoff, event: ev.ConversationHeld, at: datetime) -> Handoff:
    meeting = handoff.meeting
    is_held = meeting is not None and is_being_held(meeting, at=at)
    return replace(
        handoff,
        shown=shown(handoff, missed=False) if is_held else handoff.shown,
        conversation_at=handoff.conversation_at or at,
        met_at=handoff.met_at or at,
        clocks=without(handoff.clocks, "first_action"),
        follow_up_at=None,
        next_attempt_at=None,
        meeting=heard(meeting, is_held=is_held),
        held=without_held(handoff.held, "follow_up", "unbooked", "no_show_risk"),
        active_at=at,
        stall_at=event.stall_at,
    )


def _sales_qualified(handoff: Handoff, event: ev.SalesQualified, at: datetime) -> Handoff:
    return replace(
        handoff,
        stage="sql",
        clocks=(),
        met_at=handoff.met_at or at,
        next_step_at=event.next_step_at,
        follow_up_at=None,
        next_attempt_at=None,
        held=without_held(handoff.held, "follow_up"),
        active_at=at,
        stall_at=event.stall_at,
    )


def _handed_over(handoff: Handoff, event: ev.HandedOver, at: datetime) -> Handoff:
    return replace(
        handoff,
        owner=event.to,
        assigned_at=at if event.to.rep is not None else None,
        handed_over=True,
        clocks=_with_clocks(handoff.clocks, event.clocks),
        active_at=at,
    )


def _stalled(handoff: Handoff, event: ev.Stalled, at: datetime) -> Handoff:
    return replace(handoff, stall_at=event.stall_at)


def _follow_up_short(handoff: Handoff, event: ev.FollowUpShort, at: datetime) -> Handoff:
    return replace(handoff, follow_up_at=None, next_attempt_at=None, follow_up_short=True)


def _paused(handoff: Handoff, event: ev.Paused, at: datetime) -> Handoff:
    incident = handoff.incident
    if incident is not None and event.page_at is not None:
        incident = replace(incident, page_at=event.page_at)
    until = max(event.until, handoff.paused_until or event.until)
    return replace(
        handoff,
        paused_until=until,
        clocks=_with_clocks(handoff.clocks, event.clocks),
        incident=incident,
        stall_at=event.stall_at,
        active_at=at,
    )


def _ended(stage: Stage, outcome: str | None) -> Callable[[Handoff, datetime], Handoff]:
    def end(handoff: Handoff, at: datetime) -> Handoff:
        return replace(
            handoff,
            stage=stage,
            ended_at=at,
            outcome=outcome or handoff.outcome,
            clocks=(),
            incident=None,
            held=(),
            requalify_at=None,  # what a person ends otherwise does not come again by itself
            stall_at=None,
            follow_up_at=None,
            next_attempt_at=None,
            next_step_at=None,
        )

    return end


def _recycled(handoff: Handoff, event: ev.Recycled, at: datetime) -> Handoff:
    return replace(_ended("recycled", event.code)(handoff, at), requalify_at=event.requalify_at)


def _requalified(handoff: Handoff, event: ev.Requalified, at: datetime) -> Handoff:
    return replace(handoff, requalify_at=None)


def _disqualified(handoff: Handoff, event: ev.Disqualified, at: datetime) -> Handoff:
    return _ended("disqualified", event.code)(handoff, at)


def _merged_away(handoff: Handoff, event: ev.Merged, at: datetime) -> Handoff:
    return _ended("closed", "merged")(handoff, at)


def _closed(handoff: Handoff, event: ev.Closed, at: datetime) -> Handoff:
    return _ended("closed", event.outcome)(handoff, at)


def _migrated(handoff: Handoff, event: ev.Migrated, at: datetime) -> Handoff:
    return replace(
        handoff,
        contract=event.contract,
        clocks=_with_clocks(handoff.clocks, event.clocks),
    )


def _unchanged(handoff: Handoff, event: ev.Event, at: datetime) -> Handoff:
    return handoff


HANDOFF_FOLDS: dict[type, Callable[[Handoff, Any, datetime], Handoff]] = {
    ev.Assigned: _assigned,
    ev.Pooled: _pooled,
    ev.Retyped: _retyped,
    ev.Notified: _notified,
    ev.SlaWarned: _sla_warned,
    ev.SlaBreached: _sla_breached,
    ev.BreachAnnulled: _breach_annulled,
    ev.Escalated: _escalated,
    ev.ManagerAlerted: _unchanged,
    ev.IncidentOpened: _incident_opened,
    ev.IncidentClosed: _incident_closed,
    ev.IncidentSilenced: _incident_silenced,
    ev.Alerted: _alerted,
    ev.AlertHeld: _alert_held,
    ev.FirstAction: _first_action,
    ev.Acted: _acted,
    ev.Accepted: _accepted,
    ev.Rejected: _rejected,
    ev.ConversationHeld: _conversation,
    ev.SalesQualified: _sales_qualified,
    ev.HandedOver: _handed_over,
    ev.Stalled: _stalled,
    ev.FollowUpShort: _follow_up_short,
    ev.Paused: _paused,
    ev.Recycled: _recycled,
    ev.Requalified: _requalified,
    ev.Disqualified: _disqualified,
    ev.Merged: _merged_away,
    ev.Closed: _closed,
    ev.Acknowledged: _unchanged,
    ev.CrmWritten: _unchanged,
    ev.Migrated: _migrated,
    **MEETING_FOLDS,
}


def _with_clocks(clocks: tuple[Clock, ...], new: tuple[Clock, ...]) -> tuple[Clock, ...]:
    """A window that opens takes the place of the one of its kind."""
    kinds = {clock.kind for clock in new}
    return (*(clock for clock in clocks if clock.kind not in kinds), *new)
