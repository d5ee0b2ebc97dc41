"""The definitions of one team as values."""

from collections.abc import Mapping
from typing import Literal, get_args

import msgspec

from handrail.contract.model import Condition, Contract

Stage = Literal["mql", "sal", "sql"]
STAGES: tuple[Stage, ...] = get_args(Stage)


class Clause(msgspec.Struct, frozen=True):
    name: str
    when: Condition


class Definition(msgspec.Struct, frozen=True):
    """When a lead has reached a stage: `any` or `all` of the clauses hold, and no bar does."""

    how: Literal["any", "all"]
    clauses: tuple[Clause, ...]
    bars: tuple[Clause, ...] = ()


class Definitions(msgspec.Struct, frozen=True):
    """`vocabulary` has the fields, scores, tiers and lead types that the conditions see; of a team
    that wrote a whole contract it is that contract, which defines MQL alone.

    A later stage may name an earlier one as a boolean: `mql` in sal and sql, `sal` in sql.
    """

    name: str
    vocabulary: Contract
    stages: Mapping[Stage, Definition]
