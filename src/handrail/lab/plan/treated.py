"""What one version made of every lead: the input of a plan."""

from datetime import datetime

import msgspec

from handrail.lab.plan.breaches import Fate


class Treated(msgspec.Struct, frozen=True):
    """One lead decided as if it were the only one, at the instant when it was captured.

    `owner` is a rep or `team:ID`; None, like `tier` of nobody, where there is no handoff.
    """

    lead: str
    captured_at: datetime
    stage: str  # of the handoff, else nurture or excluded
    lead_type: str
    tier: str
    rule: str | None = None
    owner: str | None = None
    threshold: str | None = None

    @property
    def is_mql(self) -> bool:
        return self.stage not in ("nurture", "excluded")


class Treatment(msgspec.Struct, frozen=True):
    """All leads under one version. `fates` are those of the assigned ones, by the leads' places."""

    contract: str
    version: int
    digest: str
    leads: tuple[Treated, ...]
    fates: dict[int, Fate]
