"""The fold: a case after an event. Says nothing new; it only makes recorded facts readable."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

import msgspec

from handrail.kernel.decision import Case
from handrail.kernel.facts import CAMPAIGN, UNATTRIBUTED
from handrail.kernel.handoff_folds import HANDOFF_FOLDS
from handrail.terms import event as ev
from handrail.terms.handoff import Handoff, Owner
from handrail.terms.lead import SIGNALS_MAX, Lead, PreviousHandoff
from handrail.terms.signal import Signal, in_order

replace = msgspec.structs.replace
NOBODY_YET = Owner(team="")  # between `qualified` and the `assigned` or `pooled` beside it


def evolve(case: Case | None, event: ev.Event, *, at: datetime) -> Case:
    """The case once `event`, recorded at `at`, is counted. A case begins with its capture."""
    if case is None:
        assert isinstance(event, ev.Captured)
        return Case(lead=_new_lead(event))
    on_lead = _LEAD_FOLDS.get(type(event))
    if on_lead is not None:
        return replace(case, lead=on_lead(case.lead, event))
    opening = _OPENINGS.get(type(event))
    if opening is not None:
        return opening(case, event, at)
    if case.handoff is None:
        return case
    handoff = HANDOFF_FOLDS[type(event)](case.handoff, event, at)
    if handoff.ended_at is not None and case.handoff.ended_at is None:
        return Case(lead=_after_end(case.lead, handoff), handoff=handoff)
    return Case(lead=case.lead, handoff=handoff)


# --- the lead


def _new_lead(event: ev.Captured) -> Lead:
    attributes = dict(event.personal.attributes)
    if attributes.get(CAMPAIGN) in (None, ""):
        attributes[CAMPAIGN] = UNATTRIBUTED
    return Lead(
        id=event.id,
        captured_at=event.captured_at,
        email=event.personal.email,
        attributes=attributes,
        signals=in_order(event.signals),
        source=event.source,
    )


def _recaptured(lead: Lead, event: ev.Captured) -> Lead:
    fresh = {k: v for k, v in event.personal.attributes.items() if v not in (None, "")}
    return replace(
        lead,
        email=event.personal.email or lead.email,
        attributes={**lead.attributes, **fresh},
        signals=_merged(lead.signals, event.signals),
        captures=lead.captures + 1,
        source=event.source or lead.source,
    )


def _enriched(lead: Lead, event: ev.Enriched) -> Lead:
    return replace(lead, attributes={**event.personal.attributes, **lead.attributes})


def _signalled(lead: Lead, event: ev.Signalled) -> Lead:
    return replace(lead, signals=_merged(lead.signals, (event.signal,)))


def _merged(old: tuple[Signal, ...], new: tuple[Signal, ...]) -> tuple[Signal, ...]:
    return in_order(old + new)[-SIGNALS_MAX:]


def _scored(lead: Lead, event: ev.Scored) -> Lead:
    """An exclusion lasts until the next look, which records it anew if it still holds."""
    state = "nurture" if lead.state == "excluded" else lead.state
    return replace(lead, scores=event.scores, fired=event.fired, state=state)


def _excluded(lead: Lead, event: ev.Excluded) -> Lead:
    return replace(lead, state="excluded")


def _after_end(lead: Lead, handoff: Handoff) -> Lead:
    assert handoff.ended_at is not None
    return replace(
        lead,
        state="nurture",
        previous=PreviousHandoff(
            handoff=handoff.id,
            ended_at=handoff.ended_at,
            owner=handoff.owner.rep,
            rejected_at=handoff.ended_at if handoff.outcome_is_rejection else None,
        ),
    )


_LEAD_FOLDS: dict[type, Callable[[Lead, Any], Lead]] = {
    ev.Captured: _recaptured,
    ev.Enriched: _enriched,
    ev.Signalled: _signalled,
    ev.Scored: _scored,
    ev.Excluded: _excluded,
}


# --- events that open a handoff, or change lead and handoff together


def _qualified(case: Case, event: ev.Qualified, at: datetime) -> Case:
    old = case.handoff
    if old is not None and old.id == event.handoff and old.is_open:  # out of triage
        handoff = replace(
            old,
            qualified_at=at,
            lead_type=event.lead_type,
            tier=event.tier,
            threshold=event.threshold,
            scores=event.scores,
            territory=event.territory,
            account=event.account,
            same_day=event.same_day,
            load=event.load,
            missing=event.missing,
            clocks=(),
        )
        return replace(case, handoff=handoff)
    handoff = Handoff(
        id=event.handoff,
        lead=case.lead.id,
        contract=event.contract,
        opened_at=at,
        stage="assigned",
        owner=NOBODY_YET,
        lead_type=event.lead_type,
        tier=event.tier,
        threshold=event.threshold,
        scores=event.scores,
        territory=event.territory,
        account=event.account,
        qualified_at=at,
        same_day=event.same_day,
        load=event.load,
        missing=event.missing,
        active_at=at,
        no_shows=old.no_shows if old is not None else 0,
    )
    return Case(lead=_with_handoff(case.lead), handoff=handoff)


def _triaged(case: Case, event: ev.Triaged, at: datetime) -> Case:
    old = case.handoff
    if old is not None and old.id == event.handoff and old.is_open:
        moved = replace(
            old, stage="triage", owner=event.to, clocks=(event.clock,), missing=event.missing
        )
        return replace(case, handoff=moved)
    handoff = Handoff(
        id=event.handoff,
        lead=case.lead.id,
        contract=event.contract,
        opened_at=at,
        stage="triage",
        owner=event.to,
        lead_type=event.lead_type,
        tier=event.tier,
        threshold=event.threshold,
        scores=event.scores,
        territory=event.territory,
        account=event.account,
        clocks=(event.clock,),
        missing=event.missing,
        active_at=at,
        no_shows=old.no_shows if old is not None else 0,
    )
    return Case(lead=_with_handoff(case.lead), handoff=handoff)


def _with_handoff(lead: Lead) -> Lead:
    return replace(lead, state="handoff", handoffs=lead.handoffs + 1)


def _overridden(case: Case, event: ev.Overridden, at: datetime) -> Case:
    lead, handoff = case.lead, case.handoff
    if event.what == "score":
        lead = replace(lead, score_overrides={**lead.score_overrides, **event.score})
    elif event.what == "release":
        lead = replace(lead, score_overrides={})
    if handoff is not None and event.what != "cover":  # who covers is routed like anybody
        held = () if event.what == "release" else (*handoff.set_by_person, event.what)
        handoff = replace(handoff, set_by_person=tuple(dict.fromkeys(held)))
    return Case(lead=lead, handoff=handoff)


def _completed(case: Case, event: ev.Completed, at: datetime) -> Case:
    """What a person gives takes the place of what was there, which could not be read."""
    attributes = {**case.lead.attributes, **event.personal.attributes}
    handoff = case.handoff
    if handoff is not None:
        given = tuple(dict.fromkeys((*handoff.given, *event.answers)))
        handoff = replace(handoff, given=given, active_at=at)
    return Case(lead=replace(case.lead, attributes=attributes), handoff=handoff)


def _reopened(case: Case, event: ev.Reopened, at: datetime) -> Case:
    if case.handoff is None:
        return case
    handoff = replace(
        case.handoff,
        stage=event.stage,
        ended_at=None,
        requalify_at=None,
        outcome=None,
        outcome_is_rejection=False,
        active_at=at,
    )
    return Case(lead=replace(case.lead, state="handoff"), handoff=handoff)


_OPENINGS: dict[type, Callable[[Case, Any, datetime], Case]] = {
    ev.Qualified: _qualified,
    ev.Triaged: _triaged,
    ev.Overridden: _overridden,
    ev.Completed: _completed,
    ev.Reopened: _reopened,
}
