"""A person's change of a decision: it stands until it is released."""

from handrail.contract.model import Contract
from handrail.kernel import opening
from handrail.kernel.decision import Refusal
from handrail.kernel.draft import Draft
from handrail.kernel.required import missing_now
from handrail.kernel.route import team_for
from handrail.terms import command as cmd
from handrail.terms import event as ev
from handrail.terms.handoff import Owner

STAGES = frozenset({"triage", "assigned", "accepted", "sql", "recycled", "disqualified", "closed"})


def override(draft: Draft, command: cmd.Override) -> Refusal | None:
    """Take the one change that the command names."""
    if command.owner is not None:
        return _set_owner(draft, command, command.owner)
    if command.stage is not None:
        return _set_stage(draft, command, command.stage)
    if command.score is not None:
        return _set_score(draft, command, command.score)
    if command.release:
        return _release(draft, command)
    return Refusal(code="bad_value", message="name one of owner, stage, score or release")


def _set_owner(draft: Draft, command: cmd.Override, name: str) -> Refusal | None:
    owner = _owner(draft, name)
    if isinstance(owner, Refusal):
        return owner
    draft.emit(ev.Overridden(by=command.by, what="owner", owner=name, personal=command.personal))
    handoff = draft.case.handoff
    if handoff is None or not handoff.is_open or handoff.stage == "triage":
        opening.qualify(draft, draft.assess(), owner=owner)
        _mark(draft, command, "owner", name)
        return None
    _close_incident(draft)
    opening.settle(draft, owner=owner, reason="override", opens=False)
    return None


def _mark(draft: Draft, command: cmd.Override, what: str, owner: str | None = None) -> None:
    """An override that itself opened the handoff is noted on it, so that it stands there too."""
    if what not in draft.handoff.set_by_person:
        draft.emit(ev.Overridden(by=command.by, what=what, owner=owner))


def _owner(draft: Draft, name: str) -> Owner | Refusal:
    roster = draft.staffing.roster
    if name.startswith("team:"):
        team = name.removeprefix("team:")
        if team in roster.teams:
            return Owner(team=team)
        return Refusal(code="unknown_team", message=f"no team {team!r} in the roster")
    if name in roster.reps:
        return Owner(team=team_for(rep=name, staffing=draft.staffing), rep=name)
    return Refusal(code="unknown_rep", message=f"no rep {name!r} in the roster")


def _close_incident(draft: Draft) -> None:
    handoff = draft.case.handoff
    if handoff is not None and handoff.incident is not None:
        draft.emit(ev.IncidentClosed(reason="override"))


def _set_stage(draft: Draft, command: cmd.Override, stage: str) -> Refusal | None:
    if stage not in STAGES:
        return Refusal(
            code="unknown_stage",
            message=f"no stage {stage!r}; it is one of {', '.join(sorted(STAGES))}",
        )
    handoff = draft.case.handoff
    if handoff is not None and handoff.is_open and handoff.stage == stage:
        return Refusal(code="already_done", message=f"it is already in {stage}")
    if handoff is None and stage not in ("assigned", "triage"):
        return Refusal(
            code="no_handoff", message="it has no handoff yet: set the stage to assigned first"
        )
    draft.emit(
        ev.Overridden(
            by=command.by,
            what="stage",
            stage=stage,  # type: ignore[arg-type]  # checked against STAGES above
            personal=command.personal,
        )
    )
    _close_incident(draft)
    _enter(draft, stage)
    return None


def _enter(draft: Draft, stage: str) -> None:
    match stage:
        case "recycled":
            draft.emit(ev.Recycled())
        case "disqualified":
            draft.emit(ev.Disqualified())
        case "closed":
            draft.emit(ev.Closed(outcome="closed"))
        case "triage":
            opening.triage(draft, draft.assess(), reason="override")
        case "assigned":
            _to_assigned(draft)
        case _:
            _to_worked(draft, stage)


def _to_assigned(draft: Draft) -> None:
    """From triage or from an end: qualify and route. From further on: back to its owner."""
    handoff = draft.case.handoff
    if handoff is None or not handoff.is_open or handoff.stage == "triage":
        opening.qualify(draft, draft.assess())
        return
    owner = handoff.owner
    draft.emit(ev.Reopened(stage="assigned"))
    opening.settle(draft, owner=owner, reason="override", opens=False)


def _to_worked(draft: Draft, stage: str) -> None:
    handoff = draft.handoff
    if not handoff.is_open or handoff.stage == "triage":
        _to_assigned(draft)
    rep = draft.handoff.owner.rep
    if rep is None:
        rep = _someone(draft)
    _note_missing(draft, stage)
    if stage == "accepted":
        if draft.handoff.stage == "sql":
            draft.emit(ev.Reopened(stage="accepted"))
        draft.emit(ev.Accepted(rep=rep, reason="override", stall_at=draft.stall_at()))
    else:
        if draft.handoff.stage == "assigned":  # SQL implies SAL, however it is reached
            draft.emit(ev.Accepted(rep=rep, reason="override", stall_at=draft.stall_at()))
        draft.emit(ev.SalesQualified(rep=rep, stall_at=draft.stall_at()))


def _note_missing(draft: Draft, stage: str) -> None:
    """An override may pass over what is required; the reasons say what was missing."""
    sal, sql = draft.contract.sal.require, draft.contract.sql.require
    missing = missing_now(draft, sal if stage == "accepted" else (*sal, *sql))
    draft.miss(missing)


def _someone(draft: Draft) -> str:
    """A pool cannot have accepted: its first member by id becomes the owner."""
    team = draft.staffing.roster.teams[draft.handoff.owner.team]
    rep = min(member.rep for member in team.members)
    opening.settle(draft, owner=Owner(team=team.name, rep=rep), reason="override", opens=False)
    return rep


def _set_score(draft: Draft, command: cmd.Override, score: dict[str, int]) -> Refusal | None:
    known = score_names(draft.contract)
    unknown = sorted(set(score) - known)
    if unknown or not score:
        return Refusal(
            code="bad_value",
            message=f"no score {', '.join(unknown) or 'named'}; "
            f"there are {', '.join(sorted(known))}",
        )
    draft.emit(ev.Overridden(by=command.by, what="score", score=score, personal=command.personal))
    _close_incident(draft)
    opening.look(draft)
    return None


def score_names(contract: Contract) -> set[str]:
    return {score.name for score in contract.scores}


def _release(draft: Draft, command: cmd.Override) -> Refusal | None:
    handoff = draft.case.handoff
    held = handoff.set_by_person if handoff is not None else ()
    if not held and not draft.lead.score_overrides:
        return Refusal(code="already_done", message="nothing of it was set by a person")
    draft.emit(ev.Overridden(by=command.by, what="release", personal=command.personal))
    _close_incident(draft)
    opening.look(draft)
    return None
