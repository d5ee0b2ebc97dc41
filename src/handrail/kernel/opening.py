"""From capture to an owner: identify, score, qualify, route."""

from collections.abc import Container, Sequence
from datetime import datetime

from handrail.contract.facts import Facts
from handrail.contract.model import SAME_DAY, TeamTarget
from handrail.kernel import route as routing
from handrail.kernel.assess import HIGH_INTENT, Assessment, if_missing
from handrail.kernel.draft import Draft, manager_of
from handrail.kernel.eligibility import Demand
from handrail.kernel.pool import breachers
from handrail.kernel.route import RepStop, Routed, Stop, TeamStop
from handrail.kernel.score import says_more, tier_of
from handrail.kernel.sla import open_elapsed, open_window
from handrail.terms import event as ev
from handrail.terms.command import AddSignal, Capture
from handrail.terms.handoff import Owner
from handrail.terms.hours import WorkingTime
from handrail.terms.lead import Value
from handrail.terms.signal import Signal
from handrail.terms.sla import Clock


def capture(draft: Draft, command: Capture) -> None:
    """Take a source event in; score; open a handoff when the contract says so."""
    asked_of = _contactable(draft)
    draft.emit(
        ev.Captured(
            id=command.id,
            captured_at=command.captured_at,
            signals=command.signals,
            personal=command.personal,
            source=command.source,
        )
    )
    look(draft, heard=command.signals)
    if asked_of is not None and asked_of == draft.handoff.id and draft.is_barred:
        draft.alert(kind="barred", to=str(draft.handoff.owner))


def _contactable(draft: Draft) -> str | None:
    """The open handoff whose owner is to contact the buyer, and may."""
    handoff = draft.case.handoff if not draft.is_new else None
    if handoff is None or not handoff.is_open or handoff.stage == "triage" or draft.is_barred:
        return None
    return handoff.id


def add_signal(draft: Draft, command: AddSignal) -> None:
    draft.emit(ev.Signalled(signal=command.signal))
    look(draft, heard=(command.signal,))


def look(draft: Draft, *, heard: Sequence[Signal] = ()) -> None:
    """Score the lead again, and act on what that says. `heard`: what is new of the buyer."""
    fired = draft.lead.fired
    assessment = draft.assess()
    draft.emit(ev.Scored(scores=assessment.scores, fired=assessment.fired))
    handoff = draft.case.handoff
    if handoff is None or not handoff.is_open:
        _consider(draft, assessment)
    elif handoff.stage == "triage":
        _settle_triage(draft, assessment)
    elif heard:
        if not draft.is_barred and any(_asks(draft, signal) for signal in heard):
            draft.alert(kind="new_signal", to=str(handoff.owner))
        _retype(draft, assessment)
    handoff = draft.case.handoff
    if HIGH_INTENT in assessment.fired and HIGH_INTENT not in fired and not draft.is_barred:
        if handoff is not None and handoff.is_open and handoff.stage != "triage":
            draft.alert(kind=HIGH_INTENT, to=str(handoff.owner))


def _asks(draft: Draft, signal: Signal) -> bool:
    """Whether the buyer wants something more: not one who leaves, nor the same page once again."""
    return says_more(signal, contract=draft.contract, signals=draft.lead.signals)


def _consider(draft: Draft, assessment: Assessment) -> None:
    """Below a handoff: exclude, leave in nurture, or open one."""
    if assessment.excluded is not None:
        draft.emit(ev.Excluded(reason=assessment.excluded))
        return
    if assessment.threshold is None or not _may_open_again(draft, assessment):
        return
    if assessment.required_missing:
        way = if_missing(contract=draft.contract, lead_type=assessment.lead_type.name)
        if way == "nurture":
            return
        if way == "triage":
            triage(draft, assessment, reason="incomplete")
            return
    qualify(draft, assessment)


def _may_open_again(draft: Draft, assessment: Assessment) -> bool:
    previous, again = draft.lead.previous, draft.contract.mql.again
    if previous is None:
        return True
    if again.needs_new_signal and not assessment.facts.signals:
        return False
    rejected_at = previous.rejected_at
    if rejected_at is None or again.after_rejection is None:
        return True
    return draft.now >= rejected_at + again.after_rejection


def next_handoff_id(draft: Draft) -> str:
    return f"{draft.lead.id}-{draft.lead.handoffs + 1}"


def triage(draft: Draft, assessment: Assessment, *, reason: str) -> None:
    """People must look first; a clock of its own sees that they do."""
    contract = draft.contract
    handoff = draft.case.handoff
    is_same = handoff is not None and handoff.is_open
    clock = open_elapsed(
        kind="triage", within=contract.triage.within, contract=contract, now=draft.runs_from
    )
    draft.emit(
        ev.Triaged(
            handoff=handoff.id if is_same and handoff is not None else next_handoff_id(draft),
            contract=contract.digest,
            lead_type=assessment.lead_type.name,
            tier=assessment.tier,
            threshold=assessment.threshold or "override",
            scores=assessment.scores,
            to=Owner(team=contract.triage.team),
            reason=reason,
            clock=clock,
            territory=assessment.territory,
            account=account_of(assessment),
            missing=assessment.required_missing,
        )
    )


def account_of(assessment: Assessment) -> str | None:
    domain = assessment.facts.values.get("account.domain")
    return domain if isinstance(domain, str) else None


def _settle_triage(draft: Draft, assessment: Assessment) -> None:
    """What was missing has come: the handoff goes on by itself."""
    if draft.handoff.set_by_person:
        return
    if not assessment.required_missing and assessment.threshold is not None:
        qualify(draft, assessment)


def qualify(draft: Draft, assessment: Assessment, *, owner: Owner | None = None) -> None:
    """Open the first window and find the owner (or take the one that a person set)."""
    handoff = draft.case.handoff
    in_triage = handoff is not None and handoff.is_open
    draft.emit(
        ev.Qualified(
            handoff=handoff.id if in_triage and handoff is not None else next_handoff_id(draft),
            contract=draft.contract.digest,
            lead_type=assessment.lead_type.name,
            tier=assessment.tier,
            threshold=assessment.threshold or "override",
            scores=assessment.scores,
            territory=assessment.territory,
            account=account_of(assessment),
            same_day=assessment.lead_type.first_action is SAME_DAY,
            missing=assessment.required_missing,
            load=assessment.lead_type.load_of(assessment.tier),
        )
    )
    if owner is not None:
        settle(draft, owner=owner, reason="override", opens=True)
        return
    reason, favoured = _favoured(draft)
    routed = find_owner(draft, assessment, favoured=favoured)
    picked = routed.owner.rep is not None and routed.owner.rep == favoured
    settle_routed(draft, routed, opens=True, reason=reason if picked else None)


def _favoured(draft: Draft) -> tuple[str | None, str | None]:
    """Who comes before the rules: the owner kept from before, else a colleague's owner."""
    previous, again = draft.lead.previous, draft.contract.mql.again
    if previous is not None and previous.owner is not None and again.keep_owner is not None:
        if draft.now < previous.ended_at + again.keep_owner:
            return "keeps_owner", previous.owner
    worker = draft.evidence.account.working_owner
    return ("colleague", worker) if worker is not None else (None, None)


def find_owner(
    draft: Draft,
    assessment: Assessment,
    *,
    favoured: str | None = None,
    only_team: str | None = None,
    due_at: datetime | None = None,
) -> Routed:
    """Route by the contract's rules, without those who breached or declined this handoff.

    The handoff is routed as what it qualified as: scores and types change on a signal or an
    attribute, never because time has passed.
    """
    handoff, contract = draft.handoff, draft.contract
    pinned = _as_qualified(draft, assessment)
    reps = draft.staffing.roster.reps
    stops: list[Stop]
    if only_team is not None:
        needs = routing.needs_of(contract=contract, rule=handoff.rule)
        stops = [TeamStop(team=only_team, rule=handoff.rule, needs=needs)]
    else:
        chain, missing = routing.chain_of(contract=contract, facts=pinned, roster_reps=set(reps))
        draft.miss(missing)
        stops = [*_before_the_rules(favoured, chain, known=reps), *chain]
    lead_type = contract.lead_type(handoff.lead_type)

    def due_by(hours: WorkingTime) -> datetime:
        if due_at is not None:
            return due_at
        return open_window(
            kind="first_action",
            window=lead_type.first_action,
            contract=contract,
            hours=hours,
            now=draft.runs_from,
        ).due_at

    return routing.route(
        stops=stops,
        last_team=_last_team(draft, stops),
        demand=demand(draft),
        strategy=lead_type.strategy,
        due_by=due_by,
        staffing=draft.staffing,
        now=draft.now,
    )


def _before_the_rules(
    favoured: str | None, chain: list[Stop], *, known: Container[str]
) -> list[Stop]:
    """Who is asked first, for what the first matching rule needs."""
    if favoured is None or favoured not in known:
        return []
    first = chain[0] if chain else None
    rule, needs = (first.rule, first.needs) if first is not None else (None, frozenset[str]())
    return [RepStop(rep=favoured, rule=rule, needs=needs)]


def _as_qualified(draft: Draft, assessment: Assessment) -> Facts:
    handoff = draft.handoff
    known: dict[str, Value] = {**draft.lead.scores}
    known["tier"] = tier_of(contract=draft.contract, fit=draft.lead.scores["fit"])
    known["lead_type"] = handoff.lead_type
    if handoff.territory is not None:
        known["territory"] = handoff.territory
    facts = assessment.facts
    return Facts(values={**facts.values, **known}, signals=facts.signals, now=facts.now)


def demand(draft: Draft) -> Demand:
    """What this handoff asks of whoever takes it; each target's rule adds the skills it needs."""
    handoff = draft.handoff
    return Demand(
        same_day=handoff.same_day,
        territory=handoff.territory,
        any_territory=not draft.contract.territories,
        account_domain=handoff.account,
        breached_by=breachers(handoff),
        declined_by=frozenset(handoff.rejected_by),
        load=handoff.load,
    )


def _last_team(draft: Draft, stops: list[Stop]) -> str:
    for stop in reversed(stops):
        if isinstance(stop, TeamStop):
            return stop.team
    named = [t.team for t in draft.contract.routing[-1].to if isinstance(t, TeamTarget)]
    return named[-1] if named else draft.contract.triage.team


def settle_routed(draft: Draft, routed: Routed, *, opens: bool, reason: str | None = None) -> None:
    draft.routings.append(routed.routing)
    settle(draft, owner=routed.owner, rule=routed.rule, reason=reason, opens=opens)
    if routed.unstaffed:
        manager = manager_of(draft.staffing, routed.owner.team)
        draft.alert(kind="unstaffed", to=manager, reason=f"team:{routed.owner.team}")


def settle(
    draft: Draft,
    *,
    owner: Owner,
    opens: bool,
    rule: str | None = None,
    reason: str | None = None,
) -> None:
    """Give the handoff to its owner. `opens`: a first-action window opens with this turn, unless
    somebody has acted already, in triage or before it was put back there, or nobody may."""
    clocks: list[Clock] = []
    if opens and draft.handoff.met_at is None and not draft.is_barred:
        clocks.append(first_action_window(draft, owner))
    stall_at = draft.stall_at()
    if owner.rep is None:
        draft.emit(
            ev.Pooled(to=owner, clocks=tuple(clocks), rule=rule, reason=reason, stall_at=stall_at)
        )
        return
    if draft.handoff.stage != "sql":
        clocks.append(accept_window(draft, owner))
    draft.emit(
        ev.Assigned(
            to=owner,
            clocks=tuple(clocks),
            rule=rule,
            reason=reason,
            stall_at=stall_at,
            short=not opens and _is_short(draft, owner),
        )
    )


def _is_short(draft: Draft, owner: Owner) -> bool:
    """Less than half a window is left of the first-action clock that runs, in the owner's time:
    it was used up before they had it."""
    clock = draft.handoff.clock("first_action")
    if clock is None:
        return False
    from_at, hours = draft.runs_from, draft.hours_of(owner)
    if clock.due_at <= from_at:
        return True
    window = draft.contract.lead_type(draft.handoff.lead_type).first_action
    is_wall = draft.contract.sla.clock == "wall" and window is not SAME_DAY
    left = clock.due_at - from_at if is_wall else hours.between(from_at, clock.due_at)
    whole = hours.between(clock.opened_at, clock.due_at) if window is SAME_DAY else window
    return 2 * left < whole


def first_action_window(draft: Draft, owner: Owner) -> Clock:
    return open_window(
        kind="first_action",
        window=draft.contract.lead_type(draft.handoff.lead_type).first_action,
        contract=draft.contract,
        hours=draft.hours_of(owner),
        now=draft.runs_from,
    )


def accept_window(draft: Draft, owner: Owner) -> Clock:
    return open_window(
        kind="accept_within",
        window=draft.contract.sal.accept_within,
        contract=draft.contract,
        hours=draft.hours_of(owner),
        now=draft.runs_from,
    )


def _retype(draft: Draft, assessment: Assessment) -> None:
    """An earlier lead type: same owner, due at the earlier of the old due and a new window's."""
    handoff = draft.handoff
    names = [kind.name for kind in draft.contract.lead_types]
    old = names.index(handoff.lead_type) if handoff.lead_type in names else len(names)
    if names.index(assessment.lead_type.name) >= old:
        return
    running = handoff.clock("first_action")
    clocks: tuple[Clock, ...] = ()
    if running is not None:
        fresh = open_window(
            kind="first_action",
            window=assessment.lead_type.first_action,
            contract=draft.contract,
            hours=draft.hours_of(handoff.owner),
            now=draft.runs_from,
        )
        clocks = (fresh,) if fresh.due_at < running.due_at else ()
    draft.emit(
        ev.Retyped(
            lead_type=assessment.lead_type.name,
            same_day=assessment.lead_type.first_action is SAME_DAY,
            clocks=clocks,
            load=assessment.lead_type.load_of(handoff.tier),
        )
    )
