"""Who of the eligible goes first: `fastest`, or `fair` to the shares that weights promise."""

from collections.abc import Sequence
from datetime import UTC, datetime
from fractions import Fraction

from handrail.terms.evidence import Staffing, TeamTally
from handrail.terms.people import SENIORITY, Roster

CRITERIA = ("later", "deficit", "weight", "tier", "recency", "flexibility", "id")
_NEVER = datetime(1, 1, 1, tzinfo=UTC)

Key = tuple[int, Fraction | int, int, int, datetime, int, str]


class Shares:
    """Deficits of all members of one team: weight share x total had - had, exactly."""

    def __init__(self, *, roster: Roster, team: str, staffing: Staffing) -> None:
        self.weights = roster.weights_in(team) if team in roster.teams else {}
        self._tallies = {rep: staffing.tally(team, rep) for rep in self.weights}
        self._total_weight = sum(self.weights.values())
        self._had = {rep: self._with_absence(rep, tally) for rep, tally in self._tallies.items()}
        self._total_had = sum(self._had.values())

    def _with_absence(self, rep: str, tally: TeamTally) -> Fraction | int:
        """What the rep had, plus the fair part of what the others got while the rep was absent."""
        others = self._total_weight - self.weights[rep]
        if not tally.absent or not others:
            return tally.had
        return tally.had + Fraction(self.weights[rep] * tally.absent, others)

    def deficit(self, rep: str) -> Fraction | int:
        """The deficit times the team's total weight, which leaves the order as it is."""
        if rep not in self._had:
            return 0
        if not self._total_weight:
            return -self._had[rep]
        return self.weights[rep] * self._total_had - self._had[rep] * self._total_weight

    def last_at(self, rep: str) -> datetime:
        tally = self._tallies.get(rep)
        return tally.last_at if tally is not None and tally.last_at is not None else _NEVER


def expected_minutes(*, staffing: Staffing, rep: str, wait_minutes: int = 0) -> int:
    """Minutes until the rep's first action: wait until free, then the unworked handoffs."""
    load = staffing.load(rep)
    return wait_minutes - (-load.unworked * load.half_minutes // 2)


def rank(
    *,
    reps: Sequence[str],
    team: str,
    strategy: str,
    staffing: Staffing,
    flexibility: bool = False,
) -> list[tuple[Key, str]]:
    """Eligible reps, best first, each with the key that ranked it. The input's order is nothing."""
    roster = staffing.roster
    shares = Shares(roster=roster, team=team, staffing=staffing)
    keyed: list[tuple[Key, str]] = []
    for rep in reps:
        key: Key = (
            expected_minutes(staffing=staffing, rep=rep) if strategy == "fastest" else 0,
            -shares.deficit(rep),
            -shares.weights.get(rep, 0),
            -SENIORITY[roster.reps[rep].tier],
            shares.last_at(rep),
            _flexibility(roster=roster, rep=rep) if flexibility else 0,
            rep,
        )
        keyed.append((key, rep))
    keyed.sort()
    return keyed


def worse_in(*, key: Key, best: Key) -> str:
    """The first criterion in which `key` is worse than the best."""
    for name, own, other in zip(CRITERIA, key, best, strict=True):
        if own != other:
            return name
    return "id"


def _flexibility(*, roster: Roster, rep: str) -> int:
    """How many kinds of lead the rep can take: the versatile one is kept for the scarce skill."""
    return len(roster.reps[rep].skills) + len(roster.teams_of(rep))
