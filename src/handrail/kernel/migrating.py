"""A running handoff goes over to another version of its contract, by a recorded act."""

from datetime import timedelta

import msgspec

from handrail.contract.model import Contract, Window
from handrail.kernel.decision import Refusal
from handrail.kernel.draft import Draft
from handrail.kernel.sla import open_elapsed, open_window
from handrail.terms import command as cmd
from handrail.terms import event as ev
from handrail.terms.sla import Clock, ClockKind

SLA_KINDS: tuple[ClockKind, ...] = ("first_action", "accept_within", "handover", "triage")


def changed_windows(*, old: Contract, new: Contract, lead_type: str) -> tuple[ClockKind, ...]:
    """Whose windows the new version makes other than the old one did, for this lead type."""
    if old.sla.clock != new.sla.clock:
        return SLA_KINDS
    return tuple(
        kind for kind in SLA_KINDS if _window(kind, old, lead_type) != _window(kind, new, lead_type)
    )


def _window(kind: ClockKind, contract: Contract, lead_type: str) -> Window | None:
    match kind:
        case "first_action":
            found = [one for one in contract.lead_types if one.name == lead_type]
            return found[0].first_action if found else None
        case "accept_within":
            return contract.sal.accept_within
        case "handover":
            handover = contract.sql.handover
            return handover.accept_within if handover is not None else None
        case "triage":
            return contract.triage.within


def migrate(draft: Draft, command: cmd.Migrate) -> Refusal | None:
    """`draft.contract` is the version that it goes to. Refused where that has no word for what
    the handoff is.

    A window that the new version changes is moved forward only: due at the later of the old due
    and what the new window gives from when it opened. Nobody is made late by this act; a shorter
    window begins with the next turn. What was breached stays breached.
    """
    handoff, contract = draft.handoff, draft.contract
    if handoff.contract == contract.digest:
        return Refusal(code="already_done", message="it is under that version already")
    if handoff.lead_type not in {kind.name for kind in contract.lead_types}:
        message = f"lead type {handoff.lead_type!r} is not in the version that it would go to"
        return Refusal(code="not_in_version", message=message)
    codes = contract.sal.reject_codes
    if handoff.outcome_is_rejection and handoff.outcome not in codes:
        message = f"it was rejected as {handoff.outcome!r}, which the version lacks"
        return Refusal(code="not_in_version", message=message)
    moved = (_forward(draft, clock) for clock in handoff.clocks if clock.kind in command.changed)
    draft.emit(
        ev.Migrated(
            by=command.by,
            from_contract=handoff.contract,
            contract=contract.digest,
            clocks=tuple(clock for clock in moved if clock not in handoff.clocks),
            personal=command.personal,
        )
    )
    return None


def _forward(draft: Draft, clock: Clock) -> Clock:
    window = _window(clock.kind, draft.contract, draft.handoff.lead_type)
    if window is None:
        return clock
    fresh = _opened_anew(draft, clock, window)
    if fresh.due_at <= clock.due_at:
        return clock
    warn_at = fresh.warn_at if clock.warn_at is not None else None  # it warns once
    return msgspec.structs.replace(clock, due_at=fresh.due_at, warn_at=warn_at)


def _opened_anew(draft: Draft, clock: Clock, window: Window) -> Clock:
    """The clock as if the new version had opened it when it was opened."""
    if clock.kind == "triage" and isinstance(window, timedelta):
        return open_elapsed(
            kind=clock.kind, within=window, contract=draft.contract, now=clock.opened_at
        )
    return open_window(
        kind=clock.kind,
        window=window,
        contract=draft.contract,
        hours=draft.hours_of(draft.handoff.owner),
        now=clock.opened_at,
    )
