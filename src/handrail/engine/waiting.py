"""Which handoffs wait in a pool, and since when."""

from datetime import datetime

from handrail.kernel.decision import Case
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
