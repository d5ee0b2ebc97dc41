"""Which handoffs wait in a pool, and since when."""

from collections.abc import Sequence
from datetime import datetime

from handrail.kernel.decision import Case
from handrail.terms import event as ev
from handrail.terms.handoff import Handoff


def waits_since(case: Case) -> tuple[datetime, str]:
    """Whose contract says how shares are counted, where a pool holds several contracts' leads."""
    assert case.handoff is not None
    return case.handoff.opened_at, case.lead.id


def waits_in(handoff: Handoff | None, teams: list[str]) -> bool:
    return (
        handoff is not None
        and handoff.is_open
        and handoff.stage != "triage"
        and handoff.owner.rep is None
        and handoff.owner.team in teams
    )


def stays_after_breach(events: Sequence[ev.Event]) -> frozenset[str]:
    """Teams whose pool keeps a lead though its time ran out. Nobody took it while that was not
    looked at, and nobody has been looked for since: who is free may take it now."""
    if any(isinstance(event, ev.Assigned | ev.Pooled) for event in events):
        return frozenset()
    return frozenset(
        event.owner.removeprefix("team:")
        for event in events
        if isinstance(event, ev.SlaBreached) and event.owner.startswith("team:")
    )
