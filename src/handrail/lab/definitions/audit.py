"""The audit: every pair of teams, every stage that both speak of, every lead."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import combinations

from handrail.contract.definitions import STAGES, Stage
from handrail.lab.definitions.agreement import kappa
from handrail.lab.definitions.report import Audit, Comparison, Pair, SettleFirst
from handrail.lab.definitions.settle import OtherWay, settle
from handrail.lab.definitions.sides import Answers, Side, Tell, sides_of
from handrail.terms.lead import Lead

Sides = Mapping[Stage, Side]


def audit(teams: Sequence[Answers], leads: Sequence[Lead], *, now: datetime, tell: Tell) -> Audit:
    """Compare two teams or more, of different names, on the same leads.

    Each lead is looked at as it is at `now`. `tell` hears of every lead and team that is done.
    """
    names = tuple(answers.team for answers in teams)
    assert len(teams) >= 2, "one team cannot disagree"
    assert len(set(names)) == len(names), "two teams of one name"
    sides = {answers.team: sides_of(answers, leads, now=now, tell=tell) for answers in teams}
    ids = [lead.id for lead in leads]
    pairs: list[Pair] = []
    first: list[SettleFirst] = []
    for one, other in combinations(names, 2):
        stages: dict[Stage, Comparison] = {}
        for stage in _of_both(sides[one], sides[other]):
            both = (sides[one][stage], sides[other][stage])
            stages[stage], otherwise = _compared(both, ids)
            first += _first_of((one, other), stage, stages[stage], otherwise)
        pairs.append(Pair((one, other), stages))
    return Audit(
        leads=len(leads),
        teams=names,
        stages=pairs[0].stages,
        pairs=tuple(pairs),
        all_agree=_all_agree(list(sides.values())),
        silent={name: tuple(s for s in STAGES if s not in sides[name]) for name in names},
        settle_first=max(first, key=_settled, default=None),
    )


def _of_both(one: Sides, other: Sides) -> list[Stage]:
    return [stage for stage in STAGES if stage in one and stage in other]


def _compared(sides: tuple[Side, Side], ids: list[str]) -> tuple[Comparison, OtherWay | None]:
    known = sides[0].known & sides[1].known
    one, other = (side.yes() & known for side in sides)
    counts = {
        "both": (one & other).bit_count(),
        "neither": (known & ~one & ~other).bit_count(),
    }
    only_one, only_other = (one & ~other).bit_count(), (other & ~one).bit_count()
    settled = settle(sides, ids)
    comparison = Comparison(
        compared=known.bit_count(),
        **counts,
        only={sides[0].team: only_one, sides[1].team: only_other},
        disagreements=only_one + only_other,
        kappa=kappa(**counts, only_one=only_one, only_other=only_other),
        clauses=settled.steps,
        unexplained=settled.unexplained,
    )
    return comparison, settled.otherwise


def _first_of(
    teams: tuple[str, str], stage: Stage, found: Comparison, otherwise: OtherWay | None
) -> list[SettleFirst]:
    if not found.clauses:
        return []
    return [SettleFirst(teams, stage, found.clauses[0], found.disagreements, otherwise)]


def _settled(first: SettleFirst) -> int:
    return first.disagreements - first.step.remaining


def _all_agree(sides: list[Sides]) -> dict[Stage, int]:
    """For each stage of which two teams or more speak."""
    agreed: dict[Stage, int] = {}
    for stage in STAGES:
        speaking = [one[stage] for one in sides if stage in one]
        if len(speaking) < 2:
            continue
        known = yes = no = -1
        for side in speaking:
            known &= side.known
            yes &= side.yes()
            no &= ~side.yes()
        agreed[stage] = ((yes | no) & known).bit_count()
    return agreed
