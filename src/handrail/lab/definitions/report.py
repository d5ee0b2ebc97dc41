"""What an audit of definitions says. Names and their meaning are the command line's promise."""

from collections.abc import Mapping

import msgspec

from handrail.contract.definitions import Stage
from handrail.lab.definitions.agreement import Kappa
from handrail.lab.definitions.settle import OtherWay, Settlement


class Comparison(msgspec.Struct, frozen=True):
    """Two teams at one stage. `both`, `neither` and the two of `only` add up to `compared`;
    the rest of the leads has no label. The clauses' `explains` and `unexplained` add up to
    `disagreements`.
    """

    compared: int
    both: int
    neither: int
    only: Mapping[str, int]
    disagreements: int
    kappa: Kappa | None  # None: all of one mind, and of one answer
    clauses: tuple[Settlement, ...]
    unexplained: int


class Pair(msgspec.Struct, frozen=True):
    teams: tuple[str, str]
    stages: Mapping[Stage, Comparison]


class SettleFirst(msgspec.Struct, frozen=True):
    """Of all pairs and stages the step that settles most."""

    teams: tuple[str, str]
    stage: Stage
    step: Settlement
    disagreements: int
    otherwise: OtherWay | None


class Audit(msgspec.Struct, frozen=True):
    """`stages` are those of the first pair. `all_agree`: leads of which all teams that speak of the
    stage say the same. `silent`: stages that a team says nothing of."""

    leads: int
    teams: tuple[str, ...]
    stages: Mapping[Stage, Comparison]
    pairs: tuple[Pair, ...]
    all_agree: Mapping[Stage, int]
    silent: Mapping[str, tuple[Stage, ...]]
    settle_first: SettleFirst | None

    @property
    def agree(self) -> bool:
        return not any(found.disagreements for pair in self.pairs for found in pair.stages.values())
