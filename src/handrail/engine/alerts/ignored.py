"""What follows if nobody does what an alert asks: the contract's next step, in plain words.

It names an instant only where that is the end of the alert's window.
"""

from handrail.contract.model import (
    AlertManagerStep,
    AssignTeamStep,
    Contract,
    EscalationStep,
    IncidentStep,
    RerouteStep,
)
from handrail.engine.telling import Names, spaced, tell_at, tell_clock, tell_span
from handrail.terms.handoff import Handoff
from handrail.terms.people import Roster
from handrail.terms.sla import Clock

NOTHING = "Nothing more is sent; it counts as not acted on."
# What follows if such an alert is ignored, where no clock says it.
OTHERWISE = {
    "unbooked": "The buyer has the link, and may still choose.",
    "no_show_risk": "The meeting stays as it is.",
    "meeting_booked": "The meeting stands, and the buyer comes.",
    "meeting_moved": "The meeting stands at its new time.",
    "sla_breached": "The breach stays recorded; the lead goes on with whoever owns it.",
    "manager_alerted": "The next step of the escalation is taken when its time comes.",
    "unstaffed": "It waits in the pool until somebody is free, and its clock runs.",
    "incomplete": "It does not count as accepted.",
    "ownership_offered": "It stays with its owner.",
    "digest": "Each lead goes on as its own clock says.",
    "activation_denied": "What was in force stays in force.",
    "calendar_lost": "Once it is half an hour old, nothing is given by it: the rep gets no lead.",
    "calendar_back": "Nothing: leads come again.",
}

# After which silence is what follows.
_SILENCE = frozenset({"stalled", "next_step", "no_show", "meeting_cancelled"})


def if_ignored(
    kind: str,
    *,
    clock: Clock | None,
    handoff: Handoff | None,
    contract: Contract,
    roster: Roster,
    zone: str,
) -> str:
    """One sentence. `clock`: the one whose end is the alert's, if any; `zone`: of whoever reads."""
    if handoff is None:
        return OTHERWISE.get(kind, NOTHING)
    if kind == "incident":
        return _paged_again(contract)
    names = Names(roster)
    if clock is not None:
        return _after(
            clock, handoff=handoff, contract=contract, names=names, roster=roster, zone=zone
        )
    if kind == "follow_up":
        manager = _manager(handoff, roster=roster, names=names)
        return f"It is not asked for again; {manager} is told if there are too few in the end."
    return _by_silence(contract) if kind in _SILENCE else OTHERWISE.get(kind, NOTHING)


def _by_silence(contract: Contract) -> str:
    after = contract.alerts.stalled_after
    if after is None:
        return NOTHING
    return f"After {tell_span(after)} without an act it counts as stalled, and you are asked again."


def _after(
    clock: Clock,
    *,
    handoff: Handoff,
    contract: Contract,
    names: Names,
    roster: Roster,
    zone: str,
) -> str:
    at = f"At {tell_at(clock.due_at, zone)}"
    manager = _manager(handoff, roster=roster, names=names)
    if clock.kind != "first_action":
        return f"{at} the {tell_clock(clock.kind)} clock is missed, and {manager} is told."
    chain = contract.sla.escalation
    if handoff.steps_taken >= len(chain):
        return f"{at} it is a breach."
    step = chain[handoff.steps_taken]
    is_set = "owner" in handoff.set_by_person
    told = dict.fromkeys(_said(step, names=names, manager=manager, is_set=is_set))
    return f"{at} it is a breach: {', and '.join(told)}."


def _said(step: EscalationStep, *, names: Names, manager: str, is_set: bool) -> list[str]:
    told: list[str] = []
    for act in step.do:
        match act:
            case AlertManagerStep():
                told.append(f"{manager} is told")
            case RerouteStep() | AssignTeamStep() if is_set:
                told.append(f"{manager} is told")
            case RerouteStep():
                told.append("it goes to the next responder")
            case AssignTeamStep(team=team):
                told.append(f"it goes to team {spaced(team)}")
            case IncidentStep():
                told.append("an incident opens that pages until somebody acts")
    return told


def _manager(handoff: Handoff, *, roster: Roster, names: Names) -> str:
    team = roster.teams.get(handoff.owner.team)
    return names.of(team.manager) if team is not None else "the manager"


def _paged_again(contract: Contract) -> str:
    repeat = next((step.repeat for step in contract.sla.escalation if step.repeat), None)
    again = f"every {tell_span(repeat)}" if repeat is not None else "no more"
    return f"It stays open in everybody's sight, and pages {again} until somebody acts."
