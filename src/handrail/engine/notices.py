"""Which effects go out over which channels. Without a channel the commit itself delivers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from handrail.contract.model import Contract
from handrail.engine.ports import Delivery
from handrail.kernel.decision import Case
from handrail.terms.effect import Effect


class Notices(Protocol):
    """Turns effects into deliveries; pure. `at_once`: the console is the only channel. `personal`:
    the channels to a person that are set up, in the order in which they are used."""

    @property
    def at_once(self) -> bool: ...
    @property
    def personal(self) -> tuple[str, ...]: ...

    def deliveries(
        self,
        *,
        case: Case,
        effects: Sequence[Effect],
        contract: Contract,
        seq: int,
        now: datetime,
    ) -> list[Delivery]: ...

    def apart(
        self, *, what: str, to: str, about: str, reason: str, seq: int, now: datetime
    ) -> list[Delivery]:
        """A message about no lead. `about` stands where messages name theirs: a rep, a version."""
        ...


class ConsoleOnly:
    """No channel is set up: who looks at the board is told by it."""

    at_once = True
    personal = ()

    def deliveries(
        self,
        *,
        case: Case,
        effects: Sequence[Effect],
        contract: Contract,
        seq: int,
        now: datetime,
    ) -> list[Delivery]:
        return []

    def apart(
        self, *, what: str, to: str, about: str, reason: str, seq: int, now: datetime
    ) -> list[Delivery]:
        return []
