"""A person passes on what a rep has open: to their cover, with the meeting that is booked."""

from handrail.kernel import clockwork, meetings, opening
from handrail.kernel.decision import Refusal
from handrail.kernel.draft import Draft
from handrail.kernel.eligibility import has_joined, mismatch, on_leave
from handrail.kernel.pool import demand_of
from handrail.kernel.route import team_for
from handrail.kernel.working import unknown_rep
from handrail.terms import command as cmd
from handrail.terms import event as ev
from handrail.terms.handoff import Owner
from handrail.terms.people import Rep


def pass_on(draft: Draft, command: cmd.PassOn) -> Refusal | None:
    """To the cover, whatever they have in hand; the running windows stay as they are, and so does
    an incident. Not to somebody who is absent, or whom such a lead must never be given to."""
    roster = draft.staffing.roster
    if command.to not in roster.reps:
        return unknown_rep(command.to)
    clockwork.run_clocks(draft, acted_at=draft.now)
    handoff = draft.handoff
    if handoff.owner.rep != command.rep or handoff.stage == "triage":
        return Refusal(
            code="not_owner",
            message=f"{roster.name_of(command.rep)} does not own it: nothing to pass on",
        )
    refused = _refuse(draft, roster.reps[command.to], owner=command.rep)
    if refused is not None:
        return refused
    draft.emit(
        ev.Overridden(by=command.by, what="cover", owner=command.to, personal=command.personal)
    )
    owner = Owner(team=team_for(rep=command.to, staffing=draft.staffing), rep=command.to)
    opening.settle(draft, owner=owner, reason="passed_on", opens=False)
    meetings.pass_on(draft, rep=command.rep, to=command.to, by=command.by)
    return None


def _refuse(draft: Draft, cover: Rep, *, owner: str) -> Refusal | None:
    """Being away for an hour, in a meeting or at a cap is no absence: a person has decided."""
    if cover.id == owner:
        return Refusal(code="already_done", message=f"{cover.name} has it already")
    conditions = draft.staffing.conditions(cover.id)
    if not cover.active or not has_joined(rep=cover, at=draft.now):
        return _ineligible(f"{cover.name} takes no leads now")
    if on_leave(rep=cover, conditions=conditions, at=draft.now):
        return _ineligible(f"{cover.name} is on leave themselves")
    demand = demand_of(contract=draft.contract, case=draft.case, handoff=draft.handoff)
    code = mismatch(rep=cover, demand=demand)
    if code is not None:
        return _ineligible(
            f"such a lead is not for {cover.name} ({code}); a manager can override its owner"
        )
    return None


def _ineligible(message: str) -> Refusal:
    return Refusal(code="ineligible", message=message)
