"""Why a candidate was picked or not, in words, with the figures that were looked at. Pure."""

from collections.abc import Mapping

from handrail.engine.telling import tell_reason
from handrail.kernel.decision import Candidate
from handrail.terms.evidence import RepLoad
from handrail.terms.load import tell_load
from handrail.terms.people import Roster


def tell_candidate(candidate: Candidate, *, loads: Mapping[str, RepLoad], roster: Roster) -> str:
    """The code in words; of a cap what stood against it, of the slower how soon they act.

    `roster`: the one that was looked at, as far as it is kept; who has left it has no caps.
    """
    said = tell_reason(candidate.reason)
    load = loads.get(candidate.rep)
    if load is None:
        return said
    if candidate.reason == "at_capacity":
        rep = roster.reps.get(candidate.rep)
        of = f" of {rep.caps.open}" if rep is not None and rep.caps.open is not None else ""
        return f"{said}: {tell_load(load.filled)}{of}"
    if candidate.reason == "later":
        return f"{said}: {load.unworked} to work first, at {_minutes(load.half_minutes)} min each"
    return said


def _minutes(half_minutes: int) -> str:
    whole, half = divmod(half_minutes, 2)
    return f"{whole}.5" if half else str(whole)
