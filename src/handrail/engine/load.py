"""What one handoff adds to its owner's hands."""

from handrail.terms.handoff import Handoff
from handrail.terms.load import ONE_LOAD

Share = tuple[int, int, int, int]  # open, unworked, timed, extra


def share_of(handoff: Handoff | None) -> tuple[str, Share] | None:
    """The owner (rep, or `team:ID` of a pool) and what this handoff adds to its load.

    `open` counts `assigned` and `accepted`; a pool counts what waits in it. Triage is waited for
    by people, not by a pool.
    """
    if handoff is None or not handoff.is_open or handoff.stage == "triage":
        return None
    if handoff.owner.rep is None:
        return f"team:{handoff.owner.team}", (1, 0, 0, 0)
    if handoff.stage == "sql":
        return None
    timed = not handoff.same_day and handoff.clock("first_action") is not None
    extra = handoff.load - ONE_LOAD
    return handoff.owner.rep, (1, int(handoff.met_at is None), int(timed), extra)
