"""One decision for one case."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from handrail.contract.model import Contract
from handrail.kernel import (
    clockwork,
    covering,
    incident,
    meetings,
    migrating,
    opening,
    overriding,
    working,
)
from handrail.kernel.decision import Case, Decision, Evidence, Refusal
from handrail.kernel.draft import Draft
from handrail.terms import command as cmd


def decide(
    *,
    contract: Contract,
    case: Case | None,
    command: cmd.Command,
    evidence: Evidence,
    now: datetime,
) -> Decision | Refusal:
    """Say what the command brings about for this case at `now`.

    Pure: the same arguments give the same events, byte for byte; production, rehearsals,
    backtests and replays all call this. A refusal changes nothing and says what to do instead.
    """
    draft = Draft(contract=contract, case=case, evidence=evidence, now=now)
    match command:
        case cmd.Capture():
            opening.capture(draft, command)
            return draft.finish()
        case _ if case is None:
            return Refusal(code="no_handoff", message="this lead was never captured")
        case cmd.AddSignal():
            opening.add_signal(draft, command)
        case cmd.Wake():
            clockwork.wake(draft)
        case cmd.Override():
            refused = overriding.override(draft, command)
            if refused is not None:
                return refused
        case _:
            refused = _work(draft, command)
            if refused is not None:
                return refused
    return draft.finish()


_WORK: dict[type, Callable[[Draft, Any], Refusal | None]] = {
    cmd.LogAct: working.log_act,
    cmd.Accept: working.accept,
    cmd.Complete: working.complete,
    cmd.Reject: working.reject,
    cmd.LogConversation: working.converse,
    cmd.QualifySql: working.qualify_sql,
    cmd.BookMeeting: meetings.book,
    cmd.MoveMeeting: meetings.move,
    cmd.CancelMeeting: meetings.cancel,
    cmd.MissMeeting: meetings.miss,
    cmd.ConfirmMeeting: meetings.confirm,
    cmd.DeclineMeeting: meetings.decline,
    cmd.RevokePage: meetings.revoke_page,
    cmd.NoteUnbooked: meetings.note_unbooked,
    cmd.JoinMeeting: meetings.join,
    cmd.EndMeeting: meetings.end,
    cmd.Pause: working.pause,
    cmd.Acknowledge: working.acknowledge,
    cmd.RecordDelivery: working.record_delivery,
    cmd.Bind: working.bind,
    cmd.LeaveOwner: working.leave_owner,
    cmd.PassOn: covering.pass_on,
    cmd.CloseIncident: incident.close,
    cmd.SilenceIncident: incident.silence,
    cmd.Close: working.close,
    cmd.Migrate: migrating.migrate,
}


def _work(draft: Draft, command: cmd.Command) -> Refusal | None:
    """What is done with an open handoff; an ended one refuses, and says how to go on."""
    handoff = draft.case.handoff
    if handoff is None:
        return Refusal(
            code="no_handoff",
            message=f"lead {draft.lead.id} has no handoff: it is {draft.lead.state}",
        )
    if not handoff.is_open and not isinstance(command, cmd.RecordDelivery | cmd.Acknowledge):
        return Refusal(
            code="ended",
            message=f"handoff {handoff.id} ended as {handoff.stage}; an override can reopen it",
        )
    return _WORK[type(command)](draft, command)
