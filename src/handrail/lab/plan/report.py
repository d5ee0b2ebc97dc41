"""What a plan says. Names and their meaning are the command line's promise."""

from collections.abc import Mapping
from typing import Literal

import msgspec

from handrail.lab.plan.breaches import Assumptions
from handrail.lab.plan.intervals import Change, Estimate

MoveKind = Literal["stage", "lead_type", "tier", "threshold", "rule", "owner"]


class Side(msgspec.Struct, frozen=True):
    """One version on all leads. Lead types and tiers are those of MQLs, stages those of all."""

    contract: str
    version: int
    digest: str
    mql: Estimate
    stages: Mapping[str, Estimate]
    lead_types: Mapping[str, Estimate]
    tiers: Mapping[str, Estimate]


class Move(msgspec.Struct, frozen=True):
    """Leads of which one thing changes alike. None: there is none on that side."""

    kind: MoveKind
    old: str | None
    new: str | None
    count: int
    low: int | None
    high: int | None
    examples: tuple[str, ...]  # ids of leads


class RepShare(msgspec.Struct, frozen=True):
    rep: str
    leads: Change


class TeamShare(msgspec.Struct, frozen=True):
    team: str
    leads: Change


class Breaches(msgspec.Struct, frozen=True):
    """First-action windows that the simulator saw close unmet. `unstaffed`: those, among them,
    of leads that nobody could take."""

    old: Estimate
    new: Estimate
    difference: Estimate
    unstaffed: Mapping[str, int]
    assumptions: Assumptions


class Plan(msgspec.Struct, frozen=True):
    """`changed`: leads of which anything differs. `erased`: people of the ledger whose leads
    can no longer be read."""

    leads: int
    days: int
    changed: int
    old: Side
    new: Side
    mql: Change
    moves: tuple[Move, ...]
    reps: tuple[RepShare, ...]
    teams: tuple[TeamShare, ...]
    breaches: Breaches
    rejected: int = 0  # lines that could not be read
    erased: int = 0
