"""What follows a rejection, by its code."""

from handrail.contract.model import RejectCode
from handrail.kernel import opening
from handrail.kernel.draft import Draft
from handrail.terms import event as ev
from handrail.terms.command import Personal


def follow(
    draft: Draft,
    *,
    code: str,
    rep: str | None,
    of: str | None = None,
    personal: Personal | None = None,
) -> None:
    """Record the rejection and take its consequence."""
    entry = draft.contract.sal.reject_codes[code]
    handoff = draft.handoff
    draft.emit(
        ev.Rejected(
            code=code,
            rep=rep,
            of=of,
            credit=entry.credit and handoff.owner.rep is not None,
            team=handoff.owner.team,
            personal=personal or Personal(),
        )
    )
    if handoff.incident is not None:
        draft.emit(ev.IncidentClosed(reason="rejected"))
    match entry.then:
        case "recycle":
            _recycle(draft, entry)
        case "reroute":
            _reroute(draft)
        case "disqualify":
            draft.emit(ev.Disqualified(code=code))
        case "merge":
            draft.emit(ev.Merged(code=code, of=of))


def _recycle(draft: Draft, entry: RejectCode) -> None:
    requalify_at = draft.now + entry.after if entry.after is not None else None
    draft.emit(ev.Recycled(code=entry.name, requalify_at=requalify_at))


def _reroute(draft: Draft) -> None:
    """To somebody else: the running window goes on, since the buyer is still waiting.

    An owner whom a person set is not re-routed: the manager is told that they declined.
    """
    if "owner" in draft.handoff.set_by_person:
        draft.emit(ev.ManagerAlerted(to=draft.manager(), reason="declined"))
        return
    clock = draft.handoff.clock("first_action")
    routed = opening.find_owner(
        draft, draft.assess(), due_at=clock.due_at if clock is not None else None
    )
    opening.settle_routed(draft, routed, opens=False, reason="rejected")
