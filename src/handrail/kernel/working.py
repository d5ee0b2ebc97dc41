"""What people do with a handoff: act, accept, reject, talk, book, qualify, pause."""

from datetime import datetime

from handrail.contract.model import AcceptedBy
from handrail.kernel import clockwork, opening
from handrail.kernel import route as routing
from handrail.kernel.decision import Refusal
from handrail.kernel.disposition import follow
from handrail.kernel.draft import Draft
from handrail.kernel.follow_up import attempt_after
from handrail.kernel.pool import routing_of, waiting_of
from handrail.kernel.required import missing_now, refuse_missing, take_given
from handrail.kernel.sla import open_window, resume
from handrail.terms import command as cmd
from handrail.terms import event as ev
from handrail.terms.handoff import Handoff, Owner
from handrail.terms.sla import Clock


def log_act(draft: Draft, command: cmd.LogAct) -> Refusal | None:
    """A human act toward the buyer. It meets the clock if it came before the due instant."""
    acted_at = command.from_at or draft.now
    if acted_at > draft.now:
        return Refusal(code="bad_time", message="an act cannot begin later than it is logged")
    if acted_at < draft.handoff.opened_at:
        return Refusal(code="bad_time", message="the act began before this handoff was opened")
    roster = draft.staffing.roster
    if command.rep not in roster.reps and command.rep not in roster.people:
        return unknown_rep(command.rep)
    clockwork.run_clocks(draft, acted_at=acted_at)
    handoff = draft.handoff
    acted = ev.FirstAction if handoff.first_action_at is None else ev.Acted
    draft.emit(
        acted(
            rep=command.rep,
            act=command.act,
            acted_at=acted_at,
            stall_at=draft.stall_at(planned_until=command.until_at),
            next_attempt_at=attempt_after(
                draft, made=handoff.attempts + 1, ends_at=handoff.follow_up_at
            ),
        )
    )
    close_incident(draft, reason="first_action")
    _annul(draft, acted_at=acted_at)
    _offer(draft, rep=command.rep)
    _late_follow_up(draft)
    return None


def close_incident(draft: Draft, *, reason: str) -> None:
    if draft.handoff.incident is not None:
        draft.emit(ev.IncidentClosed(reason=reason))


def _annul(draft: Draft, *, acted_at: datetime) -> None:
    """Breaches that a late-learnt act proves false: recorded, corrected, the manager told."""
    false_ones = [
        breach
        for breach in draft.handoff.breaches
        if breach.clock == "first_action" and not breach.annulled and breach.due_at > acted_at
    ]
    for breach in false_ones:
        draft.emit(ev.BreachAnnulled(clock=breach.clock, step=breach.step, due_at=breach.due_at))
    if false_ones:
        draft.emit(ev.ManagerAlerted(to=draft.manager(), reason="breach_annulled"))


def _offer(draft: Draft, *, rep: str) -> None:
    """Who acts on a pool's lead owns it; a colleague of the owner is offered the ownership."""
    owner = draft.handoff.owner
    takes_leads = rep in draft.staffing.roster.reps
    if owner.rep == rep or draft.handoff.stage == "triage" or not takes_leads:
        return
    if owner.rep is None:
        claim(draft, rep=rep, reason="acted")
    else:
        draft.alert(kind="ownership_offered", to=rep, reason=f"owner {owner.rep}")


def claim(draft: Draft, *, rep: str, reason: str) -> None:
    teams = draft.staffing.roster.teams_of(rep)
    pool = draft.handoff.owner.team
    team = pool if pool in teams or not teams else teams[0]
    opening.settle(draft, owner=Owner(team=team, rep=rep), reason=reason, opens=False)


def _late_follow_up(draft: Draft) -> None:
    """The attempts that were missing when the follow-up period ended have now been made."""
    plan = draft.contract.sal.follow_up
    handoff = draft.handoff
    if plan is not None and handoff.follow_up_short and handoff.stage == "accepted":
        if handoff.conversation_at is None and handoff.attempts >= plan.attempts:
            follow(draft, code=plan.then, rep=None)


def accept(draft: Draft, command: cmd.Accept) -> Refusal | None:
    """The owner takes it on. A pool's member claims it; an offered colleague becomes the owner."""
    if command.rep not in draft.staffing.roster.reps:
        return unknown_rep(command.rep)
    clockwork.run_clocks(draft, acted_at=draft.now)
    handoff = draft.handoff
    if handoff.stage == "triage":
        return Refusal(
            code="bad_value",
            message="it is in triage: complete what is missing, or override its owner or stage",
        )
    if handoff.owner.rep != command.rep:
        refused = _take_over(draft, rep=command.rep)
        if refused is not None:
            return refused
    elif handoff.stage == "accepted" or (
        handoff.stage == "sql" and not _awaits_second_owner(handoff)
    ):
        return Refusal(code="already_done", message="it is already accepted")
    given = command.personal.attributes
    refused = take_given(draft, by=command.rep, given=given) or refuse_missing(
        _missing_for_acceptance(draft), stage="acceptance"
    )
    if refused is not None:
        return refused
    _accepted(draft, rep=command.rep, reason="accept")
    return None


def _missing_for_acceptance(draft: Draft) -> tuple[str, ...]:
    """Asked once: a second owner, or a colleague who takes over, finds it accepted already."""
    is_first = draft.handoff.stage == "assigned"
    return missing_now(draft, draft.contract.sal.require) if is_first else ()


def complete(draft: Draft, command: cmd.Complete) -> Refusal | None:
    """Give what was missing. Triage goes on by itself then, and what had waited for acceptance
    is accepted."""
    given = command.personal.attributes
    if not given:
        return Refusal(code="bad_value", message="give at least one field or answer by its name")
    clockwork.run_clocks(draft, acted_at=draft.now)
    refused = take_given(draft, by=command.by, given=given)
    if refused is not None:
        return refused
    handoff = draft.handoff
    if handoff.conversation_at is not None:
        accept_by(draft, "conversation", told=True)
    if handoff.meeting is not None and not handoff.meeting.missed:
        accept_by(draft, "meeting_booked", told=True)
    return None


def _awaits_second_owner(handoff: Handoff) -> bool:
    """Handed over, not yet accepted: its clock runs, or has run out since the last acceptance."""
    accepted_at = handoff.accepted_at
    return handoff.clock("handover") is not None or any(
        breach.clock == "handover" and (accepted_at is None or accepted_at < breach.due_at)
        for breach in handoff.breaches
    )


def _take_over(draft: Draft, *, rep: str) -> Refusal | None:
    owner = draft.handoff.owner
    if owner.rep is None and rep in _members(draft, owner.team):
        claim(draft, rep=rep, reason="claimed")
        return None
    if rep in draft.handoff.acted_by and "owner" not in draft.handoff.set_by_person:
        claim(draft, rep=rep, reason="took_over")
        return None
    return _not_owner(draft, rep)


def _members(draft: Draft, team: str) -> frozenset[str]:
    found = draft.staffing.roster.teams.get(team)
    return frozenset(member.rep for member in found.members) if found else frozenset()


def _accepted(draft: Draft, *, rep: str, reason: str) -> None:
    plan = draft.contract.sal.follow_up
    is_over = draft.handoff.conversation_at is not None or draft.is_barred
    ends_at = draft.now + plan.within if plan is not None and not is_over else None
    draft.emit(
        ev.Accepted(
            rep=rep,
            reason=reason,
            follow_up_at=ends_at,
            stall_at=draft.stall_at(),
            attempts_planned=plan.attempts if plan is not None and ends_at is not None else 0,
            next_attempt_at=attempt_after(draft, made=draft.handoff.attempts, ends_at=ends_at),
        )
    )


def accept_by(draft: Draft, way: AcceptedBy, *, told: bool = False) -> None:
    """Some acts are acceptance, where the contract says so. What a person did stays recorded; if
    something required is missing the stage stays too, and the owner is asked for it."""
    handoff = draft.handoff
    rep = handoff.owner.rep
    if way not in draft.contract.sal.accepted_by or handoff.stage != "assigned" or rep is None:
        return
    missing = missing_now(draft, draft.contract.sal.require)
    if not missing:
        _accepted(draft, rep=rep, reason=way)
    elif not told:
        draft.alert(kind="incomplete", to=rep, reason=", ".join(missing))


def reject(draft: Draft, command: cmd.Reject) -> Refusal | None:
    """The owner declines with a code of the contract; what follows is part of the code."""
    codes = draft.contract.sal.reject_codes
    if command.code not in codes:
        return Refusal(
            code="unknown_code",
            message=f"no reject code {command.code!r}; the contract has {', '.join(codes)}",
        )
    clockwork.run_clocks(draft, acted_at=draft.now)
    owner = draft.handoff.owner
    by_pool = owner.rep is None and command.rep in _members(draft, owner.team)
    if owner.rep != command.rep and not by_pool:
        return _not_owner(draft, command.rep)
    if draft.handoff.stage == "triage" and codes[command.code].then == "reroute":
        return Refusal(
            code="bad_value",
            message="it is in triage, where nobody was asked to take it yet: complete what is "
            "missing, or override its owner or stage",
        )
    follow(draft, code=command.code, rep=command.rep, of=command.of, personal=command.personal)
    return None


def converse(draft: Draft, command: cmd.LogConversation) -> Refusal | None:
    """Two-way at last: the buyer answered, or the meeting was held."""
    clockwork.run_clocks(draft, acted_at=draft.now)
    rep = command.rep or draft.handoff.owner.rep
    draft.emit(ev.ConversationHeld(rep=rep, stall_at=draft.stall_at()))
    close_incident(draft, reason="conversation")
    accept_by(draft, "conversation")
    return None


def qualify_sql(draft: Draft, command: cmd.QualifySql) -> Refusal | None:
    """Sales-qualified: every name that `sql.require` lists must have its answer."""
    clockwork.run_clocks(draft, acted_at=draft.now)
    handoff = draft.handoff
    if handoff.stage == "sql":
        return Refusal(code="already_done", message="it is already sales-qualified")
    if handoff.owner.rep != command.rep:
        return _not_owner(draft, command.rep)
    refused = take_given(
        draft, by=command.rep, given=command.personal.attributes
    ) or _refuse_unanswered(draft, command)
    if refused is not None:
        return refused
    next_step_at = _next_step(draft, command)
    if next_step_at is not None and next_step_at <= draft.now:
        return Refusal(code="bad_time", message="next_step_at must lie in the future")
    if handoff.stage == "assigned":
        _accepted(draft, rep=command.rep, reason="qualify")
    draft.emit(
        ev.SalesQualified(
            rep=command.rep,
            next_step_at=next_step_at,
            stall_at=draft.stall_at(planned_until=next_step_at),
            personal=cmd.Personal(note=command.personal.note),
        )
    )
    close_incident(draft, reason="sql")
    hand_over(draft)
    return None


def _next_step(draft: Draft, command: cmd.QualifySql) -> datetime | None:
    """The one that was agreed; where none is said, the time that was booked through Handrail."""
    meeting = draft.handoff.meeting
    if command.next_step_at is not None or meeting is None:
        return command.next_step_at
    lies_ahead = meeting.arranged and not meeting.missed and meeting.from_at > draft.now
    return meeting.from_at if lies_ahead else None


def _refuse_unanswered(draft: Draft, command: cmd.QualifySql) -> Refusal | None:
    """SQL implies SAL: what acceptance requires is asked for here too, if it was not there yet."""
    sal = draft.contract.sal.require if draft.handoff.stage == "assigned" else ()
    dated = ("next_step_at",) if _next_step(draft, command) is not None else ()
    answered = {*command.answers, *dated}
    names = (*sal, *draft.contract.sql.require)
    return refuse_missing(missing_now(draft, names, answered=answered), stage="SQL")


def hand_over(draft: Draft) -> None:
    """To the second owner of the contract's chain, with a clock of its own."""
    handover = draft.contract.sql.handover
    if handover is None or draft.handoff.handed_over:
        return
    assessment = draft.assess()
    stops = list(
        routing.stops_of(
            targets=handover.to,
            facts=assessment.facts,
            roster_reps=set(draft.staffing.roster.reps),
        )
    )
    teams = [stop.team for stop in stops if isinstance(stop, routing.TeamStop)]
    routed = routing.route(
        stops=stops,
        last_team=teams[-1] if teams else draft.handoff.owner.team,
        demand=opening.demand(draft),
        strategy=draft.contract.lead_type(draft.handoff.lead_type).strategy,
        due_by=lambda hours: _handover_window(draft, hours).due_at,
        staffing=draft.staffing,
        now=draft.now,
    )
    draft.routings.append(routed.routing)
    clock = _handover_window(draft, draft.hours_of(routed.owner))
    draft.emit(ev.HandedOver(to=routed.owner, clocks=(clock,)))
    if routed.unstaffed:
        draft.alert(kind="unstaffed", to=draft.manager(), reason=f"team:{routed.owner.team}")


def _handover_window(draft: Draft, hours: object) -> Clock:
    handover = draft.contract.sql.handover
    assert handover is not None
    return open_window(
        kind="handover",
        window=handover.accept_within,
        contract=draft.contract,
        hours=hours,  # type: ignore[arg-type]  # WorkingTime; kept loose for the lambda above
        now=draft.runs_from,
    )


def pause(draft: Draft, command: cmd.Pause) -> Refusal | None:
    """No clock runs until `until`; then each goes on with what was left. Overlaps count once."""
    if command.until <= draft.now:
        return Refusal(code="bad_time", message="a pause must end in the future")
    clockwork.run_clocks(draft, acted_at=draft.now)
    handoff = draft.handoff
    from_at = max(draft.now, handoff.paused_until or draft.now)
    until = max(from_at, command.until)
    hours = draft.hours_of(handoff.owner)
    clocks = tuple(
        resume(clock=clock, contract=draft.contract, hours=hours, from_at=from_at, until=until)
        for clock in handoff.clocks
    )
    incident = handoff.incident
    paged = incident.page_at if incident is not None else None
    draft.emit(
        ev.Paused(
            by=command.by,
            until=command.until,
            clocks=clocks,
            stall_at=draft.stall_at(planned_until=until) if handoff.stall_at is not None else None,
            page_at=max(paged, until) if paged is not None else None,
            personal=command.personal,
        )
    )
    return None


def acknowledge(draft: Draft, command: cmd.Acknowledge) -> Refusal | None:
    """Opened. It is no first action and stops no clock."""
    draft.emit(ev.Acknowledged(rep=command.rep))
    return None


def record_delivery(draft: Draft, command: cmd.RecordDelivery) -> Refusal | None:
    draft.emit(ev.Notified(to=command.to, channel=command.channel))
    return None


def bind(draft: Draft, command: cmd.Bind) -> Refusal | None:
    """`serve` found somebody free; the running window stays as it is."""
    if draft.handoff.owner.rep is not None:
        return Refusal(code="already_done", message="it is no longer waiting")
    item = waiting_of(contracts={draft.contract.digest: draft.contract}, case=draft.case)
    draft.routings.append(
        routing_of(item=item, picked=command.rep, staffing=draft.staffing, now=draft.now)
    )
    owner = Owner(team=command.team, rep=command.rep)
    opening.settle(draft, owner=owner, reason="pool", opens=False)
    return None


def leave_owner(draft: Draft, command: cmd.LeaveOwner) -> Refusal | None:
    """The owner departed: released and re-routed. On leave: the cover takes over what waits."""
    handoff = draft.handoff
    rep = handoff.owner.rep
    roster = draft.staffing.roster
    if command.why == "departed":
        if handoff.set_by_person:
            draft.emit(ev.Overridden(by="system", what="release"))
        _reassign(draft, reason="departed")
        return None
    cover = roster.reps[rep].cover if rep in roster.reps else None
    if rep is None or cover is None or handoff.stage != "assigned" or handoff.set_by_person:
        return Refusal(code="bad_value", message="nothing of it waits for a cover")
    routed = opening.find_owner(draft, draft.assess(), favoured=cover, due_at=_due(draft))
    opening.settle_routed(draft, routed, opens=False, reason="cover")
    return None


def _reassign(draft: Draft, *, reason: str) -> None:
    if draft.handoff.stage == "triage":
        return
    routed = opening.find_owner(draft, draft.assess(), due_at=_due(draft))
    opening.settle_routed(draft, routed, opens=False, reason=reason)


def _due(draft: Draft) -> datetime | None:
    clock = draft.handoff.clock("first_action")
    return clock.due_at if clock is not None else None


def close(draft: Draft, command: cmd.Close) -> Refusal | None:
    close_incident(draft, reason=command.outcome)
    draft.emit(ev.Closed(outcome=command.outcome))
    return None


def _not_owner(draft: Draft, rep: str) -> Refusal:
    roster, owner = draft.staffing.roster, str(draft.handoff.owner)
    return Refusal(
        code="not_owner",
        message=f"{roster.name_of(rep)} is not the owner ({roster.name_of(owner)}); a manager can "
        "override the owner",
    )


def unknown_rep(rep: str) -> Refusal:
    return Refusal(code="unknown_rep", message=f"no rep {rep!r} in the roster")
