"""What a person does with an open incident: close it with its cause, or hold its pages a while."""

from datetime import timedelta

from handrail.kernel.decision import Refusal
from handrail.kernel.draft import Draft
from handrail.terms import command as cmd
from handrail.terms import event as ev
from handrail.terms.handoff import INCIDENT_CODES, INCIDENT_WORDS_FOR, Incident

SILENCE_MAX = timedelta(hours=24)  # after a day somebody says again why nobody is paged


def close(draft: Draft, command: cmd.CloseIncident) -> Refusal | None:
    """Nobody is paged any more; the handoff stays where it is, with its owner."""
    found = _open(draft) or _unnamed(draft, command.by)
    if found is not None:
        return found
    if command.code not in INCIDENT_CODES:
        known = ", ".join(INCIDENT_CODES)
        return Refusal(code="unknown_code", message=f"no cause {command.code!r}; there are {known}")
    note = (command.personal.note or "").strip()
    if command.code in INCIDENT_WORDS_FOR and not note:
        return Refusal(code="bad_value", message=f"say in a note what {command.code!r} means here")
    draft.emit(
        ev.IncidentClosed(
            reason="person", by=command.by, code=command.code, personal=command.personal
        )
    )
    return None


def silence(draft: Draft, command: cmd.SilenceIncident) -> Refusal | None:
    """Its pages wait until then; it stays open, and everything else goes on."""
    found = _open(draft) or _unnamed(draft, command.by)
    if found is not None:
        return found
    if not (command.personal.note or "").strip():
        return Refusal(code="bad_value", message="say why nobody is to be paged")
    if not draft.now < command.until <= draft.now + SILENCE_MAX:
        hours = SILENCE_MAX // timedelta(hours=1)
        message = f"an incident is silenced until an instant of the next {hours} hours"
        return Refusal(code="bad_time", message=message)
    page_at = _incident(draft).page_at
    if page_at is None:
        message = "the contract repeats no page of it, so that there is nothing to silence"
        return Refusal(code="bad_value", message=message)
    draft.emit(
        ev.IncidentSilenced(
            by=command.by,
            until=command.until,
            page_at=max(page_at, command.until),
            personal=command.personal,
        )
    )
    return None


def _open(draft: Draft) -> Refusal | None:
    if draft.handoff.incident is None:
        return Refusal(code="already_done", message="no incident of it is open")
    return None


def _incident(draft: Draft) -> Incident:
    incident = draft.handoff.incident
    assert incident is not None
    return incident


def _unnamed(draft: Draft, by: str) -> Refusal | None:
    """Whoever quiets a page answers for it by a name that the roster has."""
    roster = draft.staffing.roster
    if by in roster.reps or by in roster.people:
        return None
    return Refusal(code="unknown_rep", message=f"nobody in the roster is called {by!r}")
