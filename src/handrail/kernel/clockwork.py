"""What a wake-up finds: warnings, breaches and what follows, incidents, stalls, ripe recycles."""

from datetime import datetime

from handrail.contract.model import (
    AlertManagerStep,
    AssignTeamStep,
    EscalationStep,
    IncidentStep,
    RerouteStep,
    StepAct,
)
from handrail.kernel import follow_up, no_show, opening
from handrail.kernel.cause import cause_of
from handrail.kernel.disposition import follow
from handrail.kernel.draft import LOOK_AGAIN, Draft
from handrail.terms import event as ev
from handrail.terms.handoff import Handoff
from handrail.terms.sla import Clock


def wake(draft: Draft) -> None:
    """Look again at everything whose instant has come. Early, late or doubled, it is harmless."""
    handoff = draft.case.handoff
    if handoff is None:
        return
    if not handoff.is_open:
        _requalify(draft)
        return
    _release_held(draft)
    run_clocks(draft, acted_at=draft.now)
    _page(draft)
    _follow_up(draft)
    if draft.handoff.is_open:
        follow_up.ask(draft)
        no_show.judge(draft)
    _next_step(draft)
    _stall(draft)


def run_clocks(draft: Draft, *, acted_at: datetime) -> None:
    """Take at most one step of each clock: a warning, or the breach that has come.

    `acted_at` is the instant of an act that is about to be counted: a clock that it meets is left
    alone, though the wake-up may be late.
    """
    for clock in sorted(draft.handoff.clocks, key=lambda clock: (clock.due_at, clock.kind)):
        if clock not in draft.handoff.clocks:  # an earlier step has closed it
            continue
        if draft.now >= clock.due_at and acted_at >= clock.due_at:
            _breach(draft, clock)
        elif clock.warn_at is not None and clock.warn_at <= draft.now < clock.due_at:
            draft.emit(
                ev.SlaWarned(clock=clock.kind, to=str(draft.handoff.owner), due_at=clock.due_at)
            )


def _breach(draft: Draft, clock: Clock) -> None:
    handoff = draft.handoff
    climbs = clock.kind == "first_action"
    draft.emit(
        ev.SlaBreached(
            clock=clock.kind,
            owner=str(handoff.owner),
            due_at=clock.due_at,
            step=handoff.steps_taken + 1 if climbs else 0,
            late_by=int((draft.now - clock.due_at).total_seconds()),
            cause=cause_of(draft, clock),
        )
    )
    if not climbs:
        draft.emit(ev.ManagerAlerted(to=draft.manager(), reason="sla_breached", clock=clock.kind))
        return
    chain = draft.contract.sla.escalation
    taken = draft.handoff.steps_taken
    if taken <= len(chain):
        _take_step(draft, chain[taken - 1], is_last=taken == len(chain))


def _take_step(draft: Draft, step: EscalationStep, *, is_last: bool) -> None:
    """Do what the contract says of this breach; unless it is the last, the next window opens."""
    moves = any(isinstance(act, RerouteStep | AssignTeamStep) for act in step.do)
    is_set = "owner" in draft.handoff.set_by_person
    stays = is_set or not moves
    opens = stays and not is_last and not draft.is_barred
    clocks = (opening.first_action_window(draft, draft.handoff.owner),) if opens else ()
    names = tuple(_name(act) for act in step.do)
    draft.emit(ev.Escalated(step=step.breach, do=names, clocks=clocks))
    told = False
    for act in step.do:
        match act:
            case AlertManagerStep():
                told = told or _tell_manager(draft, step.breach)
            case RerouteStep() if not is_set:
                _move(draft, only_team=None, opens=not is_last)
            case AssignTeamStep(team=team) if not is_set:
                _move(draft, only_team=team, opens=not is_last)
            case RerouteStep() | AssignTeamStep():
                told = told or _tell_manager(draft, step.breach)
            case IncidentStep():
                _open_incident(draft, step)


def _name(act: StepAct) -> str:
    match act:
        case AlertManagerStep():
            return "alert_manager"
        case RerouteStep():
            return "reroute"
        case AssignTeamStep(team=team):
            return f"assign team:{team}"
        case IncidentStep():
            return "incident"


def _tell_manager(draft: Draft, step: int) -> bool:
    draft.emit(
        ev.ManagerAlerted(
            to=draft.manager(), reason="sla_breached", clock="first_action", step=step
        )
    )
    return True


def _move(draft: Draft, *, only_team: str | None, opens: bool) -> None:
    routed = opening.find_owner(draft, draft.assess(), only_team=only_team)
    opening.settle_routed(draft, routed, opens=opens, reason="breach")


def _open_incident(draft: Draft, step: EscalationStep) -> None:
    page_at = draft.now + step.repeat if step.repeat is not None else None
    draft.emit(ev.IncidentOpened(to=draft.manager(), step=step.breach, page_at=page_at))


def _page(draft: Draft) -> None:
    incident = draft.handoff.incident
    if incident is None or incident.page_at is None or draft.now < incident.page_at:
        return
    chain = draft.contract.sla.escalation
    repeat = next((step.repeat for step in reversed(chain) if step.repeat is not None), None)
    page_at = draft.now + repeat if repeat is not None else None
    draft.emit(ev.Alerted(kind="incident", to=draft.manager(), page_at=page_at))


def _release_held(draft: Draft) -> None:
    for alert in draft.handoff.held:
        if alert.at <= draft.now:
            draft.emit(
                ev.Alerted(
                    kind=alert.kind, to=alert.to, reason=alert.reason, until_at=alert.until_at
                )
            )


def _follow_up(draft: Draft) -> None:
    """The follow-up period is over: enough attempts and no answer is the code that follows, unless
    the lead has gone where no attempts are made: then nothing of the period is left but its end."""
    handoff = draft.handoff
    plan = draft.contract.sal.follow_up
    if handoff.follow_up_at is None or draft.now < handoff.follow_up_at:
        return
    is_made = plan is not None and handoff.attempts >= plan.attempts
    if is_made and plan is not None and handoff.stage in ("assigned", "accepted"):
        follow(draft, code=plan.then, rep=None)
        return
    draft.emit(ev.FollowUpShort(attempts=handoff.attempts))
    if plan is not None and not is_made:  # or it was migrated to a version that asks for none
        draft.emit(ev.ManagerAlerted(to=draft.manager(), reason="follow_up_short"))


def _next_step(draft: Draft) -> None:
    handoff = draft.handoff
    if handoff.stage == "sql" and handoff.next_step_at is not None:
        if draft.now >= handoff.next_step_at:
            draft.alert(kind="next_step", to=str(handoff.owner))


def _stall(draft: Draft) -> None:
    handoff = draft.case.handoff
    if handoff is None or not handoff.is_open or handoff.stage == "triage":
        return
    if handoff.stall_at is None or draft.now < handoff.stall_at:
        return
    draft.emit(ev.Stalled(to=str(handoff.owner), stall_at=draft.stall_at()))
    draft.alert(kind="stalled", to=str(handoff.owner))


def _requalify(draft: Draft) -> None:
    handoff = draft.handoff
    if handoff.requalify_at is None or draft.now < handoff.requalify_at:
        return
    draft.emit(ev.Requalified())
    opening.look(draft)


def wake_at(handoff: Handoff | None, *, now: datetime) -> datetime | None:
    """The next instant at which to look again; None only when ended for good."""
    if handoff is None:
        return None
    if not handoff.is_open:
        return handoff.requalify_at
    instants = [clock.due_at for clock in handoff.clocks]
    instants += [clock.warn_at for clock in handoff.clocks if clock.warn_at is not None]
    instants += [alert.at for alert in handoff.held]
    if handoff.incident is not None and handoff.incident.page_at is not None:
        instants.append(handoff.incident.page_at)
    if handoff.stage != "triage" and handoff.stall_at is not None:
        instants.append(handoff.stall_at)
    later = (handoff.follow_up_at, follow_up.ask_at(handoff), no_show.judged_next(handoff))
    instants += [at for at in later if at is not None]
    if handoff.stage == "sql" and handoff.next_step_at is not None:
        instants.append(handoff.next_step_at)
    return min(instants) if instants else now + LOOK_AGAIN
